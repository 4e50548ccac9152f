"""Who signs, in which order: policy decides, never the teacher (R22)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.roster import Person, Role, group_key


def field_of(step: int) -> str:
    """Name of the signature field prepared for step number `step`."""
    return f"Step{step}"


@dataclass(frozen=True)
class Step:
    """One signature of the chain: number from 1, the role it is given in, and the person."""

    number: int
    role: Role
    signer: Person

    @property
    def field(self) -> str:
        """Name of the signature field in the review copy."""
        return field_of(self.number)


class NoApprover(HosoError):
    """Nobody is left who may approve this plan; the office has to add an approver."""

    text_key = "submit.no_approver"


def signing_order(
    author: Person,
    people: Sequence[Person],
    records_admin: str | None = None,
    away: Collection[str] = (),
) -> tuple[Step, ...]:
    """The chain for a plan of `author`, snapshot at submission (R23).

    - teacher, deputy, staff: head of the own group (R23, R33, Q9), then the vice-principal (R24, R25);
      without a head the vice-principal signs alone;
    - group head: the vice-principal only (Q7); vice-principal: the principal; principal: the
      vice-principal (Q8). Nobody approves their own plan (R57);
    - an absent vice-principal or principal is replaced by the principal or another vice-principal (Q23).

    records_admin: staff id of the leader who administers the records (R24); without it, or when that
    person has left, the first active vice-principal by staff id. away: ids of people marked absent; an
    absent head keeps the step, which the next signer takes over ("ký thay").
    Raises NoApprover (facts: name, group) when the last step has nobody.
    """
    others = [p for p in people if p.active and p.id != author.id]
    head = _group_head(author, others)
    present = [p for p in others if p.id not in away]
    last = last_signer(author, present, records_admin) or last_signer(author, others, records_admin)
    if last is None:
        raise NoApprover(name=author.name, group=author.group)
    signers = [head, last] if head else [last]
    return tuple(Step(n, signer.role, signer) for n, signer in enumerate(signers, start=1))


def _group_head(author: Person, others: Sequence[Person]) -> Person | None:
    if author.role not in (Role.TEACHER, Role.DEPUTY_HEAD, Role.STAFF) or not group_key(author.group):
        return None
    same_group = (p for p in others if group_key(p.group) == group_key(author.group))
    return next((p for p in _by_staff_id(same_group) if p.role is Role.GROUP_HEAD), None)


def last_signer(author: Person, others: Sequence[Person], records_admin: str | None) -> Person | None:
    """Who of `others` signs last on a plan of `author` (R24, Q8); None when no leader is among them."""
    vice_principals = _by_staff_id(p for p in others if p.role is Role.VICE_PRINCIPAL)
    principals = _by_staff_id(p for p in others if p.role is Role.PRINCIPAL)
    if author.role is Role.VICE_PRINCIPAL:
        return next(iter(principals + vice_principals), None)
    leaders = vice_principals + principals
    named = [p for p in leaders if p.staff_id == records_admin]
    return next(iter(named + leaders), None)


def _by_staff_id(people: Iterable[Person]) -> list[Person]:
    return sorted(people, key=lambda p: p.staff_id)
