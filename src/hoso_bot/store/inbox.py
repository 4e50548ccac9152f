"""Everything that happens, kept before it is acknowledged, handled in order per lane."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from hoso_bot.ports import Clock
from hoso_bot.store.db import Database, from_moment, insert_new, moment
from hoso_bot.store.leases import Leases, due_rows, is_in, oldest_open
from hoso_bot.store.tables import inbox

INTERNAL = "internal"
LEASE_SECONDS = 300
MAX_BATCH = 500
FEW = 10
"""Rows a lane may have in hand and still go before those with more: a class's plans of a week, no flood."""


@dataclass(frozen=True)
class Kept:
    """One row to be handled: `source` is a channel's name or `internal`. waiting: rows in its lane."""

    id: int
    source: str
    lane: str
    payload: dict[str, Any]
    received_at: str
    attempts: int
    waiting: int = 1

    @property
    def crowded(self) -> bool:
        """Whether its lane has so much in hand that others go first."""
        return self.waiting > FEW


class Arrival(NamedTuple):
    """One thing to keep: unique per school and source by `external_id`.

    due: when it may be handled at the earliest, None for now; what is due later needs a lane of its own.
    """

    source: str
    external_id: str
    lane: str
    payload: dict[str, Any]
    due: datetime | None = None


def _due() -> sa.Select[Any]:
    """The oldest open row of every lane, when it is due; those of crowded lanes last."""
    oldest = oldest_open(inbox, inbox.c.lane, working="doing")
    rows = sa.select(inbox, oldest.c.waiting).join(oldest, inbox.c.id == oldest.c.id)
    return due_rows(inbox, rows, sa.case((oldest.c.waiting > FEW, 1), else_=0))


_KEEP, _DUE = insert_new(inbox), _due()  # made once: SQLAlchemy knows them again
Waiter = tuple[Sequence[Arrival], asyncio.Future[None]]


class Inbox(Leases):
    """One school's inbox."""

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__(db, clock, inbox, "doing", LEASE_SECONDS)

    def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Store all in one fsynced commit; what was stored before is skipped."""
        if arrivals:
            with self._db.write() as connection:
                connection.execute(_KEEP, self.rows(arrivals))

    def rows(self, arrivals: Sequence[Arrival]) -> list[dict[str, Any]]:
        """Insertable rows, due now unless they say otherwise."""
        now = moment(self._clock.now())
        return [
            {
                "school_id": self._school,
                "source": a.source,
                "external_id": a.external_id,
                "lane": a.lane,
                "payload": a.payload,
                "received_at": now,
                "try_at": moment(a.due) if a.due else now,
            }
            for a in arrivals
        ]

    def claim(self, limit: int, busy: Collection[str], crowded: int | None = None) -> list[Kept]:
        """Lease the oldest open row of up to `limit` lanes, none of them in `busy`.

        crowded: how many of them may have much in hand; None for any number.
        """
        now = moment(self._clock.now())
        due = [r for r in self._due(now, limit + len(busy)) if r.lane not in busy]
        few, many = [r for r in due if not r.crowded], [r for r in due if r.crowded]
        rows = [*few, *many[:crowded]][:limit]
        if rows:
            with self._db.write() as connection:
                self._take(connection, [row.id for row in rows])
        return rows

    def _due(self, now: str, limit: int) -> list[Kept]:
        given = {"school": self._school, "now": now, "most": limit}
        with self._db.read() as connection:
            return [
                Kept(r.id, r.source, r.lane, r.payload, r.received_at, r.attempts + 1, r.waiting)
                for r in connection.execute(_DUE, given)
            ]

    def finish(self, row_id: int) -> sa.Update:
        """The statement that ends a row, to be committed together with its effects."""
        return (
            sa.update(inbox)
            .where(inbox.c.id == row_id, inbox.c.state == "doing")
            .values(state="done", done_at=moment(self._clock.now()), lease_until=None, error=None)
        )

    def counts(self) -> dict[str, int]:
        """Rows per state that are not settled, parked ones among them."""
        return super().counts() | self._counted(is_in(inbox, "parked"))

    def park(self, row_id: int, error: str) -> sa.Update:
        """The statement that gives up on a row until a person looks, to be committed with who is told."""
        return (
            sa.update(inbox)
            .where(inbox.c.id == row_id, inbox.c.state == "doing")
            .values(state="parked", lease_until=None, error=error)
        )

    def parked(self) -> list[tuple[Kept, str]]:
        """Rows nobody works on any more, oldest first, each with its last error."""
        return [
            (Kept(r.id, r.source, r.lane, r.payload, r.received_at, r.attempts), r.error or "")
            for r in self._parked()
        ]

    def state_of(self, source: str, external_id: str) -> str | None:
        """How far what came with this id is (`todo`, `doing`, `done`, `parked`); None when nothing did."""
        query = sa.select(inbox.c.state).where(
            inbox.c.school_id == self._school, inbox.c.source == source, inbox.c.external_id == external_id
        )
        with self._db.read() as connection:
            state: str | None = connection.execute(query).scalar()
        return state

    def newest(self, source: str) -> datetime | None:
        """When something last came from this channel; None for never."""
        query = sa.select(inbox.c.received_at).where(
            inbox.c.school_id == self._school, inbox.c.source == source
        )
        with self._db.read() as connection:
            found = connection.execute(query.order_by(inbox.c.id.desc()).limit(1)).scalar()
        return from_moment(found) if found else None


class GroupCommit:
    """One writer thread that turns many waiting arrivals into one fsynced commit.

    Waiters are answered only after the commit, so an acknowledged update cannot be lost; under
    load the batch grows, and the cost of an fsync and of waking the event loop is shared.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[Waiter | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    async def keep(self, arrivals: Sequence[Arrival]) -> None:
        """Returns when the arrivals are on disk. Raises what the database raised."""
        done = self._loop.create_future()
        self._waiting.put((arrivals, done))
        await done

    def close(self) -> None:
        """Commit what waits and stop."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch, last = [first], False
            while len(batch) < MAX_BATCH and not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    last = True
                    break
                batch.append(item)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: list[Waiter]) -> None:
        error: Exception | None = None
        try:
            self._inbox.keep([arrival for arrivals, _ in batch for arrival in arrivals])
        except Exception as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(_answer, [done for _, done in batch], error)


def _answer(waiters: list[asyncio.Future[None]], error: Exception | None) -> None:
    for done in waiters:
        if done.done():  # whoever waited was cancelled
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
