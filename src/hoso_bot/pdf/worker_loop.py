"""How a worker process waits for its next order: until stdin ends or its parent is gone."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import Any

from hoso_bot.pdf.frames import read_frame

MOST_BYTES = 2**20
_PARENT_CHECK_SECONDS = 2.0


def next_order(parent: int, idle: Callable[[], None] = lambda: None) -> dict[str, Any] | None:
    """The next order on stdin; None when there will be none. `idle` is called while nothing comes."""
    while not select.select([0], [], [], _PARENT_CHECK_SECONDS)[0]:
        idle()
        if os.getppid() != parent:
            return None
    return read_frame(0, None, MOST_BYTES)
