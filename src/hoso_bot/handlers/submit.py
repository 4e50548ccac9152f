"""A file arrives, is looked at, is confirmed, and goes to the first signer (R16..R25)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hoso_bot.case import Case, close_cards, deal, duty_today
from hoso_bot.domain import cards
from hoso_bot.domain.approval import DECIDED, ApprovalStep, StepState
from hoso_bot.domain.calendar import VN, Week, choices, find, minutes_late, opens_at
from hoso_bot.domain.chain_events import WithdrawPressed
from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.errors import Conflict, FileRefused, SandboxFailed
from hoso_bot.domain.events import (
    Address,
    FileSent,
    SubmitPressed,
    UploadCancelled,
    UploadStored,
    WeekChangePressed,
    WeekChosen,
)
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.registers import Register, all_registers, chain_for
from hoso_bot.domain.routing import NoApprover, Step, signing_order
from hoso_bot.domain.signing import Box, ReviewCopy, ReviewCopyOrder
from hoso_bot.domain.submission import (
    REGISTER,
    REOPENED,
    Plan,
    PlanState,
    Upload,
    UploadState,
    Version,
    VersionState,
    record_code,
    replace_problem,
)
from hoso_bot.domain.year_events import RegisterChosen
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork, expiry, picture_of

OPEN = (UploadState.CHECKING, UploadState.READY)


# --- a file arrives --------------------------------------------------------------------------------


def receive(event: FileSent, uow: UnitOfWork) -> None:
    """Any file or picture from a linked person; the bytes are in the file store already."""
    if event.kind != "document":
        uow.reply(Message("file.not_a_document", {"kind": event.kind}))
    elif event.sha256 is None:
        facts = {"name": event.name, "mb": round((event.size or 0) / 2**20, 1), "max_mb": 20}
        uow.reply(Message(event.fetch_error or "file.fetch_failed", facts))
    elif not _is_known(event.sha256, uow):
        _take_in(event, event.sha256, uow)


def _is_known(sha256: str, uow: UnitOfWork) -> bool:
    """Says what it is when these very bytes are on their way already or came from us."""
    found = uow.plans.by_file(sha256)
    if found is None:
        return False
    plan, version = found
    current = version.number == plan.version
    if version.original_sha256 != sha256:
        signed = version.current_sha256 != version.review_sha256
        facts = {"week": plan.week, "code": plan.code, "current": current, "signed": signed}
        uow.reply(Message("file.ours", facts))
        return True
    if plan.person_id != uow.actor.id or not current or plan.state in REOPENED:
        return False
    at = version.submitted_at.isoformat()
    uow.reply(Message("file.duplicate", {"week": plan.week, "code": plan.code, "at": at}))
    return True


def _take_in(event: FileSent, sha256: str, uow: UnitOfWork) -> None:
    upload = Upload(
        id=new_id(),
        person_id=uow.actor.id,
        sha256=sha256,
        name=event.name,
        size=event.size or uow.files.path(sha256).stat().st_size,
        sent_at=event.sent_at,
        state=UploadState.CHECKING,
        address=event.origin,
    )
    uow.change(uow.plans.add_upload(upload))
    uow.record("upload.received", upload.id, sha256=sha256, size=upload.size)
    mb = max(0.1, round(upload.size / 2**20, 1))
    uow.reply(Message("file.received", {"name": upload.name, "mb": mb}))
    uow.emit(UploadStored(upload.id), _chat_lane(event.origin))


def _chat_lane(address: Address) -> str:
    return f"{address.channel}:{address.chat_id}"


# --- it is looked at -------------------------------------------------------------------------------


def inspect(event: UploadStored, uow: UnitOfWork) -> None:
    """Look at the file in the sandbox, read the week, send the one card (or say what to mend)."""
    upload = uow.plans.upload(event.upload_id)
    if upload.state != UploadState.CHECKING:
        return
    try:
        inspection, picture = _looked_at(upload, uow)
    except (FileRefused, SandboxFailed) as refusal:
        _refuse(upload, uow, Message(refusal.text_key, {"name": upload.name, **refusal.facts}))
        return
    blocks = [f for f in inspection.findings if f.severity == "block"]
    if blocks:
        facts = {"name": upload.name, "findings": cards.finding_facts(blocks)}
        _refuse(upload, uow, Message("upload.blocked", facts), inspection)
        return
    _ready(replace(upload, inspection=inspection, picture=picture), uow)


def _looked_at(upload: Upload, uow: UnitOfWork) -> tuple[Inspection, str | None]:
    """What the sandbox found, and the stored picture of page 1 where it could be drawn."""
    picture = uow.files.new_temporary()
    try:
        inspection = uow.inspector.inspect(uow.files.path(upload.sha256), upload.name, picture)
        drawn = not inspection.blocked and picture.exists()
        return inspection, uow.files.adopt(picture) if drawn else None
    finally:
        picture.unlink(missing_ok=True)


def _refuse(upload: Upload, uow: UnitOfWork, why: Message, inspection: Inspection | None = None) -> None:
    found = inspection.to_json() if inspection else None
    uow.change(uow.plans.move_upload(upload.id, OPEN, UploadState.REFUSED, inspection=found))
    uow.record("upload.refused", upload.id, text=why.text)
    uow.say(uow.people.get(upload.person_id), why)


def _ready(upload: Upload, uow: UnitOfWork) -> None:
    """Remember what was read; a newer file for the same week takes an unconfirmed one's place."""
    assert upload.inspection is not None
    week, source = _week_read(upload.inspection, uow)
    register = _register(upload, uow)
    _replace_older(replace(upload, register=register), week, uow)
    key = _offer(replace(upload, register=register), week, uow)
    uow.change(
        uow.plans.move_upload(
            upload.id,
            OPEN,
            UploadState.READY,
            inspection=upload.inspection.to_json(),
            picture=upload.picture,
            year=week.year if week else None,
            week=week.number if week else None,
            week_from=source,
            card_key=key,
            register=register,
        )
    )


