"""Rows one worker at a time works on: taken for a while, put off, given back after a kill."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

import sqlalchemy as sa

from hoso_bot.ports import Clock
from hoso_bot.store.db import Database, from_moment, later, moment


def is_in(table: sa.Table, *states: str) -> sa.ColumnElement[bool]:
    """Whether a row is in one of these states, written out: an index of some rows only is taken for the words
    it was made with."""
    words = [f"'{state}'" for state in states]
    state = table.c.state
    if len(words) == 1:
        return state == sa.literal_column(words[0])
    return state.in_([sa.literal_column(word) for word in words])


def oldest_open(table: sa.Table, *lane: sa.Column[Any], working: str) -> sa.Subquery:
    """`id` of the first row of every lane that is not settled, and how many wait there. Binds `school`."""
    rows = table.c
    first, waiting = sa.func.min(rows.id).label("id"), sa.func.count().label("waiting")
    query = sa.select(first, waiting).where(is_in(table, "todo", working))
    return query.where(rows.school_id == sa.bindparam("school")).group_by(*lane).subquery()


def due_rows(table: sa.Table, query: sa.Select[Any], *first: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Of these rows the first `most` that are due, and nobody's or with a lease that is over. Binds `now`.

    In their order, after that of `first`.
    """
    rows, now = table.c, sa.bindparam("now", type_=sa.String)
    is_free = sa.or_(rows.state == "todo", rows.lease_until <= now)
    return (
        query.where(rows.try_at <= now, is_free)
        .order_by(*first, rows.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


@cache
def _lease(table: sa.Table, working: str) -> sa.Update:
    """Made once a table: SQLAlchemy knows it again. Binds `rows`, `until`."""
    update = sa.update(table).where(table.c.id.in_(sa.bindparam("rows", expanding=True)))
    until = sa.bindparam("until", type_=sa.String)
    return update.values(state=working, attempts=table.c.attempts + 1, lease_until=until)


class Leases:
    """The bookkeeping inbox and outbox share.

    working: the state of a row somebody works on; it is `todo` before. seconds: how long a lease lasts.
    """

    def __init__(self, db: Database, clock: Clock, table: sa.Table, working: str, seconds: float) -> None:
        self._db, self._school, self._clock = db, db.school_id, clock
        self._table, self._working, self._seconds = table, working, seconds
        self._lease = _lease(table, working)

    def _take(self, connection: sa.Connection, row_ids: Collection[int]) -> None:
        """Lease these rows, each one try more."""
        if row_ids:
            until = later(self._clock.now(), self._seconds)
            connection.execute(self._lease, {"rows": list(row_ids), "until": until})

    def _settle(self, row_id: int, **values: Any) -> None:
        """The end of a lease; a row that is nobody's stays as it is."""
        held = self._table.c.id == row_id, self._table.c.state == self._working
        with self._db.write() as connection:
            connection.execute(sa.update(self._table).where(*held).values(lease_until=None, **values))

    def postpone(self, row_id: int, error: str, seconds: float) -> None:
        """Try the row again after so many seconds; what comes after it in its lane or chat waits."""
        self._settle(row_id, state="todo", error=error, try_at=later(self._clock.now(), seconds))

    def put_off(self, row_id: int, error: str, seconds: float) -> None:
        """The same where the row is not to blame: this try does not count."""
        tried = self._table.c.attempts - 1
        at = later(self._clock.now(), seconds)
        self._settle(row_id, state="todo", error=error, try_at=at, attempts=tried)

    def recover(self) -> int:
        """Give back what a killed process held; only for the one process that owns this database."""
        held = self._table.c.school_id == self._school, self._is_open(), self._table.c.state == self._working
        with self._db.write() as connection:
            update = sa.update(self._table).where(*held).values(state="todo", lease_until=None)
            return connection.execute(update).rowcount

    def due_in(self) -> float | None:
        """Seconds until the next open row is due (below 0: since then one is, or it waits for its lane)."""
        rows = self._table.c
        query = sa.select(sa.func.min(rows.try_at)).where(rows.school_id == self._school, self._is_open())
        with self._db.read() as connection:
            first = connection.scalar(query)
        return (from_moment(first) - self._clock.now()).total_seconds() if first else None

    def retry(self, row_ids: Collection[int]) -> int:
        """Give parked rows their tries back; a running bot takes them up within a second. How many."""
        rows = self._table.c
        held = rows.school_id == self._school, rows.id.in_(row_ids), is_in(self._table, "parked")
        with self._db.write() as connection:
            update = sa.update(self._table).where(*held)
            again = update.values(state="todo", attempts=0, try_at=moment(self._clock.now()))
            return connection.execute(again).rowcount

    def _parked(self) -> list[Any]:
        """Rows that were given up until a person looks, oldest first."""
        rows = self._table.c
        query = sa.select(self._table).where(rows.school_id == self._school, is_in(self._table, "parked"))
        return self._db.rows(query.order_by(rows.id))

    def counts(self) -> dict[str, int]:
        """Rows per state that are not settled."""
        return self._counted(self._is_open())

    def _counted(self, some: sa.ColumnElement[bool]) -> dict[str, int]:
        rows = self._table.c
        query = sa.select(rows.state, sa.func.count()).where(rows.school_id == self._school, some)
        with self._db.read() as connection:
            return {row.state: row[1] for row in connection.execute(query.group_by(rows.state))}

    def _is_open(self) -> sa.ColumnElement[bool]:
        return is_in(self._table, "todo", self._working)
