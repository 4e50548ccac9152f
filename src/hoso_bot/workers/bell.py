"""Waking a sleeping worker from any thread."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Rung when there may be work; a worker waits for it at most `seconds`, so a missed ring is harmless."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Thread-safe; a no-op once the loop is closed, or while an earlier ring was not heard yet."""
        if not self._rung.is_set():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, seconds: float) -> None:
        """Until somebody rings, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()
