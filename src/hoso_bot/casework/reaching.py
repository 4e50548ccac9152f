"""Whom nothing reaches around a weekend: who is asked for a sign of life, and whom the office hears of.

Looked up for everybody at once; which chat takes what, and when, is `domain.reach`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from hoso_bot.casework import leading
from hoso_bot.casework.scene import Scene
from hoso_bot.domain.calendar import VN, Week, school_year
from hoso_bot.domain.cards import week_facts
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.paying import Worth, month_of
from hoso_bot.domain.reach import Chat, Hurdle, Window, Windows, hurdle, sign_helps
from hoso_bot.domain.reminder_times import Moment, weekend_hours
from hoso_bot.domain.reminders import Call, calls_of
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import REGISTER
from hoso_bot.domain.weekend_events import SignGiven
from hoso_bot.unit_of_work import UnitOfWork

NAMED = "reminder.unreached"
"""The log's entry that the office was told of somebody whom nothing reaches."""
NAMED_FOR = timedelta(days=4)
"""So long the office is not told of the same person again: one weekend."""


@dataclass(frozen=True)
class Unreached:
    """Somebody who is due to hear something and will not, and why."""

    person: Person
    why: Hurdle

    def facts(self) -> dict[str, Any]:
        """Blanks of one line."""
        person = self.person
        return {
            "name": person.name,
            "group": person.group,
            "phone": person.phone,
            "staff_id": person.staff_id,
            "why": self.why.value,
        }


@dataclass
class Reaching:
    """Everybody's chats at one moment, and what they take until the deadline of a week."""

    scene: Scene

    def __post_init__(self) -> None:
        self._uow: UnitOfWork = self.scene.uow
        self._windows = self._uow.policy.windows
        self._weekends: dict[tuple[str, int], tuple[tuple[datetime, ...], tuple[datetime, ...]]] = {}

    @cached_property
    def _always(self) -> set[str]:
        """Whose chat takes messages however silent they are."""
        return self._uow.people.reachable(outside=self._windows)

    @cached_property
    def _chats(self) -> Mapping[str, Sequence[Chat]]:
        return {
            person_id: [Chat(a.address.channel, a.reachable, a.last_used) for a in accounts]
            for person_id, accounts in self._uow.people.all_accounts().items()
        }

    def _hours(self, week: Week) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
        key = (week.year, week.number)
        if key not in self._weekends:
            table = self._uow.week_table(school_year(self.scene.now.astimezone(VN).date()))
            taught = sorted(day for each in table for day in each.days)
            self._weekends[key] = weekend_hours(week, taught, self._uow.policy.schedule)
        return self._weekends[key]

    # --- who is asked for a sign of life -----------------------------------------------------------

    def helped(self, person_id: str, week: Week, lacking: Collection[str]) -> bool:
        """Whether a sign of life now brings this person something of the weekend that else comes too late.

        lacking: who still has to hand in for this week.
        """
        if not self._windows or person_id in self._always:
            return False
        chats = self._chats.get(person_id, ())
        own, led = self._hours(week)
        ahead = (*(own if person_id in lacking else ()), *(led if person_id in self._leaders else ()))
        return sign_helps(chats, ahead, self.scene.now, self._windows)

    @cached_property
    def _leaders(self) -> set[str]:
        return set(leading.readers(self.scene))

    def asked(self, moment: Moment, lacking: Collection[str], reminded: Collection[str]) -> list[Call]:
        """A line for each whom the card of this moment helps. reminded: who is told something now anyway."""
        if not self._windows:
            return []
        due = dict.fromkeys((*lacking, *sorted(self._leaders)))
        people = [p for p in due if p not in reminded and self.helped(p, moment.week, lacking)]
        return calls_of(moment, people, REGISTER)

    def card(self, person_id: str, week: Week, lacking: Collection[str]) -> Message | None:
        """The card that asks for a sign of life; None when it helps no more."""
        if not self.helped(person_id, week, lacking):
            return None
        facts = {
            **week_facts(week),
            "lacking": person_id in lacking,
            "hours": round(min(window.free for window in self._windows.values()) / timedelta(hours=1)),
        }
        return Message("reach.card", facts, (sign_button(week),), fleeting=True)

    # --- whom the office hears of ------------------------------------------------------------------

    def office(self) -> Person | None:
        """Who administers the records; another leader where that person's own chat is closed."""
        office = self._uow.office()
        leaders = self._uow.people.leaders(self._uow.policy.records_admin)
        for leader in [office, *leaders] if office else []:
            if leader and (leader.id in self._always or not self._closed_now(leader.id)):
                return leader
        return office

    def _closed_now(self, person_id: str) -> Hurdle | None:
        return hurdle(self._chats.get(person_id, ()), self.scene.now, self._windows)

    def unreached(self, week: Week, lacking: Collection[str]) -> list[Unreached]:
        """Who is due to hear something of this week and does not: now, or at the weekend's first hour."""
        own, led = self._hours(week)
        at = max(self.scene.now, min((*own, *led), default=self.scene.now))
        due = [p for p in dict.fromkeys((*lacking, *sorted(self._leaders))) if p not in self._always]
        paid = self._paid
        closed = {p: why for p in due if (why := hurdle(self._chats.get(p, ()), at, paid[p in lacking]))}
        return [
            Unreached(self.scene.people[person_id], why)
            for person_id, why in closed.items()
            if person_id in lacking or leading.has_news(person_id, week, self.scene)
        ]

    def messages(self, week: Week) -> int:
        """How many messages this weekend has at most for everybody whose chats all close on silence."""
        own, led = self._hours(week)
        closing = self._chats.keys() - self._always
        return len(closing) * len(own) + len(closing & self._leaders) * len(led)

    @cached_property
    def _paid(self) -> dict[bool, Windows]:
        """Until when chats take a reminder (True) and what leaders are told (False), with what is left."""
        tariff = self._uow.policy.tariff
        spent = 0 if tariff.spends == "off" else self._uow.spending.spent(month_of(self.scene.now))
        return {
            own: {
                channel: Window(window.free, tariff.reach(worth, window.free, spent))
                for channel, window in self._windows.items()
            }
            for own, worth in ((True, Worth.REMINDER), (False, Worth.APPROVAL))
        }

    def not_named_yet(self, week: Week, lacking: Collection[str]) -> list[Unreached]:
        """Those of whom the office was not told this weekend; none of them again after this."""
        found = [one for one in self.unreached(week, lacking) if one.person.staff_id not in self._named]
        self._named |= {one.person.staff_id for one in found}
        return found

    @cached_property
    def _named(self) -> set[str]:
        return self._uow.subjects_since(NAMED, self.scene.now - NAMED_FOR)


def sign_button(week: Week) -> tuple[Button, ...]:
    """`Đã rõ`: whatever is pressed or written keeps the chat open, this decides nothing else."""
    return (Button("reach.button.sign", SignGiven(week.year, week.number)),)


def notice(week: Week, unreached: Sequence[Unreached]) -> Message | None:
    """What the office is told; None when everybody can be reached."""
    people = [one.facts() for one in sorted(unreached, key=lambda one: (one.why, one.person.staff_id))]
    facts = {**week_facts(week), "people": people}
    return Message("remind.unreached", facts, fleeting=True) if people else None


def is_told_of(person: Person, uow: UnitOfWork) -> bool:
    """Whether the office was told this weekend that nothing reaches this person."""
    return uow.was_recorded((NAMED,), person.staff_id, uow.now() - NAMED_FOR)
