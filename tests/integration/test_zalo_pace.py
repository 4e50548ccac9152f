"""250 reminders at 100 calls a minute: none is refused, and who waits for an answer gets it first."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.integration.zalo_parts import Oa, open_oa, parcel
from tests.parts import Parts

from hoso_bot.channels.call_pace import CallPace
from hoso_bot.domain.events import Address
from hoso_bot.domain.messages import Later, Message, Sent
from hoso_bot.domain.quiet import Quiet
from hoso_bot.store.outbox import Crowded
from hoso_bot.store.people import People
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.sender import Sender

REMINDER, ANSWER = Message("start.refused"), Message("tour.skipped")
PEOPLE, PER_MINUTE, STEP = 250, 100, 2.0


@dataclass
class Evening:
    """A sender, the OA and what was said in it; time goes by in steps of two seconds."""

    oa: Oa
    parts: Parts
    bell: Bell = field(default_factory=Bell)
    passed: float = 0.0

    def __post_init__(self) -> None:
        began = time.monotonic()
        self.pace = self.oa.account.api.pace = CallPace(
            PER_MINUTE, lambda: time.monotonic() - began + self.passed
        )
        self.oa.world.changes(per_minute=PER_MINUTE)
        self.sender = Sender(
            self.parts.outbox,
            self.parts.inbox,
            {"zalo_oa": self.oa.channel},
            self.parts.desk.files,
            self.parts.clock,
            Quiet(""),
            self.bell,
            Bell(),
            paces={"zalo_oa": self.pace},
        )

    def link(self, number: int, heard: timedelta) -> Address:
        """Somebody on Zalo, who wrote so long ago."""
        address, at = Address("zalo_oa", str(5_000_000_000 + number)), self.parts.clock.now() - heard
        with self.parts.db.write() as connection:
            people = People(self.parts.db)
            connection.execute(people.link(f"p{number}", address, "consent-2", at))
        self.oa.world.does("interacted", chat_id=int(address.chat_id), name=f"Cô {number}")
        return address

    def says(self, number: int, message: Message) -> None:
        uow = self.parts.unit(f"{message.text}{number}")
        uow._queue(message, Address("zalo_oa", str(5_000_000_000 + number)), f"p{number}", None)
        uow.commit()

    def sent(self, text: str) -> int:
        found = self.parts.rows("SELECT message ->> '$.text' FROM outbox WHERE state = 'sent'")
        return found.count((text,))

    async def step(self) -> None:
        """Whatever can be sent now is sent, then two seconds pass."""
        for _ in range(3):
            while self.sender._busy:
                await asyncio.sleep(0.01)
            self.bell.ring()
            await asyncio.sleep(0.02)
        self.passed += STEP
        self.oa.passes(STEP)
        self.parts.clock.skip(timedelta(seconds=STEP))


@pytest_asyncio.fixture
async def evening(template: Path, tmp_path: Path, zalo: ZaloSim) -> AsyncIterator[Evening]:
    shutil.copytree(template, tmp_path / "school")
    oa = open_oa(tmp_path / "school", zalo)
    with Parts.of(tmp_path / "school") as parts:
        yield Evening(oa, parts)
    await oa.close()


async def test_reminders_wait_for_their_minute_and_answers_do_not(evening: Evening) -> None:
    for number in range(PEOPLE):
        evening.link(number, timedelta(hours=1))
        evening.says(number, REMINDER)
    work, asked, answered = asyncio.create_task(evening.sender.run()), [], []
    try:
        while evening.sent(REMINDER.text) < PEOPLE:
            if evening.pace.is_slow() and len(asked) < 3:  # somebody writes while reminders wait
                number = PEOPLE + len(asked)
                evening.link(number, timedelta())
                evening.says(number, ANSWER)
                asked.append(evening.passed)
            await evening.step()
            answered += [evening.passed] * (evening.sent(ANSWER.text) - len(answered))
            assert evening.passed < 300
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    assert evening.oa.world.state()["too_many"] == 0
    assert len(asked) == 3
    assert max(end - begin for begin, end in zip(asked, answered, strict=True)) <= 4
    assert 180 <= evening.passed <= 260  # 70 a minute


async def test_without_pacing_zalo_refuses(evening: Evening) -> None:
    evening.oa.world.changes(per_minute=3)
    outcomes = [await evening.oa.channel.send(parcel()) for _ in range(4)]
    assert [type(outcome) for outcome in outcomes] == [Sent, Sent, Sent, Later]
    assert evening.oa.world.state()["too_many"] == 1
    assert evening.pace.is_full()  # the refusal is believed for a minute
    evening.passed += 61
    assert not evening.pace.is_slow()


async def test_what_zalo_says_is_left_counts_more_than_the_setting(evening: Evening) -> None:
    evening.oa.world.changes(per_minute=32, says_calls_left=True)
    await evening.oa.channel.send(parcel())
    assert not evening.pace.is_slow()
    await evening.oa.channel.send(parcel())
    assert evening.pace.is_slow() and not evening.pace.is_full()


async def test_a_crowded_channel_serves_who_waits_and_other_channels_go_on(evening: Evening) -> None:
    evening.link(1, timedelta(hours=1))
    evening.link(2, timedelta(minutes=1))
    evening.says(1, REMINDER)
    evening.says(2, ANSWER)
    evening.parts.link("GV09", "41")
    uow = evening.parts.unit("telegram")
    uow.say(evening.parts.staff("GV09"), REMINDER)
    uow.commit()
    assert [row.address.channel for row in evening.parts.outbox.claim(9, [], Crowded(full=("zalo_oa",)))] == [
        "telegram"
    ]
    slow = Crowded(slow=("zalo_oa",))
    assert [row.message["text"] for row in evening.parts.outbox.claim(9, [], slow)] == [ANSWER.text]
    assert [row.message["text"] for row in evening.parts.outbox.claim(9, [])] == [REMINDER.text]


async def test_a_call_beyond_the_minute_waits_instead_of_being_refused() -> None:
    seconds = 0.0
    pace = CallPace(10, lambda: seconds)
    for _ in range(10):
        await pace.turn()
    waiting = asyncio.create_task(pace.turn())
    await asyncio.sleep(0.3)
    assert pace.is_full() and not waiting.done()
    seconds = 61.0
    await asyncio.wait_for(waiting, 2)
