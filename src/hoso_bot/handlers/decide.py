"""A leader decides: approve (then confirm), or reject with a reason (R26..R30)."""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.domain import cards
from hoso_bot.domain.approval import ApprovalStep, StepState, decision_problem
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.events import (
    ApprovalConfirmed,
    ApprovePressed,
    CardAsked,
    CommandSent,
    DecisionPutOff,
    ReasonGiven,
    RejectPressed,
    StepApproved,
    Tapped,
)
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.unit_of_work import UnitOfWork, attachment, expiry

QUEUE_SHOWN = 20


@dataclass(frozen=True)
class Case:
    """What a decision is about, as read before it."""

    plan: Plan
    version: Version
    step: ApprovalStep
    chain: list[ApprovalStep]
    teacher: Person
    week: Week

    @classmethod
    def read(cls, version_id: str, number: int, uow: UnitOfWork) -> Case:
        """Look everything up. Raises LookupError."""
        plan, version = uow.plans.version(version_id)
        chain = uow.plans.steps(version_id)
        week = uow.week(plan.year, plan.week)
        return cls(plan, version, chain[number - 1], chain, uow.people.get(plan.person_id), week)

    def facts(self) -> dict[str, object]:
        """The blanks every sentence about this case may use."""
        return {
            **cards.week_facts(self.week),
            "code": self.plan.code,
            "version": self.version.number,
            "teacher": self.teacher.name,
        }


def _decidable(event: Tapped, uow: UnitOfWork) -> Case | None:
    """The case when this person may decide it now; else says why not and nothing changes."""
    case = Case.read(event.version_id, event.step, uow)  # type: ignore[attr-defined]
    problem = decision_problem(case.plan, case.version, case.step, uow.actor.id)
    if problem is None:
        return case
    uow.record("decision.refused", case.plan.code, why=problem, step=case.step.number)
    facts = {**case.facts(), "state": case.step.state.value, "reason": case.step.reason}
    uow.reply(Message(problem, facts))
    return None


# --- approve ---------------------------------------------------------------------------------------


def ask_approval(event: ApprovePressed, uow: UnitOfWork) -> None:
    """`Ký duyệt`: the last look before a signature."""
    case = _decidable(event, uow)
    if case:
        _forget_question(uow)
        uow.reply(cards.approval_question(case.plan, case.version, case.step, case.teacher, case.week))


def approve(event: ApprovalConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: the decision is recorded; the signature is made as the plan's next event."""
    case = _decidable(event, uow)
    if case is None:
        return
    uow.change(uow.plans.move_step(case.step, StepState.APPROVED, uow.now()))
    uow.record("step.approved", case.plan.code, version=case.version.number, step=case.step.number)
    uow.emit(StepApproved(case.version.id, case.step.number), f"plan:{case.plan.id}")
    at = uow.now().isoformat()
    uow.close_card(case.step.card_key, Message("card.approved", {**case.facts(), "at": at}))
    uow.reply(Message("decide.signing", case.facts()))


def put_off(event: DecisionPutOff, uow: UnitOfWork) -> None:
    """`Để sau`: nothing is decided; the card's buttons stay good."""
    _forget_question(uow)
    uow.reply(Message("decide.put_off", {"waiting": len(uow.plans.waiting_for(uow.actor.id))}))


# --- reject ----------------------------------------------------------------------------------------


def ask_reason(event: RejectPressed, uow: UnitOfWork) -> None:
    """`Từ chối`: a rejection needs its reason first (R29)."""
    case = _decidable(event, uow)
    if case:
        _ask_reason(case, "decide.ask_reason", uow)


def _ask_reason(case: Case, text: str, uow: UnitOfWork) -> None:
    assert uow.origin is not None
    waiting = ReasonGiven(case.version.id, case.step.number)
    uow.change(uow.people.ask(uow.origin, waiting, expiry(uow)))
    reasons = [uow.words(key) for key in cards.QUICK_REASONS]
    uow.reply(cards.reason_question(case.plan, case.version, case.step, case.teacher, text, reasons))


def reject(event: ReasonGiven, uow: UnitOfWork) -> None:
    """The reason, word for word: back to the teacher; who signed before is told too."""
    case = _decidable(event, uow)
    if case is None:
        _forget_question(uow)
        return
    if reason_problem(event.typed):
        _ask_reason(case, "decide.reason_too_thin", uow)
        return
    reason = clean(event.typed)
    uow.change(
        uow.plans.move_step(case.step, StepState.REJECTED, uow.now(), reason=reason),
        uow.plans.move_version(case.version, VersionState.REJECTED),
        uow.plans.move_plan(case.plan, PlanState.REJECTED),
    )
    _forget_question(uow)
    uow.record("step.rejected", case.plan.code, version=case.version.number, step=case.step.number)
    _tell_rejection(case, reason, uow)


def _tell_rejection(case: Case, reason: str, uow: UnitOfWork) -> None:
    facts = {**case.facts(), "leader": uow.actor.name, "role": case.step.role.value, "reason": reason}
    uow.say(case.teacher, Message("result.rejected", facts))
    for earlier in case.chain[: case.step.number - 1]:
        uow.say(uow.people.get(earlier.signer_id), Message("result.rejected_after_you", facts))
    at = uow.now().isoformat()
    uow.close_card(case.step.card_key, Message("card.rejected", {**facts, "at": at}))
    uow.reply(Message("decide.rejected", facts))


def _forget_question(uow: UnitOfWork) -> None:
    if uow.origin:
        uow.change(uow.people.stop_asking(uow.origin))


# --- the queue -------------------------------------------------------------------------------------


def show_queue(event: CommandSent, uow: UnitOfWork) -> None:
    """`/choduyet`: what waits for this person now; a button a plan opens its card again."""
    waiting = [Case.read(s.version_id, s.number, uow) for s in uow.plans.waiting_for(uow.actor.id)]
    rows = tuple(
        (Button("button.open", CardAsked(case.version.id, case.step.number), case.facts()),)
        for case in waiting[:QUEUE_SHOWN]
    )
    uow.reply(Message("queue.list" if rows else "queue.empty", {"count": len(waiting)}, rows))


def show_card(event: CardAsked, uow: UnitOfWork) -> None:
    """The card of one waiting plan again, with its PDF and fresh buttons; the old card is spent."""
    case = _decidable(event, uow)
    if case is None:
        return
    upload = uow.plans.upload(case.version.upload_id)
    signed_by = [uow.people.get(s.signer_id) for s in case.chain[: case.step.number - 1]]
    name = cards.file_name(case.plan, case.teacher, case.version, "review")
    file = attachment(uow, case.version.current_sha256, name)
    card = cards.review(case.plan, case.version, case.step, case.teacher, case.week, upload, signed_by, file)
    uow.close_card(case.step.card_key)
    key = uow.reply(card)
    uow.change(uow.plans.move_step(case.step, StepState.PENDING, card_key=key))
