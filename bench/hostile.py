"""10,000 webhooks that want something they must not get, against the real process and its three routes.

    python -m bench.hostile [webhooks]

Forged, malformed, oversized, replayed, re-ordered and old ones, shuffled, over eight connections; genuine
ones among them, each several times. Counted afterwards in the school's own database: a row a genuine event.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tests.fakes.hostile_webhooks import (
    NO_JSON,
    TELEGRAM,
    TWO_MEGABYTES,
    ZALO_BOT,
    Letter,
    OaLetters,
    SecretLetters,
    telegram_update,
    zalo_bot_update,
)
from tests.fakes.telegram_sim import TelegramSim
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.ports import free_port

from bench.real_process import bot, ready_at, sample_school

CONNECTIONS, TIMES_SENT, SECRET = 8, 5, "bench-secret-of-the-school"
OLD = 25 * 3_600
PARTS = {"malformed": 0.1, "oversized": 0.01, "old": 0.02, "genuine": 0.15}
"""Of the webhooks of a route; the others are forged. Genuine ones are sent TIMES_SENT times."""
SETTLES = 30.0


@dataclass(frozen=True)
class Route:
    """One webhook: its source's name, and endless letters of each kind."""

    source: str
    path: str
    letters: dict[str, Iterator[Letter]]

    def dealt(self, count: int) -> Iterator[tuple[str, str, Letter]]:
        """(kind, path, letter) of so many webhooks."""
        left = count
        for kind, part in PARTS.items():
            times = TIMES_SENT if kind == "genuine" else 1
            for letter in islice(self.letters.get(kind, iter(())), round(count * part / times)):
                left -= times
                yield from [(kind, self.path, letter)] * times
        for letter in islice(self.letters["forged"], left):
            yield "forged", self.path, letter


