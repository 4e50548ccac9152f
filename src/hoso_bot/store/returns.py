"""Files that were sent out to be signed with their signers' own tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.tables import awaited_returns


@dataclass(frozen=True)
class AwaitedReturn:
    """The file of one step, sent out to one person; waited for until `expires_at`."""

    version_id: str
    step: int
    person_id: str
    expires_at: datetime


class Returns:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of_person(self, person_id: str) -> list[AwaitedReturn]:
        """What was sent out to this person and never came back, oldest first; decided steps too."""
        return self._rows(awaited_returns.c.person_id == person_id)

    def of_version(self, version_id: str) -> list[AwaitedReturn]:
        """What was sent out of this version."""
        return self._rows(awaited_returns.c.version_id == version_id)

    def waiting(self, version_id: str, step: int, now: datetime) -> bool:
        """Whether somebody is signing this step elsewhere."""
        return any(one.step == step and one.expires_at > now for one in self.of_version(version_id))

    def _rows(self, condition: Any) -> list[AwaitedReturn]:
        query = (
            sa.select(awaited_returns)
            .where(awaited_returns.c.school_id == self._school, condition)
            .order_by(awaited_returns.c.asked_at)
        )
        with self._db.read() as connection:
            return [
                AwaitedReturn(r.version_id, r.number, r.person_id, from_moment(r.expires_at))
                for r in connection.execute(query)
            ]

    # --- statements ----------------------------------------------------------------------------

    def ask(self, version_id: str, step: int, person_id: str, now: datetime, until: datetime) -> sa.Insert:
        """Sent out; one already there has to be dropped first."""
        return awaited_returns.insert().values(
            version_id=version_id,
            number=step,
            person_id=person_id,
            school_id=self._school,
            asked_at=moment(now),
            expires_at=moment(until),
        )

    def drop(self, version_id: str, step: int, person_id: str | None = None) -> sa.Delete:
        """Not waited for any longer: from this person, or (None) from anybody."""
        gone = sa.delete(awaited_returns).where(
            awaited_returns.c.school_id == self._school,
            awaited_returns.c.version_id == version_id,
            awaited_returns.c.number == step,
        )
        return gone.where(awaited_returns.c.person_id == person_id) if person_id else gone
