"""What must not go, whatever the settings say: holds on a person or on a plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.retention import Hold
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import retention_holds


class Holds:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def all(self) -> list[Hold]:
        """Those in force, oldest first."""
        query = sa.select(retention_holds).where(*self._in_force()).order_by(retention_holds.c.made_at)
        with self._db.read() as connection:
            return [
                Hold(r.id, r.reason, from_moment(r.made_at), r.person_id, r.plan_id)
                for r in connection.execute(query)
            ]

    def people(self) -> sa.Select[Any]:
        """The ids of people who are held, as part of another query."""
        column = retention_holds.c.person_id
        return sa.select(column).where(*self._in_force(), column.is_not(None))

    def plans(self) -> sa.Select[Any]:
        """The same of plans."""
        column = retention_holds.c.plan_id
        return sa.select(column).where(*self._in_force(), column.is_not(None))

    def _in_force(self) -> tuple[Any, ...]:
        return retention_holds.c.school_id == self._school, retention_holds.c.released_at.is_(None)

    # --- statements ----------------------------------------------------------------------------

    def add(self, hold: Hold) -> sa.Insert:
        """From now on nothing of it goes."""
        return retention_holds.insert().values(
            id=hold.id,
            school_id=self._school,
            person_id=hold.person_id,
            plan_id=hold.plan_id,
            reason=hold.reason,
            made_at=moment(hold.made_at),
        )

    def release(self, hold_id: str, now: datetime) -> sa.Update:
        """Guarded: it is over once."""
        return (
            sa.update(retention_holds)
            .where(*self._in_force(), retention_holds.c.id == hold_id)
            .values(released_at=moment(now))
        )


def new_hold(reason: str, now: datetime, person_id: str | None, plan_id: str | None) -> Hold:
    """A hold with an id of its own."""
    return Hold(new_id(), reason, now, person_id, plan_id)
