"""Who asks for help (R46, R47): the contact, what is written to it, and a PDF that may be a plan."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from hoso_bot.casework import helpdesk
from hoso_bot.casework.helpdesk import Said
from hoso_bot.casework.room import is_refused, refusal
from hoso_bot.domain.events import Address, CommandSent, Event, FileSent, TextSent
from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.support import Ticket, first_words, inert, is_pdf, passed_on_name
from hoso_bot.domain.support_events import (
    FileMeantAsPlan,
    FileMeantForSupport,
    FileUndecided,
    PlanFileKept,
    StrayForwarded,
    SupportAnswer,
    SupportFileSent,
    SupportLeft,
    SupportLine,
    TicketAsked,
)
from hoso_bot.store.db import new_id
from hoso_bot.store.tickets import Undecided
from hoso_bot.unit_of_work import UnitOfWork, attachment

DECIDE_WITHIN = timedelta(minutes=10)
MOST_LISTED = 8


# --- /hotro ------------------------------------------------------------------------------------------


def show(event: Event, uow: UnitOfWork) -> None:
    """`/hotro` or `Hỗ trợ`: whom to call, and the chat takes questions; the contact sees what is open."""
    if waiting := helpdesk.to_help(uow.actor, uow):
        _list(waiting, uow)
    if helpdesk.is_helper(uow.actor, uow):
        if not waiting:
            uow.reply(Message("support.none_open"))
        return
    if isinstance(event, CommandSent) and event.argument:
        helpdesk.take(Said(event.argument), uow)
        return
    ticket = helpdesk.current(uow.actor, uow)
    number = ticket.number if ticket and ticket.is_open else 0
    leave = Button("button.support_leave", SupportLeft())
    uow.reply(Message("support.card", {**helpdesk.contact_facts(uow), "ticket": number}, ((leave,),)))
    if uow.origin:
        helpdesk.open_in(uow.origin, uow)


def _list(waiting: list[Ticket], uow: UnitOfWork) -> None:
    facts = {
        "tickets": [_listed(t, uow) for t in waiting[:MOST_LISTED]],
        "more": max(0, len(waiting) - MOST_LISTED),
    }
    keys = [
        Button(
            "button.ticket", TicketAsked(t.id), {"number": t.number, "name": uow.people.get(t.asker_id).name}
        )
        for t in waiting[:MOST_LISTED]
    ]
    uow.reply(Message("support.list", facts, tuple((key,) for key in keys)))


def _listed(ticket: Ticket, uow: UnitOfWork) -> dict[str, object]:
    asker = uow.people.get(ticket.asker_id)
    said = [line for line in uow.tickets.lines(ticket.id, 20) if line.author_id == asker.id]
    return {
        "number": ticket.number,
        "name": asker.name,
        "group": asker.group,
        "waiting": ticket.waiting_since.isoformat() if ticket.waiting_since else "",
        "words": first_words(said[-1].text or said[-1].file_name) if said else "",
    }


def leave(event: SupportLeft, uow: UnitOfWork) -> None:
    """`Thôi`: the next words are no question; an open ticket stays open."""
    helpdesk.leave(uow)
    uow.reply(Message("support.left"))


# --- words and files ---------------------------------------------------------------------------------


def ask(event: SupportLine, uow: UnitOfWork) -> None:
    """A line of the question."""
    helpdesk.take(Said(event.typed), uow)


def forward_stray(event: StrayForwarded, uow: UnitOfWork) -> None:
    """`Gửi cho hỗ trợ` under words that were no answer."""
    helpdesk.take(Said(event.text), uow)


def meant(event: Event, uow: UnitOfWork) -> Event:
    """Words or a file as part of a conversation: they reply to one of its messages, or it is open here."""
    if not isinstance(event, TextSent | FileSent):
        return event
    ticket = uow.tickets.at_message(event.origin, event.reply_to) if event.reply_to else None
    if ticket and ticket.asker_id != uow.actor.id and not helpdesk.may_answer(uow.actor, ticket, uow):
        ticket = None
    answers = ticket is not None and ticket.asker_id != uow.actor.id
    if isinstance(event, TextSent):
        if ticket is None:
            return event
        return SupportAnswer(ticket.id, event.text) if answers else SupportLine(event.text)
    question = uow.prompts.question(event.origin, uow.now())
    if ticket is None and not isinstance(question, SupportLine | SupportAnswer):
        return event
    asked = question.ticket_id if isinstance(question, SupportAnswer) else ""
    fields = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    return SupportFileSent(**fields, ticket_id=ticket.id if ticket and answers else "" if ticket else asked)


def take_file(event: SupportFileSent, uow: UnitOfWork) -> None:
    """A picture or file is passed on; a PDF of who asks may be a plan, so that is asked first."""
    name = passed_on_name(event.name, event.kind)
    if event.sha256 is None or name is None:
        _refuse(event, uow)
    elif event.ticket_id:
        if ticket := helpdesk.answerable(event.ticket_id, uow):
            helpdesk.answer(ticket, Said(event.caption, attachment(uow, event.sha256, name)), uow)
    elif _may_be_plan(event, event.sha256, uow):
        _ask_meaning(event, event.sha256, name, uow)
    else:
        helpdesk.take(Said(event.caption, attachment(uow, event.sha256, name)), uow)


def _refuse(event: SupportFileSent, uow: UnitOfWork) -> None:
    if is_refused(event):
        uow.reply(refusal(event, uow))
        return
    facts = {
        **helpdesk.contact_facts(uow),
        "name": inert(event.name),
        "mb": round((event.size or 0) / 2**20, 1),
    }
    if event.fetch_error == "file.too_big":
        key = "support.file_too_big"
    elif event.sha256 is None and event.fetch_error:
        key = "support.file_lost"
    else:
        key = "support.file_kind"
    uow.reply(Message(key, facts))


def _may_be_plan(event: FileSent, sha256: str, uow: UnitOfWork) -> bool:
    """A PDF, but none of ours: a signed file that comes back is never handed in."""
    with uow.files.path(sha256).open("rb") as opened:
        pdf = is_pdf(event.name, opened.read(1024))
    recorded = uow.archive.by_hash(sha256) if pdf else None
    return pdf and (recorded is None or recorded.version.original_sha256 == sha256)


def _ask_meaning(event: FileSent, sha256: str, name: str, uow: UnitOfWork) -> None:
    file = Undecided(
        new_id(),
        uow.actor.id,
        event.origin.channel,
        event.origin.chat_id,
        event.message_ref,
        event.sent_at.isoformat(),
        sha256,
        name,
        uow.files.size(sha256),
        event.caption,
    )
    uow.change(uow.tickets.ask_about(file, uow.now()))
    plan = Button("button.hand_in", FileMeantAsPlan(file.id))
    question = Button("button.to_support", FileMeantForSupport(file.id))
    uow.reply(Message("support.plan_or_question", {"name": inert(name)}, ((plan, question),)))
    uow.emit(FileUndecided(file.id), f"undecided:{file.id}", uow.now() + DECIDE_WITHIN)


# --- a PDF: a plan or a question? ----------------------------------------------------------------------


def is_question(event: FileMeantForSupport, uow: UnitOfWork) -> None:
    """`Gửi cho hỗ trợ`."""
    if file := _own(event.file_id, uow):
        found = Attachment(file.sha256, file.name, file.size)
        helpdesk.take(Said(file.caption, found), uow)
    else:
        uow.reply(Message("support.decided"))


def is_plan(event: FileMeantAsPlan, uow: UnitOfWork) -> None:
    """`Nộp KHBD`: it arrives as a plan, as of when it was sent; the conversation stays open."""
    if file := _own(event.file_id, uow):
        _hand_in(file, uow)
    else:
        uow.reply(Message("support.decided"))


def undecided(event: FileUndecided, uow: UnitOfWork) -> None:
    """Nobody answered: a plan too many is put away with one tap, a plan too few is a missed deadline."""
    if file := _settled(uow.tickets.undecided(event.file_id), uow):
        uow.say_at(
            Address(file.channel, file.chat_id), Message("support.taken_as_plan", {"name": inert(file.name)})
        )
        _hand_in(file, uow)


def _own(file_id: str, uow: UnitOfWork) -> Undecided | None:
    """The same, of who sent the file only."""
    file = uow.tickets.undecided(file_id)
    return _settled(file, uow) if file.person_id == uow.actor.id else None


def _settled(file: Undecided, uow: UnitOfWork) -> Undecided | None:
    """The file when nobody decided about it before; from here on it is decided."""
    if file.decided:
        return None
    uow.change(uow.tickets.decided(file.id, uow.now()))
    return file


def _hand_in(file: Undecided, uow: UnitOfWork) -> None:
    fields = ("person_id", "channel", "chat_id", "message_ref", "sent_at", "sha256", "name", "size")
    kept = PlanFileKept(**{field: getattr(file, field) for field in fields})
    uow.emit(kept, f"{file.channel}:{file.chat_id}")
