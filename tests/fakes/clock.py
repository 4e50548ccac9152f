"""Time that a test owns."""

from __future__ import annotations

import time
from datetime import datetime, timedelta


class FakeClock:
    """`ports.Clock`: starts at `start` (aware), runs at the usual pace, skips ahead when told."""

    def __init__(self, start: datetime) -> None:
        self._start, self._began, self._skipped = start, time.monotonic(), timedelta()

    def now(self) -> datetime:
        """The current moment of the test's world."""
        return self._start + timedelta(seconds=time.monotonic() - self._began) + self._skipped

    def skip(self, step: timedelta) -> None:
        """So much time has passed."""
        self._skipped += step
