"""Outbox -> channel: in order per chat, until delivered or hopeless."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tests.database import commits
from tests.fakes.channel import FakeChannel
from tests.parts import Parts, at_work, states

from hoso_bot.domain.events import Address, SupportAsked
from hoso_bot.domain.messages import Attachment, Button, Gone, Later, Message, Outcome
from hoso_bot.domain.quiet import Quiet
from hoso_bot.workers import sender
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.sender import Sender, retry_delay

HELP = Message(
    "support.contact", {"name": "Tùng", "phone": "1"}, ((Button("button.support", SupportAsked()),),)
)


@asynccontextmanager
async def sending(parts: Parts, channel: FakeChannel, quiet: str = "") -> AsyncIterator[Bell]:
    """A running sender; gives its bell."""
    bell = Bell()
    worker = Sender(
        parts.outbox,
        parts.inbox,
        {"fake": channel},
        parts.desk.files,
        parts.clock,
        Quiet(quiet),
        bell,
        Bell(),
    )
    async with at_work(worker):
        yield bell


async def settles(parts: Parts, bell: Bell, **wanted: int) -> None:
    async with asyncio.timeout(10):
        while states(parts.outbox) != wanted:
            parts.clock.skip(timedelta(seconds=10))
            bell.ring()
            await asyncio.sleep(0.01)


def says(parts: Parts, key: str, chat: str, message: Message = HELP, edits: str | None = None) -> str:
    uow = parts.unit(key)
    said = uow._queue(message, Address("fake", chat), None, edits)
    uow.commit()
    return said


def named(text: str) -> Message:
    return Message("support.contact", {"name": text, "phone": ""})


async def test_words_and_buttons_are_rendered_on_the_way_out(parts: Parts) -> None:
    channel = FakeChannel()
    says(parts, "a", "1")
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=1)
    (parcel,) = channel.parcels
    assert "liên hệ Tùng – 1" in parcel.text
    assert [[key.label for key in row] for row in parcel.keys] == [["Hỗ trợ"]]


async def test_a_chat_hears_everything_in_order_one_at_a_time(parts: Parts) -> None:
    channel = FakeChannel()
    channel.pause = 0.002
    for n in range(10):
        for chat in ("1", "2"):
            says(parts, f"{chat}-{n}", chat, named(f"số {n}"))
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=20)
    for chat in ("1", "2"):
        heard = [p.text for p in channel.parcels if p.chat_id == chat]
        assert [f"số {n}" in text for n, text in enumerate(heard)] == [True] * 10


async def test_what_arrived_is_settled_by_the_commit_that_takes_the_next(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(10):
        says(parts, f"m{n}", "1", named(f"số {n}"))
    with commits(parts.db, monkeypatch) as begun:
        async with sending(parts, FakeChannel()) as bell:
            await settles(parts, bell, sent=10)
    assert len(begun) == 11  # ten are taken, and the last of them is settled


async def test_what_is_on_its_way_when_it_stops_is_settled(parts: Parts) -> None:
    channel = FakeChannel()
    channel.pause = 0.2
    says(parts, "a", "1")
    says(parts, "b", "1")
    async with sending(parts, channel):
        while not channel.at_once:
            await asyncio.sleep(0.01)
    assert len(channel.parcels) == 1 and states(parts.outbox) == {"sent": 1, "todo": 1}


async def test_what_has_to_wait_keeps_its_place(parts: Parts) -> None:
    channel = FakeChannel()
    channel.outcomes["1"] = deque([Later("429", after=30), Later("500")])
    for key in ("a", "b"):
        says(parts, key, "1", named(key))
    says(parts, "c", "2", named("c"))
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=3)
    assert [p.text[-2] for p in channel.parcels if p.chat_id == "1"] == ["a", "a", "a", "b"]


async def test_an_edit_carries_the_reference_of_what_it_changes(parts: Parts) -> None:
    channel = FakeChannel()
    key = says(parts, "card", "1")
    says(parts, "edit", "1", named("x"), edits=key)
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=2)
    assert [p.edits for p in channel.parcels] == [None, "ref1"]


async def test_an_edit_of_what_never_arrived_is_dropped(parts: Parts) -> None:
    channel = FakeChannel()
    channel.outcomes["1"] = deque([Gone("refused")])
    key = says(parts, "card", "1")
    says(parts, "edit", "1", named("x"), edits=key)
    says(parts, "next", "1", named("y"))
    async with sending(parts, channel) as bell:
        await settles(parts, bell, parked=1, gone=1, sent=1)
    assert len(channel.parcels) == 2


async def test_a_person_who_left_becomes_an_event_for_the_office(parts: Parts) -> None:
    channel = FakeChannel()
    channel.outcomes["1"] = deque([Gone("blocked", person_left=True)])
    address = parts.link("GV09", "1", "fake")
    uow = parts.unit("a")
    uow.say(parts.staff("GV09"), named("x"))
    uow.commit()
    assert address.chat_id == "1"
    async with sending(parts, channel) as bell:
        await settles(parts, bell, gone=1)
    ((payload,),) = parts.rows("SELECT payload FROM inbox")
    assert "MessageUndeliverable" in payload and parts.staff("GV09").id in payload


async def test_a_message_that_fails_while_others_get_through_is_parked_in_the_end(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "MAX_ATTEMPTS", 3)
    channel = FakeChannel()
    channel.outcomes["1"] = deque([Later("HTTP 500")] * 7)
    says(parts, "a", "1")
    says(parts, "b", "1")
    async with sending(parts, channel) as bell:
        for number in range(5):
            says(parts, f"others {number}", "2")
            await has_tried(parts, bell, channel, number + 1)
        await settles(parts, bell, parked=1, sent=6)
    assert [m.error for m in parts.outbox.parked()] == ["HTTP 500"]


async def has_tried(parts: Parts, bell: Bell, channel: FakeChannel, times: int) -> None:
    """Until chat 1 was tried so often, and chat 2 hears everything."""
    async with asyncio.timeout(10):
        while min(sum(p.chat_id == chat for p in channel.parcels) for chat in "12") < times:
            parts.clock.skip(timedelta(seconds=10))
            bell.ring()
            await asyncio.sleep(0.01)


async def test_no_message_is_given_up_while_its_channel_is_dead(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "MAX_ATTEMPTS", 3)
    channel = FakeChannel()
    for chat in "12":
        channel.outcomes[chat] = deque([Later("ConnectError")] * 12)
        says(parts, chat, chat)
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=2)
    assert len(channel.parcels) == 26
    assert parts.rows("SELECT count(*) FROM inbox") == [(0,)]


async def test_parked_messages_are_told_to_the_office_and_retried_by_hand(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel()
    channel.outcomes["1"] = deque([Gone("Bad Request: no rights")] * 2)
    keys = [says(parts, name, "1") for name in "ab"]
    async with sending(parts, channel) as bell:
        await settles(parts, bell, parked=2)
        found = parts.outbox.parked()
        assert [(m.text, m.error) for m in found] == [("support.contact", "Bad Request: no rights")] * 2
        owed = [payload for (payload,) in parts.rows("SELECT payload FROM inbox")]
        assert len(keys) == sum("MessageParked" in payload for payload in owed)
        assert parts.outbox.retry([found[0].id]) == 1
        await settles(parts, bell, parked=1, sent=1)


async def test_what_cannot_be_rendered_stops_nobody(parts: Parts) -> None:
    channel = FakeChannel()
    says(parts, "a", "1", Message("no.such.key"))
    says(parts, "b", "1", Message("support.contact", {"name": "x"}))
    says(parts, "c", "1")
    async with sending(parts, channel) as bell:
        await settles(parts, bell, parked=2, sent=1)


async def test_a_file_goes_along_with_its_name(parts: Parts) -> None:
    channel = FakeChannel()
    temporary = parts.desk.files.new_temporary()
    temporary.write_bytes(b"%PDF")
    sha256 = parts.desk.files.adopt(temporary)
    file = Attachment(sha256, "KHBD.pdf", 4)
    says(parts, "a", "1", Message("support.contact", {"name": "", "phone": ""}, attachment=file))
    async with sending(parts, channel) as bell:
        await settles(parts, bell, sent=1)
    (parcel,) = channel.parcels
    assert parcel.file_name == "KHBD.pdf"
    assert parcel.path and parcel.path.endswith(sha256)


async def test_a_channel_that_does_not_run_here_keeps_its_messages(parts: Parts) -> None:
    uow = parts.unit("a")
    uow.say_at(Address("zalo_oa", "1"), named("x"))
    uow.commit()
    async with sending(parts, FakeChannel()) as bell:
        bell.ring()
        await asyncio.sleep(0.1)
    assert states(parts.outbox) == {"todo": 1}


@pytest.mark.parametrize(("hours", "silent"), [("09:00-11:00", True), ("21:00-06:30", False), ("", False)])
async def test_quiet_hours_only_take_the_sound_away(parts: Parts, hours: str, silent: bool) -> None:
    channel = FakeChannel()
    says(parts, "a", "1")
    async with sending(parts, channel, hours) as bell:
        await settles(parts, bell, sent=1)
    assert [p.silent for p in channel.parcels] == [silent]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("20:59:59", False),
        ("21:00:00", True),
        ("23:59:59", True),
        ("00:00:00", True),
        ("06:29:59", True),
        ("06:30:00", False),
    ],
)
def test_quiet_hours_cross_midnight(at: str, held: bool) -> None:
    vietnam = datetime.fromisoformat(f"2025-11-26T{at}+07:00")
    assert Quiet("21:00-06:30").holds(vietnam.astimezone(UTC)) is held


@pytest.mark.parametrize(
    ("outcome", "attempts", "seconds"),
    [(Later("429", after=17), 9, 17), (Later("x"), 1, 1), (Later("x"), 4, 8), (Later("x"), 19, 300)],
)
def test_waiting_follows_the_platform_else_doubles_up_to_five_minutes(
    outcome: Outcome, attempts: int, seconds: float
) -> None:
    assert isinstance(outcome, Later)
    assert retry_delay(outcome, attempts) == seconds
