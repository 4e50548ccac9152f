"""Short guidance (R45), and an answer to stray words."""

from __future__ import annotations

from hoso_bot.casework import helpdesk
from hoso_bot.casework.case import queue
from hoso_bot.domain.events import CommandSent, SupportAsked, TextSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.pin import is_secret
from hoso_bot.domain.submission import UploadState
from hoso_bot.domain.support_events import StrayForwarded
from hoso_bot.domain.tour_events import LEADERS, TourShown
from hoso_bot.unit_of_work import UnitOfWork


def show_guide(event: CommandSent, uow: UnitOfWork) -> None:
    """`/huongdan`, and any command this version does not know."""
    known = event.name == "huongdan"
    facts = {"leader": uow.actor.role in LEADERS, "known": known}
    cards = Button("button.tour_begin", TourShown(1))
    uow.reply(Message("guide", facts, ((cards, *_help_button()[0]),)))


def stray_text(event: TextSent, uow: UnitOfWork) -> None:
    """Words where a file or a button was expected: say what is open and what to do next."""
    if is_secret(event.text):
        uow.reply(Message("pin.expired"))
        return
    ready = uow.plans.uploads_in(uow.actor.id, UploadState.READY)
    facts = {
        "unconfirmed": [upload.name for upload in ready],
        "waiting": len(queue(uow.actor, uow)),
    }
    ticket = helpdesk.current(uow.actor, uow)
    if ticket is None:
        uow.reply(Message("stray", facts, _help_button()))
        return
    to_support = Button("button.to_support", StrayForwarded(event.text))
    uow.reply(Message("support.stray", {**facts, "number": ticket.number}, ((to_support,),)))


def _help_button() -> tuple[tuple[Button, ...], ...]:
    return ((Button("button.support", SupportAsked()),),)
