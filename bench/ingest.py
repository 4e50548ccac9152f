"""Updates stored durably per second, through the real webhook, against a bare aiohttp handler.

    python -m bench.ingest [rounds] [seconds]

Server and load generator are a process each; the handlers take turns, so that drift of the machine hits both.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

BARE, DURABLE = "/bare", "/webhook/telegram"
CLIENTS = (1, 8, 64)

Row = dict[str, Any]


def run(rounds: int = 5, seconds: float = 2.0) -> dict[str, Any]:
    """Per number of clients: medians of both, p99 in ms, and the median ratio durable/bare.

    Raises RuntimeError when an answered update is not on disk.
    """
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as name:
        with _server(Path(name)) as port:
            runs = _alternating(port, rounds, seconds)
        stored = _stored(Path(name) / "bench.db")
    answered = sum(row["answered"] for row in runs if row["path"] == DURABLE)
    if answered != stored:
        raise RuntimeError(f"{answered} updates answered with 200, {stored} stored")
    return {"stored": stored, "clients": {str(n): _summary(runs, n) for n in CLIENTS}}


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.webhooks", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["port"]
        finally:
            process.stdin.close()
            process.wait(30)


def _alternating(port: int, rounds: int, seconds: float) -> list[Row]:
    runs: list[Row] = []
    next_id = 1_000_000_000
    for number in range(rounds):
        for clients in CLIENTS:
            for path in (BARE, DURABLE) if number % 2 else (DURABLE, BARE):
                row = _load(port, path, clients, seconds, next_id)
                next_id = row["next_id"]
                runs.append({"path": path, "clients": clients, **row})
    return runs


def _load(port: int, path: str, clients: int, seconds: float, first_id: int) -> Row:
    arguments = map(str, (port, path, clients, seconds, first_id))
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *arguments], check=True, stdout=subprocess.PIPE
    )
    row: Row = json.loads(done.stdout)
    return row


def _stored(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])


def _summary(runs: list[Row], clients: int) -> dict[str, float]:
    bare, kept = ([r for r in runs if (r["path"], r["clients"]) == (p, clients)] for p in (BARE, DURABLE))
    pairs = zip(bare, kept, strict=True)
    return {
        "bare_per_second": median(row["per_second"] for row in bare),
        "durable_per_second": median(row["per_second"] for row in kept),
        "ratio": median(k["per_second"] / b["per_second"] for b, k in pairs),
        "bare_p99_ms": median(row["p99_ms"] for row in bare),
        "durable_p99_ms": median(row["p99_ms"] for row in kept),
    }


def table(found: dict[str, Any]) -> str:
    """The result of `run` for a terminal."""
    lines = [
        f"{'clients':>8}{'bare /s':>10}{'durable /s':>12}{'ratio':>8}{'bare p99':>10}{'durable p99':>13}"
    ]
    for clients, row in found["clients"].items():
        lines.append(
            f"{clients:>8}{row['bare_per_second']:>10.0f}{row['durable_per_second']:>12.0f}{row['ratio']:>8.2f}"
            f"{row['bare_p99_ms']:>8.1f}ms{row['durable_p99_ms']:>11.1f}ms"
        )
    return "\n".join([*lines, f"{found['stored']} updates answered, all of them on disk"])


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        print(table(run(*(int(n) for n in sys.argv[1:]))))
