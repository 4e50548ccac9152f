"""What goes when its time is over: owed work, in small steps.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.domain.events import InternalEvent

RETENTION_LANE = "retention"


@dataclass(frozen=True)
class RetentionNightBegan(InternalEvent):
    """It is time to look what may go; `night` is its local day (ISO)."""

    night: str


@dataclass(frozen=True)
class RetentionDue(InternalEvent):
    """One step of one kind (`retention.Kind`)."""

    kind: str