@dataclass
class Post:
    """Answers: status by route and kind, and seconds."""

    port: int
    statuses: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def deliver(self, letters: Sequence[tuple[str, str, Letter]]) -> None:
        """All of them, each connection its share, and wait for the last answer."""
        shares = [letters[at::CONNECTIONS] for at in range(CONNECTIONS)]
        threads = [threading.Thread(target=self._carry, args=(share,)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _carry(self, letters: Sequence[tuple[str, str, Letter]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for kind, path, (body, headers) in letters:
            began = time.perf_counter()
            status = _posted(connection, path, body, headers)
            self.times.append(time.perf_counter() - began)
            self.statuses[path, kind, status] += 1


def _posted(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> int:
    """The status; a server that hangs up on a body it will not read has answered before."""
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
    except OSError:
        connection.close()
        return 413 if len(body) >= TWO_MEGABYTES else 0
    if answer.status == 413:
        connection.close()
    return answer.status


def run(webhooks: int = 10_000) -> dict[str, Any]:
    """What was answered, how fast, what lies in the inbox. Raises RuntimeError for a row too many or few."""
    with (
        tempfile.TemporaryDirectory(prefix="hoso-bench-") as name,
        TelegramSim() as telegram,
        ZaloSim() as zalo,
        ZaloBotSim() as zalo_bot,
    ):
        home, port = Path(name) / "school", free_port()
        sample_school(home)
        world, oa, mate = telegram.world(), zalo.zalo(), zalo_bot.world()
        settings = {
            "WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TELEGRAM__TOKEN": world.token,
            "TELEGRAM__BASE_URL": world.base_url,
            "TELEGRAM__MODE": "webhook",
            "TELEGRAM__SECRET": SECRET,
            "ZALO_BOT__MODE": "webhook",
            "ZALO_BOT__SECRET": SECRET,
            **{f"ZALO_OA__{key.upper()}": value for key, value in oa.settings().items()},
            **{f"ZALO_BOT__{key.upper()}": value for key, value in mate.settings().items()},
        }
        state = oa.state()
        routes = _routes(OaLetters(oa.app_id, state["oa_secret"], state["oa_id"]), time.time())
        with bot(home, port, **settings):
            ready_at(port)
            letters = _dealt(routes, webhooks)
            random.Random(4).shuffle(letters)
            post = Post(port)
            post.deliver(letters)
            rows = _settled(home / "hoso.db")
    return _found(routes, letters, post, rows)


def _dealt(routes: Sequence[Route], webhooks: int) -> list[tuple[str, str, Letter]]:
    share, rest = divmod(webhooks, len(routes))
    return [letter for at, route in enumerate(routes) for letter in route.dealt(share + (at < rest))]


def _routes(oa: OaLetters, now: float) -> list[Route]:
    telegram, mate = SecretLetters(TELEGRAM, SECRET), SecretLetters(ZALO_BOT, SECRET)
    chat = "5000000001"
    return [
        Route(
            "zalo_oa",
            "/webhook/zalo-oa",
            {
                "forged": oa.forged(chat, now),
                "malformed": _again(oa.malformed(chat, now)),
                "oversized": _again([oa.oversized(chat, now)]),
                "old": _each(lambda n: oa.signed(oa.body(chat, "/hotro", f"old{n}", now - OLD))),
                "genuine": _each(
                    lambda n: oa.signed(oa.body(str(5 * 10**9 + n % 20), "/hotro", f"g{n}", now))
                ),
            },
        ),
        Route(
            "telegram",
            "/webhook/telegram",
            {
                "forged": telegram.forged(telegram_update(1, 41, "/hotro", now)),
                "malformed": _again([telegram.signed(body) for body in (*NO_JSON, b"[" * 100_000)]),
                "oversized": _again([telegram.signed(telegram_update(2, 41, "x" * TWO_MEGABYTES, now))]),
                "genuine": _each(
                    lambda n: telegram.signed(telegram_update(100 + n, 41 + n % 20, "/hotro", now))
                ),
            },
        ),
        Route(
            "zalo_bot",
            "/webhook/zalo-bot",
            {
                "forged": mate.forged(zalo_bot_update("f", "a1", "/hotro", now)),
                "malformed": _again([mate.signed(body) for body in (*NO_JSON, b"[" * 100_000)]),
                "oversized": _again([mate.signed(zalo_bot_update("o", "a1", "x" * TWO_MEGABYTES, now))]),
                "genuine": _each(
                    lambda n: mate.signed(zalo_bot_update(f"g{n}", f"a{n % 20}", "/hotro", now))
                ),
            },
        ),
    ]


def _again(letters: Sequence[Letter]) -> Iterator[Letter]:
    while True:
        yield from letters


def _each(letter: Callable[[int], Letter]) -> Iterator[Letter]:
    number = 0
    while True:
        yield letter(number)
        number += 1


def _settled(database: Path) -> list[tuple[str, str, int]]:
    """(source, state, rows) of what came by webhook, once nothing of it is open."""
    query = "SELECT source, state, count(*) FROM inbox WHERE source <> 'internal' GROUP BY 1, 2"
    deadline = time.monotonic() + SETTLES
    while True:
        with closing(sqlite3.connect(database)) as connection:
            rows = connection.execute(query).fetchall()
        if all(state in ("done", "parked") for _, state, _ in rows) or time.monotonic() > deadline:
            return rows
        time.sleep(0.2)


def _found(
    routes: Sequence[Route],
    letters: Sequence[tuple[str, str, Letter]],
    post: Post,
    rows: Sequence[tuple[str, str, int]],
) -> dict[str, Any]:
    times, by_route = sorted(post.times), {}
    for route in routes:
        sent = Counter(kind for kind, path, _ in letters if path == route.path)
        genuine = len({body for kind, path, (body, _) in letters if (path, kind) == (route.path, "genuine")})
        done = sum(count for source, state, count in rows if (source, state) == (route.source, "done"))
        kept = sum(count for source, _, count in rows if source == route.source)
        if not kept == done == genuine:
            raise RuntimeError(f"{route.path}: {genuine} genuine events, {kept} rows, {done} of them done")
        by_route[route.path] = {**sent, "rows": kept, "wanted": genuine}
    statuses = Counter[str]()
    for (_, kind, status), count in post.statuses.items():
        statuses[f"{kind} {status}"] += count
    return {
        "webhooks": len(times),
        "routes": by_route,
        "statuses": dict(sorted(statuses.items())),
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
        "worst_ms": times[-1] * 1000,
    }


def table(found: dict[str, Any]) -> str:
    """The result of `run` for a terminal."""
    kinds = ("forged", "malformed", "oversized", "old", "genuine")
    lines = [f"{'route':<20}" + "".join(f"{kind:>11}" for kind in (*kinds, "events", "rows"))]
    for path, row in found["routes"].items():
        counts = [*(row.get(kind, 0) for kind in kinds), row["wanted"], row["rows"]]
        lines.append(f"{path:<20}" + "".join(f"{count:>11}" for count in counts))
    lines.append("answers: " + ", ".join(f"{name}: {count}" for name, count in found["statuses"].items()))
    return "\n".join(lines) + (
        f"\n{found['webhooks']} webhooks: p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms, "
        f"worst {found['worst_ms']:.1f} ms; a row a genuine event, none from anything else"
    )


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        print(table(run(*(int(n) for n in sys.argv[1:]))))
