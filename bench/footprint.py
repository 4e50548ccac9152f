"""Memory at rest and start-up time of the real process, on the sample school and a fake Bot API.

    python -m bench.footprint [rounds]

Memory 5 s after it is ready, nobody writing: PSS (shared pages divided by their users) and RSS from
/proc/PID/smaps_rollup, of the main process and with its sandbox and signing workers. Start-up from the start
of the process to /readyz saying 200 and to the first getUpdates reaching Telegram.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.fakes.telegram_sim import TelegramSim, World

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))
IDLE_SECONDS = 5.0
GIVES_UP = 60.0

Row = dict[str, float]


def run(rounds: int = 5) -> dict[str, Any]:
    """Medians: MB of memory, seconds of start-up, processes in the tree."""
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as name, TelegramSim() as telegram:
        home = Path(name) / "school"
        subprocess.run([HOSO_BOT, "init", str(home), "--sample"], check=True, stdout=subprocess.DEVNULL)
        runs = [_once(home, telegram.world()) for _ in range(rounds)]
    return {key: median(row[key] for row in runs) for key in runs[0]}


def _once(home: Path, world: World) -> Row:
    port, began = _free_port(), time.time()
    with _bot(home, world, port) as process:
        ready = _ready_at(port) - began
        polled = _polled_at(world) - began
        time.sleep(IDLE_SECONDS)
        return {"ready_s": ready, "first_poll_s": polled, **_memory(process.pid)}


@contextlib.contextmanager
def _bot(home: Path, world: World, port: int) -> Iterator[subprocess.Popen[bytes]]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}
    env["HOSO_TELEGRAM__TOKEN"], env["HOSO_TELEGRAM__BASE_URL"] = world.token, world.base_url
    env["HOSO_WEB__PORT"] = str(port)
    command = [HOSO_BOT, "run", "--home", str(home)]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _ready_at(port: int) -> float:
    deadline = time.time() + GIVES_UP
    while time.time() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return time.time()
        time.sleep(0.01)
    raise TimeoutError(f"not ready within {GIVES_UP} s")


def _polled_at(world: World) -> float:
    deadline = time.time() + GIVES_UP
    while time.time() < deadline:
        if polls := world.calls("getUpdates"):
            return float(polls[0]["at"])
        time.sleep(0.05)
    raise TimeoutError(f"no getUpdates within {GIVES_UP} s")


def _memory(pid: int) -> Row:
    tree = [pid, *_descendants(pid)]
    found = [_rollup(member) for member in tree]
    return {
        "main_pss_mb": found[0]["Pss"],
        "main_rss_mb": found[0]["Rss"],
        "tree_pss_mb": sum(row["Pss"] for row in found),
        "tree_rss_mb": sum(row["Rss"] for row in found),
        "processes": len(tree),
    }


def _descendants(pid: int) -> list[int]:
    children = [
        int(child)
        for listing in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listing.read_text().split()
    ]
    return [member for child in children for member in (child, *_descendants(child))]


def _rollup(pid: int) -> Row:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(kb) / 1024 for name, kb in re.findall(r"^(Pss|Rss):\s+(\d+) kB$", text, re.MULTILINE)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
