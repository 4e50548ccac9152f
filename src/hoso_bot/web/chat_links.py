"""Links to what a chat cannot carry, each for who reads there. Short-lived; the token is the whole right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hoso_bot.domain.events import Address
from hoso_bot.lookups import Desk
from hoso_bot.store.links import Links, Purpose
from hoso_bot.store.people import People


@dataclass
class ChatLinks:
    """One school's."""

    desk: Desk

    def __post_init__(self) -> None:
        self.links = Links(self.desk.db)
        self.people = People(self.desk.db)

    def fresh(
        self, purpose: Purpose, below: str, address: Address, facts: dict[str, Any], good_for: timedelta
    ) -> str:
        """A link to `{public_url}/{below}/{token}`; '' without a public address, or for who is not linked."""
        person, public_url = self.people.at(address), self.desk.policy.public_url
        if person is None or not public_url:
            return ""
        token, row = self.links.new(purpose, person.id, address, facts, self.desk.clock.now() + good_for)
        with self.desk.db.write() as connection:
            connection.execute(row)
        return f"{public_url}/{below}/{token}"