def _replace_older(upload: Upload, week: Week | None, uow: UnitOfWork) -> None:
    for older in uow.plans.uploads_in(upload.person_id, UploadState.READY):
        same = week and (older.year, older.week) == (week.year, week.number)
        if same and upload.register and older.register in (None, upload.register) and older.id != upload.id:
            uow.change(uow.plans.move_upload(older.id, [UploadState.READY], UploadState.REPLACED))
            uow.close_card(older.card_key)


def _open_registers(uow: UnitOfWork) -> list[Register]:
    registers = all_registers(uow.rulebook.registers(), uow.words("registers.khbd"))
    return [register for register in registers if register.open]


def _register(upload: Upload, uow: UnitOfWork) -> str | None:
    """The code this file goes to: what was chosen, or the only open one; None has to be asked (R7, R17)."""
    codes = [register.code for register in _open_registers(uow)]
    if upload.register in codes:
        return upload.register
    return codes[0] if len(codes) == 1 else None


def _week_read(inspection: Inspection, uow: UnitOfWork) -> tuple[Week | None, str]:
    weeks, facts = uow.weeks(), inspection.facts
    if facts.weeks and (week := find(weeks, facts.weeks[0])):
        return week, facts.week_from
    if week := cards.week_of_dates(weeks, facts.dates):
        return week, "dates"
    return None, ""


def _offer(upload: Upload, week: Week | None, uow: UnitOfWork) -> str | None:
    """The confirmation card, or the question that leads to it; returns its key."""
    author = uow.people.get(upload.person_id)
    registers = _open_registers(uow)
    if upload.register is None:
        rows = tuple((_register_button(upload, register),) for register in registers)
        return uow.say(author, Message("registers.which", {"name": upload.name}, rows))
    if week is None:
        return uow.say(author, _ask_week(upload, uow, "submit.which_week"))
    slot = Slot.find(upload, week, uow)
    if slot.problem:
        return uow.say(author, _ask_week(upload, uow, slot.problem, **slot.facts))
    note = _date_note(upload, week, uow)
    card = cards.confirmation(upload, week, slot.chain, slot.plan, note)
    named = next((r.name for r in registers if r.code == upload.register and len(registers) > 1), "")
    facts = {**card.facts, "register": named}
    return uow.say(author, replace(card, facts=facts, picture=picture_of(uow, upload)))


def _register_button(upload: Upload, register: Register) -> Button:
    facts = {"code": register.code, "name": register.name}
    return Button("registers.button", RegisterChosen(upload.id, register.code), facts)


def choose_register(event: RegisterChosen, uow: UnitOfWork) -> None:
    """Which register the file is for; then its card, or the question for its week."""
    upload = _mine_and_ready(event.upload_id, uow)
    if upload:
        _offer_again(replace(upload, register=event.register), uow)


def _offer_again(upload: Upload, uow: UnitOfWork) -> None:
    """A new card after the register was chosen, or closed meanwhile; the old card is spent."""
    upload = replace(upload, register=_register(upload, uow))
    week = (
        find(uow.school.weeks(upload.year), upload.week) if upload.year and upload.week is not None else None
    )
    _replace_older(upload, week, uow)
    uow.close_card(upload.card_key)
    key = _offer(upload, week, uow)
    ready = UploadState.READY
    uow.change(uow.plans.move_upload(upload.id, [ready], ready, register=upload.register, card_key=key))


