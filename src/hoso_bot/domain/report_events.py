"""What can happen around reports and bundles of files.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import Tapped


@dataclass(frozen=True)
class BoardAsked(Tapped):
    """The board of a week, or of the own part of it."""

    once: ClassVar[bool] = False
    year: str
    week: int
