"""The sender makes up for what a channel cannot do, and finds the person's other chat."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from tests.fakes.channel import FakeChannel
from tests.integration.test_sender import HELP, named, settles
from tests.parts import Parts, at_work

from hoso_bot.domain.events import Address
from hoso_bot.domain.messages import Abilities, Gone, Later, OutOfWindow
from hoso_bot.domain.quiet import Quiet
from hoso_bot.store.other_ways import OtherWays
from hoso_bot.store.prompts import Prompts
from hoso_bot.store.typed_answers import TypedAnswer, TypedAnswers
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.sender import Sender

WINDOW = timedelta(hours=48)


class Poor(FakeChannel):
    """A chat world that can do little more than send."""

    name = "poor"
    abilities = Abilities(edits=False, erases=False, typed_answers=True, free_window=WINDOW)


@asynccontextmanager
async def sending(parts: Parts, *channels: FakeChannel) -> AsyncIterator[Bell]:
    """A running sender with these channels; gives its bell."""
    bell = Bell()
    worker = Sender(
        parts.outbox,
        parts.inbox,
        {channel.name: channel for channel in channels},
        parts.desk.files,
        parts.clock,
        Quiet(""),
        bell,
        Bell(),
        typed=TypedAnswers(parts.db),
        other_ways=OtherWays(parts.db, parts.clock),
    )
    async with at_work(worker):
        yield bell


def says(parts: Parts, key: str, staff_id: str = "GV09") -> str | None:
    """Something for a person, wherever they are."""
    uow = parts.unit(key)
    said = uow.say(parts.staff(staff_id), HELP)
    uow.commit()
    return said


async def test_what_to_type_stands_under_the_message_and_stays_the_same_over_tries(parts: Parts) -> None:
    channel = Poor()
    parts.link("GV09", "1", "poor")
    channel.outcomes["1"] = deque([Later("busy"), Later("busy")])
    says(parts, "a")
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=1)
    numbers = {re.findall(r"Gõ: HOTRO (\d{4})$", parcel.footer)[0] for parcel in channel.parcels}
    assert len(channel.parcels) == 3
    assert len(numbers) == 1
    (answer,) = TypedAnswers(parts.db).of(Address("poor", "1"), numbers.pop())
    assert answer.word == "HOTRO"
    assert answer.token == channel.parcels[0].keys[0][0].token


async def test_numbers_of_a_chat_are_all_different(parts: Parts) -> None:
    typed, at = TypedAnswers(parts.db), Address("poor", "1")
    one = [TypedAnswer("HUY", "token")]
    numbers = [typed.number_for(at, f"m{n}", one, parts.clock.now()) for n in range(300)]
    assert len(set(numbers)) == 300
    assert typed.number_for(at, "m7", one, parts.clock.now()) == numbers[7]
    assert typed.of(Address("poor", "2"), numbers[7]) == []


async def test_buttons_that_go_are_not_mentioned_and_new_words_are_a_new_message(parts: Parts) -> None:
    channel = Poor()
    origin = parts.link("GV09", "1", "poor")
    card = says(parts, "a")
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=1)
        for key, unit in (("b", parts.unit("b")), ("c", parts.unit("c", "GV09", origin))):
            unit.close_card(card, None if key == "b" else named("by the actor"))
            unit.commit()
        await settles(parts, bell, sent=3)
        assert len(channel.parcels) == 1
        unit = parts.unit("d")
        unit.close_card(card, named("by somebody else"))
        unit.commit()
        await settles(parts, bell, sent=4)
    assert "by somebody else" in channel.parcels[1].text
    assert channel.parcels[1].edits is None


async def test_who_was_silent_too_long_is_told_elsewhere_without_asking_the_platform(parts: Parts) -> None:
    poor, rich = Poor(), FakeChannel()
    parts.link("GV09", "2", "fake")
    parts.clock.skip(timedelta(seconds=1))
    parts.link("GV09", "1", "poor")
    parts.clock.skip(WINDOW + timedelta(minutes=1))
    says(parts, "a")
    async with sending(parts, poor, rich) as bell:
        await settles(parts, bell, sent=1)
    assert poor.parcels == []
    (parcel,) = rich.parcels
    pressed = Prompts(parts.db).button(parcel.keys[0][0].token)
    assert pressed and pressed.address == Address("fake", "2")
    assert parts.rows("SELECT count(*) FROM inbox") == [(0,)]


async def test_without_another_chat_the_office_gets_to_know(parts: Parts) -> None:
    channel = Poor()
    parts.link("GV09", "1", "poor")
    channel.outcomes["1"] = deque([OutOfWindow("-230")])
    says(parts, "a")
    async with sending(parts, channel) as bell:
        await settles(parts, bell, gone=1)
    ((payload,),) = parts.rows("SELECT payload FROM inbox")
    assert '"MessageUndeliverable"' in payload
    assert '"silent":true' in payload


async def test_a_chat_that_is_gone_and_one_that_never_answers_turn_too(parts: Parts) -> None:
    poor, rich = Poor(), FakeChannel()
    parts.link("GV09", "2", "fake")
    parts.clock.skip(timedelta(seconds=1))
    parts.link("GV09", "1", "poor")
    left = Gone("left", person_left=True)
    poor.outcomes["1"] = deque([left, *[Later("down")] * 20])
    says(parts, "a")
    async with sending(parts, poor, rich) as bell:
        await settles(parts, bell, sent=1)
        parts.clock.skip(timedelta(seconds=1))
        says(parts, "b")
        await settles(parts, bell, sent=2)
    assert len(rich.parcels) == 2
    assert len(parts.rows("SELECT id FROM inbox")) == 1  # that the first chat is gone


async def test_nobody_is_sent_round_in_circles(parts: Parts) -> None:
    poor, rich = Poor(), FakeChannel()
    parts.link("GV09", "2", "fake")
    parts.clock.skip(timedelta(seconds=1))
    parts.link("GV09", "1", "poor")
    poor.outcomes["1"] = deque([Gone("refused")])
    rich.outcomes["2"] = deque([Gone("refused too")])
    says(parts, "a")
    async with sending(parts, poor, rich) as bell:
        await settles(parts, bell, parked=1)
    assert (len(poor.parcels), len(rich.parcels)) == (1, 1)
