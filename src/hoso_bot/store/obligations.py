"""What changes who owes a week's plan: stretches of service, posts, exemptions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.expected import (
    Due,
    Exemption,
    HandedIn,
    MomentInYear,
    Post,
    Stay,
    as_of,
    expected,
)
from hoso_bot.domain.roster import Person, Role, RosterRow, group_key
from hoso_bot.domain.submission import REGISTER
from hoso_bot.domain.units import Unit
from hoso_bot.store.db import Database, from_moment, moment, new_id, once_a_look
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.tables import exemptions, people, posts, stays


class Obligations:
    """One school's stays, posts and exemptions: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    @once_a_look
    def stays(self) -> list[Stay]:
        """Every known stretch of service; people without one were always here."""
        return [_stay(row) for row in self._db.found(stays)]

    @once_a_look
    def exemptions(self, year: str) -> list[Exemption]:
        """Every exemption of a school year, by week."""
        return [
            Exemption(r.person_id, r.year, r.week, r.reason, r.made_by, from_moment(r.made_at))
            for r in self._db.found(exemptions, exemptions.c.week, year=year)
        ]

    def staff_in(self, week: Week) -> list[Person]:
        """Everybody as they were in that week, leavers included, in staff id order."""
        posts: dict[str, list[Post]] = {}
        for post in self.posts():
            posts.setdefault(post.person_id, []).append(post)
        return [as_of(person, posts.get(person.id, ()), week) for person in People(self._db).all()]

    def person_in(self, person: Person, week: Week) -> Person:
        """One person as they were in that week."""
        return as_of(person, self.posts(), week)

    @once_a_look
    def posts(self) -> list[Post]:
        """Every known post; who never changed has none."""
        return [_post(row) for row in self._db.found(posts)]

    def covered(self, person: Person, week: Week) -> list[Person]:
        """Colleagues of the person's group who are exempt in that week: somebody teaches for them (Q21)."""
        exempt = {e.person_id for e in self.exemptions(week.year) if e.week == week.number}
        group = group_key(self.person_in(person, week).group)
        others = [p for p in self.staff_in(week) if p.id in exempt and p.id != person.id]
        return [p for p in others if group and group_key(p.group) == group]

    def dues(
        self, week: Week, effective_week: int = 1, unit: str = Unit.TEACHER, only: Person | None = None
    ) -> tuple[Due, ...]:
        """Every lesson plan owed for this week, and how each stands, in staff id order.

        only: of this one person.
        """
        handed_in: dict[str, list[HandedIn]] = {}
        owner = only.id if only else None
        for plan, late in Plans(self._db).of_week(week.year, REGISTER, week.number, owner):
            if not plan.instead_of:
                handed_in.setdefault(plan.person_id, []).append(HandedIn(plan.state, late, plan.part))
        return expected(
            week,
            self.staff_in(week) if only is None else [self.person_in(only, week)],
            self.stays(),
            self.exemptions(week.year),
            handed_in,
            effective_week=effective_week,
            unit=unit,
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

    def change_post(self, before: Person, after: RosterRow, first: MomentInYear) -> list[Any]:
        """From this week on the person is what the staff list says now; the weeks before stay as they were.

        A second change for the same week takes the first one's place.
        """
        own = [post for post in self.posts() if post.person_id == before.id]
        past = [] if own else [self._add_post(before.id, before, None)]
        later = sa.delete(posts).where(
            posts.c.school_id == self._school,
            posts.c.person_id == before.id,
            sa.or_(
                posts.c.from_year > first[0],
                sa.and_(posts.c.from_year == first[0], posts.c.from_week >= first[1]),
            ),
        )
        return [*past, later, self._add_post(before.id, after, first)]

    def _add_post(self, person_id: str, row: Person | RosterRow, first: MomentInYear | None) -> sa.Insert:
        return posts.insert().values(
            id=new_id(),
            school_id=self._school,
            person_id=person_id,
            from_year=first[0] if first else None,
            from_week=first[1] if first else None,
            role=row.role.value,
            group_name=row.group,
            classes=list(row.classes),
            subjects=list(row.subjects),
            periods=row.periods,
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


def _post(row: Any) -> Post:
    start = (row.from_year, row.from_week) if row.from_year is not None else None
    classes, subjects = tuple(row.classes), tuple(row.subjects)
    return Post(row.person_id, start, Role(row.role), row.group_name, classes, subjects, row.periods)


def _stay(row: Any) -> Stay:
    start = (row.from_year, row.from_week) if row.from_year is not None else None
    end = (row.to_year, row.to_week) if row.to_year is not None else None
    return Stay(row.person_id, start, end)
