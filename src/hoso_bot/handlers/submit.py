"""`Trình ký`: the file becomes a version of the plan and goes to the first signer (R21..R25)."""

from __future__ import annotations

from dataclasses import replace

from hoso_bot.casework import review_copies
from hoso_bot.casework.case import Case, close_cards, deal, duty_today, lateness
from hoso_bot.casework.draft import (
    ask_week,
    mine_and_ready,
    offer_again,
    piece_of,
    refuse,
    register_of,
    week_of,
)
from hoso_bot.casework.slot import Slot
from hoso_bot.domain import cards
from hoso_bot.domain.approval import DECIDED, ApprovalStep, StepState
from hoso_bot.domain.calendar import minutes_late
from hoso_bot.domain.chain_events import WithdrawPressed
from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.errors import Conflict, FileRefused, SandboxFailed
from hoso_bot.domain.events import SubmitPressed
from hoso_bot.domain.lookup_code import drawn
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.signing import KeptReviewCopy
from hoso_bot.domain.submission import (
    REGISTER,
    Plan,
    PlanState,
    Upload,
    UploadState,
    Version,
    VersionState,
)
from hoso_bot.domain.units import Piece
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork, plan_facts


def submit(event: SubmitPressed, uow: UnitOfWork) -> None:
    """`Trình ký`: the review copy, then hand in: version, chain, first signer's card."""
    upload = mine_and_ready(event.upload_id, uow)
    slot = _slot(upload, uow) if upload else None
    if upload is None or slot is None:
        return
    try:
        upload = replace(upload, lookup_code=upload.lookup_code or drawn())
        copy = _review_copy(upload, slot, uow)
    except (FileRefused, SandboxFailed) as refusal:
        refuse(upload, uow, Message(refusal.text_key, {"name": upload.name, **refusal.facts}))
        return
    _hand_in(upload, slot, copy, uow)


def _slot(upload: Upload, uow: UnitOfWork) -> Slot | None:
    """Where the file goes; None, with a new card or question, when that is not what the card said."""
    register, week = upload.register or REGISTER, week_of(upload, uow)
    if register != register_of(upload, uow):
        uow.reply(Message("registers.closed", {"code": register}))
        offer_again(upload, week, uow)
        return None
    if week is None:
        uow.reply(ask_week(upload, uow, "submit.which_week"))
        return None
    piece = piece_of(replace(upload, register=register), week, uow)
    if piece is None or not piece.same(Piece(upload.part or "", upload.instead_of)):
        offer_again(replace(upload, part=None, instead_of=""), week, uow)
        return None
    slot = Slot.find(replace(upload, part=piece.part, instead_of=piece.instead_of), week, uow)
    if slot.problem:
        uow.reply(ask_week(upload, uow, slot.problem, **slot.facts))
        return None
    return slot


def _review_copy(upload: Upload, slot: Slot, uow: UnitOfWork) -> KeptReviewCopy:
    """The one made on arrival when it says what must be said now, else a new one."""
    order, ready = slot.review_copy_order(upload, uow), upload.review_copy
    return ready if ready and ready.wording == order.wording else review_copies.make(order, uow)


def _hand_in(upload: Upload, slot: Slot, copy: KeptReviewCopy, uow: UnitOfWork) -> None:
    """Collect the facts of a submission: plan, version, chain, messages."""
    plan = slot.plan or _new_plan(upload, slot, uow)
    version = _new_version(upload, slot, plan, copy, uow)
    if slot.plan:
        _put_aside(slot.plan, uow)
        uow.change(uow.plans.move_plan(slot.plan, PlanState.PENDING, slot.number))
    else:
        uow.change(uow.plans.add_plan(plan))
    uow.change(
        uow.plans.add_version(version),
        uow.plans.move_upload(upload.id, [UploadState.READY], UploadState.SUBMITTED),
    )
    uow.stop_asking(upload.address)
    facts = {"version": version.number, "sha256": copy.sha256, "late": version.minutes_late}
    uow.record("plan.submitted", slot.code, **facts, **_audited(plan, uow))
    _tell_everyone(upload, slot, plan, version, uow)


