"""The support desk (R45..R48): who helps, how a ticket takes a message, how one is passed on.

What several handlers need of it lives here, because handlers do not import one another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hoso_bot.domain.events import Address, SupportAsked
from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.support import (
    MOST_IN_A_ROW,
    ROW,
    UNANSWERED_AFTER,
    Line,
    Ticket,
    inert,
    quoted,
)
from hoso_bot.domain.support_events import (
    AnswerAsked,
    SupportAnswer,
    SupportLine,
    TicketClosed,
    TicketUnanswered,
)
from hoso_bot.store.db import moment, new_id
from hoso_bot.unit_of_work import UnitOfWork

SHORT_ENOUGH = 600
"""Letters of quoted words that still go under a file; longer ones go before it."""
QUIET_ROW = timedelta(minutes=1)
"""Within it a further message of the same row is taken without a word."""
ABSENCE_NOTICE_EVERY = timedelta(hours=24)


@dataclass(frozen=True)
class Said:
    """What a person sent: words, a file, or both."""

    words: str = ""
    file: Attachment | None = None


# --- who helps ---------------------------------------------------------------------------------------


def helper(uow: UnitOfWork) -> Person | None:
    """Who answers in the bot (R47): the person of the setting, else who administers the records (R48)."""
    named = uow.people.leaders(uow.policy.support) if uow.policy.support else []
    return next((p for p in named if p.staff_id == uow.policy.support), None) or uow.office()


def is_helper(person: Person, uow: UnitOfWork) -> bool:
    """Whether this person is the support contact: they are asked, they do not ask."""
    found = helper(uow)
    return found is not None and found.id == person.id


def principal(uow: UnitOfWork) -> Person | None:
    """Whom an unanswered question is brought to."""
    return next((p for p in uow.people.leaders() if p.role is Role.PRINCIPAL), None) or uow.office()


def helpers(ticket: Ticket, uow: UnitOfWork) -> list[Person]:
    """Who may answer it: the contact, and the principal once it was brought there; never who asked."""
    asked = [helper(uow), principal(uow) if ticket.escalated_at else None]
    return list({p.id: p for p in asked if p and p.id != ticket.asker_id}.values())


def may_answer(person: Person, ticket: Ticket, uow: UnitOfWork) -> bool:
    """Whether this person is one of its helpers now."""
    return any(p.id == person.id for p in helpers(ticket, uow))


def answerable(ticket_id: str, uow: UnitOfWork) -> Ticket | None:
    """The ticket when the actor may answer it; else a word about it."""
    ticket = uow.tickets.get(ticket_id)
    if may_answer(uow.actor, ticket, uow):
        return ticket
    uow.reply(Message("support.not_yours"))
    return None


def to_help(person: Person, uow: UnitOfWork) -> list[Ticket]:
    """The open tickets this person may answer, oldest first."""
    tickets = [ticket for ticket in uow.tickets.open() if ticket.asker_id != person.id]
    if not tickets or is_helper(person, uow):
        return tickets
    head = principal(uow)
    return [ticket for ticket in tickets if ticket.escalated_at and head and head.id == person.id]


def contact_facts(uow: UnitOfWork) -> dict[str, Any]:
    """The contact as people are shown it: name, phone, Zalo; helper: who reads what is written here."""
    found = helper(uow)
    return {
        "name": uow.policy.support_name or (found.name if found else ""),
        "phone": uow.policy.support_phone or (found.phone if found else ""),
        "zalo": uow.policy.support_zalo,
        "helper": found.name if found else "",
    }


def is_away(person: Person, uow: UnitOfWork) -> bool:
    """Whether this person is marked absent today."""
    today = uow.today()
    return any(a.person_id == person.id and a.period.covers(today) for a in uow.duties.absences(today))


def can_read(person: Person, uow: UnitOfWork) -> bool:
    """Whether a message reaches them now: linked, not blocked, here today."""
    return person.id in uow.people.reachable() and not is_away(person, uow)


# --- a question comes --------------------------------------------------------------------------------


def current(asker: Person, uow: UnitOfWork) -> Ticket | None:
    """The ticket a new message of this person belongs to; None when it opens a new one."""
    newest = uow.tickets.newest_of(asker.id)
    return newest if newest and newest.takes_more(uow.now()) else None


def take(said: Said, uow: UnitOfWork) -> None:
    """What the actor asks goes into their ticket and to its helpers; the actor hears where it went."""
    if _is_too_much(uow):
        return
    now, before = uow.now(), current(uow.actor, uow)
    row = uow.tickets.written_since(uow.actor.id, now - QUIET_ROW)
    ticket = _waiting(before, now, uow)
    starts = before is None or before.waiting_since is None
    uow.change(uow.tickets.add_line(ticket, _line(said, uow)))
    if starts:
        _watch(ticket, uow)
    uow.record("ticket.asked", str(ticket.number), file=bool(said.file))
    reached = [p for p in helpers(ticket, uow) if _ask(p, ticket, said, uow)]
    stay_in(uow.origin, uow)
    if starts or said.file or not reached or not row:
        _acknowledge(ticket, said, reached, starts, uow)


def open_in(chat: Address, uow: UnitOfWork) -> None:
    """What is written next in this chat goes to the support contact, whatever it waited for before."""
    uow.ask(SupportLine(), chat)


def stay_in(chat: Address | None, uow: UnitOfWork) -> None:
    """The same, unless the chat waits for something else: a reason must not end up as a question."""
    if chat and isinstance(uow.prompts.question(chat, uow.now()), SupportLine | SupportAnswer | None):
        open_in(chat, uow)


def _is_too_much(uow: UnitOfWork) -> bool:
    """Kindly: one sentence for a whole row that is too long, with the phone number."""
    if len(uow.tickets.written_since(uow.actor.id, uow.now() - ROW)) < MOST_IN_A_ROW:
        return False
    if not uow.was_recorded(("ticket.slowed",), uow.actor.staff_id, uow.now() - ROW):
        uow.record("ticket.slowed", uow.actor.staff_id)
        uow.reply(Message("support.slow_down", contact_facts(uow)))
    return True


def _waiting(before: Ticket | None, now: datetime, uow: UnitOfWork) -> Ticket:
    """The ticket as it waits for an answer: the open one, one closed of late again, else a new one."""
    if before is None:
        ticket = Ticket(new_id(), uow.tickets.next_number(), uow.actor.id, now, now)
        uow.change(uow.tickets.add(ticket))
        uow.record("ticket.opened", str(ticket.number))
        return ticket
    since = before.waiting_since or now
    escalated = before.escalated_at if before.is_open else None
    uow.change(uow.tickets.changed(before, closed_at=None, waiting_since=since, escalated_at=escalated))
    if not before.is_open:
        uow.record("ticket.reopened", str(before.number))
    return replace(before, closed_at=None, waiting_since=since, escalated_at=escalated)


def _watch(ticket: Ticket, uow: UnitOfWork) -> None:
    assert ticket.waiting_since
    since = moment(ticket.waiting_since)
    due = ticket.waiting_since + UNANSWERED_AFTER
    uow.emit(TicketUnanswered(ticket.id, since), f"ticket:{ticket.id}:{since}", due)


def _ask(person: Person, ticket: Ticket, said: Said, uow: UnitOfWork) -> bool:
    """Bring a question to one helper; whether it reaches them now. Who is away still gets it."""
    here = can_read(person, uow)
    if not here:
        _tell_leaders(person, uow)
    if person.id in uow.people.reachable():
        pass_on("support.question", person, ticket, said, uow, answer_keys(ticket))
    return here


def _tell_leaders(missing: Person, uow: UnitOfWork) -> None:
    """The contact cannot be reached here: whoever leads hears it, once a day."""
    if uow.was_recorded(("ticket.unreachable",), missing.staff_id, uow.now() - ABSENCE_NOTICE_EVERY):
        return
    uow.record("ticket.unreachable", missing.staff_id)
    told = {p.id: p for p in (principal(uow), uow.office()) if p}
    for person in told.values():
        if person.id not in (missing.id, uow.actor.id) and person.id in uow.people.reachable():
            uow.say(person, Message("support.nobody_reads", {"name": missing.name}))
            return


def _acknowledge(ticket: Ticket, said: Said, reached: list[Person], starts: bool, uow: UnitOfWork) -> None:
    """Where it went; in a row of messages within a minute only the first and the files are answered."""
    facts = {
        **contact_facts(uow),
        "number": ticket.number,
        "file": inert(said.file.name) if said.file else "",
    }
    if not reached:
        key = "support.nobody_here"
    elif starts:
        key, facts["helper"] = "support.taken", reached[-1].name
    else:
        key = "support.taken_too"
    done = Button("button.support_done", TicketClosed(ticket.id))
    about(uow.reply(Message(key, facts, ((done,),))), ticket, uow)


# --- an answer goes back -------------------------------------------------------------------------------


def answer(ticket: Ticket, said: Said, uow: UnitOfWork) -> None:
    """What a helper says about a ticket goes to who asked it, and they may simply write on."""
    asker = uow.people.get(ticket.asker_id)
    leave(uow)
    uow.change(uow.tickets.add_line(ticket, _line(said, uow)))
    uow.change(uow.tickets.changed(ticket, waiting_since=None, closed_at=None))
    uow.record("ticket.answered", str(ticket.number), file=bool(said.file))
    done = Button("button.support_done", TicketClosed(ticket.id))
    more = Button("button.support_more", SupportAsked())
    pass_on("support.answer", asker, ticket, said, uow, ((more, done),))
    _open_chat_of(asker, uow)
    facts = {"number": ticket.number, "name": asker.name}
    key = "support.answered" if asker.id in uow.people.reachable() else "support.asker_away"
    about(uow.reply(Message(key, {**facts, "phone": asker.phone}, ((done,),))), ticket, uow)
    for other in helpers(ticket, uow):
        if other.id != uow.actor.id and ticket.waiting_since:
            uow.say(other, Message("support.answered_by", {**facts, "helper": uow.actor.name}))


def _open_chat_of(asker: Person, uow: UnitOfWork) -> None:
    """Their next words belong to the conversation, unless their chat waits for something else."""
    for account in uow.people.last_used(asker.id):
        if account.reachable:
            stay_in(account.address, uow)
            return


def leave(uow: UnitOfWork) -> None:
    """End the conversation in this chat, unless something else was asked meanwhile."""
    if uow.origin and isinstance(uow.prompts.question(uow.origin, uow.now()), SupportLine | SupportAnswer):
        uow.stop_asking()


def _line(said: Said, uow: UnitOfWork) -> Line:
    file = said.file
    return Line(uow.actor.id, uow.now(), said.words, file.name if file else "", file.sha256 if file else None)


# --- passing on --------------------------------------------------------------------------------------


def answer_keys(ticket: Ticket) -> tuple[tuple[Button, ...], ...]:
    """What a helper can press under a question."""
    answer = Button("button.answer", AnswerAsked(ticket.id))
    return ((answer, Button("button.support_done", TicketClosed(ticket.id))),)


def pass_on(
    key: str,
    person: Person,
    ticket: Ticket,
    said: Said,
    uow: UnitOfWork,
    buttons: tuple[tuple[Button, ...], ...],
) -> None:
    """Somebody's words as quoted pieces, each headed by who they are from; the last has file and buttons."""
    author = uow.actor
    facts = {"number": ticket.number, "author": author.name, "role": author.role.value, "group": author.group}
    facts["file"] = inert(said.file.name) if said.file else ""
    pieces = quoted(said.words) or [""]
    if said.file and len(pieces[-1]) > SHORT_ENOUGH:
        pieces.append("")
    for part, words in enumerate(pieces, 1):
        last = part == len(pieces)
        more = {"text": words, "part": part, "parts": len(pieces), "here": last}
        message = Message(
            key, {**facts, **more}, buttons if last else (), attachment=said.file if last else None
        )
        say = uow.say_back if person.id == ticket.asker_id else uow.say
        about(say(person, message), ticket, uow)


def about(key: str | None, ticket: Ticket, uow: UnitOfWork) -> None:
    """Whoever replies to this message in chat speaks about this ticket."""
    if key:
        uow.change(uow.tickets.belongs(key, ticket))
