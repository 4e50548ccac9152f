"""How a worker bears a database that is away: it tries again, a little later each time, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog

from hoso_bot.domain.errors import outline
from hoso_bot.store.db import is_away

log = structlog.get_logger(__name__)

FIRST, LONGEST = 0.5, 15.0
"""Seconds between two tries."""
FILES_AGAIN = 10.0
"""Seconds until a row that needs the store of files is tried again while that is away."""

Found = TypeVar("Found")


class Patience:
    """Of one worker. trouble: why the database does not do its work now, empty while it does."""

    def __init__(self) -> None:
        self.trouble = ""

    async def ask(self, work: Callable[[], Found]) -> Found:
        """What `work` (blocking, may be done twice) gives, however long the database is away.

        Raises what is no matter of time.
        """
        pause = FIRST
        while True:
            try:
                found = await asyncio.to_thread(work)
            except Exception as error:
                if not is_away(error):
                    raise
                self.trouble = outline(error)
                log.warning("worker.waits", error=self.trouble, again_in=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST)
            else:
                self.trouble = ""
                return found
