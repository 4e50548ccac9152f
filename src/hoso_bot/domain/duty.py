"""Who may decide a step today: its signer, a delegate, or who stands in (R34, Q23, R61). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from hoso_bot.domain.approval import ApprovalStep
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.delegation import Delegation
from hoso_bot.domain.rights import ActingFor
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import last_signer


class Acting(StrEnum):
    """Why a person may decide a step: it is theirs, or in whose absence."""

    OWN = "own"
    DELEGATED = "delegated"
    ABSENT = "absent"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Matter:
    """What a duty is about: a plan's author, its week and the chain of its version."""

    author: Person
    week: Week
    chain: Sequence[ApprovalStep]


@dataclass(frozen=True)
class Duty:
    """The school on one day. away: ids of people marked absent or gone. delegations: those in force today.

    gone: ids of those among them no card can reach, because they took their consent back.
    """

    today: date
    people: tuple[Person, ...]
    away: frozenset[str] = frozenset()
    delegations: tuple[Delegation, ...] = ()
    records_admin: str | None = None
    gone: frozenset[str] = frozenset()

    def acting(self, step: ApprovalStep, matter: Matter, person_id: str) -> Acting | None:
        """In which capacity this person may decide the step today; None when they may not.

        Nobody decides on their own plan (R57). A delegate only in force and scope (R34). A later signer
        stands in for one who is away or left, and for one who let the week begin (R61).
        """
        if person_id == matter.author.id or not self._active(person_id):
            return None
        if step.signer_id == person_id:
            return Acting.OWN
        if person_id in {d.taker_id for d in self._delegations(step, matter)}:
            return Acting.DELEGATED
        if self._is_away(step.signer_id) and (stand_in := self.stand_in(step, matter)):
            return Acting.ABSENT if stand_in.id == person_id else None
        later = {s.signer_id for s in matter.chain[step.number :]}
        return Acting.OVERDUE if person_id in later and self.today >= matter.week.first else None

    def holders(self, step: ApprovalStep, matter: Matter) -> tuple[Person, ...]:
        """Who gets the step's card today: the signer, delegates; a stand-in where both are missing."""
        ids = [step.signer_id, *(d.taker_id for d in self._delegations(step, matter))]
        held = [p for p in self._people(ids) if p.id not in (matter.author.id, *self.gone)]
        if all(self._is_away(p.id) for p in held) and (stand_in := self.stand_in(step, matter)):
            held.append(stand_in)
        return tuple({p.id: p for p in held}.values())

    def acting_for(self, person_id: str) -> tuple[ActingFor, ...]:
        """The heads this person acts for today, by delegation (R34)."""
        heads = {p.id: p for p in self.people if p.active and p.role is Role.GROUP_HEAD}
        return tuple(
            ActingFor(heads[d.giver_id], d.teacher_id)
            for d in self.delegations
            if d.taker_id == person_id and d.giver_id in heads and d.period.covers(self.today)
        )

    def stand_in(self, step: ApprovalStep, matter: Matter) -> Person | None:
        """Who takes an absent signer's step: the next signer of the chain, else another leader (Q23)."""
        later = self._people(s.signer_id for s in matter.chain[step.number :])
        for person in later:
            if person.id not in self.away and person.id != matter.author.id:
                return person
        out = {step.signer_id, matter.author.id, *self.away}
        present = [p for p in self.people if p.active and p.id not in out]
        return last_signer(matter.author, present, self.records_admin)

    def _delegations(self, step: ApprovalStep, matter: Matter) -> list[Delegation]:
        givers = {p.id for p in self.people if p.active and p.role is Role.GROUP_HEAD}
        return [
            d
            for d in self.delegations
            if d.giver_id == step.signer_id
            and d.giver_id in givers
            and d.period.covers(self.today)
            and d.includes(matter.author.id)
            and self._active(d.taker_id)
        ]

    def _is_away(self, person_id: str) -> bool:
        return person_id in self.away or not self._active(person_id)

    def _active(self, person_id: str) -> bool:
        return person_id in self._here

    def _people(self, ids: Iterable[str]) -> list[Person]:
        return [self._here[i] for i in ids if i in self._here]

    @cached_property
    def _here(self) -> dict[str, Person]:
        """Everybody who has not left, by id."""
        return {p.id: p for p in self.people if p.active}
