"""How long somebody who logged in to the web board stays so. Rights are no part of it: they are asked anew
at every look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hoso_bot.domain.events import Address

LINK_GOOD_FOR = timedelta(minutes=10)
"""From the chat to a browser, perhaps on the computer beside it."""
IDLE = timedelta(hours=8)
"""A working day at the office's computer, and nobody finds it open the next morning."""
LONGEST = timedelta(hours=24)
"""However often it is used: a stolen cookie is good for one day at most."""
NOTED_EVERY = timedelta(minutes=5)
"""How exactly it is known when somebody looked last; a write each time would be one a page."""


@dataclass(frozen=True)
class WebSession:
    """Somebody who came by a link in the chat `address`; it ends when that chat is no longer theirs."""

    id: str
    person_id: str
    address: Address
    opened_at: datetime
    seen_at: datetime
    ended_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether it is still good for a look."""
        return self.ended_at is None and now < self.seen_at + IDLE and now < self.opened_at + LONGEST

    def is_to_be_noted(self, now: datetime) -> bool:
        """Whether this look has to be written down as the last one."""
        return now >= self.seen_at + NOTED_EVERY
