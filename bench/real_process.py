"""The real process on a school folder of its own, for benches that measure it from outside."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))
GIVES_UP = 60.0


def sample_school(home: Path) -> None:
    """A made-up school in a new folder."""
    subprocess.run([HOSO_BOT, "init", str(home), "--sample"], check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def bot(home: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`hoso-bot run`; settings: environment without its `HOSO_`. Ended at the end."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}
    env |= {f"HOSO_{name}": value for name, value in settings.items()} | {"HOSO_WEB__PORT": str(port)}
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
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return time.time()
        time.sleep(0.01)
    raise TimeoutError(f"not ready within {GIVES_UP} s")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
