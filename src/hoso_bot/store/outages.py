"""Outages the school put on record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.outages import Cause, Outage
from hoso_bot.store.db import Database, from_moment, moment, once_a_look
from hoso_bot.store.tables import outages


class Outages:
    """One school's outages: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    @once_a_look
    def all(self) -> tuple[Outage, ...]:
        """Every outage that counts, by its beginning."""
        return self._find(outages.c.undone_at.is_(None))

    def find(self, outage_id: str) -> Outage | None:
        """One outage, undone or not; None when there never was one."""
        return next(iter(self._find(outages.c.id == outage_id)), None)

    def _find(self, condition: Any) -> tuple[Outage, ...]:
        query = sa.select(outages).where(outages.c.school_id == self._school, condition)
        return tuple(
            Outage(r.id, Cause(r.cause), from_moment(r.starts_at), from_moment(r.ends_at), r.made_by)
            for r in self._db.rows(query.order_by(outages.c.starts_at, outages.c.id))
        )

    # --- statements for a unit of work ---------------------------------------------------------

    def add(self, outage: Outage, now: datetime) -> sa.Insert:
        """A new one."""
        return outages.insert().values(
            id=outage.id,
            school_id=self._school,
            cause=outage.cause.value,
            starts_at=moment(outage.start),
            ends_at=moment(outage.end),
            made_by=outage.by,
            made_at=moment(now),
        )

    def undo(self, outage: Outage, by: str, now: datetime) -> sa.Update:
        """It was a mistake; guarded: a second undoing is a conflict."""
        return (
            sa.update(outages)
            .where(outages.c.id == outage.id, outages.c.undone_at.is_(None))
            .values(undone_by=by, undone_at=moment(now))
        )
