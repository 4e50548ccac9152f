"""Telegram counts text in UTF-16 units, so a letter outside the basic plane counts twice."""

from __future__ import annotations

MAX_TEXT = 4096
MAX_CAPTION = 1024


def units(text: str) -> int:
    """Length of `text` as Telegram counts it (UTF-16 code units)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int = MAX_TEXT) -> list[str]:
    """`text` in pieces of at most `limit` units: cut at line ends, else at spaces, else anywhere.

    The white space at a cut is dropped. An empty text gives no piece.
    """
    pieces = []
    rest = text.strip("\n")
    while units(rest) > limit:
        head = rest[: _fitting(rest, limit)]
        cut = max(head.rfind("\n"), 0) or max(head.rfind(" "), 0) or len(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """`text` cut to `limit` units with an ellipsis: an edit cannot become two messages."""
    return text if units(text) <= limit else text[: _fitting(text, limit - 1)] + "…"


def _fitting(text: str, limit: int) -> int:
    """How many leading characters of `text` fit in `limit` units."""
    used = 0
    for count, letter in enumerate(text):
        used += 2 if ord(letter) > 0xFFFF else 1
        if used > limit:
            return count
    return len(text)
