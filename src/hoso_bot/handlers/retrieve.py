"""What a person wants back: their own plans' state, and the approved file at any time (R39)."""

from __future__ import annotations

from typing import Any

from hoso_bot.case import Case
from hoso_bot.domain import cards
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.events import CommandSent, SignedCopyAsked
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.submission import Plan, PlanState, UploadState, VersionState
from hoso_bot.unit_of_work import UnitOfWork, attachment, plan_facts

PLANS_SHOWN = 8


def show_status(event: CommandSent, uow: UnitOfWork) -> None:
    """`/trangthai`: the person's own plans, newest week first, and whom each waits for; then those lent."""
    plans = uow.plans.of_person(uow.actor.id)[:PLANS_SHOWN]
    lent = [uow.plans.plan(plan_id) for plan_id in uow.duties.lent_to(uow.actor.id)[:PLANS_SHOWN]]
    ready = uow.plans.uploads_in(uow.actor.id, UploadState.READY)
    facts = {
        "plans": [_line(plan, uow) for plan in plans],
        "lent": [_lent_line(plan, uow) for plan in lent],
        "unconfirmed": [u.name for u in ready],
    }
    buttons = tuple(
        (Button("button.signed_copy", SignedCopyAsked(version.id), plan_facts(uow, plan)),)
        for plan in (*plans, *lent)
        if (version := uow.plans.current_version(plan)).state == VersionState.APPROVED
    )
    uow.reply(Message("status.list" if plans or lent or ready else "status.empty", facts, buttons))


def _lent_line(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
    """A colleague's plan this person teaches by as a substitute (Q21)."""
    return {**plan_facts(uow, plan), "name": uow.people.get(plan.person_id).name}


def _line(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
    chain = uow.plans.steps(uow.plans.current_version(plan).id)
    waits = next((s for s in chain if s.state in (StepState.PENDING, StepState.APPROVED)), None)
    holders = _holders(waits, uow) if waits and plan.state == PlanState.PENDING else ""
    return {
        **plan_facts(uow, plan),
        "version": plan.version,
        "state": plan.state.value,
        "waits_for": holders or None,
        "reason": next((s.reason for s in chain if s.reason), None),
    }


def _holders(step: ApprovalStep, uow: UnitOfWork) -> str:
    """Who may decide now: the signer, and who was delegated to or stands in."""
    case = Case.read(step.version_id, step.number, uow)
    return " / ".join(p.name for p in case.duty.holders(step, case.matter))


def send_signed_copy(event: SignedCopyAsked, uow: UnitOfWork) -> None:
    """`Bản đã duyệt`: the teacher's own signed file again, or one lent to a substitute (Q21)."""
    plan, version = uow.plans.version(event.version_id)
    lent = plan.person_id != uow.actor.id and plan.id in uow.duties.lent_to(uow.actor.id)
    if not (lent or plan.person_id == uow.actor.id) or version.state != VersionState.APPROVED:
        uow.reply(Message("decide.not_yours"))
        return
    if lent:
        uow.record("copy.read", plan.code, version=version.number)
    name = cards.file_name(plan, uow.people.get(plan.person_id), version, "signed")
    file = attachment(uow, version.current_sha256, name)
    current = version.number == plan.version
    facts = {**plan_facts(uow, plan), "current": current}
    uow.reply(Message("copy.signed", facts, attachment=file))
