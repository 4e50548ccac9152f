"""What people type instead of pressing a button: `DUYET 4821`, `duyệt 4821`, `4821 Duyệt`, `duyet4821`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hoso_bot.domain.vietnamese import fold

LONGEST = 40
_PARTS = re.compile(r"[a-z]+|[0-9]+")
_OTHER = re.compile(r"[^a-z0-9\s.,:;#()\"'!\-]")


@dataclass(frozen=True)
class TypedWord:
    """A word (A-Z and digits, without spaces) and the number of a message."""

    word: str
    number: str


def read(text: str) -> TypedWord | None:
    """The word and number in a short line; None for any other text."""
    plain = fold(text.strip()).lower()
    if len(plain) > LONGEST or _OTHER.search(plain):
        return None
    parts = _PARTS.findall(plain)
    for at in (-1, 0):
        if len(parts) > 1 and parts[at].isdigit() and len(parts[at]) in (4, 5):
            word = "".join(parts[:-1] if at else parts[1:]).upper()
            return TypedWord(word, parts[at]) if word[0].isalpha() else None
    return None


def bare(text: str) -> str:
    """The letters of a short line, without a number: `Đã rõ ạ!` is DAROA; '' for any other text."""
    plain = fold(text.strip()).lower()
    return "".join(re.findall("[a-z]", plain)).upper() if len(plain) <= LONGEST else ""
