"""Warm server processes for the sandbox, seen from outside: start, ask, end, replace."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from hoso_bot.domain.errors import SandboxFailed
from hoso_bot.pdf.frames import FrameError, read_frame, write_frame

_START_SECONDS = 30.0
_GRACE_SECONDS = 3.0
_MOST_OF_AN_ANSWER = 2**26  # bytes

_MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**28),
    "MALLOC_TRIM_THRESHOLD_": str(2**28),
    "MALLOC_TOP_PAD_": str(2**25),
}
"""A child lives for one job: it takes memory in large pieces and gives none back; 3,000 page faults less."""

Facts = dict[str, Any]
Then = Callable[[Facts], Facts]


class ServerGoneError(Exception):
    """The warm server ended before it answered."""


class WarmServer:
    """One warm server process for one kind of job; used by one thread at a time."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None
        self._home = ""
        self._ready = False
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start the process unless it runs; does not wait until it is warm."""
        with self._lock:
            if self._closed:
                raise SandboxFailed("the sandbox is closed")
            if self._process is not None and self._process.poll() is None:
                return
            self._clean()
            self._home = tempfile.mkdtemp(prefix="hoso-sandbox-")
            self._process = subprocess.Popen(  # noqa: S603 - the kind is one of two words of ours
                [sys.executable, "-I", "-X", "utf8", "-m", "hoso_bot.pdf.sandbox_child", self._kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_MEMORY,
                cwd=self._home,
                start_new_session=True,
            )
            self._ready = False

    def ask(self, order: Facts, seconds: float, then: Then | None = None) -> Facts:
        """The answer to one order; `then` answers the job's own question.

        Raises ServerGoneError, FrameError (late or nonsense), and what `then` raises.
        """
        self.start()
        if not self._ready:
            self._hear(_START_SECONDS)
            self._ready = True
        self._say(order)
        reply = self._hear(seconds)
        if then is not None and "asks" in reply:
            self._say(then(reply["asks"]))
            reply = self._hear(seconds)
        return reply

    def _say(self, facts: Facts) -> None:
        sink = self._pipe("stdin")
        try:
            write_frame(sink, facts)
        except OSError as error:
            raise ServerGoneError(str(error)) from error

    def _hear(self, seconds: float) -> Facts:
        source = self._pipe("stdout")
        try:
            reply = read_frame(source, time.monotonic() + seconds, _MOST_OF_AN_ANSWER)
        except (OSError, ValueError) as error:
            raise ServerGoneError(str(error)) from error
        if reply is None:
            raise ServerGoneError("end of stream")
        return reply

    def _pipe(self, name: str) -> int:
        """The file descriptor of a pipe; another thread may have ended the process meanwhile."""
        try:
            return int(getattr(self._process, name).fileno())
        except (AttributeError, ValueError) as error:
            raise ServerGoneError(str(error)) from error

    def stop(self) -> None:
        """End the process and whatever it started; the next order starts a new one."""
        with self._lock:
            self._clean()

    def kill(self) -> None:
        """End the process for good, from any thread; `stop` then tidies up."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _clean(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)  # its child of the moment dies by PDEATHSIG
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    with contextlib.suppress(OSError):
                        pipe.close()
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = ""


class Pool:
    """Warm servers of one kind, one job at a time each. Thread-safe and blocking."""

    def __init__(self, kind: str, workers: int) -> None:
        self._servers = [WarmServer(kind) for _ in range(max(1, workers))]
        self._idle: queue.LifoQueue[WarmServer] = queue.LifoQueue()
        for server in self._servers:
            self._idle.put(server)
        self._waiting = 0
        self._counting = threading.Lock()

    def warm(self) -> None:
        """Start the first server without waiting; it imports its libraries in the background.

        Another one is started by the job that finds all others at work: who is never in a hurry saves memory.
        """
        self._servers[-1].start()

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for a free server."""
        return self._waiting > 0

    def close(self) -> None:
        """End all processes; running and later jobs raise SandboxFailed."""
        for server in self._servers:
            server.kill()
        for server in [self._idle.get() for _ in self._servers]:  # a killed job hands its server back at once
            server.stop()
            self._idle.put(server)

    def ask(self, order: Facts, then: Then | None = None) -> Facts:
        """The answer of the next free server. Raises SandboxFailed, and what `then` raises."""
        server = self._next()
        try:
            return _ask_twice(server, order, then)
        except BaseException:
            server.stop()  # in the middle of something
            raise
        finally:
            self._idle.put(server)

    def _next(self) -> WarmServer:
        with self._counting:
            self._waiting += 1
        try:
            return self._idle.get()
        finally:
            with self._counting:
                self._waiting -= 1


def _ask_twice(server: WarmServer, order: Facts, then: Then | None) -> Facts:
    """A server found dead says nothing about the file: try once more with a new one."""
    seconds = order["limits"]["wall"] + _GRACE_SECONDS
    asked = False

    def answer(question: Facts) -> Facts:
        nonlocal asked
        asked = True
        return then(question) if then else {}

    try:
        try:
            return server.ask(order, seconds, answer)
        except ServerGoneError:
            if asked:
                raise
            server.stop()
            return server.ask(order, seconds, answer)
    except (ServerGoneError, FrameError) as error:
        raise SandboxFailed(f"{order['job']}: {error}") from error
