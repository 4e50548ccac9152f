"""The life of a worker process: it says that it is ready, then answers order after order.

It leaves when stdin ends or its parent is gone.
"""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable
from typing import Any

from hoso_bot.pdf.frames import FrameError, read_frame, write_frame

MOST_BYTES = 2**20
_PARENT_CHECK_SECONDS = 2.0
Answer = Callable[[dict[str, Any]], dict[str, Any]]
Idle = Callable[[], None]


def serve(begin: Callable[[dict[str, Any]], tuple[Answer, Idle]]) -> None:
    """Speak frames on stdin and stdout until nobody listens.

    begin: makes of the first frame what answers the others, and what is called behind each and meanwhile.
    """
    parent = os.getppid()
    with contextlib.suppress(BrokenPipeError, FrameError):
        first = _next_order(parent, lambda: None)
        if first is None:
            return
        answer, idle = begin(first)
        write_frame(1, {"ready": os.getpid()})
        while (order := _next_order(parent, idle)) is not None:
            write_frame(1, answer(order))
            idle()


def _next_order(parent: int, idle: Idle) -> dict[str, Any] | None:
    """The next order on stdin; None when there will be none."""
    while not select.select([0], [], [], _PARENT_CHECK_SECONDS)[0]:
        idle()
        if os.getppid() != parent:
            return None
    return read_frame(0, None, MOST_BYTES)
