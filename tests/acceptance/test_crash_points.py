"""A crash at every point where one could hurt: commits, renames, calls, orders to workers.

`make crash-points` lets the bot die at all of them; here it dies at a few, and the list is held complete.

HOSO_CRASHES=20 HOSO_SEED=7 pytest -s tests/acceptance/test_crash_points.py     # more of them, repeatable
"""

from __future__ import annotations

import ast
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tests.acceptance.crash_story import LIST, crash_school, judge, play
from tests.fakes.crash_points import SIDES
from tests.fakes.telegram_sim import TelegramSim
from tests.fakes.timestamp_authority import TimestampAuthority
from tests.school import NewHome

import hoso_bot

CRASHES = int(os.environ.get("HOSO_CRASHES", "5"))
SEED = int(os.environ.get("HOSO_SEED", secrets.randbelow(10**6)))
SOURCE = Path(hoso_bot.__file__).parent
LISTED = LIST.read_text(encoding="utf-8").splitlines()

PASSED_AS = {
    "store/commit.commit": "FileSent: commit",
    "store/db.Database.write": "FileSent: commit",
    "store/inbox.Inbox.keep": "GroupCommit._commit of telegram: commit",
    "store/leases.Leases._settle": "Outbox.sent: commit",
    "store/leases.Leases.recover": "Outbox.recover: commit",
    "workers/dispatcher.Dispatcher._handle": "FileSent: commit",
    "office._write": "Signers._write: commit",
}
"""What passes only for others, and one of the points that it is."""
SAID_AGAIN = "a command that was cut short is said again"
SHOWN_AGAIN = "a page that did not come is opened again"
UNUSED = "a link or number that nobody was told of"
KILLED = "integration/test_backups.py kills it"
AT_RANDOM = "integration/test_zalo_oa_tokens.py kills it at random moments"
PRICED = "integration/test_toll.py: noted first, so that one too many is counted, never one too few"
ELSEWHERE = {
    "commands/moving._use": SAID_AGAIN,
    "desks/privacy.export_data": SAID_AGAIN,
    "pdf/update_writing.store_file": "in a worker: its order is a point of the story",
    "store/backups._Making._copy": KILLED,
    "store/backups._Making._mark": KILLED,
    "store/backups._Making._prune": KILLED,
    "store/backups._Making.run": KILLED,
    "store/channel_tokens.ChannelTokens._changed": AT_RANDOM,
    "store/channel_tokens.ChannelTokens.begin": AT_RANDOM,
    "store/channel_tokens.ChannelTokens.begin_login": SAID_AGAIN,
    "store/channel_tokens.ChannelTokens.log_in": "Zalo's page is opened again",
    "store/files.FolderStore.put": "a picture of the tour, which is asked for again",
    "store/leases.Leases.retry": SAID_AGAIN,
    "store/moving.move": SAID_AGAIN,
    "store/moving_files.move_files": SAID_AGAIN,
    "store/other_ways.OtherWays.try_again_now": "what was put off is tried in its time",
    "store/other_ways.OtherWays.turn": "before it: tried here again; after it: said in the other chat",
    "store/reminders.Reminders.take_back": "asked again at the next try",
    "store/restoring.new_home": SAID_AGAIN,
    "store/safety_copy.keep_copy": "an upgrade that was cut short begins again",
    "store/spending.Spending.give_back": PRICED,
    "store/spending.Spending.keep": PRICED,
    "store/spending.Spending.note": PRICED,
    "store/typed_answers.TypedAnswers.number_for": UNUSED,
    "web/board/door._logged_out": SHOWN_AGAIN,
    "web/board/door._new_session": SHOWN_AGAIN,
    "web/board/visit._answer": SHOWN_AGAIN,
    "web/board/visit.enter": SHOWN_AGAIN,
    "web/chat_links.ChatLinks.fresh": UNUSED,
    "web/file_links.FileLinks._log": SHOWN_AGAIN,
    "web/file_links.FileLinks._log_preview": SHOWN_AGAIN,
    "web/message_page/door.forget.leave": SHOWN_AGAIN,
    "web/message_page/door.send_code.send": SHOWN_AGAIN,
    "web/message_page/door.take_code.take": SHOWN_AGAIN,
    "web/message_page/files._note": SHOWN_AGAIN,
    "web/message_page/links.MessageLinks.link_for": UNUSED,
    "web/message_page/pressing._message": SHOWN_AGAIN,
    "web/message_page/pressing._note": SHOWN_AGAIN,
    "workers/dispatcher.Dispatcher._wait_for_files": "told at the next try, under the same key",
}
"""Outside the story: where a death there is judged, or why none can hurt."""


@pytest.fixture
def authority() -> Iterator[TimestampAuthority]:
    with TimestampAuthority.started() as started:
        yield started


def test_the_main_job_outlives_deaths_wherever_they_come(
    new_home: NewHome, telegram: TelegramSim, authority: TimestampAuthority, tmp_path: Path
) -> None:
    deaths = Random(SEED).sample([f"{side} {name}" for name in LISTED for side in SIDES], CRASHES)
    sys.stdout.write(f"\nHOSO_CRASHES={CRASHES} HOSO_SEED={SEED}: {', '.join(deaths)}\n")
    with crash_school(new_home, telegram, authority, tmp_path / "round", deaths) as here:
        play(here)
        judge(here)
    assert here.died
    unknown = set(here.passed) - set(LISTED)
    assert not unknown, f"nobody ever died at {unknown}: run make crash-points"


def test_every_commit_and_rename_of_the_program_is_died_at_or_has_a_reason() -> None:
    story = {name.rpartition(": ")[0] for name in LISTED}
    found = {site for site in commits_and_renames() if site.partition(".")[2] not in story}
    assert found == set(PASSED_AS) | set(ELSEWHERE)
    assert set(PASSED_AS.values()) <= set(LISTED)


def commits_and_renames() -> set[str]:
    """Functions that begin to write or give a file its name: `store/files.FolderStore.adopt`."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        module = str(path.relative_to(SOURCE).with_suffix(""))
        if "migrations" not in path.parts:
            found |= {f"{module}.{where}" for where in _sites(ast.parse(path.read_text(encoding="utf-8")))}
    return found


def _sites(node: ast.AST, inside: tuple[str, ...] = ()) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(child, ast.Call) and _lasts(child):
            yield ".".join(inside)
        yield from _sites(child, (*inside, child.name) if named else inside)  # type: ignore[attr-defined]


def _lasts(call: ast.Call) -> bool:
    """`db.write()`, `uow.commit()`, `path.rename(to)`, `path.replace(to)`; not `text.replace(old, new)`."""
    if not isinstance(call.func, ast.Attribute) or call.keywords:
        return False
    return (call.func.attr, len(call.args)) in (("write", 0), ("commit", 0), ("rename", 1), ("replace", 1))
