"""What happens by the clock: a table of jobs, each of them an event in the inbox.

APScheduler only ticks. A tick asks which moment of every job came last and keeps it as an inbox row named
after that moment: so a kill loses nothing, two processes do it once, and a bot that was off catches up with
the last one (not with all of them) while it still makes sense.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.events import InternalEvent, to_json
from hoso_bot.domain.privacy_events import CONSENT_LANE, ConsentRound
from hoso_bot.domain.record_events import ArchiveNightBegan
from hoso_bot.domain.retention_events import RETENTION_LANE, RetentionNightBegan
from hoso_bot.ports import Clock
from hoso_bot.store.inbox import INTERNAL, Arrival, Inbox
from hoso_bot.workers.bell import Bell

TICK_SECONDS = 30
EVERY_DAY = frozenset(range(7))

logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it would log every tick


@dataclass(frozen=True)
class Job:
    """One line of the table. at: time of day in Vietnam; weekdays: Monday is 0; event: made of the local day.

    patience: how late it may still happen after the bot was off; later that day's is left out.
    """

    name: str
    at: time
    event: Callable[[date], InternalEvent]
    lane: str
    patience: timedelta
    weekdays: frozenset[int] = EVERY_DAY

    def latest(self, now: datetime) -> datetime:
        """The last moment it was due, at `now` or before (at most a week ago)."""
        local = now.astimezone(VN)
        for days in range(8):
            day = local.date() - timedelta(days=days)
            due = datetime.combine(day, self.at, VN)
            if due <= local and day.weekday() in self.weekdays:
                return due
        raise ValueError(f"{self.name} has no weekday")


@dataclass(frozen=True)
class Round:
    """Work that is due when `is_due` says so, looked at every minute; its handler finds out what it is.

    Unlike a job it may happen twice for one moment: what it does is kept from doubling elsewhere.
    """

    name: str
    is_due: Callable[[], bool]
    event: Callable[[datetime], InternalEvent]
    lane: str


JOBS: tuple[Job | Round, ...] = (
    Job(
        "archive",
        time(1, 30),
        lambda day: ArchiveNightBegan(day.isoformat()),
        lane="archive",
        patience=timedelta(hours=6),
    ),
    Job(
        "retention",
        time(2, 30),
        lambda day: RetentionNightBegan(day.isoformat()),
        lane=RETENTION_LANE,
        patience=timedelta(hours=6),
    ),
    Job(
        "consent",
        time(16, 0),
        lambda day: ConsentRound(day.isoformat()),
        lane=CONSENT_LANE,
        patience=timedelta(hours=6),
        weekdays=frozenset(range(5)),
    ),
)


class Scheduler:
    """Plans what is due, once each, whatever happens to the process."""

    def __init__(self, inbox: Inbox, clock: Clock, bell: Bell, jobs: Sequence[Job | Round] = JOBS) -> None:
        self._inbox, self._clock, self._bell, self._jobs = inbox, clock, bell, jobs
        self._planned: set[str] = set()

    async def run(self) -> None:
        """Tick until cancelled."""
        ticker = AsyncIOScheduler(
            timezone=VN, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        every = IntervalTrigger(seconds=TICK_SECONDS, timezone=VN)
        ticker.add_job(self._tick, every, next_run_time=datetime.now(VN))
        ticker.start()
        try:
            await asyncio.Event().wait()
        finally:
            ticker.shutdown(wait=False)

    async def _tick(self) -> None:
        if await asyncio.to_thread(self.tick):
            self._bell.ring()

    def tick(self) -> int:
        """Keep what became due since; how many jobs this process planned now."""
        now = self._clock.now()
        due = {arrival.external_id: arrival for job in self._jobs if (arrival := _arrival(job, now))}
        new = [arrival for key, arrival in due.items() if key not in self._planned]
        if new:
            self._inbox.keep(new)
        self._planned = set(due)
        return len(new)


def _arrival(job: Job | Round, now: datetime) -> Arrival | None:
    if isinstance(job, Round):
        minute = now.astimezone(VN).replace(second=0, microsecond=0)
        event, due = job.event(minute), minute if job.is_due() else None
    else:
        due = job.latest(now)
        event, due = job.event(due.date()), due if now - due <= job.patience else None
    if due is None:
        return None
    key = f"clock:{job.name}:{due.isoformat(timespec='minutes')}"
    return Arrival(INTERNAL, key, job.lane, to_json(event))
