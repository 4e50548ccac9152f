"""The sandbox's own side: a warm server that forks one limited child per job.

Started as `python -I -X utf8 -m hoso_bot.pdf.sandbox_child` in a private folder. Speaks frames
(4 bytes big-endian length + JSON) on stdin and stdout; end of stdin is the order to leave.
CPU limits add up over the life of a process, so every job gets a fresh child (design section 2).
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000

_FIRST = ("pypdfium2", "pikepdf", "hoso_bot.pdf.inspect")
_LATER = {
    "review_copy": "hoso_bot.pdf.review_copy",
    "verify": "hoso_bot.pdf.verify",
    "print_copy": "hoso_bot.pdf.print_copy",
}
"""By job: imported in idle time, at the latest before the first such job (a child would do it each time)."""


@dataclass(frozen=True)
class SandboxLimits:
    """What one job may use. memory, file_size and answer in bytes; cpu and wall in seconds."""

    memory: int = 768 * 2**20
    cpu: int = 8
    wall: float = 12.0
    file_size: int = 64 * 2**20
    open_files: int = 64
    answer: int = 4 * 2**20


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


# --- jobs ----------------------------------------------------------------------------------------


def _inspect(arguments: dict[str, Any]) -> dict[str, Any]:
    from hoso_bot.domain.checks import Limits
    from hoso_bot.pdf.inspect import inspect_file

    limits = Limits(**arguments["limits"])
    picture = Path(arguments["picture"]) if arguments.get("picture") else None
    return inspect_file(Path(arguments["path"]), arguments["name"], limits, picture).to_json()


def _review_copy(arguments: dict[str, Any]) -> dict[str, Any]:
    from hoso_bot.domain.signing import Box, ReviewCopyOrder
    from hoso_bot.pdf.review_copy import make_review_copy

    fields = dict(arguments)
    fields["boxes"] = tuple(Box(**box) for box in fields["boxes"])
    fields["source"], fields["target"] = Path(fields["source"]), Path(fields["target"])
    return dataclasses.asdict(make_review_copy(ReviewCopyOrder(**fields)))


def _print_copy(arguments: dict[str, Any]) -> dict[str, Any]:
    from hoso_bot.domain.signing import PrintOrder
    from hoso_bot.pdf.print_copy import make_print_copy

    paths = {name: Path(arguments[name]) for name in ("source", "target")}
    make_print_copy(PrintOrder(**{**arguments, **paths}))
    return {}


def _verify(arguments: dict[str, Any]) -> dict[str, Any]:
    from hoso_bot.pdf.verify import verify_file

    return dataclasses.asdict(verify_file(Path(arguments["path"]), arguments["ca_pem"].encode("latin-1")))


def _compare(arguments: dict[str, Any]) -> dict[str, Any]:
    from hoso_bot.pdf.compare import compare_files

    return compare_files(Path(arguments["old"]), Path(arguments["new"])).to_json()


JOBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "inspect": _inspect,
    "review_copy": _review_copy,
    "print_copy": _print_copy,
    "verify": _verify,
    "compare": _compare,
}


def answer(job: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a job has to say: `{"done": …}`, `{"refused": text key, "facts": …}` or `{"failed": why}`."""
    from hoso_bot.domain.errors import FileRefused

    try:
        return {"done": JOBS[job](arguments)}
    except FileRefused as refusal:
        return {"refused": refusal.text_key, "facts": refusal.facts}
    except MemoryError:
        return {"failed": "MemoryError"}
    except Exception as error:  # hostile input raises anything; all of it means "no answer"
        return {"failed": f"{type(error).__name__}: {error}"[:500]}


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


def _child(order: dict[str, Any], limits: SandboxLimits, out: int) -> NoReturn:
    code = 1
    try:
        os.setpgid(0, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        devnull = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(devnull, fd)
        _limit_myself(limits)
        gc.disable()  # one job, then the end
        write_frame(out, answer(order["job"], order["arguments"]))
        code = 0
    finally:
        os._exit(code)


# --- the warm server -----------------------------------------------------------------------------


def _run(order: dict[str, Any]) -> dict[str, Any]:
    """One job in one child: its answer, or why there is none."""
    limits = SandboxLimits(**order["limits"])
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(source)
        _child(order, limits, sink)
    os.close(sink)
    why = ""
    try:
        reply = read_frame(source, time.monotonic() + limits.wall, limits.answer)
    except FrameError as error:
        reply, why = None, str(error)
    finally:
        os.close(source)
        status = _end(pid)
    return reply if reply is not None else {"failed": why or f"child ended with status {status}"}


def _end(pid: int) -> int:
    """Kill whatever is left of the child's group; its wait status (negative: killed by that signal)."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


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


def serve(inbox: int, outbox: int) -> None:
    """Answer frames until `inbox` ends."""
    for module in _FIRST:
        _preload(module)
    gc.freeze()
    write_frame(outbox, {"ready": os.getpid()})
    pending = dict(_LATER)
    while True:
        _wait_for_work(pending)
        order = read_frame(inbox, None, 2**20)
        if order is None:
            return
        _warm_up(str(order.get("job")), pending)
        with tempfile.TemporaryDirectory(dir=".", ignore_cleanup_errors=True) as room:
            os.chdir(room)
            try:
                reply = _run(order)
            finally:
                os.chdir("..")
        write_frame(outbox, reply)


def main() -> None:
    """Entry point of the warm server."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _leave_the_network()
    home = Path.cwd()
    with contextlib.suppress(BrokenPipeError, FrameError):
        serve(0, 1)
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
    sys.exit(0)
