"""Inbox -> handler: order per lane, lanes side by side, failures stay in their lane."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from tests.database import commits
from tests.fakes.channel import FakeChannel
from tests.parts import Parts, at_work, states

from hoso_bot import handlers
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.events import Event, MessageUndeliverable, TextSent, to_json
from hoso_bot.domain.messages import Message
from hoso_bot.store.inbox import INTERNAL, Arrival
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.workers import dispatcher
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.dispatcher import Dispatcher

Handler = Callable[[Any, UnitOfWork], None]


@asynccontextmanager
async def dispatching(parts: Parts, handler: Handler, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bell]:
    """A running dispatcher whose every event goes to `handler`; gives its bell."""
    monkeypatch.setattr(dispatcher, "handle", handler)
    channel, bell = FakeChannel(), Bell()
    worker = Dispatcher(parts.desk, parts.inbox, {"fake": channel}, bell, Bell())
    async with at_work(worker):
        yield bell


def text(number: int, chat: str, words: str = "") -> Arrival:
    return Arrival("fake", str(number), f"fake:{chat}", {"chat": chat, "text": words or str(number)})


async def settles(parts: Parts, bell: Bell, **wanted: int) -> None:
    """Wait until the inbox counts are these; time flies while we wait."""
    async with asyncio.timeout(10):
        while states(parts.inbox) != wanted:
            parts.clock.skip(timedelta(seconds=5))
            bell.ring()
            await asyncio.sleep(0.01)


async def test_a_lane_is_handled_in_order(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def slow(event: TextSent, uow: UnitOfWork) -> None:
        time.sleep(0.002)
        seen.append(event.text)

    parts.inbox.keep([text(n, "a") for n in range(20)])
    async with dispatching(parts, slow, monkeypatch) as bell:
        await settles(parts, bell, done=20)
    assert seen == [str(n) for n in range(20)]


async def test_lanes_run_side_by_side(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4, timeout=5)
    parts.inbox.keep([text(n, chat) for n, chat in enumerate("abcd")])
    async with dispatching(parts, lambda event, uow: together.wait() and None, monkeypatch) as bell:
        await settles(parts, bell, done=4)


async def test_never_more_lanes_at_once_than_slots(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def counting(event: Event, uow: UnitOfWork) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1

    parts.inbox.keep([text(n, f"chat{n}") for n in range(20)])
    async with dispatching(parts, counting, monkeypatch) as bell:
        await settles(parts, bell, done=20)
    assert 1 <= most <= 4


async def test_many_rows_are_taken_by_few_commits(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    parts.inbox.keep([text(n, f"chat{n}") for n in range(20)])
    with commits(parts.db, monkeypatch) as begun:
        async with dispatching(parts, lambda event, uow: time.sleep(0.01), monkeypatch) as bell:
            await settles(parts, bell, done=20)
    assert len(begun) <= 20 + 5  # each ends by its own, eight and then five or more are taken at once


async def test_what_was_taken_but_not_begun_is_given_back(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Semaphore(0)

    def slow(event: Event, uow: UnitOfWork) -> None:
        begun.release()
        time.sleep(0.2)

    parts.inbox.keep([text(n, f"chat{n}") for n in range(8)])
    async with dispatching(parts, slow, monkeypatch):
        for _ in range(4):
            await asyncio.to_thread(begun.acquire)
    assert states(parts.inbox) == {"done": 4, "doing": 4}
    assert parts.inbox.recover() == 4
    async with dispatching(parts, lambda event, uow: None, monkeypatch) as bell:
        await settles(parts, bell, done=8)


async def test_a_failing_row_delays_only_its_lane(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def fails_at_first(event: TextSent, uow: UnitOfWork) -> None:
        order.append(event.text)
        if event.text == "bad" and order.count("bad") < 3:
            raise RuntimeError("not yet")

    parts.inbox.keep([text(1, "a", "bad"), text(2, "a", "after bad"), text(3, "b", "other")])
    async with dispatching(parts, fails_at_first, monkeypatch) as bell:
        await settles(parts, bell, done=3)
    assert order.count("bad") == 3
    assert order.index("other") < order.index("after bad")
    assert order[-1] == "after bad"


async def test_after_enough_tries_a_row_is_parked_and_the_office_told(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.link("PHT01", "900", "fake")
    tries = 0

    def always_fails(event: Event, uow: UnitOfWork) -> None:
        nonlocal tries
        if not isinstance(event, TextSent):
            handlers.handle(event, uow)
        elif event.text == "bad":
            tries += 1
            raise RuntimeError("never")

    parts.inbox.keep([text(1, "a", "bad"), text(2, "a", "next")])
    async with dispatching(parts, always_fails, monkeypatch) as bell:
        await settles(parts, bell, parked=1, done=2)
    assert tries == dispatcher.MAX_ATTEMPTS
    assert parts.rows("SELECT chat_id, json_extract(message, '$.text') FROM outbox") == [
        ("900", "office.parked")
    ]
    told = parts.rows("SELECT action FROM audit ORDER BY number DESC LIMIT 2")
    assert told == [("work.parked_told",), ("row.parked",)]


async def test_an_unreadable_row_is_parked_at_once(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    parts.inbox.keep([Arrival("fake", "1", "fake:a", {"text": "no chat"}), text(2, "a")])
    async with dispatching(parts, lambda event, uow: None, monkeypatch) as bell:
        await settles(parts, bell, parked=1, done=2)
    assert parts.rows("SELECT attempts FROM inbox WHERE state = 'parked'") == [(1,)]


async def test_an_update_that_is_not_for_us_is_done(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(event: Event, uow: UnitOfWork) -> None:
        raise AssertionError("nobody should be asked")

    parts.inbox.keep([Arrival("fake", "1", "fake:a", {"chat": "a"})])
    async with dispatching(parts, never, monkeypatch) as bell:
        await settles(parts, bell, done=1)


async def test_a_conflict_reads_and_decides_again(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = 0

    def conflicts_twice(event: TextSent, uow: UnitOfWork) -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            uow.commit = _conflict  # type: ignore[method-assign]
        uow.say_at(event.origin, Message("tap.used"))

    parts.inbox.keep([text(1, "a")])
    async with dispatching(parts, conflicts_twice, monkeypatch) as bell:
        await settles(parts, bell, done=1)
    assert parts.rows("SELECT attempts FROM inbox") == [(1,)]
    assert parts.rows("SELECT count(*) FROM outbox") == [(1,)]


def _conflict() -> None:
    raise Conflict


async def test_owed_work_comes_back_as_the_event_it_was(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Event] = []
    owed = MessageUndeliverable("person", "blocked")
    parts.inbox.keep([Arrival(INTERNAL, "x", "person:1", to_json(owed))])
    async with dispatching(parts, lambda event, uow: seen.append(event), monkeypatch) as bell:
        await settles(parts, bell, done=1)
    assert seen == [owed]


async def test_stopping_lets_running_work_finish(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()

    def slow(event: Event, uow: UnitOfWork) -> None:
        started.set()
        time.sleep(0.2)

    parts.inbox.keep([text(1, "a")])
    async with dispatching(parts, slow, monkeypatch):
        await asyncio.to_thread(started.wait, 5)
    assert states(parts.inbox) == {"done": 1}


async def test_a_handler_knows_who_wrote(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    parts.link("GV09", "a", "fake")
    seen: list[str | None] = []

    def who(event: Event, uow: UnitOfWork) -> None:
        seen.append(uow.person.staff_id if uow.person else None)

    parts.inbox.keep([text(1, "a"), text(2, "b")])
    async with dispatching(parts, who, monkeypatch) as bell:
        await settles(parts, bell, done=2)
    assert sorted(seen, key=str) == ["GV09", None]
