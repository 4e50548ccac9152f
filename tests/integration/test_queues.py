"""Inbox and outbox: kept once, given out in order, never lost."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.database import driver_engine, rows_of
from tests.parts import Parts, states

from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.events import Address
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import moment
from hoso_bot.store.inbox import Arrival, GroupCommit, Inbox

LAN, MAI = Address("telegram", "101"), Address("telegram", "102")


def arrival(number: int, lane: str = "a", source: str = "telegram") -> Arrival:
    return Arrival(source, str(number), lane, {"n": number})


def written(parts: Parts, *statements: object) -> None:
    commit(parts.db, moment(parts.clock.now()), Changes(statements=list(statements)))


# --- inbox ---------------------------------------------------------------------------------------


def test_the_same_update_is_kept_once(parts: Parts) -> None:
    parts.inbox.keep([arrival(1), arrival(2)])
    parts.inbox.keep([arrival(2), arrival(3)])
    assert states(parts.inbox) == {"todo": 3}


def test_two_channels_may_use_the_same_ids(parts: Parts) -> None:
    parts.inbox.keep([arrival(1), arrival(1, source="web_chat")])
    assert states(parts.inbox) == {"todo": 2}


def test_a_lane_gives_its_rows_one_by_one_in_order(parts: Parts) -> None:
    parts.inbox.keep([arrival(n) for n in range(3)])
    seen = []
    while rows := parts.inbox.claim(5, []):
        (row,) = rows
        assert parts.inbox.claim(5, []) == []
        seen.append(row.payload["n"])
        written(parts, parts.inbox.finish(row.id))
    assert seen == [0, 1, 2]


def test_lanes_do_not_wait_for_one_another(parts: Parts) -> None:
    parts.inbox.keep([arrival(1, "a"), arrival(2, "a"), arrival(3, "b"), arrival(4, "c")])
    assert [row.payload["n"] for row in parts.inbox.claim(5, [])] == [1, 3, 4]


def test_no_more_lanes_than_asked_for_and_none_that_is_busy(parts: Parts) -> None:
    parts.inbox.keep([arrival(n, lane) for n, lane in enumerate("abcd")])
    assert [row.lane for row in parts.inbox.claim(2, ["a"])] == ["b", "c"]


def test_a_postponed_row_holds_back_its_lane_until_its_time(parts: Parts) -> None:
    parts.inbox.keep([arrival(1), arrival(2)])
    (row,) = parts.inbox.claim(5, [])
    parts.inbox.postpone(row.id, "busy", 10)
    assert parts.inbox.claim(5, []) == []
    parts.clock.skip(timedelta(seconds=11))
    (again,) = parts.inbox.claim(5, [])
    assert (again.id, again.attempts) == (row.id, 2)


def test_a_parked_row_lets_its_lane_go_on(parts: Parts) -> None:
    parts.inbox.keep([arrival(1), arrival(2)])
    (row,) = parts.inbox.claim(5, [])
    parts.changes(parts.inbox.park(row.id, "poison"))
    assert [r.payload["n"] for r in parts.inbox.claim(5, [])] == [2]
    assert parts.inbox.counts() == {"parked": 1, "doing": 1}


def test_what_a_killed_process_held_comes_back(parts: Parts) -> None:
    parts.inbox.keep([arrival(1)])
    (row,) = parts.inbox.claim(5, [])
    assert parts.inbox.recover() == 1
    assert [r.id for r in parts.inbox.claim(5, [])] == [row.id]


def test_a_lease_that_ran_out_is_taken_over(parts: Parts) -> None:
    parts.inbox.keep([arrival(1)])
    parts.inbox.claim(5, [])
    parts.clock.skip(timedelta(minutes=6))
    assert len(parts.inbox.claim(5, [])) == 1


def test_a_row_that_is_not_in_work_cannot_be_finished(parts: Parts) -> None:
    parts.inbox.keep([arrival(1)])
    (row,) = parts.inbox.claim(5, [])
    written(parts, parts.inbox.finish(row.id))
    with pytest.raises(Conflict):
        written(parts, parts.inbox.finish(row.id))


# --- group commit --------------------------------------------------------------------------------


async def test_many_writers_share_few_commits_and_all_are_kept(parts: Parts) -> None:
    commits: list[int] = []

    class Counting(Inbox):
        def keep(self, arrivals: object) -> None:  # type: ignore[override]
            commits.append(len(arrivals))  # type: ignore[arg-type]
            super().keep(arrivals)  # type: ignore[arg-type]

    writer = GroupCommit(Counting(parts.db, parts.clock))
    await asyncio.gather(*(writer.keep([arrival(n, f"lane{n}")]) for n in range(200)))
    assert states(parts.inbox) == {"todo": 200}
    assert sum(commits) == 200 and len(commits) < 100
    writer.close()


async def test_it_is_acknowledged_only_when_another_connection_sees_it(parts: Parts) -> None:
    writer = GroupCommit(parts.inbox)
    await writer.keep([arrival(1)])
    assert rows_of(parts.db.url, "SELECT count(*) FROM inbox") == [(1,)]
    writer.close()


async def test_a_failed_commit_is_told_to_everyone_who_waits_and_the_writer_goes_on(parts: Parts) -> None:
    class Full(Inbox):
        def keep(self, arrivals: object) -> None:  # type: ignore[override]
            raise sqlite3.OperationalError("database or disk is full")

    writer = GroupCommit(Full(parts.db, parts.clock))
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await writer.keep([arrival(1)])
    writer.close()


async def test_closing_commits_what_still_waits(parts: Parts) -> None:
    writer = GroupCommit(parts.inbox)
    waiting = [asyncio.ensure_future(writer.keep([arrival(n)])) for n in range(20)]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*waiting)
    assert states(parts.inbox) == {"todo": 20}


# --- outbox --------------------------------------------------------------------------------------


def says(parts: Parts, key: str, to: Address = LAN, edits: str | None = None) -> None:
    message = {"text": "tap.used", "facts": {}, "buttons": [], "attachment": None}
    commit(
        parts.db,
        moment(parts.clock.now()),
        Changes(messages=[parts.outbox.row(key, None, to, message, edits)]),
    )


def test_one_message_a_chat_at_a_time_in_order(parts: Parts) -> None:
    for key in ("a", "b"):
        says(parts, key)
    says(parts, "c", MAI)
    assert [row.key for row in parts.outbox.claim(5, [])] == ["a", "c"]
    assert parts.outbox.claim(5, []) == []


def test_busy_chats_are_left_alone(parts: Parts) -> None:
    says(parts, "a")
    says(parts, "b", MAI)
    assert [row.key for row in parts.outbox.claim(1, [LAN])] == ["b"]


def test_a_postponed_message_holds_back_its_chat_only(parts: Parts) -> None:
    says(parts, "a")
    says(parts, "b")
    (row,) = parts.outbox.claim(5, [])
    parts.outbox.postpone(row.id, "429", 5)
    says(parts, "c", MAI)
    assert [r.key for r in parts.outbox.claim(5, [])] == ["c"]
    parts.clock.skip(timedelta(seconds=6))
    assert [r.key for r in parts.outbox.claim(5, [])] == ["a"]


def test_an_edit_finds_the_reference_of_the_message_it_changes(parts: Parts) -> None:
    says(parts, "card")
    (row,) = parts.outbox.claim(5, [])
    parts.outbox.sent(row.id, "77")
    says(parts, "edit", edits="card")
    (edit,) = parts.outbox.claim(5, [])
    assert edit.edits == "77"


def test_an_edit_waits_for_the_message_it_changes(parts: Parts) -> None:
    says(parts, "card")
    says(parts, "edit", edits="card")
    (row,) = parts.outbox.claim(5, [])
    assert row.key == "card"
    parts.outbox.give_up(row.id, "blocked")
    (edit,) = parts.outbox.claim(5, [])
    assert edit.edits == ""


def test_what_was_being_sent_when_the_process_died_is_sent_again(parts: Parts) -> None:
    says(parts, "a")
    parts.outbox.claim(5, [])
    assert parts.outbox.recover() == 1
    assert len(parts.outbox.claim(5, [])) == 1


def test_a_key_is_queued_once(parts: Parts) -> None:
    says(parts, "a")
    with pytest.raises(sa.exc.IntegrityError):
        says(parts, "a")


# --- a long record -------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_a_claim_looks_at_open_rows_only_however_many_are_settled(parts: Parts) -> None:
    looked_up: list[str] = []

    @sa.event.listens_for(driver_engine(parts.db), "before_cursor_execute")
    def plans(
        connection: sa.Connection, cursor: sqlite3.Cursor, query: str, values: tuple, *_: object
    ) -> None:
        if query.startswith("SELECT"):
            steps = cursor.connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
            looked_up.extend(step[3] for step in steps)

    parts.inbox.claim(5, ["a"])
    parts.outbox.claim(5, [LAN])
    for table in ("inbox", "outbox"):
        ways = [step for step in looked_up if step.startswith((f"SEARCH {table} ", f"SCAN {table}"))]
        assert sorted(ways) == [
            f"SEARCH {table} USING INDEX ix_{table}_open (school_id=?)",
            f"SEARCH {table} USING INTEGER PRIMARY KEY (rowid=?)",
        ]
