"""Waiting for what no chat shows."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(
    holds: Callable[[], object], seconds: float = 20, otherwise: Callable[[], object] = lambda: ""
) -> None:
    """Until that is so. Raises AssertionError, with what `otherwise` says, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)
