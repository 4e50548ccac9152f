"""What the processes of this package say to each other: 4 bytes big-endian length, then JSON."""

from __future__ import annotations

import json
import os
import select
import struct
import time
from typing import Any


class FrameError(Exception):
    """The other side is gone, silent for too long, or talks nonsense."""


def write_frame(fd: int, data: dict[str, Any]) -> None:
    """One message. Raises OSError when the other side is gone."""
    body = json.dumps(data).encode()
    rest = memoryview(struct.pack(">I", len(body)) + body)
    while rest:
        rest = rest[os.write(fd, rest) :]


def read_frame(fd: int, deadline: float | None, most: int) -> dict[str, Any] | None:
    """The next message, None at a clean end. `deadline` on `time.monotonic`, `most` bytes at most.

    Raises FrameError on a late, broken or oversized message.
    """
    head = _read_exactly(fd, 4, deadline)
    if not head:
        return None
    size = struct.unpack(">I", head)[0] if len(head) == 4 else most + 1
    if size > most:
        raise FrameError("broken or oversized frame")
    try:
        data = json.loads(_read_exactly(fd, size, deadline))
    except ValueError as error:
        raise FrameError("not JSON") from error
    if not isinstance(data, dict):
        raise FrameError("not an object")
    return data


def _read_exactly(fd: int, size: int, deadline: float | None) -> bytes:
    got = bytearray()
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    while len(got) < size:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not poller.poll(None if left is None else int(left * 1000) + (left > 0)):
            raise FrameError("no answer in time")
        piece = os.read(fd, min(size - len(got), 65536))
        if not piece:
            break
        got += piece
    return bytes(got)
