"""Who may see and excuse whose missing plans: board, office, heads, who acts for a head. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hoso_bot.domain.expected import teaches
from hoso_bot.domain.roster import Person, Role, group_key

BOARD = (Role.PRINCIPAL, Role.VICE_PRINCIPAL)
APPROVERS = (Role.GROUP_HEAD, Role.DEPUTY_HEAD, *BOARD)


@dataclass(frozen=True)
class ActingFor:
    """A head who delegated for today (R34); teacher_id: on the plans of this teacher only."""

    head: Person
    teacher_id: str | None = None


def teaches_or_approves(person: Person) -> bool:
    """Whom deadlines and rules concern."""
    return teaches(person) or person.role in APPROVERS


def sees_school(actor: Person, is_office: bool = False) -> bool:
    """The board and the office see everybody (R36)."""
    return is_office or actor.role in BOARD


def oversees(
    actor: Person, person: Person, is_office: bool = False, acting_for: Sequence[ActingFor] = ()
) -> bool:
    """The board and the office see everybody (R36), a head the own group (R33); else nobody (R37).

    acting_for: the heads who delegated to the actor for today; their group is the actor's to see (R34), or
    the one teacher it was about.
    """
    if sees_school(actor, is_office):
        return True
    if actor.role is Role.GROUP_HEAD and _one_group(actor, person):
        return True
    return any(_one_group(one.head, person) and one.teacher_id in (None, person.id) for one in acting_for)


def _one_group(one: Person, other: Person) -> bool:
    return bool(group_key(one.group)) and group_key(one.group) == group_key(other.group)


def oversees_anybody(actor: Person, is_office: bool = False, acting_for: Sequence[ActingFor] = ()) -> bool:
    """Whether there is anybody at all this person may ask about."""
    return bool(acting_for) or oversees(actor, actor, is_office)


def may_exempt(
    actor: Person, person: Person, is_office: bool = False, acting_for: Sequence[ActingFor] = ()
) -> bool:
    """The office and the board anybody, a head or who acts for her the group (Q22, R34).

    Nobody themselves, and no delegate the head who delegated (R57).
    """
    themselves = (actor.id, *(one.head.id for one in acting_for))
    if person.id in themselves and not is_office and actor.role not in BOARD:
        return False
    return oversees(actor, person, is_office, acting_for)
