"""Beyond the free window: what is paid for, in which order, and what a crash or a refusal costs."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.fakes.channel import FakeChannel
from tests.integration.test_sender import settles
from tests.integration.test_sender_abilities import Poor
from tests.parts import Parts

from hoso_bot.domain.messages import Gone, Later, Message, Outcome, OutOfWindow, Parcel, Sent, Template
from hoso_bot.domain.paying import Tariff
from hoso_bot.domain.quiet import Quiet
from hoso_bot.store.other_ways import OtherWays
from hoso_bot.store.people import People
from hoso_bot.store.spending import Spending
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.sender import Sender
from hoso_bot.workers.toll import Toll

REMINDER = Message("remind.eve", {"items": [], "round": "eve", "deadline": "2026-11-29T16:59:59+00:00"})
REJECTED = {
    "week": 13,
    "book": "",
    "part_name": "",
    "cover": "",
    "leader": "Nga",
    "role": "group_head",
    "reason": "x",
}
RESULT = Message("result.rejected", REJECTED)
COURTESY = Message("tap.used")
TEMPLATES = {"reminder": "r1", "waiting": "w1"}


class Paid(Poor):
    """A poor chat world that takes more for money; `template_outcomes` first, then Sent."""

    def __init__(self) -> None:
        super().__init__()
        self.templates: list[Template] = []
        self.template_outcomes: deque[Outcome] = deque()
        self.pieces_of_all = 1

    def pieces(self, parcel: Parcel) -> int:
        """As many as the test says."""
        return self.pieces_of_all

    async def send_template(self, template: Template) -> Outcome:
        """Remember it."""
        self.templates.append(template)
        return self.template_outcomes.popleft() if self.template_outcomes else Sent("t1")


class Told(list[tuple[str, int]]):
    """What the office would hear of the month's money."""

    def __call__(self, month: str, percent: int) -> None:
        self.append((month, percent))


@asynccontextmanager
async def sending(
    parts: Parts, tariff: Tariff, paid: Paid, *more: FakeChannel
) -> AsyncIterator[tuple[Bell, Told]]:
    """A running sender in a school that pays by this tariff."""
    bell, told = Bell(), Told()
    ledger, people = Spending(parts.db, paid.name), People(parts.db)
    worker = Sender(
        parts.outbox,
        parts.inbox,
        {channel.name: channel for channel in (paid, *more)},
        parts.desk.files,
        parts.clock,
        Quiet(""),
        bell,
        Bell(),
        other_ways=OtherWays(parts.db, parts.clock),
        tolls={paid.name: Toll(paid, tariff, ledger, people, parts.clock, told)},
    )
    task = asyncio.create_task(worker.run())
    try:
        yield bell, told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def says(parts: Parts, key: str, message: Message) -> None:
    uow = parts.unit(key)
    uow.say(parts.staff("GV09"), message)
    uow.commit()


def spent(parts: Parts) -> list[tuple[int, str]]:
    return [
        (price, state)
        for price, state in parts.rows("SELECT price, state FROM paid_messages ORDER BY made_at, id")
    ]


ALL = Tariff("all", 1000, templates=TEMPLATES)


async def test_within_seven_days_a_message_is_paid_for_and_a_courtesy_is_not(parts: Parts) -> None:
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    for key, message in (("a", RESULT), ("b", COURTESY), ("c", REMINDER)):
        says(parts, key, message)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, sent=2, gone=1)
    assert [parcel.picture for parcel in channel.parcels] == [None, None]
    assert spent(parts) == [(55, "sent")] * 2


async def test_reminders_only_means_only_reminders(parts: Parts) -> None:
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    for key, message in (("a", RESULT), ("b", REMINDER)):
        says(parts, key, message)
    async with sending(parts, Tariff("reminders", 1000), channel) as (bell, _):
        await settles(parts, bell, sent=1, gone=1)
    assert len(channel.parcels) == 1
    assert spent(parts) == [(55, "sent")]


async def test_within_the_free_window_nothing_is_noted(parts: Parts) -> None:
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(hours=47))
    says(parts, "a", RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, sent=1)
    assert spent(parts) == []


async def test_another_chat_is_free_so_nothing_is_paid(parts: Parts) -> None:
    channel, rich = Paid(), FakeChannel()
    parts.link("GV09", "2", "fake")
    parts.clock.skip(timedelta(seconds=1))
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    says(parts, "a", RESULT)
    async with sending(parts, ALL, channel, rich) as (bell, _):
        await settles(parts, bell, sent=1)
    assert (len(channel.parcels), len(rich.parcels)) == (0, 1)
    assert spent(parts) == []


