"""The code under which anybody who holds a plan may look up its signatures: random, so nobody guesses one.

80 bits as 16 letters of Crockford's base 32: no letter in it can be taken for another one, and whoever
types an O or an l from paper is understood.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH, BYTES = 16, 10
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1"})
_RECORD_CODE = re.compile(r"[A-Z]{2,12}-\d{4}-T\d{2}-[A-Z0-9]+(-[A-Z0-9]+)*", re.ASCII)


def drawn() -> str:
    """A new code."""
    return made_of(secrets.token_bytes(BYTES))


def made_of(random: bytes) -> str:
    """The code of ten random bytes. Raises ValueError for another number of them."""
    if len(random) != BYTES:
        raise ValueError(f"{BYTES} random bytes make a code, not {len(random)}")
    number = int.from_bytes(random, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def spelled(code: str) -> str:
    """In fours, as it is printed: `4q7x-m0rk-…`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read(text: str) -> str | None:
    """The code somebody typed or scanned, whatever its case, spaces and hyphens; None when it is none."""
    if is_record_code(text):
        return None
    plain = re.sub(r"[\s\-–—]", "", text).lower().translate(_MISREAD)
    return plain if len(plain) == LENGTH and set(plain) <= set(ALPHABET) else None


def is_record_code(text: str) -> bool:
    """Whether it looks like the code people quote (`KHBD-2627-T13-GV07`), which anybody could guess."""
    return _RECORD_CODE.fullmatch(text.strip().upper()) is not None
