"""Cards for who has several already: without a sound, and one list an hour instead (decision 0031)."""

from __future__ import annotations

from datetime import timedelta

from hoso_bot.domain.reminder_times import Kind
from hoso_bot.domain.reminders import Call
from hoso_bot.domain.roster import Person
from hoso_bot.unit_of_work import UnitOfWork

SOUNDED = 2
"""So many cards at a time ring; those that come while they wait do not."""
GATHER, EVERY, PATIENCE = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24)
"""How long a list waits for more cards, how far two of them are apart, and until when one makes sense."""


def joins_others(person: Person, uow: UnitOfWork) -> bool:
    """Whether a card dealt now is one of many, and therefore silent; then a digest is in the ledger."""
    waiting = uow.step_cards.waiting_for(person.id) + uow.dealt[person.id]
    uow.dealt[person.id] += 1
    if waiting < SOUNDED:
        return False
    planned, told = uow.reminders.digests(person.id, uow.now())
    if not planned and person.id not in uow.digests:
        uow.digests.add(person.id)
        due = uow.now() + GATHER
        due = max(due, told + EVERY) if told else due
        call = Call(person.id, "", 0, "", Kind.DIGEST, due, due + PATIENCE)
        uow.change(uow.reminders.add([(call, None)], uow.now()))
    return True
