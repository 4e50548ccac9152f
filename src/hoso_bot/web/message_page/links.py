"""Makes the links that lead from a chat without buttons to the page of a message."""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.domain.events import Address
from hoso_bot.domain.known_browser import LINK_GOOD_FOR
from hoso_bot.lookups import Desk
from hoso_bot.store.links import Links, Purpose


@dataclass(frozen=True)
class MessageLinks:
    """For one school."""

    desk: Desk

    def link_for(self, address: Address, person_id: str | None, message_key: str) -> str:
        """A fresh link; '' without a public address, and for a chat that is nobody's yet."""
        public_url = self.desk.policy.public_url
        if person_id is None or not public_url:
            return ""
        until = self.desk.clock.now() + LINK_GOOD_FOR
        links = Links(self.desk.db)
        token, row = links.new(Purpose.CARD, person_id, address, {"message": message_key}, until)
        with self.desk.db.write() as connection:
            connection.execute(row)
        return f"{public_url}/the/{token}"
