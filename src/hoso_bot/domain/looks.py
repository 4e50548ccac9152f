"""Whether a leader looked at a file before deciding on it (R27, R31). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

READING_TIME = timedelta(seconds=10)
"""Nobody has read a plan sooner after its file came."""


class Look(StrEnum):
    """seen: asked for with `Mở` or opened on its page, and there long enough to read; no chat tells more."""

    UNSEEN = "unseen"
    JUST_OPENED = "just_opened"
    SEEN = "seen"


def is_readable(delivered_at: datetime | None, now: datetime) -> bool:
    """Whether a file has been there long enough to be read."""
    return delivered_at is not None and now - delivered_at >= READING_TIME


def look(asked_at: datetime | None, delivered_at: datetime | None, now: datetime) -> Look:
    """What is known of one card: when its holder asked for its file or opened it, when it was delivered."""
    if asked_at is None:
        return Look.UNSEEN
    there_since = max(asked_at, delivered_at) if delivered_at else None
    return Look.SEEN if is_readable(there_since, now) else Look.JUST_OPENED
