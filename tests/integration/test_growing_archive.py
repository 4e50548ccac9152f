"""What one plan, one card or one look asks for does not read everything the school ever kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.database import heard_by
from tests.parts import Parts

from hoso_bot.domain.submission import UploadState
from hoso_bot.lookups import Lookups
from hoso_bot.store.measures import measure

GROWING = ("inbox", "outbox", "audit", "plans", "versions", "steps", "uploads", "buttons", "reminders")
HASH, SINCE = "0" * 64, datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def parts(tmp_path: Path, template: Path) -> Iterator[Parts]:
    from shutil import copytree

    with Parts.of(Path(copytree(template, tmp_path / "school"))) as found:
        yield found


@contextmanager
def read_whole(parts: Parts) -> Iterator[list[str]]:
    """How SQLite answers what is asked inside, where it reads all of a school's rows in a growing table."""
    found: list[str] = []

    def explains(connection: Any, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        names = dict(re.findall(r"(?:FROM|JOIN|UPDATE|,)\s+(\w+) AS (\w+)", statement))
        names = {alias: table for table, alias in names.items()}
        driver = connection.connection.driver_connection
        for *_, how in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values):
            step = re.match(r"(SCAN|SEARCH) (\w+)(.*)", how)
            if step and names.get(step[2], step[2]) in GROWING and _is_whole(step[1], step[3]):
                found.append(f"{how}: {statement}")

    with heard_by(parts.db, explains):
        yield found


def _is_whole(kind: str, by: str) -> bool:
    """An index of some rows only (open, parked, given up) is small however much the school kept."""
    some = any(name in by for name in ("_open", "_parked", "_gone"))
    return not some and (kind == "SCAN" or "(school_id=?)" in by)


ASKED: dict[str, Callable[[Lookups], object]] = {
    "the plan of these bytes": lambda ask: ask.plans.by_file(HASH),
    "the record of these bytes": lambda ask: ask.archive.by_hash(HASH),
    "reasons given before": lambda ask: ask.step_cards.earlier_reasons("plan", 2),
    "when it came back": lambda ask: ask.step_cards.returned_at("plan", 2),
    "files that wait": lambda ask: ask.reminders.drafts(SINCE),
    "plans of a week": lambda ask: ask.plans.in_week("2026-2027", "KHBD", "person", 13),
    "files of a person that wait": lambda ask: ask.plans.uploads_in("person", UploadState.READY),
    "whether bytes were shown": lambda ask: ask.plans.was_shown("person", HASH),
    "a plan's story": lambda ask: ask.stories.of_versions(["version"]),
    "heads who are waited for": lambda ask: ask.step_cards.heads_waited_for(SINCE),
    "a person's plans": lambda ask: ask.plans.of_person("person"),
    "what a person sent": lambda ask: ask.plans.sent_since("person", SINCE),
    "what waits for a person": lambda ask: ask.step_cards.waiting_for("person"),
    "both queues": lambda ask: (ask.outbox.counts(), ask.outbox.claim(5, ()), ask.outbox.due_in()),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_lookup_reads_its_own_rows(parts: Parts, what: str) -> None:
    with read_whole(parts) as found:
        ASKED[what](Lookups(parts.desk))
    assert found == []


def test_the_inbox_is_claimed_counted_and_recovered_by_its_open_rows(parts: Parts) -> None:
    with read_whole(parts) as found:
        parts.inbox.claim(4, ())
        parts.inbox.counts()
        parts.inbox.parked()
        parts.inbox.due_in()
        parts.inbox.recover()
    assert found == []


def test_metrics_read_one_table_only(parts: Parts) -> None:
    """Callers without a name are counted in an index of the inbox."""
    with read_whole(parts) as found:
        measure(parts.db, parts.clock)
    assert [line.partition(":")[0].split()[1] for line in found if "audit" not in line] == ["inbox"]
