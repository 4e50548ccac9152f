"""Having one's data put right: asked in words, answered by the office within two working days."""

from __future__ import annotations

from hoso_bot.casework import data_desk, helpdesk
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.privacy import answer_by, next_reminder
from hoso_bot.domain.privacy_events import (
    CorrectionAsked,
    CorrectionTyped,
    RequestDeclined,
    RequestDeclining,
    RequestDropped,
    RequestMet,
    RequestOpened,
    RequestOverdue,
    RequestsAsked,
)
from hoso_bot.domain.reasons import clean, reason_problem
from hoso_bot.domain.support import Line, Ticket, TicketKind, quoted
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork

MOST_OPEN = 3
"""So many requests of one person may wait at a time."""
NEVER_MIND = (Button("button.support_leave", RequestDropped()),)


# --- asking ------------------------------------------------------------------------------------------


def ask_what(event: CorrectionAsked, uow: UnitOfWork) -> None:
    """`Xin sửa`: what is wrong?"""
    mine = [t for t in uow.tickets.open(TicketKind.DATA) if t.asker_id == uow.actor.id]
    if len(mine) >= MOST_OPEN:
        uow.reply(Message("privacy.enough_requests", {"numbers": [t.number for t in mine]}))
        return
    _ask_words("privacy.what_to_correct", uow)


def _ask_words(text: str, uow: UnitOfWork) -> None:
    uow.ask(CorrectionTyped())
    uow.reply(Message(text, {}, (NEVER_MIND,)))


def drop(event: RequestDropped, uow: UnitOfWork) -> None:
    """`Thôi`."""
    uow.stop_asking()
    uow.reply(Message("privacy.kept"))


def request(event: CorrectionTyped, uow: UnitOfWork) -> None:
    """The words become a numbered request; the office has it, and the clock runs."""
    words, now = clean(event.typed), uow.now()
    if not any(c.isalpha() for c in words):
        _ask_words("privacy.what_to_correct", uow)
        return
    ticket = Ticket(new_id(), uow.tickets.next_number(), uow.actor.id, now, now, kind=TicketKind.DATA)
    uow.stop_asking()
    uow.change(
        uow.tickets.add(ticket),
        uow.tickets.add_line(ticket, Line(uow.actor.id, now, words)),
    )
    uow.record("data.correction_asked", str(ticket.number))
    until = answer_by(now)
    uow.emit(RequestOverdue(ticket.id), f"data:{ticket.id}", until)
    uow.reply(Message("privacy.requested", {"number": ticket.number, "until": until.isoformat()}))
    if clerk := data_desk.clerk(uow.actor, uow):
        told = data_desk.card(ticket, uow)
        uow.say(clerk, Message(told.text, {**told.facts, "text": "\n".join(quoted(words))}, told.buttons))


# --- answering ---------------------------------------------------------------------------------------


def show_open(event: RequestsAsked, uow: UnitOfWork) -> None:
    """`Yêu cầu đang chờ`."""
    if data_desk.may_answer(uow.actor, uow):
        data_desk.show_open(uow)
    else:
        uow.reply(Message("privacy.not_yours"))


def open_one(event: RequestOpened, uow: UnitOfWork) -> None:
    """One request of the list, with both answers."""
    if ticket := _to_answer(event.ticket_id, uow):
        uow.reply(data_desk.card(ticket, uow))


def meet(event: RequestMet, uow: UnitOfWork) -> None:
    """`Đã sửa`: who asked hears it."""
    if ticket := _to_answer(event.ticket_id, uow):
        _close(ticket, "met", "", uow)


def ask_why(event: RequestDeclining, uow: UnitOfWork) -> None:
    """`Không sửa, vì …`: a refusal has a reason, in words."""
    if ticket := _to_answer(event.ticket_id, uow):
        _ask_reason(ticket, uow)


def _ask_reason(ticket: Ticket, uow: UnitOfWork) -> None:
    uow.ask(RequestDeclined(ticket.id))
    uow.reply(Message("privacy.why_not", data_desk.facts(ticket, uow), (NEVER_MIND,)))


def decline(event: RequestDeclined, uow: UnitOfWork) -> None:
    """The reason goes to who asked, word for word."""
    ticket = _to_answer(event.ticket_id, uow)
    if ticket is None:
        return
    if reason_problem(event.typed):
        _ask_reason(ticket, uow)
        return
    uow.stop_asking()
    _close(ticket, "declined", clean(event.typed), uow)


def _to_answer(ticket_id: str, uow: UnitOfWork) -> Ticket | None:
    """The request when the actor may answer it and nobody has; else a word about it."""
    ticket = uow.tickets.get(ticket_id)
    if not data_desk.may_answer(uow.actor, uow, data_desk.asker_of(ticket, uow)):
        uow.reply(Message("privacy.not_yours"))
    elif not ticket.is_open:
        uow.reply(Message("privacy.answered_already", {"number": ticket.number}))
    else:
        return ticket
    return None


def _close(ticket: Ticket, outcome: str, reason: str, uow: UnitOfWork) -> None:
    now, asker = uow.now(), data_desk.asker_of(ticket, uow)
    closed = {"closed_at": now, "closed_by": uow.actor.id, "outcome": outcome}
    uow.change(uow.tickets.changed(ticket, waiting_since=None, **closed))
    if reason:
        uow.change(uow.tickets.add_line(ticket, Line(uow.actor.id, now, reason)))
    uow.record("data.correction_answered", str(ticket.number), outcome=outcome)
    facts = {"number": ticket.number, "outcome": outcome, "text": "\n".join(quoted(reason))}
    uow.say_back(asker, Message("privacy.answer", {**facts, "author": uow.actor.name}))
    facts |= {"name": asker.name, "phone": asker.phone, "here": asker.id in uow.people.reachable()}
    uow.reply(Message("privacy.answered", facts))


# --- by the clock ------------------------------------------------------------------------------------


def overdue(event: RequestOverdue, uow: UnitOfWork) -> None:
    """Nobody answered in time: office and principal hear it, every working morning until somebody does."""
    ticket = uow.tickets.get(event.ticket_id)
    if not ticket.is_open:
        return
    asker = data_desk.asker_of(ticket, uow)
    told = {p.id: p for p in (data_desk.clerk(asker, uow), helpdesk.principal(uow)) if p and p.id != asker.id}
    for person in told.values():
        uow.say(person, data_desk.card(ticket, uow, "privacy.request_overdue"))
    if ticket.escalated_at is None:
        uow.change(uow.tickets.changed(ticket, escalated_at=uow.now()))
        uow.record("data.correction_overdue", str(ticket.number))
    again = next_reminder(uow.now())
    uow.emit(event, f"data:{ticket.id}:{again.date().isoformat()}", again)
