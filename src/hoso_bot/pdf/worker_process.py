"""A process of our own that works on one order at a time: started, asked, ended, never trusted to answer."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from hoso_bot.pdf.frames import FrameError, read_frame, write_frame

START_SECONDS = 60.0
_MOST_BYTES = 2**20


class WorkerGone(Exception):
    """The worker process ended before it answered."""


class WorkerProcess:
    """One process running a module of this package; used by one thread at a time.

    hello: its first message. environment: all it finds in its environment beside the time zone.
    """

    def __init__(
        self, module: str, hello: dict[str, Any], environment: Mapping[str, str] | None = None
    ) -> None:
        self._module, self._hello = module, hello
        self._environment = {"TZ": "Asia/Ho_Chi_Minh", **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process unless it runs and say hello; does not wait until it is warm."""
        if self.pid is not None:
            return
        self.stop()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-X", "utf8", "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            cwd="/",
        )
        self._send(self._hello)

    def ask(self, order: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The answer to one order. Raises WorkerGone, FrameError (late or nonsense)."""
        self.start()
        if not self._ready:
            self._receive(START_SECONDS)
            self._ready = True
        self._send(order)
        return self._receive(seconds)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process
        assert self._process.stdin
        try:
            write_frame(self._process.stdin.fileno(), message)
        except (OSError, ValueError) as error:
            raise WorkerGone(str(error)) from error

    def _receive(self, seconds: float) -> dict[str, Any]:
        assert self._process
        assert self._process.stdout
        try:
            reply = read_frame(self._process.stdout.fileno(), time.monotonic() + seconds, _MOST_BYTES)
        except (OSError, ValueError) as error:
            raise WorkerGone(str(error)) from error
        if reply is None:
            raise WorkerGone("end of stream")
        return reply

    def stop(self, patience: float = 0.0) -> None:
        """End the process: kindly for `patience` seconds, then by force."""
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(OSError):
            process.stdin.close()
        if patience:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        process.kill()
        process.wait()
        process.stdout.close()


__all__ = ["START_SECONDS", "FrameError", "WorkerGone", "WorkerProcess"]
