"""Many schools in one process: one event loop, web server, pool of connections and set of PDF workers.

Several such processes share the schools by their claims: each school has one worker, and every process shows
every school's pages. One school's trouble is its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import structlog

from hoso_bot.clock import SystemClock
from hoso_bot.deployment import Deployment
from hoso_bot.domain.errors import SettingsError, outline
from hoso_bot.house import House, Parts
from hoso_bot.ports import Clock
from hoso_bot.premises import LONGEST_SILENCE, stop, until_one_ends
from hoso_bot.settings import RunRole
from hoso_bot.store import far_bells
from hoso_bot.store.claims import Claims, ClaimsLost, key_of
from hoso_bot.store.db import Database, is_away
from hoso_bot.store.engines import server_pool
from hoso_bot.store.measures import Measures
from hoso_bot.store.school_settings import Directory, Listed
from hoso_bot.web.listening import Listening, tell_ready
from hoso_bot.web.metrics import schools_metrics_page
from hoso_bot.web.schools import Schools, deployment_application
from hoso_bot.workers.bell import Bell

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks at which schools there are and whose worker is gone."""
THREADS, CONNECTIONS, MORE_CONNECTIONS = 32, 8, 24
MOST_AT_ONCE = 10
"""Schools taken or given back in one look, so that a process goes on answering meanwhile."""
OPEN_FILES = 65_536


