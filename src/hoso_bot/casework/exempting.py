"""Freeing a person of a week's plan: what the command and an answered request have in common (Q21, Q22)."""

from __future__ import annotations

from collections.abc import Sequence

from hoso_bot.casework.sight import Sight
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.expected import Exemption
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.rights import Right
from hoso_bot.domain.roster import Person
from hoso_bot.unit_of_work import UnitOfWork


def may(person: Person, uow: UnitOfWork) -> bool:
    """Whether who acts may free this person today (R34, R57)."""
    return Sight(uow).may(Right.EXEMPT, person)


def free(person: Person, year: str, numbers: Sequence[int], reason: str, uow: UnitOfWork) -> None:
    """Exempt the person, answer who did it with a way back, and tell the person."""
    for number in numbers:
        uow.change(
            *uow.obligations.exempt(Exemption(person.id, year, number, reason, uow.actor.staff_id, uow.now()))
        )
    uow.record("exemption.made", person.staff_id, year=year, weeks=list(numbers))
    facts = {"name": person.name, "weeks": list(numbers), "reason": reason}
    undo = Button("expected.button.undo", yev.ExemptionEnded(person.id, year, list(numbers)))
    uow.reply(Message("expected.exempted", facts, ((undo,),)))
    tell(person, Message("expected.you_are_exempt", {**facts, "by": uow.actor.name}), uow)


def tell(person: Person, message: Message, uow: UnitOfWork) -> None:
    """Who has no chat hears it from whoever decided; nobody has to be bothered about that."""
    if person.id in uow.people.reachable() and not (uow.person and uow.person.id == person.id):
        uow.say(person, message)
