"""A received file before `Trình ký`: the register, week and part it is for, and the one card that asks.

What several handlers need of a draft lives here, because handlers do not import one another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hoso_bot.casework.slot import Parts, Slot
from hoso_bot.domain import cards
from hoso_bot.domain.calendar import Week, choices, find
from hoso_bot.domain.events import WeekChosen
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.registers import Register, all_registers
from hoso_bot.domain.submission import REGISTER, Upload, UploadState
from hoso_bot.domain.units import Piece, names_others, part_read
from hoso_bot.domain.year_events import PartChosen, RegisterChosen
from hoso_bot.unit_of_work import UnitOfWork, picture_of, piece_facts

OPEN = (UploadState.CHECKING, UploadState.READY)


def mine_and_ready(upload_id: str, uow: UnitOfWork) -> Upload | None:
    """The person's own waiting upload; else says what became of it."""
    upload = uow.plans.upload(upload_id)
    if upload.person_id == uow.actor.id and upload.state == UploadState.READY:
        return upload
    uow.reply(Message("submit.card_is_old", {"state": upload.state.value, "week": upload.week}))
    return None


def refuse(upload: Upload, uow: UnitOfWork, why: Message, inspection: Inspection | None = None) -> None:
    """The file cannot be handed in; its sender hears why."""
    found = inspection.to_json() if inspection else None
    uow.change(uow.plans.move_upload(upload.id, OPEN, UploadState.REFUSED, inspection=found))
    uow.record("upload.refused", upload.id, text=why.text)
    uow.say_back(uow.people.get(upload.person_id), why)


# --- what it is for ----------------------------------------------------------------------------------


def open_registers(uow: UnitOfWork) -> list[Register]:
    """The registers something may be handed in for, lesson plans first."""
    registers = all_registers(uow.rulebook.registers(), uow.words("registers.khbd"))
    return [register for register in registers if register.open]


def register_of(upload: Upload, uow: UnitOfWork) -> str | None:
    """The code this file goes to: what was chosen, or the only open one; None has to be asked (R7, R17)."""
    codes = [register.code for register in open_registers(uow)]
    if upload.register in codes:
        return upload.register
    return codes[0] if len(codes) == 1 else None


def week_of(upload: Upload, uow: UnitOfWork) -> Week | None:
    """The week that was read or chosen; None has to be asked."""
    if upload.year is None or upload.week is None:
        return None
    return find(uow.school.weeks(upload.year), upload.week)


def settled(upload: Upload, week: Week | None, uow: UnitOfWork) -> Upload:
    """The draft with register and part as far as they were chosen or are sure from the file."""
    upload = replace(upload, register=register_of(upload, uow))
    piece = piece_of(upload, week, uow)
    if piece is None:
        return replace(upload, part=None, instead_of="")
    return replace(upload, part=piece.part, instead_of=piece.instead_of)


def piece_of(upload: Upload, week: Week | None, uow: UnitOfWork) -> Piece | None:
    """What this file is for: what was chosen or is sure from the file; None has to be asked (Q5, R19).

    A file that names none of the sender's own classes is asked about while a colleague may be substituted.
    """
    if week is None or upload.register is None:
        return None
    parts = parts_in(upload, week, uow)
    chosen = parts.known(Piece(upload.part, upload.instead_of)) if upload.part is not None else None
    if chosen or upload.inspection is None:
        return chosen
    facts = upload.inspection.facts
    if parts.covers and names_others(parts.names, facts):
        return None
    read = part_read(parts.names, facts, upload.name)
    return None if read is None else Piece(read)


def parts_in(upload: Upload, week: Week, uow: UnitOfWork) -> Parts:
    """What the sender owes in this week, in the register of the file."""
    return Parts.find(uow.people.get(upload.person_id), upload.register or REGISTER, week, uow)


def replace_older(upload: Upload, week: Week | None, uow: UnitOfWork) -> None:
    """A newer file for the same week and part takes an unconfirmed one's place."""
    if week is None or upload.register is None or upload.part is None:
        return
    for older in uow.plans.uploads_in(upload.person_id, UploadState.READY):
        same_week = (older.year, older.week) == (week.year, week.number)
        if same_week and older.id != upload.id and _for_the_same(older, upload):
            uow.change(uow.plans.move_upload(older.id, [UploadState.READY], UploadState.REPLACED))
            uow.close_card(older.card_key)


