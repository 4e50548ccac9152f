"""Telegram counts text in UTF-16 units, so a letter outside the basic plane counts twice."""

from __future__ import annotations

from hoso_bot.channels import long_text
from hoso_bot.channels.long_text import fitting, units

__all__ = ["MAX_CAPTION", "MAX_TEXT", "shortened", "split", "units"]

MAX_TEXT = 4096
MAX_CAPTION = 1024


def split(text: str, limit: int = MAX_TEXT) -> list[str]:
    """`text` as messages of at most `limit` units, see `long_text.split`."""
    return long_text.split(text, limit)


def shortened(text: str, limit: int = MAX_TEXT) -> str:
    """`text` cut to `limit` units with an ellipsis: an edit cannot become two messages."""
    return text if units(text) <= limit else text[: fitting(text, limit - 1)] + "…"
