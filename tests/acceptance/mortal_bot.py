"""The real process `hoso-bot run`, started again and again, and killed with SIGKILL at random moments."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.fakes.telegram_sim import World

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))
STARTS_WITHIN = 60.0
WORKS_FOR = 1.5
"""Most seconds between being ready (or having handled something) and dying."""
DIES_EARLY, DIES_IN_WORK = 0.25, 0.25
"""Shares of kills before the bot is even ready, and not before it has handled something in this life."""
PROGRESS_WITHIN = 6.0
ORPHANS_LEAVE_WITHIN = 30.0
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Bot:
    """One school's bot; `room` is its folder for temporary files."""

    home: Path
    world: World
    room: Path
    port: int
    random: Random
    start_seconds: list[float] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}
        env |= {
            "HOSO_TELEGRAM__TOKEN": self.world.token,
            "HOSO_TELEGRAM__BASE_URL": self.world.base_url,
            "HOSO_WEB__PORT": str(self.port),
            "TMPDIR": str(self.room),
        }
        with (self.home.parent / "bot.log").open("ab") as log:
            command = [HOSO_BOT, "run", "--home", str(self.home)]
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.home.parent)

    def wait_until_ready(self) -> None:
        """Until /readyz says 200."""
        assert self.process
        began = time.monotonic()
        while self._state() is None:
            assert self.process.poll() is None, f"the bot ended by itself:\n{self.log()}"
            assert time.monotonic() - began < STARTS_WITHIN, f"not ready:\n{self.log()}"
            time.sleep(0.04)
        self.start_seconds.append(time.monotonic() - began)

    def _state(self) -> dict[str, Any] | None:
        """What /readyz tells; None while the bot is not ready."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return dict(json.load(answer)) if answer.status == 200 else None
        return None

    def _handled(self) -> int:
        state = self._state()
        return int(state["inbox"].get("done", 0)) if state else 0

    def live_a_little(self) -> None:
        """A random while: sometimes not even until it is ready, sometimes well into its work."""
        fate = self.random.random()
        if fate < DIES_EARLY:
            time.sleep(self.random.uniform(0, self.start_seconds[-1]))
            return
        self.wait_until_ready()
        before, deadline = self._handled(), time.monotonic() + PROGRESS_WITHIN
        while fate > 1 - DIES_IN_WORK and self._handled() == before and time.monotonic() < deadline:
            time.sleep(0.04)
        time.sleep(self.random.uniform(0, WORKS_FOR))

    def die(self) -> None:
        """SIGKILL, at whatever it is doing; its children have to notice by themselves."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def leave(self) -> None:
        """SIGTERM: a clean end."""
        assert self.process
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log()

    def log(self) -> str:
        """The end of what it wrote."""
        return (self.home.parent / "bot.log").read_text(errors="replace")[-4000:]


class Orphans:
    """Workers of dead bots: each has to end without being told.

    This process is their subreaper: whose parent dies becomes a child of ours, so none can hide. Children
    it had before (a desk or a sandbox that other tests share) are no orphans.
    """

    def __init__(self) -> None:
        self.slowest = 0.0
        self._ours = frozenset(_children())
        self._since: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @contextlib.contextmanager
    def watched(self) -> Iterator[Orphans]:
        """Adopt and watch for as long as the block runs."""
        libc = ctypes.CDLL(None)
        assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._thread.join()
            libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def check(self) -> None:
        """No orphan lives longer than it may."""
        assert self.slowest < ORPHANS_LEAVE_WITHIN, "a worker outlived its bot"

    def wait_until_gone(self) -> None:
        """Until the last one has ended."""
        deadline = time.monotonic() + ORPHANS_LEAVE_WITHIN
        time.sleep(0.5)
        while self._since:
            assert time.monotonic() < deadline, f"still there: {list(self._since)}"
            time.sleep(0.05)

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            now = time.monotonic()
            for pid in set(_children()) - self._ours:
                if "hoso_bot.pdf" in _command(pid):
                    self.slowest = max(self.slowest, now - self._since.setdefault(pid, now))
            for pid in [pid for pid in self._since if not _command(pid)]:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                del self._since[pid]


def _children() -> list[int]:
    found: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread of ours has just ended
            found += map(int, listing.read_text().split())
    return found


def _command(pid: int) -> str:
    """The command line of a process, '' for a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
