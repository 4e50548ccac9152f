"""One's own data: what is shown of it, who answers requests about it, and how the open ones are shown.

A request is a ticket of its own kind: numbered, kept and emptied like a support question, but it goes to the
office, has a clock of working days, and ends with `Đã sửa` or a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hoso_bot.casework import helpdesk
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.privacy import Held, answer_by
from hoso_bot.domain.privacy_events import RequestDeclining, RequestMet, RequestOpened
from hoso_bot.domain.retention import Retention
from hoso_bot.domain.rights import Right, Rights
from hoso_bot.domain.roster import Person
from hoso_bot.domain.support import Ticket, TicketKind, first_words, quoted
from hoso_bot.store.people import Account
from hoso_bot.unit_of_work import UnitOfWork

MOST_LISTED = 8


def clerk(asker: Person, uow: UnitOfWork) -> Person | None:
    """Who answers this person: the office; the principal where the office asks itself."""
    return next((p for p in (uow.office(), helpdesk.principal(uow)) if p and p.id != asker.id), None)


def may_answer(person: Person, uow: UnitOfWork, asker: Person | None = None) -> bool:
    """Whether this person answers requests at all, or this asker's; nobody answers the own."""
    return Rights(person, uow.is_office(person)).may(Right.ANSWER_DATA_REQUEST, asker)


def waiting_for(person: Person, uow: UnitOfWork) -> list[Ticket]:
    """The open requests this person may answer, oldest first; nobody answers the own."""
    if not may_answer(person, uow):
        return []
    return [ticket for ticket in uow.tickets.open(TicketKind.DATA) if ticket.asker_id != person.id]


def show_open(uow: UnitOfWork) -> None:
    """The open requests, each with a button that opens it."""
    waiting = waiting_for(uow.actor, uow)
    shown = waiting[:MOST_LISTED]
    facts = {"requests": [_listed(t, uow) for t in shown], "more": len(waiting) - len(shown)}
    rows = tuple(
        (Button("button.ticket", RequestOpened(t.id), {"number": t.number, "name": asker_of(t, uow).name}),)
        for t in shown
    )
    uow.reply(Message("privacy.requests", facts, rows))


def card(ticket: Ticket, uow: UnitOfWork, key: str = "privacy.request") -> Message:
    """One request as who answers it reads it, with both answers."""
    yes = Button("privacy.button.met", RequestMet(ticket.id))
    no = Button("privacy.button.decline", RequestDeclining(ticket.id))
    return Message(key, facts(ticket, uow), ((yes, no),))


def facts(ticket: Ticket, uow: UnitOfWork) -> dict[str, Any]:
    """The blanks that tell a request: number, asker, words, and until when it has to be answered."""
    asker, words = asker_of(ticket, uow), uow.tickets.lines(ticket.id, 1)
    return {
        "number": ticket.number,
        "name": asker.name,
        "staff_id": asker.staff_id,
        "group": asker.group,
        "text": "\n".join(quoted(words[0].text)) if words else "",
        "until": answer_by(ticket.opened_at).isoformat(),
    }


def asker_of(ticket: Ticket, uow: UnitOfWork) -> Person:
    """Whose data it is about."""
    return uow.people.get(ticket.asker_id)


def _listed(ticket: Ticket, uow: UnitOfWork) -> dict[str, Any]:
    lines = uow.tickets.lines(ticket.id, 1)
    until = answer_by(ticket.opened_at)
    return {
        "number": ticket.number,
        "name": asker_of(ticket, uow).name,
        "until": until.isoformat(),
        "late": until < uow.now(),
        "words": first_words(lines[0].text) if lines else "",
    }


def held_facts(person: Person, uow: UnitOfWork) -> dict[str, Any]:
    """The blanks of the sentences about what is held about a person."""
    return person_facts(person, uow.people.accounts(person.id), uow.holdings.of(person), uow.policy.retention)


def person_facts(person: Person, accounts: Sequence[Account], held: Held, times: Retention) -> dict[str, Any]:
    """The same from what was looked up already."""
    chats = [
        {
            "channel": account.address.channel,
            "linked": account.linked_at.astimezone(VN).date().isoformat(),
            "consent": account.consent_text.removeprefix("consent-"),
            "agreed": account.consent_at.astimezone(VN).date().isoformat(),
            "chosen": account.chosen,
        }
        for account in accounts
    ]
    return {
        "person": {
            "name": person.name,
            "staff_id": person.staff_id,
            "role": person.role.value,
            "group": person.group,
            "classes": list(person.classes),
            "subjects": list(person.subjects),
            "periods": person.periods,
            "phone": person.phone,
        },
        "chats": chats,
        "held": held.facts(),
        "days": times.messages_days,
    }
