"""A file arrives and is looked at; one card comes of it, or what to mend (R16..R20)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from hoso_bot.casework import review_copies
from hoso_bot.casework.draft import OPEN, offer, refuse, replace_older, settled
from hoso_bot.casework.slot import Parts, Slot
from hoso_bot.casework.uploading import did_not_come, no_document
from hoso_bot.domain import cards
from hoso_bot.domain.calendar import Week, find
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.events import Address, FileSent, UploadStored
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.lookup_code import drawn
from hoso_bot.domain.messages import Message
from hoso_bot.domain.signing import ReviewCopyOrder
from hoso_bot.domain.submission import REOPENED, Plan, Upload, UploadState
from hoso_bot.domain.support_events import PlanFileKept
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

# --- it arrives --------------------------------------------------------------------------------------


def receive(event: FileSent, uow: UnitOfWork) -> None:
    """Any file or picture from a linked person; the bytes are in the file store already."""
    if event.kind != "document":
        uow.reply(no_document(event, uow))
    elif event.sha256 is None:
        uow.reply(did_not_come(event, uow))
    elif not _is_known(event.sha256, uow):
        _take_in(event, event.sha256, uow)


def receive_kept(event: PlanFileKept, uow: UnitOfWork) -> None:
    """A PDF of a support conversation that is a plan after all; it arrived when it was sent."""
    origin = Address(event.channel, event.chat_id)
    if (person := uow.people.at(origin)) is None or person.id != event.person_id:
        return
    uow.act_for(person, origin)
    sent_at = datetime.fromisoformat(event.sent_at)
    receive(
        FileSent(origin, sent_at, event.message_ref, "", event.name, size=event.size, sha256=event.sha256),
        uow,
    )


def _is_known(sha256: str, uow: UnitOfWork) -> bool:
    """Says what it is when these very bytes are on their way already."""
    found = uow.plans.by_file(sha256)
    if found is None:
        return False
    plan, version = found
    current = version.number == plan.version
    if plan.person_id != uow.actor.id or not current or plan.state in REOPENED or _owes_more(plan, uow):
        return False
    at = version.submitted_at.isoformat()
    uow.reply(Message("file.duplicate", {**plan_facts(uow, plan), "at": at}))
    return True


def _owes_more(plan: Plan, uow: UnitOfWork) -> bool:
    """Whether another class or subject of that week is open: one file may be meant for several."""
    week = find(uow.school.weeks(plan.year), plan.week)
    if week is None:
        return False
    parts = Parts.find(uow.actor, plan.register, week, uow)
    return not all(map(parts.is_done, parts.open_first))


def _take_in(event: FileSent, sha256: str, uow: UnitOfWork) -> None:
    upload = Upload(
        id=new_id(),
        person_id=uow.actor.id,
        sha256=sha256,
        name=event.name,
        size=event.size or uow.files.size(sha256),
        sent_at=event.sent_at,
        state=UploadState.CHECKING,
        address=event.origin,
        lookup_code=drawn(),
        inbox_row=uow.inbox_row,
    )
    uow.change(uow.plans.add_upload(upload))
    uow.record("upload.received", upload.id, sha256=sha256, size=upload.size)
    mb = max(0.1, round(upload.size / 2**20, 1))
    uow.reply(Message("file.received", {"name": upload.name, "mb": mb}))
    uow.emit(UploadStored(upload.id), _chat_lane(event.origin))


def _chat_lane(address: Address) -> str:
    return f"{address.channel}:{address.chat_id}"


# --- it is looked at ---------------------------------------------------------------------------------


def inspect(event: UploadStored, uow: UnitOfWork) -> None:
    """Look at the file in the sandbox, read what it is for, send the one card (or say what to mend)."""
    upload = uow.plans.upload(event.upload_id)
    if upload.state != UploadState.CHECKING:
        return
    try:
        looked = _looked_at(upload, uow)
    except (FileRefused, SandboxFailed) as refusal:
        refuse(upload, uow, Message(refusal.text_key, {"name": upload.name, **refusal.facts}))
        return
    inspection = looked.inspection
    assert inspection is not None
    blocks = [f for f in inspection.findings if f.severity == "block"]
    if blocks:
        facts = {"name": upload.name, "findings": cards.finding_facts(blocks)}
        refuse(upload, uow, Message("upload.blocked", facts), inspection)
        return
    _ready(looked, inspection, uow)


def _looked_at(upload: Upload, uow: UnitOfWork) -> Upload:
    """The upload with what the sandbox found, the picture of page 1, and the review copy as far as it can be
    foreseen: whoever presses `Trình ký` then waits for nothing. While others wait for their card, it does."""
    picture = uow.files.new_temporary()
    ordered: list[ReviewCopyOrder] = []

    def order_for(inspection: Inspection) -> ReviewCopyOrder | None:
        if uow.inspector.is_awaited():
            return None
        ordered.extend(_foreseen(replace(upload, inspection=inspection), inspection, uow))
        return ordered[0] if ordered else None

    try:
        source = uow.files.path(upload.sha256)
        inspection, made = uow.inspector.take_in(source, upload.name, picture, order_for)
        drawn = uow.files.adopt(picture) if not inspection.blocked and picture.exists() else None
        kept = review_copies.kept(ordered[0], made, uow) if made else None
        return replace(upload, inspection=inspection, picture=drawn, review_copy=kept)
    finally:
        picture.unlink(missing_ok=True)
        for order in ordered:
            order.target.unlink(missing_ok=True)


def _foreseen(upload: Upload, inspection: Inspection, uow: UnitOfWork) -> Iterator[ReviewCopyOrder]:
    """The order that will come when week, part, register and chain stay as they look now."""
    week, _ = _week_read(inspection, uow)
    upload = settled(upload, week, uow)
    if week is None or upload.register is None or upload.part is None:
        return
    slot = Slot.find(upload, week, uow)
    if not slot.problem:
        yield slot.review_copy_order(upload, uow)


def _ready(upload: Upload, inspection: Inspection, uow: UnitOfWork) -> None:
    """Remember what was read; a newer file for the same slot takes an unconfirmed one's place."""
    week, source = _week_read(inspection, uow)
    upload = settled(upload, week, uow)
    replace_older(upload, week, uow)
    key = offer(upload, week, uow)
    uow.change(
        uow.plans.move_upload(
            upload.id,
            OPEN,
            UploadState.READY,
            inspection=inspection.to_json(),
            picture=upload.picture,
            review_copy=dataclasses.asdict(upload.review_copy) if upload.review_copy else None,
            year=week.year if week else None,
            week=week.number if week else None,
            week_from=source,
            card_key=key,
            register=upload.register,
            part=upload.part,
            instead_of=upload.instead_of,
        )
    )


def _week_read(inspection: Inspection, uow: UnitOfWork) -> tuple[Week | None, str]:
    weeks, facts = uow.weeks(), inspection.facts
    if len(facts.weeks) == 1 and (week := find(weeks, facts.weeks[0])):
        return week, facts.week_from
    if week := cards.week_of_dates(weeks, facts.dates):
        return week, "dates"
    return None, ""
