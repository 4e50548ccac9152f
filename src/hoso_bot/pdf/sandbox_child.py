"""The sandbox's own side: a warm server that forks one limited child per job.

Started as `python -I -X utf8 -m hoso_bot.pdf.sandbox_child KIND` in a private folder. Speaks frames on
stdin and stdout; end of stdin is the order to leave. A job may ask once in the middle (`{"asks": …}`), and
the answer is a frame without a job.
CPU limits add up over the life of a process, so every job gets a fresh child (design section 2); jobs whose
orders say `shares`, about files that never left our hands, follow one another in one (decision 0062).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from hoso_bot.pdf.frames import FrameError, read_frame, write_frame
from hoso_bot.pdf.sandbox_jobs import answer

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000
_MOST_OF_AN_ORDER = 2**20  # bytes

FILES, SIGNATURES = "files", "signatures"
_FIRST = {FILES: ("pypdfium2", "pikepdf", "hoso_bot.pdf.inspect"), SIGNATURES: ("hoso_bot.pdf.verify",)}
_LATER = {
    FILES: {
        "take_in": "hoso_bot.pdf.take_in",
        "review_copy": "hoso_bot.pdf.review_copy",
        "print_copy": "hoso_bot.pdf.print_copy",
    },
    SIGNATURES: {},
}
"""By job: imported in idle time, at the latest before the first such job (a child would do it each time)."""


MOST_SHARED, MOST_SHARED_CPU = 25, 5.0
"""Jobs and seconds of CPU after which a shared child is replaced: memory stays, and its limits add up."""


@dataclass(frozen=True)
class SandboxLimits:
    """What one job may use. memory, file_size and answer in bytes; cpu and wall in seconds."""

    memory: int = 768 * 2**20
    cpu: int = 8
    wall: float = 12.0
    file_size: int = 64 * 2**20
    open_files: int = 64
    answer: int = 4 * 2**20


# --- the limited child ---------------------------------------------------------------------------


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _leave_the_network() -> None:
    """Best effort: an own, empty network namespace (needs root or user namespaces)."""
    with contextlib.suppress(OSError, AttributeError):
        unshare = ctypes.CDLL(None).unshare
        if unshare(_CLONE_NEWNET) != 0:
            unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _lower(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _limit_myself(limits: SandboxLimits) -> None:
    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_CPU, limits.cpu)
    _lower(resource.RLIMIT_FSIZE, limits.file_size)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    _lower(resource.RLIMIT_CORE, 0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit is an OSError instead


def _ask(back: int, out: int, facts: dict[str, Any]) -> dict[str, Any]:
    """Say `facts` in the middle of a job; the answer. The wall clock of the job goes on."""
    write_frame(out, {"asks": facts})
    return read_frame(back, None, _MOST_OF_AN_ORDER) or {}


def _used(since: float) -> dict[str, float]:
    """What a job needed: seconds of cpu `since` then, and at most these bytes of memory, of address space."""
    used: dict[str, float] = {"cpu": time.process_time() - since}
    with contextlib.suppress(OSError):
        found = dict(re.findall(r"(VmHWM|VmPeak):\s+(\d+) kB", Path("/proc/self/status").read_text()))
        used |= {"memory": int(found["VmHWM"]) * 1024, "address_space": int(found["VmPeak"]) * 1024}
    return used


def _child(room: str, back: int, out: int) -> NoReturn:
    """Wait for an order, become as small as it says, answer it; stay for others that may share a child."""
    code = 1
    try:
        os.setpgid(0, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.chdir(room)
        tempfile.tempdir = "."
        devnull = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(devnull, fd)
        gc.disable()  # one job, then the end
        stays = True
        while stays and (order := read_frame(back, None, _MOST_OF_AN_ORDER)) is not None:
            _limit_myself(SandboxLimits(**order["limits"]))
            began = time.process_time()
            reply = answer(order["job"], order["arguments"], partial(_ask, back, out))
            write_frame(out, {**reply, **_used(began)})
            if stays := _shares(order):
                gc.collect()
        code = 0
    finally:
        os._exit(code)


# --- the warm server -----------------------------------------------------------------------------

Ask = Callable[[dict[str, Any], float], dict[str, Any]]


def _shares(order: dict[str, Any]) -> bool:
    """Whether this job may follow others, and be followed, in one child."""
    return bool(order.get("shares"))


class _Child:
    """One limited child: forked ahead of its job, killed after it. others: whose pipes it shall not have."""

    def __init__(self, *others: _Child) -> None:
        self._room = tempfile.mkdtemp(dir=".")
        self._source, sink = os.pipe()
        back, self._sink = os.pipe()
        self._status: int | None = None
        self._jobs, self._cpu = 0, 0.0
        self._pid = os.fork()
        if self._pid == 0:
            for one in (self, *others):
                os.close(one._source)
                os.close(one._sink)
            _child(self._room, back, sink)
        os.close(sink)
        os.close(back)

    def run(self, order: dict[str, Any], ask: Ask) -> dict[str, Any]:
        """Its answer, or why there is none. `ask` passes on what it asks, at most once."""
        limits = SandboxLimits(**order["limits"])
        end = time.monotonic() + limits.wall
        try:
            write_frame(self._sink, order)
            reply = read_frame(self._source, end, limits.answer)
            if reply is not None and "asks" in reply:
                write_frame(self._sink, ask(reply, end))
                reply = read_frame(self._source, end, limits.answer)
        except (FrameError, OSError) as error:
            return {"failed": str(error)}
        if reply is None:
            return {"failed": f"child ended with status {self._killed()}"}
        self._jobs += 1
        self._cpu += reply.get("cpu", 0.0)
        return reply

    @property
    def is_fresh(self) -> bool:
        """Whether another shared job would find about all that its limits grant."""
        return self._jobs < MOST_SHARED and self._cpu < MOST_SHARED_CPU

    def waits(self) -> bool:
        """False when something ended it before its job came."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self._status = os.waitstatus_to_exitcode(status)
        return not pid

    def end(self) -> None:
        """Kill whatever is left of it and tidy up."""
        self._killed()
        os.close(self._source)
        os.close(self._sink)
        shutil.rmtree(self._room, ignore_errors=True)

    def _killed(self) -> int:
        """Its wait status (negative: killed by that signal); its whole group is gone then."""
        if self._status is None:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(OSError):
                    kill(self._pid, signal.SIGKILL)
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status


