"""The place a file would take: week and part, the plan there already, the signing order, or why not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from hoso_bot.casework.case import duty_today
from hoso_bot.casework.review_copies import order
from hoso_bot.domain import cards
from hoso_bot.domain.calendar import Week, find, opens_at
from hoso_bot.domain.registers import chain_for
from hoso_bot.domain.roster import Person
from hoso_bot.domain.routing import NoApprover, Step, signing_order
from hoso_bot.domain.signing import ReviewCopyOrder
from hoso_bot.domain.submission import REGISTER, Plan, PlanState, Upload, record_code, replace_problem
from hoso_bot.domain.units import WHOLE, Piece, Unit, owed_parts, parts_of
from hoso_bot.unit_of_work import UnitOfWork, piece_facts


@dataclass(frozen=True)
class Parts:
    """What one teacher hands in for a week: the own parts, what each is (`unit`), which are handed in.

    covers: parts of colleagues who are exempt in that week, to hand in as their substitute (Q21).
    """

    names: tuple[str, ...]
    unit: Unit = Unit.TEACHER
    done: tuple[Piece, ...] = ()
    covers: tuple[Piece, ...] = ()

    @classmethod
    def find(cls, person: Person, register: str, week: Week, uow: UnitOfWork) -> Parts:
        """By the rule of that week and the assignment of then; only lesson plans are divided (Q5)."""
        if register != REGISTER:
            return cls((WHOLE,))
        plans = uow.plans.in_week(week.year, register, person.id, week.number)
        live = [plan.piece for plan in plans if plan.state is not PlanState.WITHDRAWN]
        author, rule = uow.obligations.person_in(person, week), Unit(uow.rules(week).unit)
        names = owed_parts(author, rule, [piece.part for piece in live if not piece.instead_of])
        covers = () if rule is Unit.TEACHER else _covers(person, week, rule, uow)
        if names == (WHOLE,):
            return cls(names, rule, tuple(live), covers)
        unit = Unit.CLASS if names == parts_of(author, Unit.CLASS) else Unit.SUBJECT
        return cls(names, unit, tuple(live), covers)

    @property
    def open_first(self) -> tuple[Piece, ...]:
        """Everything to choose from: the own parts still to be handed in, then the others."""
        own = [Piece(part) for part in self.names]
        return (*sorted(own, key=self.is_done), *sorted(self.covers, key=self.is_done))

    @property
    def left(self) -> tuple[str, ...]:
        """The own parts nothing was handed in for."""
        return tuple(part for part in self.names if not self.is_done(Piece(part)))

    def is_done(self, piece: Piece) -> bool:
        """Whether something was handed in for it."""
        return any(piece.same(done) for done in self.done)

    def known(self, wanted: Piece) -> Piece | None:
        """`wanted` as it is spelt here; None when it is nothing to choose."""
        return next((piece for piece in self.open_first if piece.same(wanted)), None)


def _covers(person: Person, week: Week, rule: Unit, uow: UnitOfWork) -> tuple[Piece, ...]:
    absent = uow.obligations.covered(person, week)
    return tuple(Piece(part, one.id) for one in absent for part in parts_of(one, rule) if part)


@dataclass(frozen=True)
class Slot:
    """Week, what the file is for, what else is owed, plan there already, signing order, or the problem."""

    week: Week
    piece: Piece
    parts: Parts
    plan: Plan | None
    code: str
    chain: tuple[Step, ...] = ()
    problem: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def find(cls, upload: Upload, week: Week, uow: UnitOfWork) -> Slot:
        """Look the slot up; `problem` is a text key when the file cannot go there now."""
        author, register = uow.people.get(upload.person_id), upload.register or REGISTER
        piece = Piece(upload.part or WHOLE, upload.instead_of)
        plans = uow.plans.in_week(week.year, register, author.id, week.number)
        plan = next((p for p in plans if piece.same(p.piece)), None)
        code = plan.code if plan else _new_code(author, register, week, piece, uow)
        facts = {**cards.week_facts(week), **piece_facts(uow, register, piece)}
        base = cls(week, piece, Parts.find(author, register, week, uow), plan, code, facts=facts)
        if problem := replace_problem(plan, uow.plans.decided_steps(plan)):
            return replace(base, problem=problem)
        limit = uow.rules(week).open_weeks
        if opens := _opens_at(author.id, register, week, limit, uow):
            facts |= {"opens": opens.isoformat(), "limit": limit}
            return replace(base, problem="submit.third_week", facts=facts)
        try:
            chain = signing_order(author, uow.people.all(), uow.policy.records_admin, duty_today(uow).away)
        except NoApprover as nobody:
            return replace(base, problem=nobody.text_key)
        return replace(base, chain=chain_for(register, chain))

    def review_copy_order(self, upload: Upload, uow: UnitOfWork) -> ReviewCopyOrder:
        """The review copy of a file that goes here now."""
        author, codes = uow.people.get(upload.person_id), (f"{self.code}-{self.number}", upload.lookup_code)
        return order(upload.sha256, author, [s.role for s in self.chain], codes, uow, self.facts)

    @property
    def number(self) -> int:
        """The version number the file would get."""
        return self.plan.version + 1 if self.plan else 1


def _new_code(author: Person, register: str, week: Week, piece: Piece, uow: UnitOfWork) -> str:
    absent = uow.people.get(piece.instead_of).staff_id if piece.instead_of else ""
    return record_code(week, author.staff_id, register, piece.part, absent)


def _opens_at(person_id: str, register: str, week: Week, limit: int, uow: UnitOfWork) -> date | None:
    """The first day this week may be handed in, None when it may now (R12); parts of one week count once."""
    table = uow.school.weeks(week.year)
    numbers = {
        plan.week
        for plan in uow.plans.of_year(person_id, week.year)
        if plan.register == register and plan.state != PlanState.WITHDRAWN
    }
    held = [w for number in numbers - {week.number} if (w := find(table, number))]
    return opens_at(held, week, uow.today(), limit)
