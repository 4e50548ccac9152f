"""What changes who owes a week's plan: stretches of service and exemptions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.expected import Due, Exemption, HandedIn, MomentInYear, Stay, expected
from hoso_bot.domain.submission import REGISTER
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.tables import exemptions, people, stays


class Obligations:
    """One school's stays and exemptions: lookups, and the statements that change them."""

    def __init__(self, db: Database, school_id: str) -> None:
        self._db, self._school = db, school_id

    def stays(self) -> list[Stay]:
        """Every known stretch of service; people without one were always here."""
        with self._db.read() as connection:
            rows = connection.execute(sa.select(stays).where(stays.c.school_id == self._school))
            return [_stay(row) for row in rows]

    def exemptions(self, year: str) -> list[Exemption]:
        """Every exemption of a school year, by week."""
        query = (
            sa.select(exemptions)
            .where(exemptions.c.school_id == self._school, exemptions.c.year == year)
            .order_by(exemptions.c.week)
        )
        with self._db.read() as connection:
            return [
                Exemption(r.person_id, r.year, r.week, r.reason, r.made_by, from_moment(r.made_at))
                for r in connection.execute(query)
            ]

    def dues(self, week: Week, effective_week: int = 1) -> tuple[Due, ...]:
        """Who owes the lesson plan of this week, and how each stands, in staff id order."""
        staff = People(self._db, self._school).all()
        handed_in = Plans(self._db, self._school).of_week(week.year, REGISTER, week.number)
        plans = {plan.person_id: HandedIn(plan.state, late) for plan, late in handed_in}
        return expected(
            week, staff, self.stays(), self.exemptions(week.year), plans, effective_week=effective_week
        )

    # --- statements ----------------------------------------------------------------------------

    def begin_stay(self, staff_id: str, first: MomentInYear) -> sa.Insert:
        """Who has this staff id (perhaps only since this transaction) belongs to the school from then on."""
        person = sa.select(people.c.id).where(
            people.c.school_id == self._school, people.c.staff_id == staff_id
        )
        return stays.insert().values(
            id=new_id(),
            school_id=self._school,
            person_id=person.scalar_subquery(),
            from_year=first[0],
            from_week=first[1],
        )

    def end_stay(self, person_id: str, last: MomentInYear) -> Any:
        """This was the person's last week; who never had a stay gets one without a beginning."""
        if any(stay.person_id == person_id and stay.end is None for stay in self.stays()):
            return (
                sa.update(stays)
                .where(
                    stays.c.school_id == self._school,
                    stays.c.person_id == person_id,
                    stays.c.to_year.is_(None),
                )
                .values(to_year=last[0], to_week=last[1])
            )
        return stays.insert().values(
            id=new_id(), school_id=self._school, person_id=person_id, to_year=last[0], to_week=last[1]
        )

    def exempt(self, exemption: Exemption) -> list[Any]:
        """The person need not hand in that week; a later reason takes an earlier one's place."""
        row = exemptions.insert().values(
            id=new_id(),
            school_id=self._school,
            person_id=exemption.person_id,
            year=exemption.year,
            week=exemption.week,
            reason=exemption.reason,
            made_by=exemption.by,
            made_at=moment(exemption.at),
        )
        return [self.end_exemption(exemption.person_id, exemption.year, exemption.week), row]

    def end_exemption(self, person_id: str, year: str, week: int) -> sa.Delete:
        """The person owes that week again."""
        return sa.delete(exemptions).where(
            exemptions.c.school_id == self._school,
            exemptions.c.person_id == person_id,
            exemptions.c.year == year,
            exemptions.c.week == week,
        )


def _stay(row: Any) -> Stay:
    start = (row.from_year, row.from_week) if row.from_year is not None else None
    end = (row.to_year, row.to_week) if row.to_year is not None else None
    return Stay(row.person_id, start, end)
