"""A bot's real process, started again and again, and killed with SIGKILL at random moments."""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.conversation import Member
from tests.fakes.telegram_sim import World
from tests.ports import free_port

from hoso_bot.domain.roster import Person, Role

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))
STARTS_WITHIN = 60.0
WORKS_FOR = 1.5
"""Most seconds between being ready (or having handled something) and dying."""
DIES_EARLY, DIES_IN_WORK = 0.25, 0.25
"""Shares of kills before the bot is even ready, and not before it has handled something in this life."""
PROGRESS_WITHIN = 6.0
ORPHANS_LEAVE_WITHIN = 30.0
PR_SET_CHILD_SUBREAPER = 36
AS_SYSTEMD = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.execve(sys.argv[2], sys.argv[2:], os.environ | {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})
"""
"""Becomes the program with the socket as its first inherited descriptor."""


def hoso_bot(*arguments: str, **settings: str) -> str:
    """The output of a command that has to succeed; `settings`: its environment's HOSO_ variables."""
    done = subprocess.run(
        [HOSO_BOT, *arguments], capture_output=True, text=True, env=plain_environment() | settings
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def plain_environment() -> dict[str, str]:
    """This process's, without a developer's own school."""
    return {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}


@dataclass(kw_only=True)
class Mortal:
    """A bot as a process: started, killed whenever the dice say so, started again.

    room: its folder for temporary files, with its log beside it. start_seconds: from start to ready, each
    time. deaths: seconds since the epoch.
    """

    world: World
    room: Path
    random: Random
    start_seconds: list[float] = field(default_factory=list)
    deaths: list[float] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What is started."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it is told, beside everything that this process knows."""
        raise NotImplementedError

    def handled(self) -> int | None:
        """How much it has done so far; None while it is not ready."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it; returns at once."""
        env = plain_environment() | {"TMPDIR": str(self.room)} | self.environment()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), env=env, stdout=log, stderr=log, cwd=self.room.parent, pass_fds=self.passed()
            )

    def passed(self) -> tuple[int, ...]:
        """Descriptors it inherits."""
        return ()

    def wait_until_ready(self) -> None:
        """Until it says that it is."""
        assert self.process
        began = time.monotonic()
        while self.handled() is None:
            assert self.process.poll() is None, f"the bot ended by itself:\n{self.log()}"
            assert time.monotonic() - began < STARTS_WITHIN, f"not ready:\n{self.log()}"
            time.sleep(0.04)
        self.start_seconds.append(time.monotonic() - began)

    def live_a_little(self) -> None:
        """A random while: sometimes not even until it is ready, sometimes well into its work."""
        fate = self.random.random()
        if fate < DIES_EARLY:
            time.sleep(self.random.uniform(0, self.start_seconds[-1]))
            return
        self.wait_until_ready()
        before, deadline = self.handled(), time.monotonic() + PROGRESS_WITHIN
        while fate > 1 - DIES_IN_WORK and self.handled() == before and time.monotonic() < deadline:
            time.sleep(0.04)
        time.sleep(self.random.uniform(0, WORKS_FOR))

    def die(self) -> None:
        """SIGKILL, at whatever it is doing; its children have to notice by themselves."""
        if self.process:
            self.process.kill()
            self.deaths.append(time.time())
            self.process.wait()

    def die_with_children(self) -> None:
        """SIGKILL for it and all it has started, as when the power goes."""
        assert self.process
        family = descendants(self.process.pid)
        self.die()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def leave(self) -> None:
        """SIGTERM: a clean end."""
        assert self.process
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log()

    @property
    def log_file(self) -> Path:
        """Where everything lies that it wrote."""
        return self.room.parent / "bot.log"

    def log(self) -> str:
        """The end of what it wrote."""
        return self.log_file.read_text(errors="replace")[-4000:]


