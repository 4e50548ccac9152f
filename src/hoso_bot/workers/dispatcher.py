"""Inbox -> handler: claims rows lane by lane, fetches attachments, runs handlers in threads."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import structlog

from hoso_bot import story
from hoso_bot.casework.room import refused_unfetched
from hoso_bot.domain.chain_events import FileLeftOver
from hoso_bot.domain.errors import Conflict, FileRefused, FilesAway, outline
from hoso_bot.domain.events import (
    ChatEvent,
    Event,
    FileSent,
    FilesOutOfReach,
    InternalEvent,
    WorkGivenUp,
    WorkParked,
    from_json,
    to_json,
)
from hoso_bot.domain.messages import Message
from hoso_bot.handlers import handle, wants_picture
from hoso_bot.lookups import Desk
from hoso_bot.ports import Channel
from hoso_bot.store.db import from_moment, new_id
from hoso_bot.store.inbox import INTERNAL, Inbox, Kept
from hoso_bot.store.other_ways import OtherWays
from hoso_bot.store.people import People
from hoso_bot.unit_of_work import Unguarded, UnitOfWork
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.patience import FILES_AGAIN, Patience
from hoso_bot.workers.rest import SHORT, rest

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
MAX_DELAY = 300.0
CONFLICT_ROUNDS = 5
TOLD_AFTER = timedelta(seconds=25)
"""So long a file waits for the store of files before its sender hears why."""


class Unreadable(Exception):
    """A raw update that its own channel cannot parse; trying again would not help."""


class Dispatcher:
    """Handles up to `slots` lanes at once; rows of one lane strictly one after the other.

    One slot is never taken by a lane with much in hand: however many people flood, the others go on.
    """

    def __init__(
        self,
        desk: Desk,
        inbox: Inbox,
        channels: Mapping[str, Channel],
        bell: Bell,
        sender_bell: Bell,
        slots: int = 4,
        other_ways: OtherWays | None = None,
        longest_rest: float = SHORT,
    ) -> None:
        self._longest_rest = longest_rest
        self._desk, self._inbox, self._channels = desk, inbox, channels
        self._bell, self._sender_bell, self._slots = bell, sender_bell, slots
        self._other_ways = other_ways
        self._people = People(desk.db)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._ahead = deque[Kept]()
        self._crowded: set[str] = set()
        self.patience = Patience()

    async def run(self) -> None:
        """Until cancelled; rows in work are finished first."""
        try:
            while True:
                await self._look_ahead()
                if not self._begin():
                    await rest(self._bell, self._inbox, self.patience, self._longest_rest)
        finally:
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    @property
    def _free(self) -> int:
        return self._slots - len(self._busy)

    async def _look_ahead(self) -> None:
        """Take rows for the free slots, and as many more as there are slots: one commit for all of them."""
        if self._ahead or not self._free:
            return
        most = self._free + self._slots
        for_crowds = max(1, self._slots - 1) - len(self._crowded)
        rows = await self.patience.ask(partial(self._inbox.claim, most, list(self._busy), for_crowds))
        self._ahead.extend(rows)
        self._crowded |= {row.lane for row in rows if row.crowded}

    def _begin(self) -> int:
        """Work on what was taken, as far as slots are free; how many rows."""
        rows = [self._ahead.popleft() for _ in range(min(self._free, len(self._ahead)))]
        for row in rows:
            self._busy[row.lane] = asyncio.create_task(self._lane_work(row))
        return len(rows)

    async def _lane_work(self, row: Kept) -> None:
        try:
            with story.about(row=row.id):
                await self._work(row)
        except Exception:
            log.exception("row.bookkeeping_failed", row=row.id)
        finally:
            del self._busy[row.lane]
            self._crowded.discard(row.lane)
            self._bell.ring()
            self._sender_bell.ring()

    async def _work(self, row: Kept) -> None:
        event, began = None, time.monotonic()
        try:
            event = self._parsed(row)
            event = await self._with_file(row, event)
            was_silent = await self._was_silent(row, event)
            await asyncio.to_thread(self._handle, row, event, was_silent)
            await self._try_what_was_put_off(row, event)
            took = round(time.monotonic() - began, 3)
            log.info("row.done", row=row.id, what=type(event).__name__, seconds=took)
        except FilesAway as away:
            log.warning("row.waits", row=row.id, error=outline(away))
            await self.patience.ask(partial(self._wait_for_files, row, event, outline(away)))
        except Unreadable as error:
            await self.patience.ask(partial(self._park, row, outline(error.__cause__ or error), None))
        except Exception as error:
            why = outline(error)
            log.warning("row.failed", row=row.id, attempts=row.attempts, error=why)
            await self.patience.ask(partial(self._failed, row, why, event))
        finally:
            if isinstance(event, FileSent) and event.sha256:
                self._desk.files.release(event.sha256)

    async def _try_what_was_put_off(self, row: Kept, event: Event | None) -> None:
        """A sign of life where writing has its hours: what has to wait a while is tried now."""
        if self._other_ways is None or not isinstance(event, ChatEvent) or row.source == INTERNAL:
            return
        if self._channels[row.source].abilities.free_window is not None:
            await asyncio.to_thread(self._other_ways.try_again_now, event.origin)

    async def _was_silent(self, row: Kept, event: Event | None) -> bool:
        """Whether this ends a silence in which the person could not be written to."""
        window = self._channels[row.source].abilities.free_window if row.source != INTERNAL else None
        if window is None or self._other_ways is None or not isinstance(event, ChatEvent):
            return False
        return await asyncio.to_thread(self._other_ways.was_silent, event.origin, window)

    def _parsed(self, row: Kept) -> Event | None:
        """The event of a row. Raises Unreadable."""
        try:
            if row.source == INTERNAL:
                return from_json(row.payload)
            return self._channels[row.source].parse(row.payload)
        except Exception as error:
            raise Unreadable from error

    async def _with_file(self, row: Kept, event: Event | None) -> Event | None:
        """The same, its file fetched. Raises FilesAway, OSError when that has to wait."""
        if row.source == INTERNAL or not isinstance(event, FileSent) or not event.remote_id:
            return event
        if not await self._is_wanted(row, event):
            return event
        return await self._fetch(self._channels[row.source], row, event)

    async def _is_wanted(self, row: Kept, event: FileSent) -> bool:
        """A document always; anything else as far as a conversation is about it."""
        if event.kind == "document":
            return True
        return await asyncio.to_thread(lambda: wants_picture(event, self._unit(row, event)))

    async def _fetch(self, channel: Channel, row: Kept, event: FileSent) -> FileSent:
        if await asyncio.to_thread(self._people.at, event.origin) is None:
            return event
        if why := await asyncio.to_thread(lambda: refused_unfetched(event, self._unit(row, event))):
            return dataclasses.replace(event, fetch_error=why)
        if event.size and event.size > channel.max_file_bytes:
            return dataclasses.replace(event, fetch_error="file.too_big")
        if away := await asyncio.to_thread(self._desk.files.trouble):
            raise FilesAway(away)
        target = self._desk.files.new_temporary()
        if event.kind == "document":
            story.learned(plan=row.id)
        try:
            await channel.fetch(event, target)
            sha256 = await asyncio.to_thread(self._desk.files.adopt, target, True)
            log.info("file.fetched", row=row.id)
            return dataclasses.replace(event, sha256=sha256)
        except FileRefused as refusal:
            return dataclasses.replace(event, fetch_error=refusal.text_key)
        except OSError:
            if row.attempts < MAX_ATTEMPTS:
                raise
            return dataclasses.replace(event, fetch_error="file.fetch_failed")
        finally:
            target.unlink(missing_ok=True)

    def _handle(self, row: Kept, event: Event | None, was_silent: bool = False) -> None:
        """Run the handler and commit; on a conflict read and decide again.

        was_silent: with the same commit, what was given up for the silence that ends here is said after all.
        """
        for _ in range(CONFLICT_ROUNDS):
            try:
                with self._desk.db.looking():
                    uow = self._unit(row, event)
                    if event is not None:
                        handle(event, uow)
                if was_silent and self._other_ways and isinstance(event, ChatEvent):
                    uow.change(Unguarded(self._other_ways.taking_up_again(event.origin)))
                uow.commit()
            except Conflict as conflict:
                log.info("row.conflict", row=row.id, what=str(conflict)[:200])
            else:
                return
        raise Conflict

    def _unit(self, row: Kept, event: Event | None) -> UnitOfWork:
        origin = event.origin if isinstance(event, ChatEvent) else None
        person = self._people.at(origin) if origin else None
        return UnitOfWork(self._desk, f"in{row.id}", origin, person, row.id)

    def _wait_for_files(self, row: Kept, event: Event | None, error: str) -> None:
        """Nothing is given up for it; after a while the sender hears that the file is not lost, once."""
        self._inbox.put_off(row.id, error, FILES_AGAIN)
        if self._desk.clock.now() - from_moment(row.received_at) < TOLD_AFTER:
            return
        uow = self._waiting_unit(row, event)
        with contextlib.suppress(Conflict):  # told already
            uow.commit()

    def _waiting_unit(self, row: Kept, event: Event | None) -> UnitOfWork:
        origin = event.origin if isinstance(event, FileSent) else None
        uow = UnitOfWork(self._desk, f"away{row.id}", origin, self._people.at(origin) if origin else None)
        if isinstance(event, FileSent):
            uow.reply(Message("filing.waits", {"name": event.name}))
        uow.emit(FilesOutOfReach(row.received_at), "files")
        return uow

    def _failed(self, row: Kept, error: str, event: Event | None) -> None:
        if row.attempts < MAX_ATTEMPTS:
            self._inbox.postpone(row.id, error, min(MAX_DELAY, 0.5 * 2**row.attempts))
        else:
            self._park(row, error, event)

    def _park(self, row: Kept, error: str, event: Event | None) -> None:
        """Give up on a row and, with the same commit, tell the office and whoever waits for the answer.

        The lane goes on. A row that was parked already stays as it is: an answer of the database was lost.
        """
        log.error("row.parked", row=row.id, source=row.source, error=error)
        uow = UnitOfWork(self._desk, f"parked{row.id}:{new_id()}")  # it may be parked again one day
        uow.change(self._inbox.park(row.id, error))
        what = type(event).__name__ if isinstance(event, InternalEvent) else "chat"
        uow.record("row.parked", what, row=row.id, source=row.source)
        if not isinstance(event, WorkParked):
            uow.emit(WorkParked(row.id, what), "office")
        if isinstance(event, InternalEvent) and not isinstance(event, WorkGivenUp | WorkParked):
            uow.emit(WorkGivenUp(to_json(event)), f"parked:{row.id}")
        if isinstance(event, FileSent) and event.sha256:
            uow.emit(FileLeftOver(event.sha256), f"parked:{row.id}")
        if isinstance(event, ChatEvent) and self._people.at(event.origin):
            uow.say_at(event.origin, Message("error.given_up"))
        with contextlib.suppress(Conflict):
            uow.commit()
