"""`hoso-bot run` that dies where it is told to: at the points where a crash could hurt.

    python tests/fakes/crash_points.py FOLDER SECONDS run --home SCHOOL

A point is a commit, a change of a file's name, an fsync, a call to somebody outside or to a worker of ours,
named after who does it. The product knows nothing of this: the few functions everything of the kind goes
through are replaced before it starts. FOLDER/plan holds lines `before NAME` and `after NAME`; at the first of
them that is reached the process writes it to FOLDER/died and kills itself, and a next process goes on to the
others. FOLDER/passed collects the points that were reached. FOLDER/careless tells who gave a file its name
before its bytes were on disk: a kill forgives that, a power cut does not. SECONDS: how much later it is here.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import aiohttp
from yarl import URL

from hoso_bot import handlers
from hoso_bot.clock import SystemClock
from hoso_bot.pdf import authority_status, csc_client, tsa_client
from hoso_bot.pdf.warm_server import WarmServer
from hoso_bot.pdf.worker_process import WorkerProcess
from hoso_bot.store.engines import Postgres, Sqlite
from hoso_bot.unit_of_work import UnitOfWork

SIDES = BEFORE, AFTER = "before", "after"
PLAN, DIED, PASSED, CARELESS = "plan", "died", "passed", "careless"
FILE_CALLS = ("replace", "rename", "link", "unlink", "fsync", "fdatasync")
UNTOLD = {
    ("hoso_bot.store.engines", ""),
    ("hoso_bot.store.db", ""),
    ("hoso_bot.store.commit", ""),
    ("hoso_bot.unit_of_work", ""),
    ("hoso_bot.store.inbox", "Inbox.keep"),
    ("hoso_bot.store.files", "sync"),
}
"""(module, function or '' for all): who only passes on what somebody else wanted."""


class Points:
    """What this process does at a point: note that it was here, and perhaps end."""

    def __init__(self, folder: Path) -> None:
        self._passed, self._died = (_appending(folder / name) for name in (PASSED, DIED))
        self._careless = _appending(folder / CARELESS)
        self._on_disk: set[int] = set()
        self._deaths = set(_lines(folder / PLAN)) - set(_lines(folder / DIED))
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def reached(self, side: str, name: str) -> None:
        """Before or after a point. Does not return where the plan says so."""
        line = f"{side} {name}"
        with self._lock:  # whoever comes second waits here for the end
            if side == BEFORE and name not in self._seen:
                self._seen.add(name)
                os.write(self._passed, f"{name}\n".encode())
            if line in self._deaths:
                os.write(self._died, f"{line}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)

    def synced(self, handle: int) -> None:
        """The bytes behind this handle are on disk."""
        self._on_disk.add(os.fstat(handle).st_ino)

    def renamed(self, name: str, inode: int) -> None:
        """A file gets its last name; its bytes should be on disk by now."""
        if inode not in self._on_disk:
            os.write(self._careless, f"{name}\n".encode())

    def around(self, name: str, work: Callable[[], Any]) -> Any:
        """`work`, with a point around it, whether it succeeds or not."""
        self.reached(BEFORE, name)
        try:
            return work()
        finally:
            self.reached(AFTER, name)


def _appending(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


# --- names -------------------------------------------------------------------------------------------


def who() -> str:
    """The function of the product on whose behalf we are here; '' for none."""
    frame: FrameType | None = sys._getframe(1)
    arrives = ""
    while frame is not None:
        module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
        if (module, function) == ("hoso_bot.store.inbox", "Inbox.keep"):
            arrives = " of " + " and ".join(sorted({a.source for a in frame.f_locals["arrivals"]}))
        if module.startswith("hoso_bot.") and not _is_untold(module, function):
            return _named(frame) + arrives
        frame = frame.f_back
    return ""


def _is_untold(module: str, function: str) -> bool:
    own = function.rpartition(".")[2]
    low = module in ("hoso_bot.store.leases", "hoso_bot.store.files") and own.startswith("_")
    return low or (module, "") in UNTOLD or (module, function) in UNTOLD


def _named(frame: FrameType) -> str:
    """A handled event by its own name, a method by its object's class, which may have inherited it."""
    function = frame.f_code.co_qualname.replace(".<locals>", "")
    if function == "Dispatcher._handle":
        return str(frame.f_locals["uow"].handles)
    if frame.f_globals["__name__"] == "hoso_bot.store.leases":
        return f"{type(frame.f_locals['self']).__name__}.{frame.f_code.co_name}"
    module = frame.f_globals["__name__"].rpartition(".")[2]
    return f"{module}.{function}" if function.startswith("_") else function


