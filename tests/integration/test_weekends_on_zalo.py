"""Weekends of a school that reads on Zalo only: whoever may be written to is, everybody else is named.

Calendar, ledger, round and last look are real; the clock, the people and Zalo are played, by their own rules.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.parts import Parts
from tests.school import week

from hoso_bot.casework import reaching
from hoso_bot.casework.reminding import still_wanted
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.events import MessageUndeliverable
from hoso_bot.domain.policy import Policy
from hoso_bot.domain.reach import FREE_WINDOW, OFFICIAL_ACCOUNT, Window
from hoso_bot.domain.weekend_events import ReminderRound
from hoso_bot.handlers import handle
from hoso_bot.lookups import Desk
from hoso_bot.store.outbox import Queued
from hoso_bot.store.people import People
from hoso_bot.unit_of_work import UnitOfWork

SUNDAY = week(13).deadline.date()
HOURS = ((2, 17, 0), (2, 19, 30), (1, 8, 0), (0, 8, 0), (0, 17, 0), (0, 19, 0), (0, 20, 30))
REMINDED = ("remind.eve", "remind.day_first", "remind.day_middle", "remind.day_last")
FREE = timedelta(hours=48)


@dataclass
class Weekend:
    """One weekend: who last wrote when, who taps how willingly, and what came of it."""

    parts: Parts
    chance: random.Random
    taps: float
    delivered: dict[str, set[datetime]] = field(default_factory=dict)
    cards: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    single_notices: int = 0
    missed: int = 0
    unnamed: int = 0
    reached: int = 0
    hours_lost: int = 0

    def __post_init__(self) -> None:
        windows = {OFFICIAL_ACCOUNT: Window(FREE_WINDOW, FREE_WINDOW)}
        self.desk: Desk = replace(self.parts.desk, policy=Policy(windows=windows))
        self.people = People(self.parts.db)
        self.names = {p.id: p.staff_id for p in self.people.all()}
        self.office = next(p for p in self.people.all() if p.staff_id == "PHT01")
        self.heard: dict[str, datetime] = {}
        self.teachers = [p for p in self.people.all() if p.staff_id.startswith("GV")]
        for number, person in enumerate([*self.teachers, self.office]):
            channel = "telegram" if person.id == self.office.id else OFFICIAL_ACCOUNT
            self.parts.link(person.staff_id, str(100 + number), channel)
            self.heard[person.id] = self.parts.clock.now()

    def lives(self) -> None:
        """Everything of the weekend, hour by hour."""
        for person in self.teachers:
            if self.chance.random() < 0.8:  # others wrote last on Wednesday
                self.hears(person.id, at(4, 10) + timedelta(hours=self.chance.uniform(0, 47)))
        for days, hour, minute in HOURS:
            now = at(days, hour, minute)
            self.parts.clock.skip(now - self.parts.clock.now())
            open_now = {p.id for p in self.teachers if now - self.heard[p.id] <= FREE}
            self.handles(ReminderRound(now.isoformat()))
            self.sends(now)
            if hour != 19 and days < 2:
                self.judges(now, open_now)

    def hears(self, person_id: str, at: datetime) -> None:
        """A sign of life."""
        (account,) = self.people.accounts(person_id)
        self.heard[person_id] = max(at, self.heard[person_id])
        with self.parts.db.write() as connection:
            connection.execute(self.people.heard(account.address, at))

    def handles(self, event: Any) -> None:
        uow = UnitOfWork(self.desk, f"t{self.chance.getrandbits(60)}")
        handle(event, uow)
        uow.commit()

    def sends(self, now: datetime) -> None:
        """Zalo's rule, in its own words: nothing after 48 silent hours."""
        while rows := self.parts.outbox.claim(50, []):
            for row in rows:
                if row.message.get("fleeting") and not still_wanted(row, self.desk):
                    continue
                if row.address.channel == OFFICIAL_ACCOUNT and now - self.heard[str(row.person_id)] > FREE:
                    self.parts.outbox.give_up(row.id, "silent: x")
                    self.handles(MessageUndeliverable(str(row.person_id), "x", silent=True, fleeting=True))
                    continue
                self.parts.outbox.sent(row.id, "ref")
                self.arrived(row, now)

    def arrived(self, row: Queued, now: datetime) -> None:
        """What it was, and whether its reader taps."""
        person_id, text = str(row.person_id), row.message["text"]
        if text == "remind.unreached":
            self.named += [line["staff_id"] for line in row.message["facts"]["people"]]
        self.single_notices += text == "office.silent"
        if text == "reach.card":
            self.cards.append(person_id)
        if text in REMINDED:
            self.delivered.setdefault(person_id, set()).add(now)
        asks = [b["label"] for line in row.message["buttons"] for b in line]
        if "reach.button.sign" in asks and self.chance.random() < self.taps:
            self.hears(person_id, now + timedelta(minutes=self.chance.uniform(1, 60)))

    def judges(self, now: datetime, open_now: set[str]) -> None:
        """Everybody of this hour: reached if that was allowed, else known to the office."""
        for person in self.teachers:
            reached = now in self.delivered.get(person.id, ())
            self.missed += person.id in open_now and not reached
            self.unnamed += person.id not in open_now and person.staff_id not in self.named
            self.reached += reached
            self.hours_lost += not reached


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """So many days before the Sunday of the deadline."""
    day = SUNDAY - timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VN)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("taps", [0.0, 0.5, 1.0])
def test_nobody_reachable_is_missed_and_everybody_else_is_named_once(
    parts: Parts, taps: float, seed: int
) -> None:
    weekend = Weekend(parts, random.Random(seed), taps)
    weekend.lives()
    assert (weekend.missed, weekend.unnamed, weekend.single_notices) == (0, 0, 0)
    assert len(weekend.named) == len(set(weekend.named))
    assert len(weekend.cards) == len(set(weekend.cards))
    assert weekend.reached > 0


def test_taps_bring_the_whole_weekend_to_whoever_could_be_asked(parts: Parts) -> None:
    weekend = Weekend(parts, random.Random(1), 1.0)
    weekend.lives()
    asked = set(weekend.cards)
    assert len(asked) > 3
    assert all(len(weekend.delivered[person]) == len(REMINDED) for person in asked)


def test_without_the_names_it_sees_who_was_forgotten(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching.Reaching, "not_named_yet", lambda self, week, lacking: [])
    weekend = Weekend(parts, random.Random(1), 0.5)
    weekend.lives()
    assert weekend.unnamed > 0


def test_without_the_card_more_is_lost(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching.Reaching, "helped", lambda self, person, week, lacking: False)
    weekend = Weekend(parts, random.Random(1), 1.0)
    weekend.lives()
    assert weekend.cards == []
    assert weekend.hours_lost > 4 * 3
