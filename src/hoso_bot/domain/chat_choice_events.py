"""Where a person wants to be told things: what can happen about it.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.domain.events import Tapped

WHERE_LAST_USED = ""
"""Instead of a channel: no choice, wherever the person wrote last."""


@dataclass(frozen=True)
class ChatChosen(Tapped):
    """Reminders and news go to this channel from now on, or to WHERE_LAST_USED."""

    channel: str
