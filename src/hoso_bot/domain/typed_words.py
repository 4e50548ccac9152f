"""What people type instead of pressing a button: `DUYET 4821`, `duyệt 4821`, `4821 Duyệt`, `duyet4821`.

Words may stand behind it: `TUCHOI 4821 thiếu mục tiêu bài 3`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hoso_bot.domain.vietnamese import fold

LONGEST = 40
_PARTS = re.compile(r"[a-z]+|[0-9]+")
_WITH_WORDS = re.compile(r"\s*(\D{2,20}?)\s*[:#.]?\s*(\d{4,5})(?!\d)[\s:;,.–-]+(\S.*)", re.DOTALL)
_OTHER = re.compile(r"[^a-z0-9\s.,:;#()\"'!\-]")


@dataclass(frozen=True)
class TypedWord:
    """A word (A-Z and digits, without spaces), the number of a message, and words behind them as typed."""

    word: str
    number: str
    words: str = ""


def read(text: str) -> TypedWord | None:
    """The word and number in a short line, or at the beginning of a longer one; None for any other text."""
    if alone := _alone(text):
        return alone
    found = _WITH_WORDS.fullmatch(text)
    if found is None or not any(map(str.isalpha, found[3])):
        return None
    word = "".join(_PARTS.findall(fold(found[1]).lower())).upper()
    return TypedWord(word, found[2], found[3].strip()) if word else None


def _alone(text: str) -> TypedWord | None:
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
