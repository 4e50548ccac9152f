"""A bell that is heard in another process: who keeps something there rings, and the worker wakes at once.

On a server it is NOTIFY and LISTEN, beside a SQLite file a named pipe in the school's folder. A ring may get
lost (the server was away, nobody listened): the worker then finds the row at its next look.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from hoso_bot.domain.errors import outline
from hoso_bot.store.db import Database
from hoso_bot.store.engines import CONNECTING

if TYPE_CHECKING:
    import psycopg

log = structlog.get_logger(__name__)

PIPE, CHANNEL = "bell", "hoso_bell"
AGAIN_SECONDS = 1.0
"""Between two tries to reach a server that is away."""


async def hear(db: Database, home: Path, heard: Callable[[], None]) -> None:
    """Call `heard` at every ring for this school until cancelled."""
    if db.on_server:
        await listen(db.url, lambda school_id: heard() if school_id in (db.school_id, "") else None)
    else:
        await _watch(home / PIPE, heard)


async def pass_on(db: Database, home: Path, rung: Callable[[], Awaitable[None]]) -> None:
    """Ring for this school's worker whenever `rung` returns, until cancelled."""

    async def whose() -> Collection[str]:
        await rung()
        return {db.school_id}

    if db.on_server:
        return await notify(db.url, whose)
    while True:
        await rung()
        _ring(home / PIPE)


def is_served(db: Database, home: Path) -> bool:
    """Whether some process is the school's worker now. Raises what the database raises."""
    if db.on_server:
        return db.is_claimed("run")
    handle = _pipe_end(home / PIPE)
    if handle is not None:
        os.close(handle)
    return handle is not None


# --- beside a file -----------------------------------------------------------------------------------


async def _watch(pipe: Path, heard: Callable[[], None]) -> None:
    """The pipe is open for writing, too: so it never ends when the last one who rang closes it."""
    try:
        if pipe.exists() and not stat.S_ISFIFO(pipe.stat().st_mode):
            pipe.unlink()
        if not pipe.exists():
            os.mkfifo(pipe, 0o600)
        handle = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:  # a file system without pipes: the short look again has to do
        log.warning("bell.none", error=outline(error))
        await asyncio.Event().wait()
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(handle, 4096)
        heard()

    loop.add_reader(handle, read)
    try:
        await asyncio.Event().wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
        pipe.unlink(missing_ok=True)  # who copies the folder has no use for it


def _pipe_end(pipe: Path) -> int | None:
    """For writing; None while nobody listens."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def _ring(pipe: Path) -> None:
    if (handle := _pipe_end(pipe)) is not None:
        with contextlib.suppress(BlockingIOError):  # full of rings: somebody will wake
            os.write(handle, b"!")
        os.close(handle)


# --- on a server -------------------------------------------------------------------------------------


async def listen(url: str, heard: Callable[[str], None]) -> None:
    """Call `heard` with the id of whom it rings for until cancelled; '' after rings may have been lost."""
    import psycopg

    while True:
        try:
            async with await _connected(url) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                heard("")
                async for ring in connection.notifies():
                    heard(ring.payload)
        except psycopg.OperationalError as error:
            log.warning("bell.away", error=outline(error))
        await asyncio.sleep(AGAIN_SECONDS)


async def notify(url: str, rung: Callable[[], Awaitable[Collection[str]]]) -> None:
    """Ring for the schools whose ids `rung` returns, whenever it does, until cancelled."""
    import psycopg

    while True:
        try:
            async with await _connected(url) as connection:
                while True:
                    for school_id in await rung():
                        await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, school_id))
        except psycopg.OperationalError as error:
            log.warning("bell.away", error=outline(error))
        await asyncio.sleep(AGAIN_SECONDS)


async def _connected(url: str) -> psycopg.AsyncConnection[Any]:
    import psycopg

    where = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return await psycopg.AsyncConnection.connect(where, autocommit=True, **CONNECTING)
