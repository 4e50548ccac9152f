"""The one place where a school's real parts are chosen, joined, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog
from aiohttp import web

from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import SettingsError
from hoso_bot.filing import MAKING_WEB, file_store
from hoso_bot.front import Front, public_sandbox
from hoso_bot.office import Office
from hoso_bot.pdf.door import Door
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.ports import Channel, Clock, Inspector, Signer
from hoso_bot.premises import (
    ABANDONED_SECONDS,
    LEAVES_WITHIN,
    LONGEST_SILENCE,
    Bells,
    Premises,
    desk_of,
    see_to_keys,
    stop,
    until_one_ends,
)
from hoso_bot.settings import RunRole, Settings
from hoso_bot.store import far_bells
from hoso_bot.store.db import Database
from hoso_bot.store.doors import Doors
from hoso_bot.store.home_lock import one_of_many, only_one
from hoso_bot.store.measures import measure
from hoso_bot.store.safety_copy import drop_old_copies
from hoso_bot.web.listening import Listening, tell_ready
from hoso_bot.web.metrics import metrics_page
from hoso_bot.web.server import application
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.patience import Patience
from hoso_bot.works import Works, signing_desk

log = structlog.get_logger(__name__)

Pool = TypeVar("Pool", Sandbox, SigningDesk)
CLAIM_SECONDS, STANDBY_SECONDS = 2.0, 1.0


@dataclass
class App:
    """A running school. Use `async with App(settings).running():`.

    extra_channels and extra_routes: the web demo's phones; nothing else adds any.
    inspector and signer: parts somebody else started and will close; by default the app's own.
    """

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    role: RunRole = RunRole.ALL
    extra_channels: tuple[Channel, ...] = ()
    extra_routes: tuple[web.AbstractRouteDef, ...] = ()
    inspector: Inspector | None = None
    signer: Signer | None = None
    port: int | None = None
    """The port the web server listens on, once running; None when it does not."""

    def __post_init__(self) -> None:
        self.front: Front | None = None
        self.works: Works | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Start everything; stop it in the opposite order."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            yield self

    async def run_forever(self) -> None:
        """Until a worker dies (its error is raised) or this task is cancelled."""
        async with self.running():
            tell_ready()
            await until_one_ends(self._tasks)

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        self.db = Database(self.settings.database, self.settings.school_id)
        stack.callback(self.db.close)
        if self.role is RunRole.WEB:
            await self._start_web_alone(stack)
        else:
            await self._start_worker(stack)

    # --- the worker's side -----------------------------------------------------------------------

    async def _start_worker(self, stack: contextlib.AsyncExitStack) -> None:
        """What takes long to start is started before the claim, so that a standby takes over at once."""
        stands_by = self.role is RunRole.WORKER and self.db.on_server
        if not stands_by:
            stack.enter_context(only_one(self.settings.home))
        inspector = self.inspector or _warmed(Sandbox(self.settings.pdf.processes), stack)
        signer = self.signer or _warmed(signing_desk(self.settings, self.clock), stack)
        if self.role is RunRole.WORKER:
            await self._listen_for_operators(stack)
        await self._become_the_worker(stack, stands_by)
        self._open_office()
        files = file_store(self.settings, self.db)
        files.sweep()
        self.desk = desk_of(self.settings, self.db, self.clock, files, inspector, signer)
        bell, sender_bell = Bell(), Bell()
        bells = Bells(bell.ring, sender_bell.ring)
        self.premises = Premises(self.settings, self.desk, bells, stack, self.extra_channels)
        works = Works(self.premises, bell, sender_bell)
        if self.role is RunRole.ALL:
            await self._open_front(stack, self._public_inspector(stack))

        def rung() -> None:
            bell.ring()
            sender_bell.ring()

        self._tasks += works.start()
        self._goes_on(far_bells.hear(self.db, self.settings.home, rung))
        self._goes_on(self._stay_the_worker())
        stack.push_async_callback(stop, self._tasks)
        self.works = works

    async def _become_the_worker(self, stack: contextlib.AsyncExitStack, stands_by: bool) -> None:
        """Two workers would poll one bot twice; on a server the school folder's lock is not enough."""
        self._claim = self.db.claim("run")
        stack.callback(self._claim.release)
        patience, told = Patience(), False
        while not await patience.ask(self._claim.holds):
            if not stands_by:
                raise SettingsError("another hoso-bot runs this school on the same database")
            if not told:
                log.info("standby", school=self.db.school_id)
                tell_ready()
                told = True
            await asyncio.sleep(STANDBY_SECONDS)
        if stands_by:
            held = contextlib.ExitStack()
            stack.callback(held.close)
            await asyncio.to_thread(held.enter_context, only_one(self.settings.home, LEAVES_WITHIN))
            log.info("worker", school=self.db.school_id, took_over=told)

    async def _stay_the_worker(self) -> None:
        """Ends the process when another one took the school over while the database was away."""
        patience = Patience()
        while await patience.ask(self._claim.holds):
            await asyncio.sleep(CLAIM_SECONDS)
        raise SettingsError("another hoso-bot took this school over")

    def _open_office(self) -> None:
        """Bring the tables to this version's shape, see that approvers have keys, say what is missing."""
        office = Office(self.settings, self.clock)
        if office.upgraded_from:
            log.warning("database.upgraded", as_it_was=office.upgraded_from.name)
        if office.db.file:
            drop_old_copies(office.db.file, self.clock.now())
        see_to_keys(office.signers)
        if not self.settings.signing.custody_is_said:
            log.warning("custody.unsaid", goes_on_as=office.signers.custody, mend="hoso-bot doctor")
        office.close()

    async def _listen_for_operators(self, stack: contextlib.AsyncExitStack) -> None:
        """A worker by itself has no pages; with a port of its own it says how it is, standing by or not."""
        port = self.settings.web.worker_port
        if port is None:
            return
        pages = [metrics_page(lambda: measure(self.db, self.clock))]
        self.port = await self._listens(stack, application(self.state, pages), port)

    # --- the web side ----------------------------------------------------------------------------

    async def _start_web_alone(self, stack: contextlib.AsyncExitStack) -> None:
        stack.enter_context(one_of_many(self.settings.home))
        await self._until_tables_are_ready()
        inspector = self._public_inspector(stack)
        door = Door(master_key_from_text(self.settings.master()), Doors(self.db).sealed)
        files = file_store(self.settings, self.db, MAKING_WEB)
        files.sweep(ABANDONED_SECONDS)
        self.desk = desk_of(self.settings, self.db, self.clock, files, inspector, door)
        bell = Bell()
        self.premises = Premises(self.settings, self.desk, Bells(bell.ring, bell.ring), stack)
        await self._open_front(stack, inspector)
        rung = partial(bell.wait, LONGEST_SILENCE)
        self._goes_on(far_bells.pass_on(self.db, self.settings.home, rung))
        stack.push_async_callback(stop, self._tasks)

    async def _until_tables_are_ready(self) -> None:
        """The worker alone changes tables: an older one may still be at work on them."""
        told = False
        while not await asyncio.to_thread(lambda: self.db.is_newest):
            if await asyncio.to_thread(lambda: self.db.is_of_a_newer):
                raise SettingsError("this database belongs to a newer hoso-bot")
            if not told:
                log.warning("web.waits", why="the tables are of an older version", mend="start a worker")
                told = True
            await asyncio.sleep(STANDBY_SECONDS)

    def _public_inspector(self, stack: contextlib.AsyncExitStack) -> Inspector:
        if self.inspector:
            return self.inspector
        stack.callback((sandbox := public_sandbox()).close)
        return sandbox

    async def _open_front(self, stack: contextlib.AsyncExitStack, inspector: Inspector) -> None:
        front = Front(self.premises, inspector, stack)
        routes = [*self.extra_routes, *front.routes()]
        pages = application(self.state, routes, self.db.school_id, self.settings.web.proxy)
        port, self.front = self.settings.web.port, front
        try:
            self.port = await self._listens(stack, pages, port)
        except SettingsError as error:
            if self.role is RunRole.WEB or self.extra_routes or front.is_needed:
                raise
            log.warning("web.off", error=str(error))
        self._tasks += front.start()

    async def _listens(self, stack: contextlib.AsyncExitStack, pages: web.Application, port: int) -> int:
        """The port. Raises SettingsError."""
        server = Listening(pages)
        stack.push_async_callback(server.stop)
        return await server.start(self.settings.web.host, port, self.settings.web.share_port)

    # --- both ------------------------------------------------------------------------------------

    def _goes_on(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    def state(self) -> dict[str, Any]:
        """How the side that runs here does; a worker that stands by does well."""
        if self.works:
            return self.works.state()
        if self.front and self.role is RunRole.WEB:
            return self.front.state()
        return {"ok": self.role is RunRole.WORKER, "standby": self.role is RunRole.WORKER}


def _warmed(part: Pool, stack: contextlib.AsyncExitStack) -> Pool:
    """Start a pool of processes in the background; closed with the app."""
    stack.callback(part.close)
    part.warm()
    return part
