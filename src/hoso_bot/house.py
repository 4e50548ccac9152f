"""One school of a deployment in this process: its front, and its works while this process is its worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from hoso_bot import story
from hoso_bot.deployment import Deployment
from hoso_bot.domain.errors import HosoError, outline
from hoso_bot.filing import MAKING_WEB, file_store
from hoso_bot.front import Front, public_sandbox
from hoso_bot.logs import hide, secrets_of
from hoso_bot.lookups import Desk
from hoso_bot.pdf.door import Door
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.ports import Clock, Signer
from hoso_bot.premises import ABANDONED_SECONDS, LEAVES_WITHIN, Bells, Premises, desk_of, see_to_keys, stop
from hoso_bot.settings import RunRole, Settings, Signing
from hoso_bot.signers import Signers
from hoso_bot.store.db import Database
from hoso_bot.store.doors import Doors
from hoso_bot.store.home_lock import one_of_many, only_one
from hoso_bot.store.measures import Measures, measure
from hoso_bot.store.school_settings import Listed
from hoso_bot.web.schools import Schools, host_of, out_of_order
from hoso_bot.web.server import application
from hoso_bot.workers.bell import Bell
from hoso_bot.works import Works, signing_desk

log = structlog.get_logger(__name__)

LONGEST_REST = 10.0
"""Seconds a quiet school's workers sleep where nothing rings and nothing is due."""
SETTLED_SECONDS = 5.0
"""So long works run before a school is called well again: a refused token shows after a moment only."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds before a school in trouble is tried again."""


class Parts:
    """What all houses of a process share. ring: for a school whose worker is elsewhere; thread-safe."""

    def __init__(
        self,
        deployment: Deployment,
        clock: Clock,
        pool: sa.Engine,
        role: RunRole,
        ring: Callable[[str], None],
        schools: Schools,
    ) -> None:
        self.deployment, self.clock, self.pool, self.role = deployment, clock, pool, role
        self.ring, self.schools = ring, schools
        self.master_key = master_key_from_text(deployment.settings.master())
        self.public = public_sandbox()
        self.sandbox = self.public if role is RunRole.WEB else Sandbox(deployment.settings.pdf.processes)
        if role is not RunRole.WEB:
            self.sandbox.warm()
        self._desks: list[tuple[Signing, SigningDesk]] = []

    def signer(self, settings: Settings) -> SigningDesk:
        """One desk for all schools that sign alike: same authority for timestamps, same service, same tokens.

        Raises SettingsError.
        """
        alike = settings.signing.model_copy(
            update={"custody": "pin", "algorithm": "p256", "window_minutes": 1}
        )
        for signing, desk in self._desks:
            if signing == alike:
                return desk
        desk = signing_desk(settings, self.clock, self.deployment.settings.pdf.processes)
        desk.warm()
        self._desks.append((alike, desk))
        return desk

    def close(self) -> None:
        """End all processes."""
        for _, desk in self._desks:
            desk.close()
        self.sandbox.close()
        self.public.close()


