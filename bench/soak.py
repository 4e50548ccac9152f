"""Half an hour of a steady evening: does the process stay as it was?

    python -m bench.soak [--minutes 30] [--postgres]

The real `hoso-bot run` by webhook, six teachers who hand in again and again, leaders who sign and send back,
callers of pages and of webhooks, the clock's rounds. Every ten seconds memory (RSS; PSS, where shared pages
are divided by their users, moves with whatever else runs on the machine), descriptors, threads and the size
of the database; all the time how long `/healthz`, which only the event loop answers, takes. Ends with 1 when
a promise was broken, or the memory of the last minutes is over that of the first ones, after a warm-up, by
more than a tenth.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).parent.parent))  # the people of the tests

from tests.acceptance.day_of_kills import DayOfKills
from tests.acceptance.mortal_bot import Bot, Orphans, by_webhook, hoso_bot, sample_bot
from tests.fakes.hostile_webhooks import TELEGRAM, SecretLetters, telegram_update
from tests.fakes.telegram_sim import TelegramSim, World
from tests.ports import free_port
from tests.postgres import PostgresServer

from bench.__main__ import keep, machine
from bench.footprint import memory
from bench.quantiles import quantiles

REST = 25.0
"""Seconds between two plans of a teacher: about a plan every five seconds for the school."""
SAMPLE_EVERY, CALL_EVERY = 10.0, 0.5
ALLOWED = 0.10
SECRET = "secret-of-the-soak"
PAGES = ("/healthz", "/readyz", "/healthz", "/v", "/healthz", "/metrics")
SHOWN = ("main_rss_mb", "tree_rss_mb", "main_pss_mb", "tree_pss_mb", "fds", "threads", "database_mb")


@dataclass
class Callers:
    """Opens pages and writes to the webhook, genuinely and not. lags: ms that `/healthz` took."""

    bot: Bot
    lags: list[float] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._call, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.enough.set()
        self._thread.join()

    def _call(self) -> None:
        forged = SecretLetters(TELEGRAM, SECRET).forged(telegram_update(1, 41, "/hotro", time.time()))
        with closing(http.client.HTTPConnection("127.0.0.1", self.bot.port, timeout=30)) as connection:
            while not self.enough.wait(CALL_EVERY):
                for path in PAGES:
                    began = time.monotonic()
                    _answered(connection, "GET", path)
                    if path == "/healthz":
                        self.lags.append(1000 * (time.monotonic() - began))
                _answered(connection, "POST", "/webhook/telegram", *next(forged))


def _answered(connection: http.client.HTTPConnection, method: str, path: str, *letter: Any) -> None:
    connection.request(method, path, *letter)
    connection.getresponse().read()


def sample(bot: Bot) -> dict[str, float]:
    """The process now."""
    assert bot.process
    process = Path(f"/proc/{bot.process.pid}")
    database = [file.stat().st_size for file in bot.home.glob("hoso.db*")]
    return {
        "at": time.monotonic(),
        **memory(bot.process.pid),
        "fds": len(list((process / "fd").iterdir())),
        "threads": len(list((process / "task").iterdir())),
        "database_mb": sum(database) / 2**20,
    }


@contextlib.contextmanager
def evening(folder: Path, world: World, postgres: bool) -> Iterator[DayOfKills]:
    """A school by webhook, everybody at work."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        orphans = stack.enter_context(Orphans().watched())
        bot = sample_bot(folder, world, port=port, settings=by_webhook(port, SECRET))
        if postgres:
            server = stack.enter_context(PostgresServer())
            hoso_bot("migrate-to", server.url(server.create()), "--use", "--home", str(bot.home))
        stack.callback(bot.die)
        day = DayOfKills(bot, orphans, seed=1, rest=REST)
        day.begin()
        yield day


def run(minutes: float, postgres: bool = False) -> dict[str, Any]:
    """Samples, start against end, and whether all that was done was done well."""
    with (
        tempfile.TemporaryDirectory(prefix="hoso-soak-") as name,
        TelegramSim() as telegram,
        evening(Path(name), telegram.world(), postgres) as day,
    ):
        began, samples = time.monotonic(), list[dict[str, float]]()
        with Callers(day.bot) as callers:
            while time.monotonic() < began + minutes * 60:
                time.sleep(SAMPLE_EVERY)
                samples.append(sample(day.bot))
                if len(samples) % 6 == 0:
                    print(_line(samples[-1], began, len(day.issued())), flush=True)
        day.end()
        found = day.judged()
    for one in samples:
        one["at"] -= began
    return {
        "minutes": minutes,
        "samples": samples,
        **_compared(samples, minutes * 60),
        "lag_ms": quantiles(callers.lags),
        "plans": found.plans,
        "signatures": found.signatures,
        "updates": found.updates,
        "broken": {name: cases for name, cases in found.broken.items() if cases},
    }


def _line(now: dict[str, float], began: float, updates: int) -> str:
    shown = ", ".join(f"{name} {now[name]:.0f}" for name in SHOWN)
    return f"  {(now['at'] - began) / 60:.0f} min: {updates} updates, {shown}"


def _compared(samples: Sequence[dict[str, float]], seconds: float) -> dict[str, dict[str, float]]:
    """Medians of a sixth of the time, after a sixth of warm-up and at the end."""
    sixth = seconds / 6
    first = [one for one in samples if sixth <= one["at"] < 2 * sixth]
    last = [one for one in samples if one["at"] >= seconds - sixth]
    return {
        "start": {name: median(one[name] for one in first) for name in SHOWN},
        "end": {name: median(one[name] for one in last) for name in SHOWN},
    }


def has_grown(found: dict[str, Any]) -> bool:
    """Whether the process or its tree takes more than a tenth more than at the start."""
    start, end = found["start"], found["end"]
    return any(end[name] > start[name] * (1 + ALLOWED) for name in ("main_rss_mb", "tree_rss_mb"))


def table(found: dict[str, Any]) -> str:
    """For a terminal."""
    lines = [f"{'':<14}{'start':>10}{'end':>10}{'change':>10}"]
    for name in SHOWN:
        start, end = found["start"][name], found["end"][name]
        lines.append(f"{name:<14}{start:>10.1f}{end:>10.1f}{(end - start) / start:>+10.1%}")
    lag = " / ".join(f"{lag:.0f}" for lag in found["lag_ms"].values())
    lines.append(f"/healthz p50 / p95 / p99: {lag} ms")
    lines.append(
        f"{found['minutes']:.0f} minutes: {found['updates']} updates, {found['plans']} plans, "
        f"{found['signatures']} signatures; broken promises: {found['broken'] or 'none'}"
    )
    return "\n".join(lines)


def main() -> int:
    """Soak and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--postgres", action="store_true", help="rows on a server started for it")
    wish = parser.parse_args()
    found = {"machine": machine(), "postgres": wish.postgres, **run(wish.minutes, wish.postgres)}
    print(table(found))
    keep(found, "soak-")
    return 1 if has_grown(found) or found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
