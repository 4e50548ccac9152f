"""SIGKILL at random moments while a school works: nothing acknowledged is lost, nothing is done twice.

HOSO_KILLS=500 HOSO_SEED=7 pytest -s tests/acceptance/test_kill.py     # a long run, repeatable
HOSO_TEST_ENGINE=postgresql pytest -s tests/acceptance/test_kill.py    # the same on a server
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

import pytest
from tests.acceptance.aftermath import Aftermath
from tests.acceptance.busy_school import Leader, Teacher, Worker
from tests.acceptance.mortal_bot import HOSO_BOT, Bot, Orphans
from tests.fakes.telegram_sim import TelegramSim, World
from tests.ports import free_port
from tests.postgres import ON_POSTGRES, PostgresServer

from hoso_bot.sample.lesson_plan import write_plan

KILLS = int(os.environ.get("HOSO_KILLS", "40"))
SEED = int(os.environ.get("HOSO_SEED", secrets.randbelow(10**6)))
TEACHERS = ("GV03", "GV04", "GV05", "GV08", "GV09", "GV10")
LEADERS = ("GV01", "GV06", "PHT01")


@pytest.fixture
def orphans() -> Iterator[Orphans]:
    """Watches over the workers of killed bots."""
    with Orphans().watched() as watched:
        yield watched


@pytest.fixture
def world() -> Iterator[World]:
    """A bot on a fake Telegram of its own, which outlives every kill."""
    with TelegramSim() as telegram:
        yield telegram.world()


@pytest.fixture
def bot(request: pytest.FixtureRequest, tmp_path: Path, world: World, orphans: Orphans) -> Iterator[Bot]:
    """The sample school's bot, not yet started."""
    home, room = tmp_path / "school", tmp_path / "room"
    room.mkdir()
    hoso_bot("init", str(home), "--sample", HOSO_SIGNING__CUSTODY="server")  # nobody types PINs here
    if ON_POSTGRES:
        server: PostgresServer = request.getfixturevalue("postgres")
        hoso_bot("migrate-to", server.url(server.create()), "--use", "--home", str(home))
        (home / "hoso.db").unlink()
    bot = Bot(home, world, room, free_port(), Random(SEED))
    yield bot
    bot.die()


def hoso_bot(*arguments: str, **settings: str) -> str:
    """The output of a command that has to succeed; `settings`: its environment's HOSO_ variables."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")} | settings
    done = subprocess.run([HOSO_BOT, *arguments], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def staff(bot: Bot, folder: Path) -> list[Worker]:
    """Everybody who works in this story, each linked to a phone by the code of the invitation."""
    invites = json.loads(hoso_bot("staff", "invite", *TEACHERS, *LEADERS, "--json", "--home", str(bot.home)))
    weeks = json.loads(hoso_bot("calendar", "show", "--json", "--home", str(bot.home)))[:2]
    people: list[Worker] = []
    storm = threading.Event()
    for number, invite in enumerate(invites):
        who = invite["staff_id"], bot.world.person(100 + number, invite["name"]), Random(SEED + number), storm
        if invite["staff_id"] in LEADERS:
            people.append(Leader(*who))
        else:
            people.append(Teacher(*who, plans=[small_plan(folder, invite["name"], week) for week in weeks]))
    crew = Crew()
    crew.join([crew.start(partial(p.link, i["code"])) for p, i in zip(people, invites, strict=True)])
    return people


def small_plan(folder: Path, teacher: str, week: dict[str, str]) -> bytes:
    """A plan of two pages."""
    write_plan(
        folder / "plan.pdf",
        week=int(week["week"]),
        first=date.fromisoformat(week["first"]),
        last=date.fromisoformat(week["last"]),
        teacher=teacher,
        class_name="4A",
        school="Trường Tiểu học Hoa Phượng",
        lessons=2,
    )
    return (folder / "plan.pdf").read_bytes()


class Crew:
    """People at work side by side; the first failure of anyone is everyone's."""

    def __init__(self) -> None:
        self._failures: list[BaseException] = []

    def start(self, work: Callable[[], None]) -> threading.Thread:
        """Let `work()` run."""

        def guarded() -> None:
            try:
                work()
            except BaseException as error:
                self._failures.append(error)

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        return thread

    def join(self, threads: Iterable[threading.Thread]) -> None:
        """Until these are done. Raises the first failure."""
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
                self.check()
        self.check()

    def check(self) -> None:
        """Raises the first failure so far."""
        if self._failures:
            raise self._failures[0]