def _alive(child: _Child | None) -> _Child | None:
    """The child, unless something ended it meanwhile."""
    if child is None or child.waits():
        return child
    child.end()
    return None


class _Children:
    """The children of one server: one that waits for the next job, one that shared jobs follow in."""

    def __init__(self) -> None:
        self._spare: _Child | None = None
        self._shared: _Child | None = None

    def fork_ahead(self) -> None:
        """The next job finds a child that waits for it."""
        if self._spare is None:
            self._spare = _Child(*self._living())

    def take(self, order: dict[str, Any]) -> _Child:
        """The child for this job."""
        self._shared, self._spare = _alive(self._shared), _alive(self._spare)
        if self._shared is not None and _shares(order):
            return self._shared
        spare, self._spare = self._spare, None
        return spare or _Child(*self._living())

    def give_back(self, child: _Child, order: dict[str, Any], reply: dict[str, Any]) -> None:
        """End it, unless the next shared job may have it."""
        if _shares(order) and "done" in reply and child.is_fresh:
            self._shared = child
            return
        if child is self._shared:
            self._shared = None
        child.end()

    def _living(self) -> list[_Child]:
        return [child for child in (self._spare, self._shared) if child is not None]


def _preload(module: str) -> None:
    with contextlib.suppress(Exception):
        importlib.import_module(module)


def _wait_for_work(pending: dict[str, str]) -> None:
    """Use idle time to import what later jobs need; children then inherit it for nothing."""
    while pending and not select.select([0], [], [], 0.02)[0]:
        _warm_up(next(iter(pending)), pending)


def _warm_up(job: str, pending: dict[str, str]) -> None:
    """Import what this kind of job needs, unless it is there."""
    if job in pending:
        _preload(pending.pop(job))
        gc.collect()
        gc.freeze()


def serve(kind: str, inbox: int, outbox: int) -> None:
    """Answer frames until `inbox` ends. Raises FrameError."""
    for module in _FIRST[kind]:
        _preload(module)
    gc.freeze()
    write_frame(outbox, {"ready": os.getpid()})
    pending = dict(_LATER[kind])

    def ask(question: dict[str, Any], end: float) -> dict[str, Any]:
        write_frame(outbox, question)
        return read_frame(inbox, end, _MOST_OF_AN_ORDER) or {}

    children = _Children()
    while True:
        _wait_for_work(pending)
        if not pending:
            children.fork_ahead()
        order = read_frame(inbox, None, _MOST_OF_AN_ORDER)
        if order is None:
            return
        if "job" not in order:
            continue  # an answer that came too late
        _warm_up(str(order["job"]), pending)
        child = children.take(order)
        reply = child.run(order, ask)
        write_frame(outbox, reply)
        children.give_back(child, order, reply)  # takes a while: the answer is not kept waiting


def main() -> None:
    """Entry point of the warm server."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _leave_the_network()
    home = Path.cwd()
    with contextlib.suppress(BrokenPipeError, FrameError):
        serve(sys.argv[1], 0, 1)
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
    sys.exit(0)
