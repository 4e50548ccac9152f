"""What can happen in a leader's queue: looking through it, and several approvals at once (R26, R31)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped

Places = list[list[Any]]
"""Steps as JSON: [version id, step number] each."""


@dataclass(frozen=True)
class QueueAsked(Tapped):
    """The queue from its item number `start` on (0 is the first)."""

    once: ClassVar[bool] = False
    start: int = 0


@dataclass(frozen=True)
class BulkAsked(Tapped):
    """`Duyệt các hồ sơ đã xem`: asks for the one confirmation; signs nothing yet."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class BulkConfirmed(Tapped):
    """`Xác nhận` of exactly these steps."""

    places: Places


@dataclass(frozen=True)
class BulkMoved(InternalEvent):
    """A signature of a bulk was made or doubted: the message that lists them (by its key) is worded anew."""

    result_key: str
