"""Every live card of an approval step: one a holder, so that all of them can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.submission import VersionState
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.tables import outbox, step_cards, steps, versions


@dataclass(frozen=True)
class StepCard:
    """A card somebody holds: its message's key, when it was delivered, when its holder first acted on it."""

    key: str
    person_id: str
    delivered_at: datetime | None
    opened_at: datetime | None


class StepCards:
    """One school's live cards, and the steps they are about."""

    def __init__(self, db: Database, school_id: str) -> None:
        self._db, self._school = db, school_id

    def of(self, step: ApprovalStep) -> list[StepCard]:
        """The live cards of a step, oldest first."""
        query = (
            sa.select(step_cards, outbox.c.sent_at)
            .outerjoin(
                outbox,
                sa.and_(outbox.c.school_id == step_cards.c.school_id, outbox.c.key == step_cards.c.key),
            )
            .where(
                step_cards.c.school_id == self._school,
                step_cards.c.version_id == step.version_id,
                step_cards.c.number == step.number,
            )
            .order_by(outbox.c.id)
        )
        with self._db.read() as connection:
            return [
                StepCard(r.key, r.person_id, _time(r.sent_at), _time(r.opened_at))
                for r in connection.execute(query)
            ]

    def pending(self) -> list[tuple[str, int]]:
        """(version id, step number) of everything that waits for a decision, oldest submission first."""
        query = (
            sa.select(steps.c.version_id, steps.c.number)
            .join(versions, versions.c.id == steps.c.version_id)
            .where(
                steps.c.school_id == self._school,
                steps.c.state == StepState.PENDING.value,
                versions.c.state == VersionState.PENDING.value,
            )
            .order_by(versions.c.submitted_at, steps.c.version_id)
        )
        with self._db.read() as connection:
            return [(r.version_id, r.number) for r in connection.execute(query)]

    def earlier_reasons(self, plan_id: str, before: int) -> list[tuple[int, str, str]]:
        """(version number, id of who decided, reason) of the plan's versions before number `before`."""
        query = (
            sa.select(versions.c.number, steps.c.signer_id, steps.c.decided_by, steps.c.reason)
            .join(versions, versions.c.id == steps.c.version_id)
            .where(
                steps.c.school_id == self._school,
                versions.c.plan_id == plan_id,
                versions.c.number < before,
                steps.c.reason.is_not(None),
            )
            .order_by(versions.c.number, steps.c.number)
        )
        with self._db.read() as connection:
            return [(r.number, r.decided_by or r.signer_id, r.reason) for r in connection.execute(query)]

    def returned_at(self, plan_id: str, before: int) -> datetime | None:
        """When the plan was last sent back, for versions before number `before`."""
        query = (
            sa.select(sa.func.max(steps.c.decided_at))
            .join(versions, versions.c.id == steps.c.version_id)
            .where(
                steps.c.school_id == self._school,
                versions.c.plan_id == plan_id,
                versions.c.number < before,
                steps.c.state.in_([StepState.REJECTED.value, StepState.RETURNED.value]),
            )
        )
        with self._db.read() as connection:
            return _time(connection.execute(query).scalar())

    # --- statements for a unit of work ---------------------------------------------------------

    def add(self, step: ApprovalStep, person_id: str, key: str) -> sa.Insert:
        """A card was dealt."""
        return step_cards.insert().values(
            key=key,
            school_id=self._school,
            version_id=step.version_id,
            number=step.number,
            person_id=person_id,
        )

    def opened(self, key: str, now: datetime) -> sa.Update:
        """The first time its holder wants to decide (R27)."""
        return sa.update(step_cards).where(step_cards.c.key == key).values(opened_at=moment(now))

    def forget(self, key: str) -> sa.Delete:
        """A card that is no longer live."""
        return sa.delete(step_cards).where(step_cards.c.school_id == self._school, step_cards.c.key == key)


def _time(value: Any) -> datetime | None:
    return from_moment(value) if value else None
