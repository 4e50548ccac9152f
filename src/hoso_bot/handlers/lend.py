"""`/daythay`: who teaches for a colleague may use the colleague's approved plan (Q21)."""

from __future__ import annotations

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.chain_events import DialogueDropped, LenderChosen, LentPlanChosen, PlanLent
from hoso_bot.domain.events import CommandSent, SignedCopyAsked
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.rights import Right
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import Plan, PlanState
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

PLANS_SHOWN = 6
PEOPLE_SHOWN = 60
TEACHING = (Role.TEACHER, Role.GROUP_HEAD, Role.DEPUTY_HEAD)
NEVER_MIND = (Button("delegate.button.drop", DialogueDropped()),)


def start(event: CommandSent, uow: UnitOfWork) -> None:
    """A head lends plans inside the group, the office any; first: whose lessons are taken over?"""
    rows = [
        (Button("lend.button.person", LenderChosen(p.id), {"name": p.name}),)
        for p in _in_reach(uow)
        if any(plan.state == PlanState.APPROVED for plan in uow.plans.of_person(p.id))
    ]
    shown = tuple(rows[:PEOPLE_SHOWN])
    uow.reply(Message("lend.whose" if rows else "lend.nothing", {}, (*shown, NEVER_MIND) if rows else ()))


def ask_plan(event: LenderChosen, uow: UnitOfWork) -> None:
    """Which approved week?"""
    lender = uow.people.get(event.teacher_id)
    if not _is_in_reach(lender, uow):
        uow.reply(Message("decide.not_yours"))
        return
    approved = [p for p in uow.plans.of_person(lender.id) if p.state == PlanState.APPROVED]
    rows = tuple(
        (Button("lend.button.week", LentPlanChosen(plan.id), plan_facts(uow, plan)),)
        for plan in approved[:PLANS_SHOWN]
    )
    uow.reply(Message("lend.which", {"name": lender.name}, (*rows, NEVER_MIND)))


def ask_substitute(event: LentPlanChosen, uow: UnitOfWork) -> None:
    """Who teaches in their place?"""
    found = _lendable(event.plan_id, uow)
    if found is None:
        return
    plan, lender = found
    rows = tuple(
        (Button("lend.button.person", PlanLent(plan.id, p.id), {"name": p.name}),)
        for p in _in_reach(uow)
        if p.id != lender.id
    )
    facts = {**plan_facts(uow, plan), "name": lender.name}
    uow.reply(Message("lend.to_whom", facts, (*rows[:PEOPLE_SHOWN], NEVER_MIND)))


def lend(event: PlanLent, uow: UnitOfWork) -> None:
    """The substitute may read the signed file from now on; the duty to hand in is not touched."""
    found = _lendable(event.plan_id, uow)
    if found is None:
        return
    plan, lender = found
    substitute = uow.people.get(event.person_id)
    if substitute.id == lender.id or not _is_in_reach(substitute, uow):
        uow.reply(Message("decide.not_yours"))
        return
    uow.change(uow.duties.lend(plan.id, substitute.id, uow.actor.id, uow.now()))
    uow.record("plan.lent", plan.code, to=substitute.staff_id)
    version = uow.plans.current_version(plan)
    names = {"name": lender.name, "substitute": substitute.name, "giver": uow.actor.name}
    facts = {**plan_facts(uow, plan), **names}
    copy = Button("button.signed_copy", SignedCopyAsked(version.id), plan_facts(uow, plan))
    uow.say(substitute, Message("lend.given", facts, ((copy,),)))
    uow.say(lender, Message("lend.told_lender", facts))
    uow.reply(Message("lend.done", facts))


def _lendable(plan_id: str, uow: UnitOfWork) -> tuple[Plan, Person] | None:
    plan = uow.plans.plan(plan_id)
    lender = uow.people.get(plan.person_id)
    if not _is_in_reach(lender, uow):
        uow.reply(Message("decide.not_yours"))
    elif plan.state != PlanState.APPROVED:
        uow.reply(Message("lend.not_approved", {**plan_facts(uow, plan), "name": lender.name}))
    else:
        return plan, lender
    return None


def _in_reach(uow: UnitOfWork) -> list[Person]:
    """Whose plans this person may lend: everybody's for the office, the own group's for a head."""
    return [p for p in uow.people.all() if _is_in_reach(p, uow)]


def _is_in_reach(person: Person, uow: UnitOfWork) -> bool:
    return person.active and person.role in TEACHING and Sight(uow).may(Right.LEND, person)
