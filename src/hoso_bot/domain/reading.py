"""Who may read whose plans (R36, R37). Default deny: what no line here allows is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hoso_bot.domain.delegation import Delegation
from hoso_bot.domain.roster import Person, Role, group_key

BOARD = (Role.VICE_PRINCIPAL, Role.PRINCIPAL)


def may_read(
    reader: Person, teacher: Person, delegations: Iterable[Delegation], people: Mapping[str, Person]
) -> bool:
    """Own plans (R37), every plan for the board (R36), the own group's for its head, and for who was
    delegated to by that head what the delegation covers (R34). `delegations`: those in force today.
    """
    if reader.id == teacher.id or reader.role in BOARD:
        return True
    if reader.role is Role.GROUP_HEAD and _same_group(reader, teacher):
        return True
    return any(
        d.taker_id == reader.id and d.includes(teacher.id) and _same_group(people[d.giver_id], teacher)
        for d in delegations
    )


def _same_group(one: Person, other: Person) -> bool:
    return bool(one.group) and group_key(one.group) == group_key(other.group)
