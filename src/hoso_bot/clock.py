"""The real clock."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock` on the host's time."""

    def now(self) -> datetime:
        """The current moment, UTC."""
        return datetime.now(UTC)
