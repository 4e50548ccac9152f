"""How much one person may send, and how much of the disk no file may take. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Earlier(NamedTuple):
    """A file that was sent before; size in bytes."""

    sent_at: datetime
    size: int


@dataclass(frozen=True)
class Quota:
    """files an hour and bytes in 24 hours of one person; kept_free: bytes of the disk for everything else."""

    files: int = 30
    bytes: int = 300 * 2**20
    kept_free: int = 2**30

    def until(self, earlier: Sequence[Earlier], size: int, at: datetime) -> datetime | None:
        """From when on a file of `size` bytes sent `at` fits, None where it does now; `earlier` oldest first.

        The first file of a day always fits.
        """
        moments = [at]
        recent = [one for one in earlier if at - HOUR < one.sent_at <= at]
        if len(recent) >= self.files:
            moments.append(recent[-self.files].sent_at + HOUR)
        day = [one for one in earlier if at - DAY < one.sent_at <= at]
        left = self.bytes - size - sum(one.size for one in day)
        for one in day:
            if left >= 0:
                break
            left += one.size
            moments.append(one.sent_at + DAY)
        return max(moments) if len(moments) > 1 else None
