"""The place a file would take: week and part, the plan there already, the signing order, or why not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from hoso_bot.case import duty_today
from hoso_bot.domain import cards
from hoso_bot.domain.calendar import VN, Week, find, opens_at
from hoso_bot.domain.registers import chain_for
from hoso_bot.domain.roster import Person
from hoso_bot.domain.routing import NoApprover, Step, signing_order
from hoso_bot.domain.submission import REGISTER, Plan, PlanState, Upload, record_code, replace_problem
from hoso_bot.domain.units import WHOLE, Unit, owed_parts, parts_of, same_part
from hoso_bot.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Parts:
    """What one teacher hands in for a week: the parts, what each is (`unit`), which are handed in already."""

    names: tuple[str, ...]
    unit: Unit = Unit.TEACHER
    done: tuple[str, ...] = ()

    @classmethod
    def find(cls, person: Person, register: str, week: Week, uow: UnitOfWork) -> Parts:
        """By the rule of that week and the assignment of then; only lesson plans are divided (Q5)."""
        if register != REGISTER:
            return cls((WHOLE,))
        plans = uow.plans.in_week(week.year, register, person.id, week.number)
        live = [plan for plan in plans if plan.state is not PlanState.WITHDRAWN]
        author = uow.obligations.person_in(person, week)
        names = owed_parts(author, uow.rules(week).unit, [plan.part for plan in live])
        done = tuple(p for p in names if any(same_part(p, plan.part) for plan in live))
        if names == (WHOLE,):
            return cls(names, done=done)
        return cls(names, Unit.CLASS if names == parts_of(author, Unit.CLASS) else Unit.SUBJECT, done)

    @property
    def open_first(self) -> tuple[str, ...]:
        """The parts still to be handed in, then the others."""
        return (*self.left, *self.done)

    @property
    def left(self) -> tuple[str, ...]:
        """The parts nothing was handed in for."""
        return tuple(part for part in self.names if part not in self.done)


@dataclass(frozen=True)
class Slot:
    """Week, parts owed, plan there already, signing order, or the problem; `part` is the file's own."""

    week: Week
    part: str
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
        part = upload.part or WHOLE
        plans = uow.plans.in_week(week.year, register, author.id, week.number)
        plan = next((p for p in plans if same_part(p.part, part)), None)
        code = plan.code if plan else record_code(week, author.staff_id, register, part)
        facts = {**cards.week_facts(week), "part_name": part, "book": uow.book(register)}
        base = cls(week, part, Parts.find(author, register, week, uow), plan, code, facts=facts)
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

    @property
    def number(self) -> int:
        """The version number the file would get."""
        return self.plan.version + 1 if self.plan else 1


def _opens_at(person_id: str, register: str, week: Week, limit: int, uow: UnitOfWork) -> date | None:
    """The first day this week may be handed in, None when it may now (R12); parts of one week count once."""
    table = uow.school.weeks(week.year)
    numbers = {
        plan.week
        for plan in uow.plans.of_person(person_id)
        if (plan.year, plan.register) == (week.year, register) and plan.state != PlanState.WITHDRAWN
    }
    held = [w for number in numbers - {week.number} if (w := find(table, number))]
    return opens_at(held, week, uow.now().astimezone(VN).date(), limit)
