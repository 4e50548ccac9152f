"""Who works on a school's folder: one worker, any number of web processes, or whoever wants to be alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from hoso_bot.domain.errors import SettingsError

WORKER, WEB = "lock", "lock-web"


@contextlib.contextmanager
def only_one(home: Path, patience: float = 0.0) -> Iterator[None]:
    """Holds the worker's lock; it dies with the process, however it dies.

    patience: seconds the one before may still take to end. Raises SettingsError.
    """
    with _locked(home, WORKER, fcntl.LOCK_EX, patience):
        yield


@contextlib.contextmanager
def one_of_many(home: Path) -> Iterator[None]:
    """Held by each web process. Raises SettingsError while somebody is alone."""
    with _locked(home, WEB, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """No process runs this school meanwhile. Raises SettingsError."""
    with _locked(home, WORKER, fcntl.LOCK_EX), _locked(home, WEB, fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def _locked(home: Path, name: str, how: int, patience: float = 0.0) -> Iterator[None]:
    until = time.monotonic() + patience
    with (home / name).open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, how | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() >= until:
                    raise SettingsError(f"another hoso-bot is running for {home}") from None
                time.sleep(0.1)
        if how == fcntl.LOCK_EX:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
        yield