def _date_note(upload: Upload, week: Week, uow: UnitOfWork) -> str | None:
    """A word about teaching dates that belong to another week (domain sheet, M10)."""
    assert upload.inspection is not None
    by_dates = cards.week_of_dates(uow.weeks(), upload.inspection.facts.dates)
    return f"{by_dates.number}" if by_dates and by_dates.number != week.number else None


def _ask_week(upload: Upload, uow: UnitOfWork, text: str, **facts: Any) -> Message:
    uow.change(uow.people.ask(upload.address, WeekChosen(upload.id), expiry(uow)))
    today = uow.now().astimezone(VN).date()
    return cards.week_question(upload, choices(uow.weeks(), today), text, **facts)


# --- the teacher answers the card --------------------------------------------------------------------


def change_week(event: WeekChangePressed, uow: UnitOfWork) -> None:
    """`Sửa`: ask which week it is."""
    upload = _mine_and_ready(event.upload_id, uow)
    if upload:
        uow.reply(_ask_week(upload, uow, "submit.choose_week"))


def choose_week(event: WeekChosen, uow: UnitOfWork) -> None:
    """A week by button or typed number: a new card; the teacher's tap is final."""
    upload = _mine_and_ready(event.upload_id, uow)
    if upload is None:
        return
    number = event.week if event.week is not None else _typed_number(event.typed)
    week = find(uow.weeks(), number) if number is not None else None
    if week is None:
        weeks = uow.weeks()
        facts = {"lowest": weeks[0].number, "highest": weeks[-1].number} if weeks else {}
        uow.reply(_ask_week(upload, uow, "submit.no_such_week", **facts))
        return
    uow.change(uow.people.stop_asking(upload.address))
    uow.close_card(upload.card_key)
    key = _offer(upload, week, uow)
    uow.change(
        uow.plans.move_upload(
            upload.id,
            [UploadState.READY],
            UploadState.READY,
            year=week.year,
            week=week.number,
            week_from="teacher",
            card_key=key,
        )
    )


def _typed_number(text: str) -> int | None:
    digits = "".join(ch if ch.isdigit() else " " for ch in text).split()
    return int(digits[0]) if len(digits) == 1 and len(digits[0]) <= 2 else None


def cancel(event: UploadCancelled, uow: UnitOfWork) -> None:
    """`Hủy`: the file is put aside; nothing was handed in."""
    upload = _mine_and_ready(event.upload_id, uow)
    if upload:
        uow.change(uow.plans.move_upload(upload.id, [UploadState.READY], UploadState.CANCELLED))
        uow.change(uow.people.stop_asking(upload.address))
        uow.close_card(upload.card_key, Message("card.cancelled", {"name": upload.name}))
        uow.reply(Message("submit.cancelled", {"name": upload.name}))


def _mine_and_ready(upload_id: str, uow: UnitOfWork) -> Upload | None:
    """The person's own waiting upload; else says what became of it."""
    upload = uow.plans.upload(upload_id)
    if upload.person_id == uow.actor.id and upload.state == UploadState.READY:
        return upload
    uow.reply(Message("submit.card_is_old", {"state": upload.state.value, "week": upload.week}))
    return None


def submit(event: SubmitPressed, uow: UnitOfWork) -> None:
    """`Trình ký`: make the review copy, then hand in: version, chain, first signer's card."""
    upload = _mine_and_ready(event.upload_id, uow)
    if upload is None:
        return
    if (upload.register or REGISTER) != _register(upload, uow):
        uow.reply(Message("registers.closed", {"code": upload.register or REGISTER}))
        _offer_again(upload, uow)
        return
    if upload.year is None or upload.week is None:
        uow.reply(_ask_week(upload, uow, "submit.which_week"))
        return
    week = uow.week(upload.year, upload.week)
    slot = Slot.find(upload, week, uow)
    if slot.problem:
        uow.reply(_ask_week(upload, uow, slot.problem, **slot.facts))
        return
    try:
        copy = _make_review_copy(upload, slot, uow)
    except (FileRefused, SandboxFailed) as refusal:
        _refuse(upload, uow, Message(refusal.text_key, {"name": upload.name, **refusal.facts}))
        return
    _hand_in(upload, slot, copy, uow)


