"""Who owes which week's plan, and how each stands: from the teaching assignment, not from class lists (R8).

Pure: the caller looks people, stays, exemptions and plans up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.roster import Person, Role, group_key
from hoso_bot.domain.submission import PlanState

BOARD = (Role.PRINCIPAL, Role.VICE_PRINCIPAL)
MomentInYear = tuple[str, int]
"""School year and week number, which sort in time: ("2026-2027", 13)."""


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
class HandedIn:
    """The plan of a week: its state now, minutes late of its first version (Q3)."""

    state: PlanState
    minutes_late: int


@dataclass(frozen=True)
class Due:
    """One person's line for a week. late: minutes of the first submission; reason: of an exemption."""

    person: Person
    standing: Standing
    late: int = 0
    reason: str = ""


def teaches(person: Person) -> bool:
    """Whether the assignment gives lessons (R8, Q22): a subject, and periods not zero.

    An empty cell for the periods counts as lessons: the column may be left out. The role does not matter,
    principals owe the plans of what they teach (R6).
    """
    return bool(person.subjects) and person.periods != 0


def belongs(person: Person, stays: Collection[Stay], week: Week) -> bool:
    """Whether the person was at the school in that week. Without any stay: as long as they are active."""
    own = [stay for stay in stays if stay.person_id == person.id]
    return any(stay.covers(week) for stay in own) if own else person.active


def expected(
    week: Week,
    people: Sequence[Person],
    stays: Collection[Stay],
    exemptions: Collection[Exemption],
    plans: Mapping[str, HandedIn],
    effective_week: int = 1,
) -> tuple[Due, ...]:
    """Everybody with something to hand in for this week, and the exempt, in the order of `people`.

    plans: by person id, in the register of lesson plans. A week before `effective_week` is backfill:
    who handed it in is listed, nobody is missing (R43, R44).
    """
    exempt = {e.person_id: e.reason for e in exemptions if (e.year, e.week) == (week.year, week.number)}
    backfill = week.number < effective_week
    lines = []
    for person in people:
        if not teaches(person) or not belongs(person, stays, week):
            continue
        plan = plans.get(person.id)
        if person.id in exempt:
            lines.append(Due(person, Standing.EXEMPT, reason=exempt[person.id]))
        elif plan or not backfill:
            lines.append(Due(person, _standing(plan), plan.minutes_late if plan else 0))
    return tuple(lines)


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


# --- who may look, who may exempt ------------------------------------------------------------------


def oversees(actor: Person, person: Person, is_office: bool = False) -> bool:
    """The board and the office see everybody (R36), a head the own group (R33); else nobody (R37)."""
    if is_office or actor.role in BOARD:
        return True
    same_group = bool(group_key(actor.group)) and group_key(actor.group) == group_key(person.group)
    return actor.role is Role.GROUP_HEAD and same_group


def oversees_anybody(actor: Person, is_office: bool = False) -> bool:
    """Whether there is anybody at all this person may ask about."""
    return oversees(actor, actor, is_office)


def may_exempt(actor: Person, person: Person, is_office: bool = False) -> bool:
    """The office and the board anybody, a head the own group but never themselves (Q22, R57)."""
    if actor.role is Role.GROUP_HEAD and actor.id == person.id and not is_office:
        return False
    return oversees(actor, person, is_office)


def same_code(staff_id: str, typed: str) -> bool:
    """Whether what was typed means this staff id: `gv-09` and `GV09` are one."""
    return bool(typed) and _letters_and_digits(staff_id) == _letters_and_digits(typed)


def _letters_and_digits(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
