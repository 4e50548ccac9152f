"""What happens by the clock: once each, whatever fails, in Vietnam's time."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, time, timedelta

import pytest
from tests.parts import Parts

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.record_events import ArchiveNightBegan
from hoso_bot.store.inbox import Inbox
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.scheduler import JOBS, Job, Scheduler

NIGHTLY = JOBS[0]
SATURDAY = Job(
    "saturday",
    time(17, 0),
    lambda day: ArchiveNightBegan(day.isoformat()),
    "reminders",
    timedelta(hours=12),
    frozenset({5}),
)


class Still:
    """A clock that stands where a test puts it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Silence(Bell):
    """A bell without a loop."""

    def __init__(self) -> None:
        pass

    def ring(self) -> None:
        pass


def local(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=VN).astimezone(UTC)  # type: ignore[arg-type,misc]


def scheduler(parts: Parts, clock: Still, *jobs: Job) -> Scheduler:
    return Scheduler(Inbox(parts.db, clock), clock, Silence(), jobs or (NIGHTLY, SATURDAY))


def planned(parts: Parts) -> list[tuple[str, str]]:
    rows = parts.rows("SELECT external_id, payload FROM inbox WHERE source = 'internal' ORDER BY id")
    return [(key, json.loads(payload)["night"]) for key, payload in rows]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (local(2026, 11, 24, 1, 29, 59), local(2026, 11, 23, 1, 30)),
        (local(2026, 11, 24, 1, 30), local(2026, 11, 24, 1, 30)),
        (local(2026, 11, 24, 23, 59), local(2026, 11, 24, 1, 30)),
        (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), local(2026, 11, 24, 1, 30)),
    ],
)
def test_a_job_is_due_by_vietnams_clock(now: datetime, due: datetime) -> None:
    assert NIGHTLY.latest(now) == due


def test_a_weekly_job_is_due_on_its_day_only() -> None:
    assert SATURDAY.latest(local(2026, 11, 27, 20)) == local(2026, 11, 21, 17)
    assert SATURDAY.latest(local(2026, 11, 28, 17)) == local(2026, 11, 28, 17)


def test_a_due_job_is_kept_once_however_often_it_ticks(parts: Parts) -> None:
    clock = Still(local(2026, 11, 24, 1, 30, 20))
    first, second = scheduler(parts, clock), scheduler(parts, clock)
    assert [first.tick(), first.tick()] == [1, 0]
    second.tick()
    assert planned(parts) == [("clock:archive:2026-11-24T01:30+07:00", "2026-11-24")]


def test_a_bot_that_was_off_catches_up_with_the_last_one_or_leaves_it(parts: Parts) -> None:
    clock = Still(local(2026, 11, 24, 7, 0))
    scheduler(parts, clock).tick()
    clock.at = local(2026, 11, 27, 9, 0)
    scheduler(parts, clock).tick()
    assert [night for _, night in planned(parts)] == ["2026-11-24"]


def test_three_replicas_with_random_outages_miss_and_double_nothing(parts: Parts) -> None:
    """One simulated year; every night some replica is up within the job's patience."""
    chance, clock = random.Random(4), Still(local(2026, 1, 1, 0, 0))
    replicas = [scheduler(parts, clock, NIGHTLY) for _ in range(3)]
    days = 365
    for _ in range(days * 8):
        clock.at += timedelta(hours=3)
        up = [at for at in range(3) if chance.random() > 0.4] or [0]
        for at in up:
            if chance.random() < 0.1:
                replicas[at] = scheduler(parts, clock, NIGHTLY)
            replicas[at].tick()
    nights = [night for _, night in planned(parts)]
    assert len(nights) == len(set(nights)) == days
    assert nights == sorted(nights)


async def test_the_ticker_ticks_at_once_and_stops(parts: Parts) -> None:
    clock = Still(local(2026, 11, 24, 2, 0))
    running = asyncio.create_task(Scheduler(Inbox(parts.db, clock), clock, Bell()).run())
    for _ in range(100):
        await asyncio.sleep(0.02)
        if planned(parts):
            break
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(planned(parts)) == 1
