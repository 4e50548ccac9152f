"""`python -m bench [all or a name]`: tables, and figures as JSON in bench/out."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

OUT = Path(__file__).parent / "out"
LIBRARIES = (
    "aiohttp",
    "SQLAlchemy",
    "pyHanko",
    "cryptography",
    "python-telegram-bot",
    "pypdfium2",
    "pikepdf",
)
SIGNING_ROUNDS, INTAKE_ROUNDS, INGEST_ROUNDS, FOOTPRINT_ROUNDS, PLANNING_ROUNDS = 25, 25, 5, 5, 3


class Benchmark(NamedTuple):
    """`run` measures, `table` shows it; what takes long is `apart`, run by its name only."""

    title: str
    run: Callable[[], dict[str, Any]]
    table: Callable[[dict[str, Any]], str]
    apart: bool = False


def benchmarks() -> dict[str, Benchmark]:
    """By name, in the order they run."""
    from bench import (
        crash_points,
        downloads,
        evening,
        footprint,
        fuzz,
        growth,
        hostile,
        ingest,
        intake,
        pin,
        planning,
        signing,
    )

    return {
        "signing": Benchmark(
            "Tap to checked, fsynced file, against stock pyHanko in memory (RSA-2048, visible stamp)",
            lambda: signing.run(SIGNING_ROUNDS),
            signing.table,
        ),
        "intake": Benchmark(
            "A plan from download to card in the warm sandbox, against bare pdfium text extraction",
            lambda: intake.run(INTAKE_ROUNDS),
            intake.table,
        ),
        "ingest": Benchmark(
            "Updates per second through the webhook: bare aiohttp against stored with fsync",
            lambda: ingest.run(INGEST_ROUNDS),
            ingest.table,
        ),
        "footprint": Benchmark(
            "Memory at rest and start-up, sample school",
            lambda: footprint.run(FOOTPRINT_ROUNDS),
            footprint.table,
        ),
        "downloads": Benchmark(
            "Memory of the main process while six files of 19 MB come at once, beside one",
            downloads.run,
            downloads.table,
        ),
        "hostile": Benchmark(
            "10,000 webhooks, forged, malformed, oversized, replayed, re-ordered, against the real process",
            hostile.run,
            hostile.table,
        ),
        "evening": Benchmark(
            "Everybody hands in at once: file to card, tap to signed, both databases",
            evening.run,
            evening.table,
        ),
        "growth": Benchmark(
            "What a plan, a board, a list costs with 1,000 kept plans and with 10,000",
            lambda: growth.run(growth.SIZES[:2]),
            growth.table,
        ),
        "pin": Benchmark("Guessing a six-digit PIN offline", pin.run, pin.table),
        "planning": Benchmark(
            "Reminders planned for 30,000 people, against bare queries and inserts",
            lambda: planning.run(PLANNING_ROUNDS),
            planning.table,
        ),
        "fuzz": Benchmark(
            f"{fuzz.FILES:,} hostile files taken in, signed, verified (bench/out/fuzz: broken promises)",
            fuzz.run,
            fuzz.table,
            apart=True,
        ),
        "crash-points": Benchmark(
            "The main job with a death before and after every commit, rename, call and order to a worker",
            crash_points.run,
            crash_points.table,
            apart=True,
        ),
    }


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(errors="replace"))
    return {
        "cpu": cpu.group(1).strip() if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
    }


def _machine_line(found: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {found[name]}" for name in ("sqlite", *LIBRARIES))
    return (
        f"{found['cores']} cores ({found['cpu']}), load {found['load']} before, "
        f"Python {found['python']}, {versions}"
    )


def keep(results: dict[str, Any], name: str = "") -> None:
    """Write figures where they stay, and say where."""
    OUT.mkdir(exist_ok=True)
    target = OUT / f"{name}{datetime.now().astimezone():%Y-%m-%dT%H%M}.json"
    target.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten: {target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target}")


def main() -> int:
    """Run what was asked for; 1 when it broke a promise."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=(*benchmarks(), "all"))
    what = parser.parse_args().what
    results: dict[str, Any] = {"machine": machine()}
    print(_machine_line(results["machine"]), flush=True)
    for name, benchmark in benchmarks().items():
        if what == name or (what == "all" and not benchmark.apart):
            print(f"\n{benchmark.title}", flush=True)
            results[name] = benchmark.run()
            print(benchmark.table(results[name]), flush=True)
    keep(results)
    return 1 if any(found.get("broken") for found in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
