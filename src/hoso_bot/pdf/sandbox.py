"""The box in which uploaded bytes are parsed: warm server processes, one limited child per file."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hoso_bot.domain.checks import Limits
from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import (
    ReviewCopy,
    ReviewCopyOrder,
    SignatureCheck,
    SignatureReport,
    TimestampCheck,
)
from hoso_bot.pdf.sandbox_child import FrameError, SandboxLimits, read_frame, write_frame

_START_SECONDS = 30.0
_GRACE_SECONDS = 3.0


# Difference analysis walks every object in Python: 15 s for a tagged plan of 490 pages.
VERIFY_CPU, VERIFY_WALL = 120, 150.0


class _ServerGoneError(Exception):
    """The warm server ended before it answered."""


class _Server:
    """One warm server process; used by one thread at a time."""

    def __init__(self) -> None:
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
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-m", "hoso_bot.pdf.sandbox_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd=self._home,
                start_new_session=True,
            )
            self._ready = False

    def ask(self, order: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to one order. Raises _ServerGoneError, FrameError (late or nonsense)."""
        self.start()
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        source, sink = process.stdout.fileno(), process.stdin.fileno()
        try:
            if not self._ready:
                self._read(source, _START_SECONDS)
                self._ready = True
            write_frame(sink, order)
            return self._read(source, seconds)
        except (OSError, ValueError) as error:
            raise _ServerGoneError(str(error)) from error

    def _read(self, source: int, seconds: float) -> dict[str, Any]:
        reply = read_frame(source, time.monotonic() + seconds, 2**26)
        if reply is None:
            raise _ServerGoneError("end of stream")
        return reply

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


class Sandbox:
    """The `Inspector` of ports.py. Thread-safe and blocking; `workers` jobs at a time.

    Nothing a file does can hang or crash the caller: a job that dies, runs out of time or memory
    ends as SandboxFailed, and a warm server that is gone is replaced before the next job.
    """

    def __init__(
        self, workers: int = 1, limits: SandboxLimits | None = None, rules: Limits | None = None
    ) -> None:
        self._limits = limits or SandboxLimits()
        self._verify_limits = limits or SandboxLimits(cpu=VERIFY_CPU, wall=VERIFY_WALL)
        self._rules = rules or Limits()
        self._servers = [_Server() for _ in range(max(1, workers))]
        self._idle: queue.LifoQueue[_Server] = queue.LifoQueue()
        for server in self._servers:
            self._idle.put(server)

    def start(self) -> Self:
        """Same as `warm`; for symmetry with `close`."""
        self.warm()
        return self

    def warm(self) -> None:
        """Start the servers without waiting; they import their libraries in the background."""
        for server in self._servers:
            server.start()

    def close(self) -> None:
        """End all processes; running and later jobs raise SandboxFailed."""
        for server in self._servers:
            server.kill()
        for server in [self._idle.get() for _ in self._servers]:  # a killed job hands its server back at once
            server.stop()
            self._idle.put(server)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def inspect(self, path: Path, name: str, picture: Path | None = None) -> Inspection:
        """Structure, text and facts; page 1 as a JPEG at `picture` (left out where it cannot be drawn).

        Raises FileRefused, SandboxFailed.
        """
        rules = dataclasses.asdict(self._rules)
        arguments: dict[str, Any] = {"path": str(path.absolute()), "name": name, "limits": rules}
        if picture is None:
            return Inspection.from_json(self._job("inspect", arguments))
        try:
            drawing = {**arguments, "picture": str(picture.absolute())}
            return Inspection.from_json(self._job("inspect", drawing))
        except SandboxFailed:  # perhaps only because of the drawing
            picture.unlink(missing_ok=True)
            return Inspection.from_json(self._job("inspect", arguments))

    def review_copy(self, order: ReviewCopyOrder) -> ReviewCopy:
        """One clean revision with every field and box. Raises FileRefused, SandboxFailed."""
        fields = dataclasses.asdict(order)
        fields["source"], fields["target"] = str(order.source.absolute()), str(order.target.absolute())
        return ReviewCopy(**self._job("review_copy", fields))

    def verify(self, path: Path, ca_pem: bytes) -> SignatureReport:
        """Every signature of the file, with difference analysis. Raises FileRefused, SandboxFailed."""
        arguments = {"path": str(path.absolute()), "ca_pem": ca_pem.decode("latin-1")}
        done = self._job("verify", arguments, self._verify_limits)
        lists: dict[str, Any] = {key: tuple(done[key]) for key in ("empty_fields", "problems")}
        checks = tuple(SignatureCheck(**check) for check in done["signatures"])
        stamps = tuple(TimestampCheck(**stamp) for stamp in done["timestamps"])
        return SignatureReport(**{**done, **lists, "signatures": checks, "timestamps": stamps})

    def compare(self, old: Path, new: Path) -> PageChanges:
        """Which pages changed between two versions. Raises FileRefused, SandboxFailed."""
        return PageChanges.from_json(
            self._job("compare", {"old": str(old.absolute()), "new": str(new.absolute())})
        )

    def _job(
        self, job: str, arguments: dict[str, Any], limits: SandboxLimits | None = None
    ) -> dict[str, Any]:
        order = {"job": job, "arguments": arguments, "limits": dataclasses.asdict(limits or self._limits)}
        server = self._idle.get()
        try:
            reply = self._ask_twice(server, order)
        finally:
            self._idle.put(server)
        if "refused" in reply:
            raise _refusal(reply)
        done: dict[str, Any] | None = reply.get("done")
        if not isinstance(done, dict):
            raise SandboxFailed(f"{job}: {reply.get('failed', 'no answer')}")
        return done

    def _ask_twice(self, server: _Server, order: dict[str, Any]) -> dict[str, Any]:
        """A server found dead says nothing about the file: try once more with a new one."""
        seconds = order["limits"]["wall"] + _GRACE_SECONDS
        try:
            try:
                return server.ask(order, seconds)
            except _ServerGoneError:
                server.stop()
                return server.ask(order, seconds)
        except (_ServerGoneError, FrameError) as error:
            server.stop()
            raise SandboxFailed(f"{order['job']}: {error}") from error


def _refusal(reply: dict[str, Any]) -> FileRefused:
    return FileRefused(str(reply["refused"]), **reply.get("facts", {}))
