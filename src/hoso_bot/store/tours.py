"""Who took the first-use tour (R45): the school's training mark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import tours


@dataclass(frozen=True)
class Training:
    """One person's mark. skipped: they did not want to see the cards."""

    ended_at: datetime
    skipped: bool


class Tours:
    """One school's training marks."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def all(self) -> dict[str, Training]:
        """The marks by person id; who is not in it never ended the tour."""
        found = self._db.found(tours)
        return {row.person_id: Training(from_moment(row.ended_at), row.skipped) for row in found}

    def end(self, person_id: str, skipped: bool, now: datetime) -> list[Any]:
        """Note it. Who saw the cards keeps that mark; who skipped them may still see them."""
        before = self.all().get(person_id)
        if before is None:
            mark = {"person_id": person_id, "ended_at": moment(now), "skipped": skipped}
            return [tours.insert().values(id=new_id(), school_id=self._school, **mark)]
        if skipped or not before.skipped:
            return []
        mine = (tours.c.school_id == self._school, tours.c.person_id == person_id)
        return [sa.update(tours).where(*mine).values(ended_at=moment(now), skipped=False)]
