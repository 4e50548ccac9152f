"""Who acts for whom: delegations, absences, and plans lent to substitutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.delegation import Absence, Delegation
from hoso_bot.domain.periods import Period
from hoso_bot.store.db import Database, insert_new, moment, once_a_look
from hoso_bot.store.tables import absences, delegations, lent_plans


def _delegation(r: Any) -> Delegation:
    return Delegation(r.id, r.giver_id, r.taker_id, _period(r), r.teacher_id)


def _absence(r: Any) -> Absence:
    return Absence(r.id, r.person_id, _period(r))


def _period(r: Any) -> Period:
    return Period(date.fromisoformat(r.first), date.fromisoformat(r.last))


class Duties:
    """One school's record of who acts for whom."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    # --- looking -----------------------------------------------------------------------------

    @once_a_look
    def delegations(self, today: date) -> list[Delegation]:
        """Those in force today or later, soonest first."""
        return [_delegation(r) for r in self._open(delegations, delegations.c.last >= today.isoformat())]

    def delegation(self, delegation_id: str) -> Delegation | None:
        """One that was not ended by hand; None otherwise."""
        found = self._open(delegations, delegations.c.id == delegation_id)
        return _delegation(found[0]) if found else None

    def was_delegated(self, giver_id: str, taker_id: str) -> bool:
        """Whether there ever was a delegation between the two, ended ones included."""
        query = sa.select(delegations.c.id).where(
            delegations.c.school_id == self._school,
            delegations.c.giver_id == giver_id,
            delegations.c.taker_id == taker_id,
        )
        with self._db.read() as connection:
            return connection.execute(query).first() is not None

    @once_a_look
    def absences(self, today: date) -> list[Absence]:
        """Those that last today or begin later, soonest first."""
        return [_absence(r) for r in self._open(absences, absences.c.last >= today.isoformat())]

    def absence(self, absence_id: str) -> Absence | None:
        """One that was not undone; None otherwise."""
        found = self._open(absences, absences.c.id == absence_id)
        return _absence(found[0]) if found else None

    def _open(self, table: sa.Table, condition: Any) -> list[Any]:
        query = (
            sa.select(table)
            .where(table.c.school_id == self._school, table.c.ended_at.is_(None), condition)
            .order_by(table.c.first, table.c.made_at)
        )
        return self._db.rows(query)

    def lent_to(self, person_id: str) -> list[str]:
        """Ids of the plans this person may read as a substitute (Q21), latest first."""
        query = (
            sa.select(lent_plans.c.plan_id)
            .where(lent_plans.c.school_id == self._school, lent_plans.c.person_id == person_id)
            .order_by(lent_plans.c.made_at.desc())
        )
        with self._db.read() as connection:
            return [row.plan_id for row in connection.execute(query)]

    # --- statements for a unit of work ---------------------------------------------------------

    def add_delegation(self, delegation: Delegation, now: datetime) -> sa.Insert:
        """A head lets somebody decide."""
        return delegations.insert().values(
            id=delegation.id,
            school_id=self._school,
            giver_id=delegation.giver_id,
            taker_id=delegation.taker_id,
            teacher_id=delegation.teacher_id,
            made_at=moment(now),
            **delegation.period.as_json(),
        )

    def end_delegation(self, delegation_id: str, now: datetime) -> sa.Update:
        """Guarded: changes no row when it was ended before."""
        return self._end(delegations, delegation_id, now)

    def add_absence(self, absence: Absence, now: datetime) -> sa.Insert:
        """Somebody is away."""
        return absences.insert().values(
            id=absence.id,
            school_id=self._school,
            person_id=absence.person_id,
            made_at=moment(now),
            **absence.period.as_json(),
        )

    def end_absence(self, absence_id: str, now: datetime) -> sa.Update:
        """Guarded: changes no row when it was undone before."""
        return self._end(absences, absence_id, now)

    def _end(self, table: sa.Table, row_id: str, now: datetime) -> sa.Update:
        return (
            sa.update(table)
            .where(table.c.school_id == self._school, table.c.id == row_id, table.c.ended_at.is_(None))
            .values(ended_at=moment(now))
        )

    def lend(self, plan_id: str, person_id: str, made_by: str, now: datetime) -> Any:
        """A substitute may read this plan; a second time changes nothing."""
        return insert_new(lent_plans).values(
            plan_id=plan_id, person_id=person_id, school_id=self._school, made_by=made_by, made_at=moment(now)
        )
