"""Every live card of an approval step: one a holder, so that all of them can be taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import Plan, Version, VersionState
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.plan_rows import read_plan, read_step, read_version
from hoso_bot.store.tables import outbox, plans, step_cards, steps, versions

Place = tuple[str, int]
"""Version id and step number."""


@dataclass(frozen=True)
class StepCard:
    """A card somebody holds: its message's key, when it was delivered, when its holder first acted on it.

    asked_at: when its holder asked for it (`Mở`) or opened its file on the page of the message; else None.
    """

    key: str
    person_id: str
    delivered_at: datetime | None
    opened_at: datetime | None
    asked_at: datetime | None = None


class StepCards:
    """One school's live cards, and the steps they are about."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of(self, step: ApprovalStep) -> list[StepCard]:
        """The live cards of a step, oldest first."""
        on_it = (step_cards.c.version_id == step.version_id, step_cards.c.number == step.number)
        return [card for cards in self._live(*on_it).values() for card in cards]

    def live(self) -> dict[Place, list[StepCard]]:
        """Every live card by step, oldest first."""
        return self._live()

    def held_by(self, person_id: str) -> dict[Place, list[StepCard]]:
        """A person's live cards by step, oldest first."""
        return self._live(step_cards.c.person_id == person_id)

    def waiting_for(self, person_id: str) -> int:
        """How many live cards of steps that wait for a decision this person holds."""
        query = (
            sa.select(sa.func.count())
            .select_from(step_cards)
            .join(
                steps,
                sa.and_(steps.c.version_id == step_cards.c.version_id, steps.c.number == step_cards.c.number),
            )
            .where(
                step_cards.c.school_id == self._school,
                step_cards.c.person_id == person_id,
                steps.c.state == StepState.PENDING.value,
            )
        )
        with self._db.read() as connection:
            return connection.execute(query).scalar_one()

    def heads_waited_for(self, before: datetime) -> dict[str, datetime]:
        """Group heads for whom something handed in before then waits: since when, by person id."""
        query = (
            sa.select(steps.c.signer_id, versions.c.submitted_at)
            .join(versions, versions.c.id == steps.c.version_id)
            .where(
                steps.c.school_id == self._school,
                steps.c.role == Role.GROUP_HEAD.value,
                steps.c.state == StepState.PENDING.value,
                versions.c.state == VersionState.PENDING.value,
                versions.c.submitted_at <= moment(before),
            )
            .order_by(versions.c.submitted_at.desc())
        )
        with self._db.read() as connection:
            return {row.signer_id: from_moment(row.submitted_at) for row in connection.execute(query)}

    def signs_of_life(self, person_ids: Collection[str]) -> dict[str, datetime]:
        """When each of these people last decided something, or opened or asked for a card that is live."""
        decider = sa.func.coalesce(steps.c.decided_by, steps.c.signer_id)
        decided = sa.select(decider.label("who"), sa.func.max(steps.c.decided_at).label("at")).where(
            steps.c.school_id == self._school, decider.in_(person_ids), steps.c.decided_at.is_not(None)
        )
        looked = sa.func.coalesce(step_cards.c.asked_at, step_cards.c.opened_at)
        opened = sa.select(step_cards.c.person_id.label("who"), sa.func.max(looked).label("at")).where(
            step_cards.c.school_id == self._school,
            step_cards.c.person_id.in_(person_ids),
            looked.is_not(None),
        )
        found: dict[str, datetime] = {}
        with self._db.read() as connection:
            for query in (decided.group_by(decider), opened.group_by(step_cards.c.person_id)):
                for row in connection.execute(query):
                    at = from_moment(row.at)
                    found[row.who] = max(at, found.get(row.who, at))
        return found

    def _live(self, *conditions: Any) -> dict[Place, list[StepCard]]:
        query = (
            sa.select(step_cards, outbox.c.sent_at)
            .outerjoin(
                outbox,
                sa.and_(outbox.c.school_id == step_cards.c.school_id, outbox.c.key == step_cards.c.key),
            )
            .where(step_cards.c.school_id == self._school, *conditions)
            .order_by(outbox.c.id)
        )
        found: dict[Place, list[StepCard]] = {}
        with self._db.read() as connection:
            for r in connection.execute(query):
                times = (_time(r.sent_at), _time(r.opened_at), _time(r.asked_at))
                found.setdefault((r.version_id, r.number), []).append(StepCard(r.key, r.person_id, *times))
        return found

    def pending(self) -> list[tuple[Plan, Version, list[ApprovalStep]]]:
        """Every version that waits for a decision, with its plan and chain; oldest submission first."""
        is_open = (
            versions.c.school_id == self._school,
            versions.c.state == VersionState.PENDING.value,
            versions.c.id.in_(
                sa.select(steps.c.version_id).where(
                    steps.c.school_id == self._school, steps.c.state == StepState.PENDING.value
                )
            ),
        )
        of_plan = plans.c.id == versions.c.plan_id
        chained = sa.select(steps).join(versions, versions.c.id == steps.c.version_id).where(*is_open)
        owned = sa.select(plans).join(versions, of_plan).where(*is_open)
        with self._db.read() as connection:
            every_version = sa.select(versions).where(*is_open)
            waiting = [
                read_version(r)
                for r in connection.execute(every_version.order_by(versions.c.submitted_at, versions.c.id))
            ]
            of = {r.id: read_plan(r) for r in connection.execute(owned)}
            chains: dict[str, list[ApprovalStep]] = {}
            for r in connection.execute(chained.order_by(steps.c.number)):
                chains.setdefault(r.version_id, []).append(read_step(r))
        return [(of[v.plan_id], v, chains[v.id]) for v in waiting]

    def decided_together(self, result_key: str) -> list[ApprovalStep]:
        """The steps whose decisions one message tells about."""
        return [read_step(row) for row in self._db.found(steps, result_key=result_key)]

    def signers_behind(self, person_id: str) -> set[str]:
        """Ids of those whose waiting steps this person holds cards of: the own steps and others'."""
        query = (
            sa.select(steps.c.signer_id)
            .join(
                step_cards,
                sa.and_(step_cards.c.version_id == steps.c.version_id, step_cards.c.number == steps.c.number),
            )
            .where(
                step_cards.c.school_id == self._school,
                step_cards.c.person_id == person_id,
                steps.c.state == StepState.PENDING.value,
            )
        )
        with self._db.read() as connection:
            return set(connection.scalars(query))

    def unsigned_by(self, person_id: str) -> list[tuple[str, str, int]]:
        """(plan id, version id, step) of what this person decided and has not signed yet."""
        query = (
            sa.select(versions.c.plan_id, steps.c.version_id, steps.c.number)
            .join(versions, versions.c.id == steps.c.version_id)
            .where(
                steps.c.school_id == self._school,
                steps.c.state == StepState.APPROVED.value,
                sa.func.coalesce(steps.c.decided_by, steps.c.signer_id) == person_id,
            )
        )
        with self._db.read() as connection:
            return [(r.plan_id, r.version_id, r.number) for r in connection.execute(query)]

    def earlier_reasons(self, plan_id: str, before: int) -> list[tuple[int, str, str]]:
        """(version number, id of who decided, reason) of the plan's versions before number `before`."""
        query = (
            sa.select(versions.c.number, steps.c.signer_id, steps.c.decided_by, steps.c.reason)
            .join(versions, versions.c.id == steps.c.version_id)
            .where(
                versions.c.school_id == self._school,
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
                versions.c.school_id == self._school,
                versions.c.plan_id == plan_id,
                versions.c.number < before,
                steps.c.state.in_([StepState.REJECTED.value, StepState.RETURNED.value]),
            )
        )
        with self._db.read() as connection:
            return _time(connection.execute(query).scalar())

    # --- statements for a unit of work ---------------------------------------------------------

    def add(
        self, step: ApprovalStep, person_id: str, key: str, asked_at: datetime | None = None
    ) -> sa.Insert:
        """A card was dealt; asked_at: because its holder wanted to see it (`Mở`)."""
        return step_cards.insert().values(
            key=key,
            school_id=self._school,
            version_id=step.version_id,
            number=step.number,
            person_id=person_id,
            asked_at=moment(asked_at) if asked_at else None,
        )

    def opened(self, key: str, now: datetime) -> sa.Update:
        """The first time its holder wants to decide (R27)."""
        mine = step_cards.c.school_id == self._school, step_cards.c.key == key
        return sa.update(step_cards).where(*mine).values(opened_at=moment(now))

    def looked(self, key: str, now: datetime) -> sa.Update:
        """The first time its holder opens the file on the page of the message (R31)."""
        mine = step_cards.c.school_id == self._school, step_cards.c.key == key
        fresh = (*mine, step_cards.c.asked_at.is_(None))
        return sa.update(step_cards).where(*fresh).values(asked_at=moment(now))

    def forget(self, key: str) -> sa.Delete:
        """A card that is no longer live."""
        return sa.delete(step_cards).where(step_cards.c.school_id == self._school, step_cards.c.key == key)

    def forget_of(self, person_id: str) -> sa.Delete:
        """Whatever this person holds is no longer live."""
        return sa.delete(step_cards).where(
            step_cards.c.school_id == self._school, step_cards.c.person_id == person_id
        )


def _time(value: Any) -> datetime | None:
    return from_moment(value) if value else None
