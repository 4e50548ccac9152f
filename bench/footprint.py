"""Memory at rest and start-up time of the real process, on the sample school and a fake Bot API.

    python -m bench.footprint [rounds]

Memory 5 s after it is ready, nobody writing: PSS (shared pages divided by their users) and RSS from
/proc/PID/smaps_rollup, of the main process and with its sandbox and signing workers. Start-up from the start
of the process to /readyz saying 200 and to the first getUpdates reaching Telegram.
"""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.acceptance.mortal_bot import descendants
from tests.fakes.telegram_sim import TelegramSim, World
from tests.ports import free_port

from bench.real_process import GIVES_UP, bot, ready_at, sample_school

IDLE_SECONDS = 5.0

Row = dict[str, float]


def run(rounds: int = 5) -> dict[str, Any]:
    """Medians: MB of memory, seconds of start-up, processes in the tree."""
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as name, TelegramSim() as telegram:
        home = Path(name) / "school"
        sample_school(home)
        runs = [_once(home, telegram.world()) for _ in range(rounds)]
    return {key: median(row[key] for row in runs) for key in runs[0]}


def _once(home: Path, world: World) -> Row:
    port, began = free_port(), time.time()
    with bot(home, port, TELEGRAM__TOKEN=world.token, TELEGRAM__BASE_URL=world.base_url) as process:
        ready = ready_at(port) - began
        polled = _polled_at(world) - began
        time.sleep(IDLE_SECONDS)
        return {"ready_s": ready, "first_poll_s": polled, **memory(process.pid)}


def _polled_at(world: World) -> float:
    deadline = time.time() + GIVES_UP
    while time.time() < deadline:
        if polls := world.calls("getUpdates"):
            return float(polls[0]["at"])
        time.sleep(0.05)
    raise TimeoutError(f"no getUpdates within {GIVES_UP} s")


def memory(pid: int) -> Row:
    """MB of a process and of its tree, which has so many processes."""
    tree = [pid, *descendants(pid)]
    found = [_rollup(member) for member in tree]
    return {
        "main_pss_mb": found[0]["Pss"],
        "main_rss_mb": found[0]["Rss"],
        "tree_pss_mb": sum(row["Pss"] for row in found),
        "tree_rss_mb": sum(row["Rss"] for row in found),
        "processes": len(tree),
    }


def _rollup(pid: int) -> Row:
    """Nothing for a child that has just ended."""
    text = "Pss: 0 kB\nRss: 0 kB"
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(kb) / 1024 for name, kb in re.findall(r"^(Pss|Rss):\s+(\d+) kB$", text, re.MULTILINE)}


def table(found: dict[str, Any]) -> str:
    """The result of `run` for a terminal."""
    return (
        f"main process        {found['main_pss_mb']:>7.0f} MB PSS {found['main_rss_mb']:>7.0f} MB RSS\n"
        f"with its workers    {found['tree_pss_mb']:>7.0f} MB PSS {found['tree_rss_mb']:>7.0f} MB RSS"
        f"   ({found['processes']:.0f} processes)\n"
        f"/readyz says 200    {found['ready_s']:>7.2f} s\n"
        f"first getUpdates    {found['first_poll_s']:>7.2f} s"
    )


if __name__ == "__main__":
    print(table(run(*(int(n) for n in sys.argv[1:]))))
