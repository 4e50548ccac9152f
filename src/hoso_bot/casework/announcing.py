"""Telling many people once, by the reminders' ledger: nobody hears at night, nobody hears twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hoso_bot.domain.reminder_times import Kind
from hoso_bot.domain.reminders import Call
from hoso_bot.domain.roster import Person
from hoso_bot.domain.weekend_events import REMINDER_LANE, ReminderRound
from hoso_bot.unit_of_work import UnitOfWork

NEWS_FOR = timedelta(days=14)
"""How long news is worth telling to somebody who could not be told at once."""


def announce(
    text: str,
    facts: dict[str, Any],
    people: Iterable[Person],
    uow: UnitOfWork,
    until: datetime | None = None,
    at: datetime | None = None,
) -> int:
    """Tell these people now or when the night is over; how many. until: after that it is no news any more.

    at: not before this moment.
    text: key of a text that these facts fill. Who has no chat that takes messages is left out.
    """
    now, reachable = uow.now(), uow.people.reachable()
    by = uow.person.id if uow.person else ""
    announcement_id, row = uow.announcements.add(text, facts, by, now)
    stale_at = until or uow.policy.quiet.over(now) + NEWS_FOR
    calls = [
        Call(person.id, "", 0, announcement_id, Kind.ANNOUNCED, at or now, stale_at)
        for person in people
        if person.active and person.id in reachable
    ]
    uow.change(row, uow.reminders.add([(call, None) for call in calls], now))
    uow.emit(ReminderRound(now.isoformat()), REMINDER_LANE)
    return len(calls)
