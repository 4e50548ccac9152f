"""The log notices whatever is done to it behind its back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.parts import Parts

from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store import audit
from hoso_bot.store.audit import GENESIS, Entry, entry_hash


@pytest.fixture
def log(parts: Parts) -> Parts:
    """Ten more entries on top of what `init` and the import wrote."""
    with parts.db.write() as connection:
        connection.execute(sa.text("DELETE FROM audit"))
    for n in range(10):
        with parts.db.write() as connection:
            audit.append(
                connection, SCHOOL_ID, f"2025-11-26T03:00:{n:02}", [Entry("GV09", "did", str(n), {"n": n})]
            )
    return parts


def first_broken(parts: Parts) -> int | None:
    with parts.db.read() as connection:
        return audit.first_broken(connection, SCHOOL_ID)[1]


def tamper(parts: Parts, statement: str) -> None:
    with parts.db.write() as connection:
        connection.execute(sa.text(statement))


def test_an_untouched_log_is_intact(log: Parts) -> None:
    with log.db.read() as connection:
        assert audit.first_broken(connection, SCHOOL_ID) == (10, None)


def test_entries_are_numbered_and_chained(log: Parts) -> None:
    rows = log.rows("SELECT number, hash FROM audit ORDER BY number")
    assert [number for number, _ in rows] == list(range(1, 11))
    first = entry_hash(GENESIS, 1, "2025-11-26T03:00:00", Entry("GV09", "did", "0", {"n": 0}))
    assert rows[0][1] == first


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'GV01'",
        "action = 'undid'",
        "subject = 'x'",
        "at = '2025-11-26T03:00:59'",
        "facts = '{\"n\": 99}'",
        "hash = substr(hash, 33) || substr(hash, 1, 32)",
    ],
)
def test_a_changed_entry_is_found(log: Parts, change: str) -> None:
    tamper(log, f"UPDATE audit SET {change} WHERE number = 4".replace(":", "\\:"))
    assert first_broken(log) == 4


def test_a_removed_entry_is_found(log: Parts) -> None:
    tamper(log, "DELETE FROM audit WHERE number = 4")
    assert first_broken(log) == 5


def test_a_removed_first_entry_is_found(log: Parts) -> None:
    tamper(log, "DELETE FROM audit WHERE number = 1")
    assert first_broken(log) == 2


def test_a_removed_entry_with_the_rest_renumbered_is_found(log: Parts) -> None:
    tamper(log, "DELETE FROM audit WHERE number = 4")
    for number in range(5, 11):
        tamper(log, f"UPDATE audit SET number = {number - 1} WHERE number = {number}")
    assert first_broken(log) == 4


def test_two_swapped_entries_are_found(log: Parts) -> None:
    for one, other in ((4, 99), (5, 4), (99, 5)):
        tamper(log, f"UPDATE audit SET number = {other} WHERE number = {one}")
    assert first_broken(log) == 4


def test_an_inserted_entry_is_found(log: Parts) -> None:
    with log.db.write() as connection:
        audit.append(connection, SCHOOL_ID, "2025-11-26T03:01:00", [Entry("GV09", "did", "late")])
    tamper(log, "UPDATE audit SET number = 12 WHERE number = 11")
    assert first_broken(log) == 12


def test_the_head_changes_with_every_entry(log: Parts) -> None:
    """Cutting entries off the end leaves a sound chain: only a head kept elsewhere shows it."""
    with log.db.read() as connection:
        before = audit.head(connection, SCHOOL_ID)
    tamper(log, "DELETE FROM audit WHERE number = 10")
    with log.db.read() as connection:
        assert audit.first_broken(connection, SCHOOL_ID)[1] is None
        assert audit.head(connection, SCHOOL_ID) != before


def test_schools_have_chains_of_their_own(log: Parts) -> None:
    with log.db.write() as connection:
        audit.append(connection, "other", "2025-11-26T03:01:00", [Entry("X", "did", "it")])
    assert first_broken(log) is None
    with log.db.read() as connection:
        assert audit.first_broken(connection, "other") == (1, None)


def test_an_entry_and_its_fact_come_together_or_not_at_all(parts: Parts) -> None:
    before = parts.rows("SELECT count(*) FROM audit")

    def fails() -> None:
        with parts.db.write() as connection:
            audit.append(connection, SCHOOL_ID, "2025", [Entry("GV09", "did", "it")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert parts.rows("SELECT count(*) FROM audit") == before