@dataclass(frozen=True)
class Slot:
    """The place a file would take: week, plan there already, signing order, or the problem."""

    week: Week
    plan: Plan | None
    code: str
    chain: tuple[Step, ...] = ()
    problem: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def find(cls, upload: Upload, week: Week, uow: UnitOfWork) -> Slot:
        """Look the slot up; `problem` is a text key when the file cannot go there now."""
        author, register = uow.people.get(upload.person_id), upload.register or REGISTER
        plan = uow.plans.slot(week.year, register, author.id, week.number)
        code = plan.code if plan else record_code(week, author.staff_id, register)
        base = cls(week, plan, code, facts=cards.week_facts(week))
        limit = uow.rules(week).open_weeks
        if problem := replace_problem(plan, uow.plans.decided_steps(plan)):
            return replace(base, problem=problem)
        if opens := _opens_at(author.id, register, week, limit, uow):
            return replace(
                base,
                problem="submit.third_week",
                facts={**cards.week_facts(week), "opens": opens.isoformat(), "limit": limit},
            )
        try:
            chain = signing_order(author, uow.people.all(), uow.policy.records_admin, duty_today(uow).away)
        except NoApprover as nobody:
            return replace(base, problem=nobody.text_key)
        return replace(base, chain=chain_for(register, chain))

    @property
    def number(self) -> int:
        """The version number the file would get."""
        return self.plan.version + 1 if self.plan else 1


def _opens_at(person_id: str, register: str, week: Week, limit: int, uow: UnitOfWork) -> Any:
    """The first day this week may be handed in, None when it may now (R12)."""
    table = uow.school.weeks(week.year)
    held = [
        w
        for plan in uow.plans.of_person(person_id)
        if (plan.year, plan.register) == (week.year, register)
        and plan.state != PlanState.WITHDRAWN
        and plan.week != week.number
        and (w := find(table, plan.week))
    ]
    return opens_at(held, week, uow.now().astimezone(VN).date(), limit)


def _make_review_copy(upload: Upload, slot: Slot, uow: UnitOfWork) -> ReviewCopy:
    author = uow.people.get(upload.person_id)
    target = uow.files.new_temporary()
    order = ReviewCopyOrder(
        source=uow.files.path(upload.sha256),
        target=target,
        boxes=tuple(Box(s.field, uow.words(f"stamp.box.{s.role.value}")) for s in slot.chain),
        heading=uow.words(
            "stamp.heading", school=uow.school.row().name, teacher=author.name, week=slot.week.number
        ),
        code=f"{slot.code}-{slot.number}",
    )
    try:
        copy = uow.inspector.review_copy(order)
        uow.files.adopt(target)
    finally:
        target.unlink(missing_ok=True)
    return copy


def _hand_in(upload: Upload, slot: Slot, copy: ReviewCopy, uow: UnitOfWork) -> None:
    """Collect the facts of a submission: plan, version, chain, messages."""
    author, now = uow.actor, uow.now()
    late = minutes_late(slot.week, upload.sent_at, now, uow.rules(slot.week).effective_week)
    plan = slot.plan or Plan(
        id=new_id(),
        year=slot.week.year,
        register=upload.register or REGISTER,
        person_id=author.id,
        week=slot.week.number,
        code=slot.code,
        version=1,
        state=PlanState.PENDING,
    )
    version = Version(
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
        minutes_late=late,
        changes=_changes(slot, upload, uow),
    )
    if slot.plan:
        _put_aside(slot.plan, uow)
        uow.change(uow.plans.move_plan(slot.plan, PlanState.PENDING, slot.number))
    else:
        uow.change(uow.plans.add_plan(plan))
    uow.change(
        uow.plans.add_version(version),
        uow.plans.move_upload(upload.id, [UploadState.READY], UploadState.SUBMITTED),
        uow.people.stop_asking(upload.address),
    )
    uow.record("plan.submitted", slot.code, version=version.number, sha256=copy.sha256, late=late)
    _tell_everyone(upload, slot, plan, version, uow)


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
            close_cards(step, uow, Message("card.superseded", {"week": plan.week, "code": plan.code}))


def _tell_everyone(upload: Upload, slot: Slot, plan: Plan, version: Version, uow: UnitOfWork) -> None:
    facts = {
        **cards.week_facts(slot.week),
        "code": slot.code,
        "version": version.number,
        "at": version.submitted_at.isoformat(),
        "late": version.minutes_late,
        "chain": cards.chain_facts(slot.chain),
    }
    uow.close_card(upload.card_key, Message("card.submitted", facts))
    withdraw = Button("withdraw.button.withdraw", WithdrawPressed(version.id))
    uow.reply(Message("submit.done", facts, ((withdraw,),)))
    chain = [
        ApprovalStep(version.id, place.number, place.role, place.signer.id, StepState.WAITING)
        for place in slot.chain
    ]
    chain[0] = replace(chain[0], state=StepState.PENDING)
    case = Case(plan, version, chain[0], chain, uow.actor, slot.week, duty_today(uow))
    chain[0] = replace(chain[0], card_key=deal(case, uow))
    uow.change(*map(uow.plans.add_step, chain))
