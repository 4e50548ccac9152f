"""`Thu hồi` before the first decision, `Xin trả lại` after it (Q25)."""

from __future__ import annotations

from hoso_bot.casework.case import Case, close_cards, decidable
from hoso_bot.domain.approval import ApprovalStep, StepState, decided_by, withdraw_problem
from hoso_bot.domain.chain_events import (
    DialogueDropped,
    ReturnDeclined,
    ReturnGranted,
    ReturnPressed,
    ReturnRequested,
    WithdrawConfirmed,
    WithdrawPressed,
)
from hoso_bot.domain.events import CommandSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

NEVER_MIND = (Button("delegate.button.drop", DialogueDropped()),)


def show(event: CommandSent, uow: UnitOfWork) -> None:
    """`/thuhoi`: the person's plans on their way, each with what can be done about it."""
    rows = []
    for plan in uow.plans.of_person(uow.actor.id):
        if plan.state != PlanState.PENDING:
            continue
        version = uow.plans.current_version(plan)
        free = withdraw_problem(plan, version, uow.plans.steps(version.id)) is None
        causes = WithdrawPressed(version.id) if free else ReturnPressed(version.id)
        key = "withdraw.button.withdraw_week" if free else "withdraw.button.return_week"
        rows.append((Button(key, causes, plan_facts(uow, plan)),))
    uow.reply(Message("withdraw.which" if rows else "withdraw.none", {}, tuple(rows)))


# --- before the first decision ---------------------------------------------------------------------


def ask(event: WithdrawPressed, uow: UnitOfWork) -> None:
    """`Thu hồi`: asks once more."""
    found = _withdrawable(event.version_id, uow)
    if found:
        plan, version, _ = found
        yes = Button("withdraw.button.confirm", WithdrawConfirmed(version.id))
        uow.reply(Message("withdraw.confirm", _facts(plan, version, uow), ((yes, *NEVER_MIND),)))


def withdraw(event: WithdrawConfirmed, uow: UnitOfWork) -> None:
    """The plan is the teacher's again; every card of it is dead."""
    found = _withdrawable(event.version_id, uow)
    if found is None:
        return
    plan, version, chain = found
    uow.change(
        uow.plans.move_plan(plan, PlanState.WITHDRAWN),
        uow.plans.move_version(version, VersionState.WITHDRAWN),
    )
    facts = {**_facts(plan, version, uow), "teacher": uow.actor.name}
    for step in chain:
        uow.change(uow.plans.move_step(step, StepState.VOID))
        close_cards(step, uow, Message("withdraw.card_is_dead", facts))
    uow.record("plan.withdrawn", plan.code, version=version.number)
    uow.reply(Message("withdraw.done", facts))


def _withdrawable(version_id: str, uow: UnitOfWork) -> tuple[Plan, Version, list[ApprovalStep]] | None:
    """The person's own plan while nobody has decided; else says what can be done instead."""
    plan, version = uow.plans.version(version_id)
    chain = uow.plans.steps(version.id)
    if plan.person_id != uow.actor.id:
        uow.reply(Message("decide.not_yours"))
        return None
    problem = withdraw_problem(plan, version, chain)
    if problem is None:
        return plan, version, chain
    decided = [s for s in chain if s.decided_at]
    name = uow.people.get(decided[0].decider_id).name if decided else ""
    rows = ((Button("withdraw.button.return", ReturnPressed(version.id)),),)
    signed = problem == "withdraw.signed"
    uow.reply(Message(problem, {**_facts(plan, version, uow), "signer": name}, rows if signed else ()))
    return None


def _facts(plan: Plan, version: Version, uow: UnitOfWork) -> dict[str, object]:
    return {**plan_facts(uow, plan), "version": version.number, "state": plan.state.value}


# --- after it --------------------------------------------------------------------------------------


