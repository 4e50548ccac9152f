"""What many people are told once: who said it, and the blanks of the text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import announcements


@dataclass(frozen=True)
class Announcement:
    """kind: the text's key; facts: its blanks."""

    id: str
    kind: str
    facts: dict[str, Any]
    made_at: datetime


class Announcements:
    """One school's announcements."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def get(self, announcement_id: str) -> Announcement:
        """One announcement. Raises LookupError."""
        query = sa.select(announcements).where(
            announcements.c.school_id == self._school, announcements.c.id == announcement_id
        )
        with self._db.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise LookupError(f"no announcement {announcement_id}")
        return Announcement(row.id, row.kind, row.facts, from_moment(row.made_at))

    def of_kind(self, kind: str) -> list[Announcement]:
        """Everything that was ever told in these words, oldest first."""
        query = sa.select(announcements).where(
            announcements.c.school_id == self._school, announcements.c.kind == kind
        )
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(announcements.c.made_at))
            return [Announcement(row.id, row.kind, row.facts, from_moment(row.made_at)) for row in rows]

    def add(self, kind: str, facts: dict[str, Any], by: str, now: datetime) -> tuple[str, sa.Insert]:
        """A new one and its id."""
        announcement_id = new_id()
        return announcement_id, announcements.insert().values(
            id=announcement_id,
            school_id=self._school,
            kind=kind,
            facts=facts,
            made_by=by,
            made_at=moment(now),
        )
