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
        for row in self._db.found(announcements, id=announcement_id):
            return Announcement(row.id, row.kind, row.facts, from_moment(row.made_at))
        raise LookupError(f"no announcement {announcement_id}")

    def of_kind(self, kind: str) -> list[Announcement]:
        """Everything that was ever told in these words, oldest first."""
        rows = self._db.found(announcements, announcements.c.made_at, kind=kind)
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
