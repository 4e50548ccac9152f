"""The teacher answers the card: register, week, class or subject, or `Hủy` (R17, R19)."""

from __future__ import annotations

from dataclasses import replace

from hoso_bot.casework.draft import ask_part, ask_week, mine_and_ready, offer_again, parts_in, week_of
from hoso_bot.domain.calendar import find
from hoso_bot.domain.events import UploadCancelled, WeekChangePressed, WeekChosen
from hoso_bot.domain.messages import Message
from hoso_bot.domain.submission import UploadState
from hoso_bot.domain.units import Piece, same_part
from hoso_bot.domain.year_events import PartChangePressed, PartChosen, RegisterChosen
from hoso_bot.unit_of_work import UnitOfWork


def choose_register(event: RegisterChosen, uow: UnitOfWork) -> None:
    """Which register the file is for; then its card, or the next question."""
    upload = mine_and_ready(event.upload_id, uow)
    if upload:
        offer_again(replace(upload, register=event.register), week_of(upload, uow), uow)


def change_week(event: WeekChangePressed, uow: UnitOfWork) -> None:
    """`Sửa tuần`: ask which week it is."""
    upload = mine_and_ready(event.upload_id, uow)
    if upload:
        uow.reply(ask_week(upload, uow, "submit.choose_week"))


def choose_week(event: WeekChosen, uow: UnitOfWork) -> None:
    """A week by button or typed number: a new card; the teacher's tap is final."""
    upload = mine_and_ready(event.upload_id, uow)
    if upload is None:
        return
    number = event.week if event.week is not None else _typed_number(event.typed)
    week = find(uow.weeks(), number) if number is not None else None
    if week is None:
        weeks = uow.weeks()
        facts = {"lowest": weeks[0].number, "highest": weeks[-1].number} if weeks else {}
        uow.reply(ask_week(upload, uow, "submit.no_such_week", **facts))
        return
    uow.stop_asking(upload.address)
    offer_again(upload, week, uow, new_week=True)


def _typed_number(text: str) -> int | None:
    digits = "".join(ch if ch.isdigit() else " " for ch in text).split()
    return int(digits[0]) if len(digits) == 1 and len(digits[0]) <= 2 else None


def change_part(event: PartChangePressed, uow: UnitOfWork) -> None:
    """`Sửa lớp`, `Sửa môn`: ask which one it is."""
    upload = mine_and_ready(event.upload_id, uow)
    week = week_of(upload, uow) if upload else None
    if upload and week:
        uow.reply(ask_part(upload, week, uow, "submit.which_part"))


def choose_part(event: PartChosen, uow: UnitOfWork) -> None:
    """A class or subject by button or in words: a new card; the teacher's tap is final."""
    upload = mine_and_ready(event.upload_id, uow)
    week = week_of(upload, uow) if upload else None
    if upload is None or week is None:
        return
    parts = parts_in(upload, week, uow)
    typed = [piece for piece in parts.open_first if event.typed and same_part(piece.part, event.typed)]
    piece = next(iter(typed), None) or parts.known(Piece(event.part, event.instead_of))
    if piece is None:
        uow.reply(ask_part(upload, week, uow, "submit.no_such_part"))
        return
    uow.stop_asking(upload.address)
    offer_again(replace(upload, part=piece.part, instead_of=piece.instead_of), week, uow)


def cancel(event: UploadCancelled, uow: UnitOfWork) -> None:
    """`Hủy`: the file is put aside; nothing was handed in."""
    upload = mine_and_ready(event.upload_id, uow)
    if upload:
        uow.change(uow.plans.move_upload(upload.id, [UploadState.READY], UploadState.CANCELLED))
        uow.stop_asking(upload.address)
        uow.close_card(upload.card_key, Message("card.cancelled", {"name": upload.name}))
        uow.reply(Message("submit.cancelled", {"name": upload.name}))
