"""One HTTP request to a service of somebody else, over when its time is over, whatever hangs."""

from __future__ import annotations

import contextlib
import http.client
import queue
import threading
import time
from collections.abc import Mapping
from urllib.parse import SplitResult


class NoAnswer(Exception):
    """No whole answer came in time, or one larger than allowed; nothing is known about what was asked."""


def post(
    target: SplitResult,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    most_bytes: int,
) -> tuple[int, bytes]:
    """(status, body) of a POST; redirections are not followed. Raises NoAnswer.

    On a thread of its own: neither a slow name server nor a dripping reply may hold the caller.
    """
    answers: queue.SimpleQueue[tuple[int, bytes] | Exception] = queue.SimpleQueue()
    deadline = time.monotonic() + seconds

    def asked() -> tuple[int, bytes]:
        kind = http.client.HTTPConnection if target.scheme == "http" else http.client.HTTPSConnection
        assert target.hostname
        connection = kind(target.hostname, target.port, timeout=seconds)
        with contextlib.closing(connection):
            connection.request("POST", path, body, dict(headers))
            reply = connection.getresponse()
            return reply.status, _read(reply, deadline, most_bytes)

    def work() -> None:
        try:
            answers.put(asked())
        except Exception as error:  # http.client, ssl, socket: whatever it is, there is no answer
            answers.put(error)

    threading.Thread(target=work, name="short call", daemon=True).start()
    found: tuple[int, bytes] | Exception
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty as late:
        found = late
    if isinstance(found, queue.Empty | TimeoutError):
        raise NoAnswer(f"no answer within {seconds:g} s") from None
    if isinstance(found, Exception):
        raise NoAnswer(str(found) or type(found).__name__) from found
    return found


def _read(reply: http.client.HTTPResponse, deadline: float, most_bytes: int) -> bytes:
    data = b""
    while chunk := reply.read1(most_bytes):
        data += chunk
        if len(data) > most_bytes or time.monotonic() > deadline:
            raise NoAnswer("the answer is too large or too slow")
    return data
