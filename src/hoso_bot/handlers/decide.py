"""A leader decides: approve (then confirm), or reject with a reason (R26..R30)."""

from __future__ import annotations

from hoso_bot.casework import approving
from hoso_bot.casework.case import Case, close_cards, decidable, queue, signs_elsewhere
from hoso_bot.casework.elsewhere import send_out
from hoso_bot.domain import cards
from hoso_bot.domain.approval import StepState, decided_by
from hoso_bot.domain.events import (
    ApprovalConfirmed,
    ApprovePressed,
    DecisionPutOff,
    ReasonGiven,
    RejectPressed,
)
from hoso_bot.domain.looks import is_readable
from hoso_bot.domain.messages import Message
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.domain.submission import PlanState, VersionState
from hoso_bot.unit_of_work import Unguarded, UnitOfWork

# --- approve ---------------------------------------------------------------------------------------


def ask_approval(event: ApprovePressed, uow: UnitOfWork) -> None:
    """`Ký duyệt`: the last look before a signature."""
    case = decidable(event, uow)
    if case:
        uow.stop_asking()
        if signs_elsewhere(uow.actor, uow):
            send_out(case, uow, unread=_opens_unread(case, uow))
            return
        more = {**case.acting_facts(uow.actor, uow), "unread": _opens_unread(case, uow)}
        question = cards.approval_question(case.plan, case.version, case.step, case.teacher, case.week, more)
        uow.reply(question)


def _opens_unread(case: Case, uow: UnitOfWork) -> bool:
    """Notes the first time the holder wants to decide; True when the file can hardly have been read (R27)."""
    mine = [card for card in uow.step_cards.of(case.step) if card.person_id == uow.actor.id]
    if not mine or mine[-1].opened_at:
        return False
    card, now = mine[-1], uow.now()
    unread = not is_readable(card.delivered_at, now)
    uow.change(Unguarded(uow.step_cards.opened(card.key, now)))
    uow.record("card.opened", case.plan.code, step=case.step.number, unread=unread)
    return unread


def approve(event: ApprovalConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: the decision is taken, once the signer's key is at hand."""
    case = decidable(event, uow)
    if case:
        approving.approve(case, uow)


def put_off(event: DecisionPutOff, uow: UnitOfWork) -> None:
    """`Để sau`: nothing is decided; the card's buttons stay good."""
    uow.stop_asking()
    uow.reply(Message("decide.put_off", {"waiting": len(queue(uow.actor, uow))}))


# --- reject ----------------------------------------------------------------------------------------


def ask_reason(event: RejectPressed, uow: UnitOfWork) -> None:
    """`Từ chối`: a rejection needs its reason first (R29)."""
    case = decidable(event, uow)
    if case:
        _ask_reason(case, "decide.ask_reason", uow)


def _ask_reason(case: Case, text: str, uow: UnitOfWork) -> None:
    waiting = ReasonGiven(case.version.id, case.step.number)
    uow.ask(waiting)
    reasons = [uow.words(key) for key in cards.QUICK_REASONS]
    question = cards.reason_question(
        case.plan, case.version, case.step, case.teacher, text, reasons, case.named
    )
    uow.reply(question)


def reject(event: ReasonGiven, uow: UnitOfWork) -> None:
    """The reason, word for word: back to the teacher; who signed before is told too."""
    case = decidable(event, uow)
    if case is None:
        uow.stop_asking()
        return
    if reason_problem(event.typed):
        _ask_reason(case, "decide.reason_too_thin", uow)
        return
    reason = clean(event.typed)
    uow.change(
        uow.plans.move_step(
            case.step, StepState.REJECTED, uow.now(), reason=reason, **decided_by(case.step, uow.actor.id)
        ),
        uow.plans.move_version(case.version, VersionState.REJECTED),
        uow.plans.move_plan(case.plan, PlanState.REJECTED),
    )
    uow.stop_asking()
    uow.record("step.rejected", case.plan.code, **approving.audited(case, uow))
    _tell_rejection(case, reason, uow)


def _tell_rejection(case: Case, reason: str, uow: UnitOfWork) -> None:
    own = uow.actor.id == case.step.signer_id
    role = case.step.role if own else uow.actor.role
    facts = {**case.facts(), "leader": uow.actor.name, "role": role.value, "reason": reason}
    uow.say(case.teacher, Message("result.rejected", facts))
    for earlier in case.chain[: case.step.number - 1]:
        uow.say(uow.people.get(earlier.decider_id), Message("result.rejected_after_you", facts))
    facts["at"] = uow.now().isoformat()
    close_cards(case.step, uow, Message("card.rejected", facts), Message("delegate.card_rejected", facts))
    uow.reply(Message("decide.rejected", facts))