@dataclass
class District:
    """A running deployment, or its part in this process. Use `async with District(…).running():`."""

    deployment: Deployment
    clock: Clock = field(default_factory=SystemClock)
    role: RunRole = RunRole.ALL
    port: int | None = None
    """The port the web server listens on, once running."""

    def __post_init__(self) -> None:
        self.houses: dict[str, House] = {}
        self._trouble = "begins"
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[District]:
        """Start everything; stop it in the opposite order."""
        async with contextlib.AsyncExitStack() as stack:
            await self._start(stack)
            yield self

    async def run_forever(self) -> None:
        """Until this task is cancelled, or what all schools stand on dies."""
        async with self.running():
            tell_ready()
            await until_one_ends(self._tasks)

    async def _start(self, stack: contextlib.AsyncExitStack) -> None:
        _allow_many_files()
        url = self.deployment.settings.database
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "hoso"))
        await asyncio.to_thread(self._migrate, url)
        self._pool = server_pool(url, size=CONNECTIONS, overflow=MORE_CONNECTIONS)
        stack.callback(self._pool.dispose)
        self._directory, self._claims = Directory(url), Claims(url)
        stack.callback(self._directory.close)
        stack.callback(self._claims.close)
        self._rung: SimpleQueue[str] = SimpleQueue()
        self._pull = Bell()
        self._schools = Schools()
        self._parts = Parts(self.deployment, self.clock, self._pool, self.role, self._ring, self._schools)
        stack.callback(self._parts.close)
        stack.push_async_callback(self._close_all)
        await self._listen(stack)
        self._tasks += [
            asyncio.create_task(self._go_on_looking()),
            asyncio.create_task(far_bells.listen(url, self._heard)),
            asyncio.create_task(far_bells.notify(url, self._whose)),
        ]
        stack.push_async_callback(stop, self._tasks)

    def _migrate(self, url: str) -> None:
        """Bring the tables to this version's shape. A process that only shows pages waits for a worker's."""
        db = Database(url, "deployment")
        try:
            if self.role is not RunRole.WEB:
                db.migrate()
            elif not db.is_newest:
                raise SettingsError("the tables are of another version: start a worker of this one first")
        finally:
            db.close()

    async def _listen(self, stack: contextlib.AsyncExitStack) -> None:
        web = self.deployment.settings.web
        port = web.worker_port if self.role is RunRole.WORKER else web.port
        if port is None:
            return
        metrics = schools_metrics_page(self._measures, self._troubles)
        server = Listening(deployment_application(self.state, metrics, self._schools, web.proxy))
        stack.push_async_callback(server.stop)
        self.port = await server.start(web.host, port, web.share_port)

    # --- which schools there are, and whose worker this is -----------------------------------------

    async def _go_on_looking(self) -> None:
        while True:
            is_done = await self._look()
            await asyncio.sleep(LOOK_SECONDS if is_done else 0)

    async def _look(self) -> bool:
        """Open, change and close houses as the directory says; take and give back works by the claims.

        False while there is more to take.
        """
        try:
            await self._open_and_close(await asyncio.to_thread(self._directory.all))
            is_done = self.role is RunRole.WEB or await self._share()
            self._trouble = ""
            return is_done
        except Exception as error:
            if not is_away(error):
                raise
            self._trouble = outline(error)
            log.warning("deployment.waits", error=self._trouble)
            return True

    async def _open_and_close(self, listed: list[Listed]) -> None:
        """Side by side: who takes long keeps nobody waiting."""
        there = {one.school_id: one for one in listed if not one.stopped}
        await self._leave([h for h in self.houses.values() if there.get(h.school_id) != h.listed])
        known = list(self.houses.values())
        fresh = [House(one, self._parts) for one in there.values() if one.school_id not in self.houses]
        self.houses |= {house.school_id: house for house in fresh}
        await asyncio.gather(*(house.mend() for house in known), *(house.open() for house in fresh))

    async def _leave(self, gone: list[House]) -> None:
        ours = [house.school_id for house in gone if house.is_ours]
        await asyncio.gather(*(house.close() for house in gone))
        for house in gone:
            del self.houses[house.school_id]
        with contextlib.suppress(ClaimsLost):
            for school_id in ours:
                await asyncio.to_thread(self._claims.give_back, school_id)

    async def _share(self) -> bool:
        """Take what nobody works for, up to this process's share; give back what is beyond it.

        False while there is more to take.
        """
        try:
            members, taken = await asyncio.to_thread(self._claims.look)
            fair = -(-len(self.houses) // members)
            mine = [house for house in self.houses.values() if house.is_ours]
            await self._give_back(mine[fair:][:MOST_AT_ONCE])
            free = [h for h in self.houses.values() if not h.is_ours and key_of(h.school_id) not in taken]
            wanted = free[: max(0, fair - len(mine))]
            await self._take(wanted[:MOST_AT_ONCE])
            return len(wanted) <= MOST_AT_ONCE
        except ClaimsLost:
            log.warning("claims.lost", schools=sum(house.is_ours for house in self.houses.values()))
            await asyncio.gather(*(house.give_up() for house in self.houses.values()))
            return True

    async def _take(self, free: list[House]) -> None:
        ours = [h for h in free if await asyncio.to_thread(self._claims.take, h.school_id)]
        await asyncio.gather(*(house.take_over() for house in ours))

    async def _give_back(self, houses: list[House]) -> None:
        await asyncio.gather(*(house.give_up() for house in houses))
        for house in houses:
            await asyncio.to_thread(self._claims.give_back, house.school_id)

    async def _close_all(self) -> None:
        await asyncio.gather(*(house.close() for house in self.houses.values()))

    # --- bells ---------------------------------------------------------------------------------------

    def _ring(self, school_id: str) -> None:
        """For a school whose worker is elsewhere; thread-safe."""
        self._rung.put(school_id)
        self._pull.ring()

    async def _whose(self) -> set[str]:
        await self._pull.wait(LONGEST_SILENCE)
        rung = set()
        while not self._rung.empty():
            rung.add(self._rung.get())
        return rung

    def _heard(self, school_id: str) -> None:
        for house in self.houses.values() if school_id == "" else filter(None, [self.houses.get(school_id)]):
            house.wake()

    # --- how it is -----------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Well as long as the database answers; what single schools lack is told, and stops nobody."""
        houses = list(self.houses.values())
        return {
            "ok": not self._trouble,
            "schools": len(houses),
            "worker_of": sum(house.is_ours for house in houses),
            "troubles": {house.school_id: house.trouble for house in houses if house.trouble},
        }

    def _troubles(self) -> dict[str, bool]:
        return {house.school_id: bool(house.trouble) for house in list(self.houses.values())}

    def _measures(self) -> dict[str, Measures]:
        """Of the schools whose worker this is: so the processes share the work of counting, too."""
        ours = [house for house in list(self.houses.values()) if house.is_ours]
        found = {house.school_id: house.measures() for house in ours}
        return {school_id: measures for school_id, measures in found.items() if measures}


def _allow_many_files() -> None:
    """A few locks and connections a school are more than the usual 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