def ask_reason(event: ReturnPressed, uow: UnitOfWork) -> None:
    """`Xin trả lại`: why, in words."""
    case = _returnable(event.version_id, uow)
    if case:
        _ask_reason(case, "withdraw.ask_reason", uow)


def _ask_reason(case: Case, text: str, uow: UnitOfWork) -> None:
    uow.ask(ReturnRequested(case.version.id))
    uow.reply(Message(text, case.facts(), (NEVER_MIND,)))


def request(event: ReturnRequested, uow: UnitOfWork) -> None:
    """The teacher's reason goes to everybody who may decide now."""
    case = _returnable(event.version_id, uow)
    if case is None:
        uow.stop_asking()
        return
    if reason_problem(event.typed):
        _ask_reason(case, "withdraw.reason_too_thin", uow)
        return
    reason, step = clean(event.typed), case.step.number
    uow.stop_asking()
    uow.record("return.requested", case.plan.code, version=case.version.number, step=step)
    give = Button("withdraw.button.give_back", ReturnGranted(case.version.id, step, reason))
    keep = Button("withdraw.button.keep", ReturnDeclined(case.version.id, step))
    facts = {**case.facts(), "reason": reason}
    asked = case.duty.holders(case.step, case.matter)
    for person in asked:
        uow.say(person, Message("withdraw.card", facts, ((give, keep),)))
    uow.reply(Message("withdraw.requested", {**facts, "asked": [p.name for p in asked]}))


def grant(event: ReturnGranted, uow: UnitOfWork) -> None:
    """`Trả lại`: back to the teacher with the teacher's own reason; nobody's fault."""
    case = decidable(event, uow)
    if case is None:
        return
    taker = decided_by(case.step, uow.actor.id)
    uow.change(
        uow.plans.move_step(case.step, StepState.RETURNED, uow.now(), reason=event.reason, **taker),
        uow.plans.move_version(case.version, VersionState.RETURNED),
        uow.plans.move_plan(case.plan, PlanState.RETURNED),
    )
    uow.record("step.returned", case.plan.code, version=case.version.number, step=case.step.number)
    facts = {**case.facts(), "leader": uow.actor.name, "reason": event.reason}
    uow.say(case.teacher, Message("withdraw.returned", facts))
    for earlier in case.chain[: case.step.number - 1]:
        uow.say(uow.people.get(earlier.decider_id), Message("withdraw.returned_after_you", facts))
    close_cards(case.step, uow, Message("withdraw.card_returned", facts))
    uow.reply(Message("withdraw.given_back", facts))


def decline(event: ReturnDeclined, uow: UnitOfWork) -> None:
    """`Giữ nguyên`: the plan stays where it is and still waits for a decision."""
    case = decidable(event, uow)
    if case is None:
        return
    uow.record("return.declined", case.plan.code, version=case.version.number, step=case.step.number)
    facts = {**case.facts(), "leader": uow.actor.name}
    uow.say(case.teacher, Message("withdraw.declined", facts))
    uow.reply(Message("withdraw.kept", facts))


def _returnable(version_id: str, uow: UnitOfWork) -> Case | None:
    """The person's own plan at the step that waits now; else says why nobody can give it back."""
    plan, version = uow.plans.version(version_id)
    chain = uow.plans.steps(version.id)
    waiting = next((s for s in chain if s.state == StepState.PENDING), None)
    if plan.person_id != uow.actor.id:
        uow.reply(Message("decide.not_yours"))
    elif waiting and version.state == VersionState.PENDING and version.number == plan.version:
        return Case.read(version.id, waiting.number, uow)
    else:
        signing = any(s.state in (StepState.APPROVED, StepState.SIGNED) for s in chain)
        busy = signing and version.state == VersionState.PENDING
        text = "withdraw.busy" if busy else withdraw_problem(plan, version, chain) or "withdraw.gone"
        uow.reply(Message(text, {**_facts(plan, version, uow), "signer": ""}))
    return None