@dataclass(kw_only=True)
class Bot(Mortal):
    """One school's `hoso-bot run`.

    settings: more of its environment. role: what it does for the school. listener: a listening socket it
    inherits, as from systemd.
    """

    home: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    role: str = "all"
    listener: socket.socket | None = None

    def command(self) -> list[str]:
        command = [HOSO_BOT, "run", "--home", str(self.home), "--role", self.role]
        if self.listener:
            return [sys.executable, "-I", "-c", AS_SYSTEMD, str(self.listener.fileno()), *command]
        return command

    def passed(self) -> tuple[int, ...]:
        return (self.listener.fileno(),) if self.listener else ()

    def environment(self) -> dict[str, str]:
        return {
            "HOSO_TELEGRAM__TOKEN": self.world.token,
            "HOSO_TELEGRAM__BASE_URL": self.world.base_url,
            "HOSO_WEB__PORT": str(self.port),
            **self.settings,
        }

    def handled(self) -> int | None:
        """What /readyz tells of its inbox; a worker that stands by has done nothing."""
        state = self.state()
        return int(state.get("inbox", {}).get("done", 0)) if state else None

    def weeks(self) -> list[dict[str, Any]]:
        """What `calendar show` prints of its school."""
        return list(json.loads(hoso_bot("calendar", "show", "--json", "--home", str(self.home))))

    def state(self) -> dict[str, Any] | None:
        """What /readyz tells; None while it is not ready."""
        return readyz(self.port)


def readyz(port: int, timeout: float = 5) -> dict[str, Any] | None:
    """What the bot at this port tells of itself; None while it is not ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return dict(json.load(answer)) if answer.status == 200 else None
    return None


def sample_bot(folder: Path, world: World, seed: int = 1, *, custody: str = "server", **more: Any) -> Bot:
    """The bot of a made-up school in this folder, not yet started. custody: with `server` nobody types PINs.

    more: of `Bot`.
    """
    home, room = folder / "school", folder / "room"
    room.mkdir()
    hoso_bot("init", str(home), "--sample", HOSO_SIGNING__CUSTODY=custody)
    return Bot(world=world, room=room, random=Random(seed), home=home, **{"port": free_port(), **more})


def by_webhook(port: int, secret: str) -> dict[str, str]:
    """Settings of a bot that is called at this port, instead of asking."""
    return {
        "HOSO_TELEGRAM__MODE": "webhook",
        "HOSO_TELEGRAM__SECRET": secret,
        "HOSO_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
    }


def linked(bot: Bot, staff_ids: Sequence[str] = ("GV09", "GV06")) -> list[Member]:
    """People, by default a teacher and the head of the group, each linked by the code of the invitation."""
    printed = hoso_bot("staff", "invite", *staff_ids, "--json", "--home", str(bot.home))
    members = []
    for number, invite in enumerate(json.loads(printed)):
        staff = Person(invite["staff_id"], invite["staff_id"], invite["name"], Role.TEACHER, "")
        member = Member(bot.world, staff, 501 + number)
        member.says(f"/start {invite['code']}")
        member.presses("Đồng ý")
        member.hears("Đã liên kết")
        members.append(member)
    return members


class Orphans:
    """Workers of dead bots: each has to end without being told.

    This process is their subreaper: whose parent dies becomes a child of ours, so none can hide. Children
    it had before (a desk or a sandbox that other tests share) are no orphans.
    """

    def __init__(self) -> None:
        self.slowest = 0.0
        self._ours = frozenset(_children("self"))
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
            for pid in set(_children("self")) - self._ours:
                if "hoso_bot.pdf" in _command(pid):
                    self.slowest = max(self.slowest, now - self._since.setdefault(pid, now))
            for pid in [pid for pid in self._since if not _command(pid)]:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                del self._since[pid]


def _children(process: int | str) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread has just ended
            found += map(int, listing.read_text().split())
    return found


def descendants(process: int) -> list[int]:
    """Everything a process has started, and what that has started."""
    children = _children(process)
    return children + [pid for child in children for pid in descendants(child)]


def _command(pid: int) -> str:
    """The command line of a process, '' for a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