def issued(people: list[Worker]) -> set[int]:
    """Every update people caused so far."""
    return {update_id for person in people for update_id in list(person.update_ids)}


def killed_all_day(bot: Bot, orphans: Orphans, people: list[Worker], aftermath: Aftermath) -> None:
    """KILLS kills while everybody works; then teachers see their last file through and leaders go home."""
    crew = Crew()
    at_work = {person.staff_id: crew.start(person.work) for person in people}
    storm = people[0].storm  # everybody's
    storm.set()
    for _ in range(KILLS):
        bot.live_a_little()
        bot.die()
        bot.start()
        aftermath.nothing_confirmed_is_missing(issued(people))
        orphans.check()
        crew.check()
    bot.wait_until_ready()
    storm.clear()
    for kind in (Teacher, Leader):
        going = [person for person in people if isinstance(person, kind)]
        for person in going:
            person.closing.set()
        crew.join(at_work[person.staff_id] for person in going)


def until_quiet(aftermath: Aftermath) -> None:
    """Until nothing waits in inbox, outbox or at Telegram."""
    deadline = time.monotonic() + 60
    waiting = (
        "SELECT 1 FROM inbox WHERE state IN ('todo', 'doing') UNION ALL "
        "SELECT 1 FROM outbox WHERE state IN ('todo', 'sending')"
    )
    while aftermath.rows(waiting) and time.monotonic() < deadline:
        time.sleep(0.2)


def test_kills_at_random_moments_lose_nothing_and_double_nothing(
    bot: Bot, orphans: Orphans, world: World, tmp_path: Path
) -> None:
    say(f"HOSO_KILLS={KILLS} HOSO_SEED={SEED}")
    began, aftermath = time.monotonic(), Aftermath(bot.home, world)
    bot.start()
    bot.wait_until_ready()
    people = staff(bot, tmp_path)
    killed_all_day(bot, orphans, people, aftermath)
    until_quiet(aftermath)
    bot.leave()
    orphans.wait_until_gone()
    assert list(bot.room.iterdir()) == []
    assert list((bot.home / "files" / "tmp").iterdir()) == []

    teachers = [person for person in people if isinstance(person, Teacher)]
    results = [result for teacher in teachers for result in teacher.results]
    decisions = [d for leader in people if isinstance(leader, Leader) for d in leader.decisions]
    updates = aftermath.nothing_confirmed_is_missing(issued(people))
    assert updates == len(issued(people)), "updates still wait at Telegram"
    aftermath.everything_is_handled()
    aftermath.every_file_became_a_version(results)
    aftermath.decided_exactly_as_meant(decisions)
    aftermath.every_teacher_has_the_result(results)
    signatures = aftermath.every_signature_holds()
    hoso_bot("audit", "verify", "--home", str(bot.home))
    duplicates = aftermath.visible_duplicates()
    say(
        f"{KILLS} kills in {time.monotonic() - began:.0f} s: {updates} updates, {len(results)} plans, "
        f"{len(decisions)} decisions, {signatures} signatures: 0 lost, 0 doubled; "
        f"{duplicates} messages seen twice; {sum(person.repeats for person in people)} taps repeated; "
        f"ready after {median(bot.start_seconds):.1f} s, workers gone {orphans.slowest:.1f} s after their bot"
    )
    assert duplicates <= KILLS


def say(line: str) -> None:
    """For `pytest -s`."""
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()
