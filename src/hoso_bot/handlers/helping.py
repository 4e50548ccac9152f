"""Who is asked for help: opening a ticket, answering, closing, and what nobody answered (R48)."""

from __future__ import annotations

from hoso_bot.casework import helpdesk
from hoso_bot.casework.helpdesk import Said
from hoso_bot.domain.messages import Message
from hoso_bot.domain.roster import Person
from hoso_bot.domain.support import Line, Ticket, inert, quoted
from hoso_bot.domain.support_events import (
    AnswerAsked,
    SupportAnswer,
    TicketAsked,
    TicketClosed,
    TicketUnanswered,
)
from hoso_bot.store.db import moment
from hoso_bot.unit_of_work import UnitOfWork

MOST_SHOWN = 6
LINE_SHOWN = 500


def open_ticket(event: TicketAsked, uow: UnitOfWork) -> None:
    """One ticket of the list: its last messages, with `Trả lời` and `Đã xong`."""
    if ticket := helpdesk.answerable(event.ticket_id, uow):
        message = Message("support.ticket", _told(ticket, uow), helpdesk.answer_keys(ticket))
        helpdesk.about(uow.reply(message), ticket, uow)


def ask_answer(event: AnswerAsked, uow: UnitOfWork) -> None:
    """`Trả lời`: the next message of this chat is the answer."""
    if (ticket := helpdesk.answerable(event.ticket_id, uow)) and uow.origin:
        uow.ask(SupportAnswer(ticket.id))
        facts = {"number": ticket.number, "name": uow.people.get(ticket.asker_id).name}
        helpdesk.about(uow.reply(Message("support.write_answer", facts)), ticket, uow)


def answer(event: SupportAnswer, uow: UnitOfWork) -> None:
    """The answer, by a reply in chat or after `Trả lời`."""
    if ticket := helpdesk.answerable(event.ticket_id, uow):
        helpdesk.answer(ticket, Said(event.typed), uow)


def close(event: TicketClosed, uow: UnitOfWork) -> None:
    """`Đã xong`, by who asked or a helper; the other side hears it."""
    ticket = uow.tickets.get(event.ticket_id)
    asker = uow.people.get(ticket.asker_id)
    asked_it = asker.id == uow.actor.id
    if not asked_it and not helpdesk.may_answer(uow.actor, ticket, uow):
        uow.reply(Message("support.not_yours"))
        return
    facts = {"number": ticket.number, "name": asker.name, "by": uow.actor.name}
    if ticket.is_open:
        now, by = uow.now(), uow.actor.id
        uow.change(uow.tickets.changed(ticket, closed_at=now, closed_by=by, waiting_since=None))
        uow.record("ticket.closed", str(ticket.number))
        for person in helpdesk.helpers(ticket, uow) if asked_it else [asker]:
            uow.say(person, Message("support.closed_by", {**facts, "asked_it": asked_it}))
    helpdesk.leave(uow)
    uow.reply(Message("support.closed", {**facts, "asked_it": asked_it}))


def unanswered(event: TicketUnanswered, uow: UnitOfWork) -> None:
    """A day without an answer: the principal gets the question, once; who asked hears it (R48)."""
    ticket = uow.tickets.get(event.ticket_id)
    still = ticket.waiting_since is not None and moment(ticket.waiting_since) == event.since
    if not (ticket.is_open and still) or ticket.escalated_at:
        return
    uow.change(uow.tickets.changed(ticket, escalated_at=uow.now()))
    uow.record("ticket.escalated", str(ticket.number))
    asker, head = uow.people.get(ticket.asker_id), helpdesk.principal(uow)
    facts = {**helpdesk.contact_facts(uow), "number": ticket.number}
    if head is None or head.id == asker.id or helpdesk.is_helper(head, uow):
        uow.say_back(asker, Message("support.still_open", facts))
        return
    message = Message("support.escalated", _told(ticket, uow), helpdesk.answer_keys(ticket))
    helpdesk.about(uow.say(head, message), ticket, uow)
    uow.say_back(asker, Message("support.escalated_asker", {**facts, "principal": head.name}))


def _told(ticket: Ticket, uow: UnitOfWork) -> dict[str, object]:
    """A ticket as a helper reads it: who, since when, the last messages."""
    asker = uow.people.get(ticket.asker_id)
    lines = uow.tickets.lines(ticket.id, MOST_SHOWN)
    return {
        "number": ticket.number,
        "name": asker.name,
        "role": asker.role.value,
        "group": asker.group,
        "opened": ticket.opened_at.isoformat(),
        "open": ticket.is_open,
        "lines": [_shown(line, uow.people.get(line.author_id)) for line in lines],
    }


def _shown(line: Line, author: Person) -> dict[str, str]:
    words = line.text if len(line.text) <= LINE_SHOWN else line.text[: LINE_SHOWN - 1] + "…"
    return {
        "name": author.name,
        "at": line.at.isoformat(),
        "text": "\n".join(quoted(words)),
        "file": inert(line.file_name),
    }
