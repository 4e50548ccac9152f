"""One process works on a school's folder at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from hoso_bot.domain.errors import SettingsError


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Holds the folder's lock; it dies with the process, however it dies. Raises SettingsError."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(f"another hoso-bot is running for {home}") from None
        lock.write(str(os.getpid()))
        lock.flush()
        yield
