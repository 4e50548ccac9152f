"""Acting for somebody else: delegations by group heads (R34, Q12) and absences (Q23). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hoso_bot.domain.periods import Period
from hoso_bot.domain.roster import Person, Role, group_key

TEACHING = (Role.TEACHER, Role.DEPUTY_HEAD)


@dataclass(frozen=True)
class Delegation:
    """The head `giver_id` lets `taker_id` decide in `period`; on all plans, or on those of `teacher_id`."""

    id: str
    giver_id: str
    taker_id: str
    period: Period
    teacher_id: str | None = None

    def includes(self, author_id: str) -> bool:
        """Whether plans of this author are meant; never the delegate's own (R57)."""
        return author_id != self.taker_id and self.teacher_id in (None, author_id)


@dataclass(frozen=True)
class Absence:
    """`person_id` is not at school in `period`; who comes after them may act."""

    id: str
    person_id: str
    period: Period


def colleagues(head: Person, people: Sequence[Person]) -> list[Person]:
    """The other members of a head's group who teach."""
    return [
        p
        for p in people
        if p.active and p.id != head.id and p.role in TEACHING and group_key(p.group) == group_key(head.group)
    ]


def candidates(head: Person, people: Sequence[Person], away: Collection[str] = ()) -> list[Person]:
    """Whom a head may delegate to: the deputy, or any member where no deputy is there (R34)."""
    members = [p for p in colleagues(head, people) if p.id not in away]
    return [p for p in members if p.role is Role.DEPUTY_HEAD] or members


def delegation_problem(
    giver: Person, taker: Person, teacher_id: str | None, people: Sequence[Person]
) -> str | None:
    """Why this delegation cannot be, as a text key; None when it can.

    Only a head delegates, within the own group; who was delegated to is no head and cannot pass it on.
    """
    if giver.role is not Role.GROUP_HEAD or not giver.active:
        return "delegate.only_heads"
    members = {p.id for p in colleagues(giver, people)}
    if taker.id not in members or teacher_id not in (None, *members):
        return "delegate.not_in_group"
    return "delegate.own_plans" if teacher_id == taker.id else None