# --- what is replaced --------------------------------------------------------------------------------


class Committing:
    """A transaction whose end is a point."""

    def __init__(self, real: AbstractContextManager[Any], name: str, points: Points) -> None:
        self._real, self._name, self._points = real, name, points

    def __enter__(self) -> Any:
        return self._real.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        if kind is not None:
            return self._real.__exit__(kind, error, trace)
        return self._points.around(self._name, lambda: self._real.__exit__(None, None, None))


def watch_commits(points: Points) -> None:
    """Every transaction that writes."""

    def watched(real: Callable[[Any], AbstractContextManager[Any]]) -> Callable[[Any], Committing]:
        return lambda engine: Committing(real(engine), f"{who()}: commit", points)

    for engine in (Sqlite, Postgres):
        engine.write = watched(engine.write)  # type: ignore[assignment, method-assign, attr-defined]


def name_events() -> None:
    """A unit of work knows what it handles: of a tap what the button causes, of a text what it answers."""
    find = handlers._caused

    def found(event: Any, uow: Any) -> Any:
        caused = find(event, uow)
        uow.handles = type(caused or event).__name__
        return caused

    handlers._caused = found
    UnitOfWork.handles = "NothingForUs"  # type: ignore[attr-defined]


def watch_files(points: Points) -> None:
    """What makes a file's bytes or its name last."""

    def watched(real: Callable[..., Any], what: str) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            name = who()
            if not name:
                return real(*given, **more)
            if what in ("replace", "rename"):
                points.renamed(name, Path(given[0]).stat().st_ino)
            done = points.around(f"{name}: {what}", lambda: real(*given, **more))
            if what in ("fsync", "fdatasync"):
                points.synced(given[0])
            return done

        return call

    for what in FILE_CALLS:
        setattr(os, what, watched(getattr(os, what), what))


def watch_calls(points: Points) -> None:
    """Every request to somebody outside, named by who asks and its path without the secret in it."""
    ask = aiohttp.ClientSession._request

    async def asks(session: Any, method: str, url: Any, **more: Any) -> Any:
        name = f"call: {who().partition('.')[0]} {method_of(URL(url).path)}"
        points.reached(BEFORE, name)
        answer = await ask(session, method, url, **more)
        points.reached(AFTER, name)
        return answer

    aiohttp.ClientSession._request = asks  # type: ignore[assignment, method-assign]
    services = {
        "timestamp authority": tsa_client,
        "authority's status": authority_status,
        "signing service": csc_client,
    }
    for service, module in services.items():
        post = module.post  # type: ignore[attr-defined]

        def posts(target: Any, path: str, *more: Any, _post: Any = post, _service: str = service) -> Any:
            return points.around(f"call: {_service} {path}", lambda: _post(target, path, *more))

        module.post = posts  # type: ignore[attr-defined]


def method_of(path: str) -> str:
    """A method of a bot's API, `download` for a file, else the path itself."""
    return re.sub(r"^/file/.*", "download", re.sub(r"^/bot[^/]+/", "", path)).strip("/")


def watch_workers(points: Points) -> None:
    """Every order for the processes that touch files and keys; they end with us."""

    def watched(real: Callable[..., Any], word: str) -> Callable[..., Any]:
        def ask(worker: Any, order: dict[str, Any], *more: Any) -> Any:
            what = order.get("job") or order.get("pin") or order.get("work") or "sign"
            return points.around(f"{word}: {what}", lambda: real(worker, order, *more))

        return ask

    WarmServer.ask = watched(WarmServer.ask, "sandbox")  # type: ignore[method-assign]
    WorkerProcess.ask = watched(WorkerProcess.ask, "signing process")  # type: ignore[method-assign]


def main() -> None:
    """The command line of `hoso-bot`, a little later, in a process that may die."""
    folder, seconds, *command = sys.argv[1:]
    later = timedelta(seconds=float(seconds))
    SystemClock.now = lambda _: datetime.now(UTC) + later  # type: ignore[method-assign]
    points = Points(Path(folder))
    for watch in (watch_commits, watch_files, watch_calls, watch_workers):
        watch(points)
    name_events()
    from hoso_bot.cli import main as hoso_bot

    sys.argv = ["hoso-bot", *command]
    hoso_bot()


if __name__ == "__main__":
    main()
