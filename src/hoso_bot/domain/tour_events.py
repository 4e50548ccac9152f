"""The first-use tour (R45): a few short cards, done or skipped once.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import Tapped
from hoso_bot.domain.roster import Role

LEADERS = (Role.GROUP_HEAD, Role.DEPUTY_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL)
FOR_TEACHERS = ("submit", "follow", "help")
FOR_LEADERS = ("approve", "submit", "help")


def cards(role: Role) -> tuple[str, ...]:
    """The cards of the tour for this role, in order."""
    return FOR_LEADERS if role in LEADERS else FOR_TEACHERS


@dataclass(frozen=True)
class TourShown(Tapped):
    """The card number `step` (from 1) is asked for."""

    once: ClassVar[bool] = False
    step: int


@dataclass(frozen=True)
class TourEnded(Tapped):
    """All cards were seen, or the person does not want them now."""

    once: ClassVar[bool] = False
    skipped: bool