def _audited(plan: Plan, uow: UnitOfWork) -> dict[str, str]:
    """What the log adds where a plan covers less than its teacher's own week (Q5, Q21)."""
    facts = {"part": plan.part} if plan.part else {}
    if plan.instead_of:
        facts["instead_of"] = uow.people.get(plan.instead_of).staff_id
    return facts


def _new_plan(upload: Upload, slot: Slot, uow: UnitOfWork) -> Plan:
    return Plan(
        id=new_id(),
        year=slot.week.year,
        register=upload.register or REGISTER,
        person_id=uow.actor.id,
        week=slot.week.number,
        code=slot.code,
        version=1,
        state=PlanState.PENDING,
        part=slot.piece.part,
        instead_of=slot.piece.instead_of,
    )


def _new_version(upload: Upload, slot: Slot, plan: Plan, copy: KeptReviewCopy, uow: UnitOfWork) -> Version:
    now, effective_week = uow.now(), uow.rules(slot.week).effective_week
    return Version(
        id=new_id(),
        plan_id=plan.id,
        number=slot.number,
        upload_id=upload.id,
        state=VersionState.PENDING,
        original_sha256=upload.sha256,
        review_sha256=copy.sha256,
        current_sha256=copy.sha256,
        size=copy.size,
        pages=copy.pages,
        submitted_at=now,
        minutes_late=minutes_late(slot.week, upload.sent_at, now, effective_week),
        changes=_changes(slot, upload, uow),
        lookup_code=upload.lookup_code,
    )


def _changes(slot: Slot, upload: Upload, uow: UnitOfWork) -> PageChanges | None:
    """What changed by page against the version before; a file that cannot be compared is no trouble."""
    if slot.plan is None:
        return None
    before = uow.plans.current_version(slot.plan).original_sha256
    try:
        return uow.inspector.compare(uow.files.path(before), uow.files.path(upload.sha256))
    except (FileRefused, SandboxFailed, FileNotFoundError):
        return None


def _put_aside(plan: Plan, uow: UnitOfWork) -> None:
    """The version before this one decides nothing any more. Raises Conflict when it just did."""
    old = uow.plans.current_version(plan)
    if old.state == VersionState.PENDING:
        uow.change(uow.plans.move_version(old, VersionState.SUPERSEDED))
    for step in uow.plans.steps(old.id):
        if plan.state == PlanState.PENDING and step.state in DECIDED:
            raise Conflict(f"{plan.code} was decided while its new file was being prepared")
        if step.state in (StepState.PENDING, StepState.WAITING):
            uow.change(uow.plans.move_step(step, StepState.VOID))
            close_cards(step, uow, Message("card.superseded", plan_facts(uow, plan)))


def _tell_everyone(upload: Upload, slot: Slot, plan: Plan, version: Version, uow: UnitOfWork) -> None:
    facts = {
        **slot.facts,
        "code": slot.code,
        "version": version.number,
        "at": version.submitted_at.isoformat(),
        **lateness(plan, version, uow),
        "chain": cards.chain_facts(slot.chain),
        "left": [part for part in slot.parts.left if not Piece(part).same(plan.piece)],
    }
    uow.close_card(upload.card_key, Message("card.submitted", facts))
    withdraw = Button("withdraw.button.withdraw", WithdrawPressed(version.id))
    uow.reply(Message("submit.done", facts, ((withdraw,),)))
    chain = [
        ApprovalStep(version.id, place.number, place.role, place.signer.id, StepState.WAITING)
        for place in slot.chain
    ]
    chain[0] = replace(chain[0], state=StepState.PENDING)
    named = plan_facts(uow, plan)
    case = Case(plan, version, chain[0], chain, uow.actor, slot.week, duty_today(uow), named)
    chain[0] = replace(chain[0], card_key=deal(case, uow))
    uow.change(*map(uow.plans.add_step, chain))