def _for_the_same(older: Upload, upload: Upload) -> bool:
    """An older file of no known part may be for another one, unless there is only one."""
    if older.register not in (None, upload.register):
        return False
    mine = Piece(upload.part or "", upload.instead_of)
    return mine == Piece() if older.part is None else mine.same(Piece(older.part, older.instead_of))


# --- the card or the question ------------------------------------------------------------------------


def offer(upload: Upload, week: Week | None, uow: UnitOfWork) -> str | None:
    """The confirmation card, or the question that leads to it; returns its key.

    Page 1 is shown with the first message about these bytes, not again with each new card.
    """
    message = _card_or_question(upload, week, uow)
    if not uow.plans.was_shown(upload.person_id, upload.sha256):
        message = replace(message, picture=picture_of(uow, upload))
    return uow.say_back(uow.people.get(upload.person_id), message)


def _card_or_question(upload: Upload, week: Week | None, uow: UnitOfWork) -> Message:
    if upload.register is None:
        rows = tuple((_register_button(upload, register),) for register in open_registers(uow))
        return Message("registers.which", {"name": upload.name}, rows)
    if week is None:
        return ask_week(upload, uow, "submit.which_week")
    if upload.part is None:
        return ask_part(upload, week, uow, "submit.which_part")
    slot = Slot.find(upload, week, uow)
    if slot.problem:
        return ask_week(upload, uow, slot.problem, **slot.facts)
    return _confirmation(upload, slot, uow)


def offer_again(upload: Upload, week: Week | None, uow: UnitOfWork, new_week: bool = False) -> None:
    """A new card after something about the draft was chosen or changed; the old card is spent."""
    upload = settled(upload, week, uow)
    replace_older(upload, week, uow)
    uow.close_card(upload.card_key)
    values: dict[str, Any] = {
        "register": upload.register,
        "part": upload.part,
        "instead_of": upload.instead_of,
    }
    if week and new_week:
        values |= {"year": week.year, "week": week.number, "week_from": "teacher"}
    values["card_key"] = offer(upload, week, uow)
    uow.change(uow.plans.move_upload(upload.id, [UploadState.READY], UploadState.READY, **values))


def _confirmation(upload: Upload, slot: Slot, uow: UnitOfWork) -> Message:
    note, several = _date_note(upload, slot.week, uow), len(open_registers(uow)) > 1
    register = next((r.name for r in open_registers(uow) if several and r.code == upload.register), "")
    unit = slot.parts.unit.value if len(slot.parts.open_first) > 1 else ""
    more = {**slot.facts, "register": register, "unit": unit}
    return cards.confirmation(upload, slot.week, slot.chain, slot.plan, note, more)


def _register_button(upload: Upload, register: Register) -> Button:
    facts = {"code": register.code, "name": register.name}
    return Button("registers.button", RegisterChosen(upload.id, register.code), facts)


def _date_note(upload: Upload, week: Week, uow: UnitOfWork) -> str | None:
    """A word about teaching dates that belong to another week (domain sheet, M10)."""
    assert upload.inspection is not None
    by_dates = cards.week_of_dates(uow.weeks(), upload.inspection.facts.dates)
    return f"{by_dates.number}" if by_dates and by_dates.number != week.number else None


def ask_week(upload: Upload, uow: UnitOfWork, text: str, **facts: Any) -> Message:
    """The question for the week; the next typed words answer it too."""
    uow.ask(WeekChosen(upload.id), upload.address)
    today = uow.today()
    facts = {"book": uow.book(upload.register or REGISTER), **facts}
    return cards.week_question(upload, choices(uow.weeks(), today), text, **facts)


def ask_part(upload: Upload, week: Week, uow: UnitOfWork, text: str) -> Message:
    """The question for the class or subject: those still open first (R19)."""
    uow.ask(PartChosen(upload.id), upload.address)
    parts, register = parts_in(upload, week, uow), upload.register or REGISTER
    choices = [
        (piece, {**piece_facts(uow, register, piece), "done": parts.is_done(piece)})
        for piece in parts.open_first
    ]
    return cards.part_question(upload, week, choices, parts.unit, text)
