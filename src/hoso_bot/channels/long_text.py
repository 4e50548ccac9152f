"""A text that is too long for one message, in pieces. Lengths in UTF-16 units, as chat worlds count."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?…:;]\s")


def units(text: str) -> int:
    """Length of `text` in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` units: cut at line ends, else after sentences, at spaces, anywhere.

    The white space at a cut is dropped. An empty text gives no piece.
    """
    pieces = []
    rest = text.strip()
    while units(rest) > limit:
        head = rest[: fitting(rest, limit)]
        cut = max(head.rfind("\n"), 0) or _after_sentence(head) or max(head.rfind(" "), 0) or len(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def fitting(text: str, limit: int) -> int:
    """How many leading characters of `text` fit in `limit` units."""
    used = 0
    for count, letter in enumerate(text):
        used += 2 if ord(letter) > 0xFFFF else 1
        if used > limit:
            return count
    return len(text)


def _after_sentence(head: str) -> int:
    ends = [found.end() for found in _SENTENCE_END.finditer(head)]
    return ends[-1] if ends else 0
