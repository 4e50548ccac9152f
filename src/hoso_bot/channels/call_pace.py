"""Calls to a platform that counts them by the minute: slower ahead of the refusal, and answers first."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable

MINUTE = 61.0
"""Seconds; one more than theirs, because a later call may reach them faster than an earlier one."""
FOR_ANSWERS = 0.3
"""The part of a minute's calls that is kept for people who are waiting for an answer."""
LOOK_AGAIN = 0.2


class CallPace:
    """`ports.Pace`. A process that was started again knows nothing of its last minute; a refusal tells."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        """now: seconds of any clock that only goes forward."""
        self._most, self._now = per_minute, now
        self._calls: deque[float] = deque()
        self._told_left, self._told_until = per_minute, 0.0

    def is_slow(self) -> bool:
        """Whether the calls that are left are for answers only."""
        return self._left() <= math.ceil(self._most * FOR_ANSWERS)

    def is_full(self) -> bool:
        """Whether no call is left."""
        return self._left() <= 0

    async def turn(self) -> None:
        """Wait until a call is left, and take it."""
        while self.is_full():
            await asyncio.sleep(LOOK_AGAIN)
        self._calls.append(self._now())
        self._told_left -= 1

    def told(self, left: int) -> None:
        """The platform says how many calls are left of this minute; 0 when it refuses one."""
        self._told_left, self._told_until = left, self._now() + MINUTE

    def _left(self) -> int:
        now = self._now()
        while self._calls and now - self._calls[0] >= MINUTE:
            self._calls.popleft()
        left = self._most - len(self._calls)
        return min(left, self._told_left) if now < self._told_until else left
