"""When every signed file in the archive was last found good, and which were not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.approval import StepState
from hoso_bot.domain.submission import Version
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.tables import plans, steps, versions


@dataclass(frozen=True)
class ArchiveState:
    """files: how many are signed; oldest: since when all of them were validated, None without any.

    doubted: (printed code, doubts) of those that were not found good the last time.
    """

    files: int
    oldest: datetime | None
    doubted: tuple[tuple[str, tuple[str, ...]], ...]


class ArchiveChecks:
    """One school's signed files as the nightly job sees them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def due(self, most: int) -> list[str]:
        """Ids of the signed versions whose last validation is longest ago."""
        query = sa.select(versions.c.id).where(*self._signed()).order_by(_validated(), versions.c.id)
        with self._db.read() as connection:
            return list(connection.scalars(query.limit(most)))

    def state(self) -> ArchiveState:
        """The archive as of the last checks."""
        totals = sa.select(sa.func.count(), sa.func.min(_validated())).where(*self._signed())
        with self._db.read() as connection:
            files, oldest = connection.execute(totals).one()
        return ArchiveState(files, from_moment(oldest) if oldest else None, tuple(self.doubted()))

    def doubted(self, since: datetime | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """(printed code, doubts) of files not found good, of those checked at or after `since`."""
        query = (
            sa.select(plans.c.code, versions.c.number, versions.c.doubts)
            .join(plans, plans.c.id == versions.c.plan_id)
            .where(*self._signed(), versions.c.checked_at.is_not(None))
            .order_by(plans.c.code, versions.c.number)
        )
        if since:
            query = query.where(versions.c.checked_at >= moment(since))
        return [(f"{r.code}-{r.number}", tuple(r.doubts)) for r in self._db.rows(query) if r.doubts]

    def checked(self, version: Version, doubts: list[str], now: datetime) -> sa.Update:
        """Guarded by the bytes as they were read: a signature made meanwhile wants another look."""
        return (
            sa.update(versions)
            .where(
                versions.c.school_id == self._school,
                versions.c.id == version.id,
                versions.c.current_sha256 == version.current_sha256,
            )
            .values(checked_at=moment(now), doubts=doubts)
        )

    def _signed(self) -> tuple[Any, ...]:
        with_signature = sa.select(steps.c.version_id).where(
            steps.c.school_id == self._school, steps.c.state == StepState.SIGNED.value
        )
        kept = versions.c.removed_at.is_(None)
        return versions.c.school_id == self._school, kept, versions.c.id.in_(with_signature)


def _validated() -> Any:
    """Every signature is validated when it is made; later the nightly job looks again."""
    return sa.func.coalesce(versions.c.checked_at, versions.c.submitted_at)
