"""What can happen around outages that the school puts on record.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped


@dataclass(frozen=True)
class OutageCaused(Tapped):
    """What did not work, a `Cause`: from when to when is asked next."""

    once: ClassVar[bool] = False
    cause: str


@dataclass(frozen=True)
class OutageDated(Tapped):
    """From when to when (ISO), by button or typed: shows which deadlines it moves."""

    once: ClassVar[bool] = False
    cause: str
    start: str = ""
    end: str = ""
    typed: str = ""


@dataclass(frozen=True)
class OutageConfirmed(Tapped):
    """`Xác nhận` under what would move."""

    cause: str
    start: str
    end: str


@dataclass(frozen=True)
class OutageDropped(Tapped):
    """`Để sau`: nothing is put on record."""


@dataclass(frozen=True)
class OutageUndone(Tapped):
    """`Bỏ ghi nhận`: it was a mistake."""

    outage_id: str


# --- owed by the bot to itself -------------------------------------------------------------------


@dataclass(frozen=True)
class OutageChanged(InternalEvent):
    """An outage was put on record or taken off it: everybody concerned is told where deadlines moved.

    outage, moves: blanks of the sentence. by: id of the person who did it, or `office`.
    """

    outage: dict[str, Any]
    moves: list[dict[str, Any]]
    by: str
    undone: bool = False