class House:
    """One school's. What is wrong with it is not raised but said in `trouble`; `mend` tries again."""

    def __init__(self, listed: Listed, parts: Parts) -> None:
        self.listed, self._parts = listed, parts
        self.school_id = listed.school_id
        self.db = Database(parts.deployment.settings.database, self.school_id, parts.pool)
        self.trouble = ""
        self.is_ours = False
        """Whether this process holds the school's claim."""
        self._bell, self._sender_bell = Bell(), Bell()
        self._inside = contextlib.AsyncExitStack()
        self._at_work = contextlib.AsyncExitStack()
        self._premises: Premises | None = None
        self._works: Works | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._pause, self._try_again_at = FIRST_PAUSE, 0.0
        self._began = 0.0

    # --- in and out ----------------------------------------------------------------------------------

    async def open(self) -> None:
        """Premises and front."""
        try:
            await self._open()
            self._is_well()
        except Exception as error:
            await self._close_inside()
            self._parts.schools.open(self.school_id, "", out_of_order())
            self._in_trouble(error)

    async def _open(self) -> None:
        deployment, inside = self._parts.deployment, self._inside
        settings = deployment.settings_of(
            self.school_id, deployment.unseal(self.school_id, self.listed.sealed)
        )
        hide(secrets_of(settings))
        inside.enter_context(one_of_many(settings.home))
        signer: Signer | None = None if self._parts.role is RunRole.WEB else self._parts.signer(settings)
        door = Door(self._parts.master_key, Doors(self.db).sealed, signer)
        desk = await asyncio.to_thread(self._desk, settings, door)
        premises = Premises(
            settings, desk, Bells(self._ring(self._bell), self._ring(self._sender_bell)), inside
        )
        self._premises = premises
        if self._parts.role is RunRole.WORKER:
            return
        front = Front(premises, self._parts.public, inside)
        routes = await asyncio.to_thread(front.routes)
        pages = application(lambda: {"ok": True}, routes, self.school_id, settings.web.proxy)
        self._parts.schools.open(self.school_id, host_of(settings.web.public_url), pages)
        inside.callback(self._parts.schools.close, self.school_id)
        inside.push_async_callback(stop, front.start())

    def _desk(self, settings: Settings, door: Door) -> Desk:
        files = file_store(settings, self.db, MAKING_WEB)
        return desk_of(settings, self.db, self._parts.clock, files, self._parts.sandbox, door)

    def _ring(self, bell: Bell) -> Callable[[], None]:
        """Here while the works are here, else where they are."""

        def ring() -> None:
            if self._works:
                bell.ring()
            else:
                self._parts.ring(self.school_id)

        return ring

    def measures(self) -> Measures | None:
        """For whom watches; None while it is closed."""
        here = self._premises
        return measure(self.db, self._parts.clock, here.desk.files) if here else None

    def wake(self) -> None:
        """Another process kept something for this school."""
        self._bell.ring()
        self._sender_bell.ring()

    async def close(self) -> None:
        """Works, front, premises."""
        try:
            await self.give_up()
            await self._close_inside()
            self._parts.schools.close(self.school_id)
        except Exception:
            log.exception("school.closed_badly", school=self.school_id)

    async def _close_inside(self) -> None:
        inside, self._inside = self._inside, contextlib.AsyncExitStack()
        self._premises = None
        await inside.aclose()

    # --- working for it ------------------------------------------------------------------------------

    async def take_over(self) -> None:
        """This process holds the claim: start the works."""
        self.is_ours = True
        if self._premises:
            await self._start_works(self._premises)

    async def _start_works(self, premises: Premises) -> None:
        try:
            home = premises.settings.home
            await asyncio.to_thread(self._at_work.enter_context, only_one(home, LEAVES_WITHIN))
            await asyncio.to_thread(self._prepare, premises)
            with story.about(school=self.school_id):  # in every line of the log that its workers write
                bells = self._bell, self._sender_bell
                works = await asyncio.to_thread(Works, premises, *bells, LONGEST_REST)
                self._tasks = works.start()
            self._at_work.push_async_callback(stop, self._tasks)
            self._works, self._began = works, time.monotonic()
            log.info("school.begun", school=self.school_id)
        except Exception as error:
            await self._stop_works()
            self._in_trouble(error)

    def _prepare(self, premises: Premises) -> None:
        premises.desk.files.sweep(ABANDONED_SECONDS)
        see_to_keys(Signers(self.db, premises.settings, self._parts.clock), school=self.school_id)

    async def give_up(self) -> None:
        """Another process may be its worker from now on, and have what troubles its works."""
        self.is_ours = False
        await self._stop_works()
        if self._premises:
            self._is_well()

    async def _stop_works(self) -> None:
        self._works = None
        at_work, self._at_work = self._at_work, contextlib.AsyncExitStack()
        await at_work.aclose()

    # --- trouble -------------------------------------------------------------------------------------

    async def mend(self) -> None:
        """Notice works that ended by themselves; try again what did not begin, ever later."""
        ended = [task for task in self._tasks if task.done()] if self._works else []
        if ended:
            error = None if ended[0].cancelled() else ended[0].exception()
            await self._stop_works()
            self._in_trouble(error or RuntimeError("a worker ended"))
        if self._works and time.monotonic() - self._began > SETTLED_SECONDS:
            self._is_well()
        if not self.trouble or time.monotonic() < self._try_again_at:
            return
        if self._premises is None:
            await self.open()
        if self._premises and self.is_ours and self._works is None:
            await self._start_works(self._premises)

    def _in_trouble(self, error: BaseException) -> None:
        self.trouble = str(error) if isinstance(error, HosoError) else outline(error)
        self._try_again_at = time.monotonic() + self._pause
        log.error("school.trouble", school=self.school_id, error=self.trouble, again_in=self._pause)
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    def _is_well(self) -> None:
        if self.trouble:
            log.info("school.mended", school=self.school_id)
            self._pause = FIRST_PAUSE
        self.trouble = ""
