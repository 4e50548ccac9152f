"""The real process on a school folder of its own, for benches that measure it from outside."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.mortal_bot import HOSO_BOT, hoso_bot, plain_environment, readyz

GIVES_UP = 60.0


def sample_school(home: Path) -> None:
    """A made-up school in a new folder."""
    hoso_bot("init", str(home), "--sample")


@contextlib.contextmanager
def bot(home: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`hoso-bot run`; settings: environment without its `HOSO_`. Ended at the end."""
    mine = {f"HOSO_{name}": value for name, value in settings.items()}
    env = plain_environment() | mine | {"HOSO_WEB__PORT": str(port)}
    command = [HOSO_BOT, "run", "--home", str(home)]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def ready_at(port: int) -> float:
    """When /readyz said 200, seconds since the epoch. Raises TimeoutError."""
    deadline = time.time() + GIVES_UP
    while time.time() < deadline:
        if readyz(port) is not None:
            return time.time()
        time.sleep(0.01)
    raise TimeoutError(f"not ready within {GIVES_UP} s")


def cpu_seconds(pid: int, ended: bool = False) -> float:
    """CPU a process has used, with that of its children that `ended`. Raises OSError when it is gone."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, words[11 : 15 if ended else 13])) / os.sysconf("SC_CLK_TCK")
