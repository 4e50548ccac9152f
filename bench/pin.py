"""What guessing a six-digit PIN costs a thief who works offline.

    python -m bench pin

With the database and the master key: one Argon2id (64 MiB, 3 rounds) a guess, a million guesses. With the
database alone: the master key's 256 bits stand in front, so there is nothing to guess at. Beside it the same
PIN as the password of a PKCS#12 file, the usual way to keep a key under a PIN.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from hoso_bot.domain.errors import PinRefused
from hoso_bot.pdf import keys
from hoso_bot.pdf.custody import close_secret, new_salt, new_secret, open_secret

GUESSES = 10**6
NAME, WRONG = "0" * 64, b"907193"


def run(rounds: int = 8) -> dict[str, Any]:
    """Milliseconds a guess and core-hours for every PIN, on one core of this machine."""
    master, salt = keys.new_master_key(), new_salt()
    closed = close_secret(master, new_secret(), NAME, "407193", salt)
    file = _key_file()
    ours = _seconds(lambda: _guess(master, closed, salt), rounds)
    usual = _seconds(lambda: _guess_file(file), rounds * 10)
    return {
        name: {"guess_ms": 1000 * s, "core_hours": s * GUESSES / 3600}
        for name, s in {"master key and database": ours, "PKCS#12 file": usual}.items()
    }


def table(found: dict[str, Any]) -> str:
    """One line a kind of thief."""
    lines = [f"{'a thief of':<28}{'ms a guess':>12}{'core-hours for all':>20}"]
    for name, row in found.items():
        lines.append(f"{name:<28}{row['guess_ms']:>12.2f}{row['core_hours']:>20.2f}")
    lines.append(f"{'database alone':<28}{'-':>12}{'2^256 master keys':>20}")
    return "\n".join(lines)


def _guess(master: bytes, closed: bytes, salt: bytes) -> None:
    try:
        open_secret(master, closed, NAME, WRONG.decode(), salt)
    except PinRefused:
        return
    raise AssertionError("a wrong PIN opened the secret")


def _key_file() -> bytes:
    now, master = datetime.now(UTC), keys.new_master_key()
    authority = keys.create_authority("Trường", now, master)
    key = keys.open_authority(authority, master)
    return pkcs12.serialize_key_and_certificates(b"", key, None, None, BestAvailableEncryption(b"407193"))


def _guess_file(file: bytes) -> None:
    try:
        pkcs12.load_pkcs12(file, WRONG)
    except ValueError:
        return
    raise AssertionError("a wrong PIN opened the file")


def _seconds(work: Callable[[], None], rounds: int) -> float:
    work()
    began = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - began) / rounds
