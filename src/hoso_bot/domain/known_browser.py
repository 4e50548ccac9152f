"""A browser that may show a person's messages with their buttons, and for how long. Pure.

A link to such a page can be forwarded, so it is no right by itself: the browser has to show once, by a code
that only the person's chat was told, whose it is (decision 0046).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from hoso_bot.domain.events import Address

LINK_GOOD_FOR = timedelta(hours=48)
"""A card of Friday evening is decided by Sunday; whoever comes later asks for a new one."""
IDLE = timedelta(days=30)
LONGEST = timedelta(days=180)
"""So long a browser stays known: since its last look, and however often it is used."""
NOTED_EVERY = timedelta(hours=1)
CODE_GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES = 3
"""Codes in `CODE_GOOD_FOR`: a stranger with the link cannot fill the chat with them."""


@dataclass(frozen=True)
class KnownBrowser:
    """One browser, asked about by `person_id` in the chat `address`; known once its code was typed.

    device: what the browser says it is (`Android, Zalo`). wrong: how many wrong codes were typed.
    """

    id: str
    person_id: str
    address: Address
    device: str
    code_hash: str
    asked_at: datetime
    wrong: int = 0
    known_at: datetime | None = None
    seen_at: datetime | None = None
    ended_at: datetime | None = None

    def is_known(self, now: datetime) -> bool:
        """Whether it may show what is this person's."""
        if self.known_at is None or self.seen_at is None or self.ended_at is not None:
            return False
        return now < self.seen_at + IDLE and now < self.known_at + LONGEST

    def awaits_code(self, now: datetime) -> bool:
        """Whether a code is on its way, and may be typed."""
        fresh = self.known_at is None and self.ended_at is None and now < self.asked_at + CODE_GOOD_FOR
        return fresh and self.wrong < MOST_TRIES

    def is_code(self, typed: str) -> bool:
        """Whether this is the code; spaces between its digits count for nothing."""
        return code_hash(self.id, typed) == self.code_hash

    def is_to_be_noted(self, now: datetime) -> bool:
        """Whether this look has to be written down as the last one."""
        return self.seen_at is None or now >= self.seen_at + NOTED_EVERY


def code_hash(browser_id: str, code: str) -> str:
    """What is kept of the code of one browser."""
    return hashlib.sha256(f"{browser_id}:{''.join(code.split())}".encode()).hexdigest()


def device(user_agent: str) -> str:
    """What people call it: `Android, Zalo`, `iPhone`, `Windows`; '' for what says nothing."""
    systems = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
    found = next((name for name in systems if name in user_agent), "")
    within = "Zalo" if "zalo" in user_agent.lower() else ""
    return ", ".join(part for part in (found.replace("Macintosh", "Mac"), within) if part)
