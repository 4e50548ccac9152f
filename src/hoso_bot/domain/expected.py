"""Who owes which week's plan, and how each stands: from the teaching assignment, not from class lists (R8).

Pure: the caller looks people, stays, exemptions and plans up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import PlanState
from hoso_bot.domain.units import WHOLE, Unit, owed_parts, same_part

MomentInYear = tuple[str, int]
"""School year and week number, which sort in time: ("2026-2027", 13)."""


APPROVERS = (Role.GROUP_HEAD, Role.DEPUTY_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL)


@dataclass(frozen=True)
class Stay:
    """One stretch of weeks a person belonged to the school; None: no known beginning, no end so far."""

    person_id: str
    start: MomentInYear | None
    end: MomentInYear | None

    def covers(self, week: Week) -> bool:
        """Whether the week lies in it, both ends included."""
        at = (week.year, week.number)
        return (self.start is None or self.start <= at) and (self.end is None or at <= self.end)


@dataclass(frozen=True)
class Exemption:
    """A week a person need not hand in: leave, an official journey, no lessons (Q21, Q22)."""

    person_id: str
    year: str
    week: int
    reason: str
    by: str
    at: datetime


class Standing(StrEnum):
    """returned: sent back and not mended yet; it was handed in all the same (Q3)."""

    APPROVED = "approved"
    HANDED_IN = "handed_in"
    RETURNED = "returned"
    MISSING = "missing"
    EXEMPT = "exempt"


@dataclass(frozen=True)
class Post:
    """What a person was at the school from a week on: role, group and assignment. start None: since ever."""

    person_id: str
    start: MomentInYear | None
    role: Role
    group: str
    classes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    periods: float | None = None


@dataclass(frozen=True)
class HandedIn:
    """A plan of a week: its state now, minutes late of its first version (Q3), its part (Q5)."""

    state: PlanState
    minutes_late: int
    part: str = WHOLE


@dataclass(frozen=True)
class Due:
    """One plan a person owes for a week. late: minutes of the first submission; reason: of an exemption.

    person: as they were in that week. part: the class or subject, '' for the whole week.
    """

    person: Person
    standing: Standing
    late: int = 0
    reason: str = ""
    part: str = WHOLE


def teaches(person: Person) -> bool:
    """Whether the assignment gives lessons (R8, Q22): a subject, and periods not zero.

    An empty cell for the periods counts as lessons: the column may be left out. The role does not matter,
    principals owe the plans of what they teach (R6).
    """
    return bool(person.subjects) and person.periods != 0


def teaches_or_approves(person: Person) -> bool:
    """Whom deadlines and rules concern."""
    return teaches(person) or person.role in APPROVERS


def belongs(person: Person, stays: Collection[Stay], week: Week) -> bool:
    """Whether the person was at the school in that week. Without any stay: as long as they are active."""
    own = [stay for stay in stays if stay.person_id == person.id]
    return any(stay.covers(week) for stay in own) if own else person.active


def as_of(person: Person, posts: Collection[Post], week: Week) -> Person:
    """The person with role, group and assignment of that week; without a post, as they are now."""
    at = (week.year, week.number)
    own = [p for p in posts if p.person_id == person.id and (p.start is None or p.start <= at)]
    if not own:
        return person
    post = max(own, key=lambda p: p.start or ("", 0))
    return replace(
        person,
        role=post.role,
        group=post.group,
        classes=post.classes,
        subjects=post.subjects,
        periods=post.periods,
    )


def expected(
    week: Week,
    people: Sequence[Person],
    stays: Collection[Stay],
    exemptions: Collection[Exemption],
    plans: Mapping[str, Sequence[HandedIn]],
    effective_week: int = 1,
    unit: str = Unit.TEACHER,
) -> tuple[Due, ...]:
    """Every plan owed for this week, and the exempt people, in the order of `people`.

    people: as they were in that week (`as_of`). plans: by person id, in the register of lesson plans. unit:
    the school's unit of submission in that week. A week before `effective_week` is backfill: who handed it in
    is listed, nobody is missing (R43, R44).
    """
    exempt = {e.person_id: e.reason for e in exemptions if (e.year, e.week) == (week.year, week.number)}
    backfill = week.number < effective_week
    own_stays: dict[str, list[Stay]] = {}
    for stay in stays:
        own_stays.setdefault(stay.person_id, []).append(stay)
    lines: list[Due] = []
    for person in people:
        if not teaches(person) or not belongs(person, own_stays.get(person.id, ()), week):
            continue
        if person.id in exempt:
            lines.append(Due(person, Standing.EXEMPT, reason=exempt[person.id]))
        else:
            own = _dues(person, plans.get(person.id, ()), unit)
            lines += [due for due in own if not backfill or due.standing is not Standing.MISSING]
    return tuple(lines)


def _dues(person: Person, plans: Sequence[HandedIn], unit: str) -> list[Due]:
    """One line a part; a withdrawn plan counts as missing and settles nothing about the unit."""
    begun = [plan.part for plan in plans if plan.state is not PlanState.WITHDRAWN]
    lines = []
    for part in owed_parts(person, unit, begun):
        plan = next((plan for plan in plans if same_part(plan.part, part)), None)
        lines.append(Due(person, _standing(plan), plan.minutes_late if plan else 0, part=part))
    return lines


def _standing(plan: HandedIn | None) -> Standing:
    return _BY_STATE.get(plan.state.value, Standing.HANDED_IN) if plan else Standing.MISSING


_BY_STATE = {
    "approved": Standing.APPROVED,
    "rejected": Standing.RETURNED,
    "returned": Standing.RETURNED,
    "withdrawn": Standing.MISSING,
}


def first_owed(weeks: Sequence[Week], now: datetime) -> MomentInYear:
    """Where a newcomer begins to owe: the first week whose deadline is still ahead, else next year's first.

    weeks: the current year's table, not empty.
    """
    ahead = [week for week in weeks if week.deadline > now]
    if ahead:
        return min((week.year, week.number) for week in ahead)
    start = int(weeks[-1].year[:4]) + 1
    return f"{start}-{start + 1}", 0


def last_begun(weeks: Sequence[Week], today: date) -> MomentInYear:
    """The last week somebody owes who leaves today: the one that has begun; before the first week, none."""
    begun = [week.number for week in weeks if week.first <= today]
    return weeks[0].year, max(begun, default=-1)


# --- how people are named ---------------------------------------------------------------------------


def same_code(staff_id: str, typed: str) -> bool:
    """Whether what was typed means this staff id: `gv-09` and `GV09` are one."""
    return bool(typed) and _letters_and_digits(staff_id) == _letters_and_digits(typed)


def _letters_and_digits(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