async def test_beyond_seven_days_a_reminder_is_a_template_and_a_result_waits_behind_one(parts: Parts) -> None:
    channel = Paid()
    address = parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=10))
    says(parts, "a", REMINDER)
    says(parts, "b", RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, sent=1, gone=1)
        assert channel.parcels == []
        assert [(t.id, t.chat_id) for t in channel.templates] == [("r1", "1"), ("w1", "1")]
        assert channel.templates[0].values["deadline"] == "23:59 29/11/2026"
        assert channel.templates[1].values == {"name": parts.staff("GV09").name, "week": "13"}
        assert len(channel.templates[1].tracking_id) <= 48
        assert parts.rows("SELECT count(*) FROM inbox") == [(0,)]  # the office need not be told
        with parts.db.write() as connection:
            connection.execute(People(parts.db).heard(address, parts.clock.now()))
        parts.changes(OtherWays(parts.db, parts.clock).taking_up_again(address))
        await settles(parts, bell, sent=2)
    assert spent(parts) == [(300, "sent")] * 2


async def test_several_things_that_wait_are_one_template_a_day(parts: Parts) -> None:
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=10))
    for key in ("a", "b"):
        says(parts, key, RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, gone=2)
        assert len(channel.templates) == 1
        parts.clock.skip(timedelta(hours=25))
        says(parts, "c", RESULT)
        await settles(parts, bell, gone=3)
    assert len(channel.templates) == 2
    assert spent(parts) == [(300, "sent")] * 2


async def test_the_money_ends_and_the_office_hears_both_times(parts: Parts) -> None:
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    for n in range(6):
        says(parts, f"m{n}", RESULT)
    async with sending(parts, Tariff("all", 275), channel) as (bell, told):
        await settles(parts, bell, sent=5, gone=1)
    assert len(channel.parcels) == 5
    assert set(told) == {("2026-11", 80), ("2026-11", 100)}
    ((payload,),) = parts.rows("SELECT payload FROM inbox")
    assert '"silent":true' in payload


@pytest.mark.parametrize(
    ("outcome", "ends"),
    [(OutOfWindow("Zalo -321: empty"), "gone"), (Gone("refused"), "parked")],
)
async def test_a_refusal_costs_nothing(parts: Parts, outcome: Outcome, ends: str) -> None:
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    channel.outcomes["1"] = deque([outcome])
    says(parts, "a", RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, **{ends: 1})
    assert spent(parts) == [(55, "refused")]
    assert Spending(parts.db, "poor").spent("2026-11") == 0


async def test_a_lost_answer_stays_noted_and_each_further_try_is_noted_too(parts: Parts) -> None:
    """At worst one too many is counted, never one too few."""
    channel = Paid()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    channel.outcomes["1"] = deque([Later("connection lost", 0.0), Later("busy", 0.0, refused=True)])
    says(parts, "a", RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, sent=1)
    assert sorted(spent(parts)) == [(55, "noted"), (55, "refused"), (55, "sent")]
    assert Spending(parts.db, "poor").spent("2026-11") == 110


async def test_words_with_a_file_are_paid_twice_and_not_given_back_by_halves(parts: Parts) -> None:
    channel = Paid()
    channel.pieces_of_all = 2
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    channel.outcomes["1"] = deque([Gone("the second one refused")])
    says(parts, "a", RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, parked=1)
    assert spent(parts) == [(110, "noted")]


async def test_the_price_is_noted_before_the_message_goes(parts: Parts) -> None:
    """A kill in between counts a message that never went."""
    seen: list[list[tuple[int, str]]] = []

    class Watching(Paid):
        async def send(self, parcel: Parcel) -> Outcome:
            seen.append(spent(parts))
            return await super().send(parcel)

    channel = Watching()
    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    says(parts, "a", RESULT)
    async with sending(parts, ALL, channel) as (bell, _):
        await settles(parts, bell, sent=1)
    assert seen == [[(55, "noted")]]


async def test_a_crash_after_the_note_may_count_one_too_many_and_never_overspends(parts: Parts) -> None:
    class Killed(BaseException):
        pass

    class Dying(Paid):
        async def send(self, parcel: Parcel) -> Outcome:
            raise Killed

    parts.link("GV09", "1", "poor")
    parts.clock.skip(timedelta(days=3))
    says(parts, "a", RESULT)
    (row,) = parts.outbox.claim(1, [])
    ledger, people = Spending(parts.db, "poor"), People(parts.db)
    tariff, parcel = Tariff("all", 2 * 55), Parcel("1", "x")
    for channel in (Dying(), Paid()):
        toll = Toll(channel, tariff, ledger, people, parts.clock, Told())
        with contextlib.suppress(Killed):
            await toll.deliver(row, parcel, timedelta(days=3))
    assert sorted(spent(parts)) == [(55, "noted"), (55, "sent")]
    toll = Toll(Dying(), tariff, ledger, people, parts.clock, Told())
    assert isinstance(await toll.deliver(row, parcel, timedelta(days=3)), OutOfWindow)  # not even tried
