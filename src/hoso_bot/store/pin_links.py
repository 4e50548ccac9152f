"""One-time links to the page where a PIN is typed: the token is in the link, here lies its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import pin_links


@dataclass(frozen=True)
class PinLink:
    """Whose PIN is asked for, where and over what; `outcome`: text key of the answer once there is one."""

    id: str
    person_id: str
    address: Address
    version_id: str
    step: int
    facts: dict[str, Any]
    expires_at: datetime
    outcome: str | None


class PinLinks:
    """One school's."""

    def __init__(self, db: Database, school_id: str) -> None:
        self._db, self._school = db, school_id

    def new(
        self,
        person_id: str,
        address: Address,
        version_id: str,
        step: int,
        facts: dict[str, Any],
        until: datetime,
    ) -> tuple[str, sa.Insert]:
        """A fresh token (128 random bits) and the row that knows it."""
        token = secrets.token_urlsafe(16)
        row = pin_links.insert().values(
            id=new_id(),
            school_id=self._school,
            token_hash=_hash(token),
            person_id=person_id,
            channel=address.channel,
            chat_id=address.chat_id,
            version_id=version_id,
            step=step,
            facts=facts,
            expires_at=moment(until),
        )
        return token, row

    def by_token(self, token: str) -> PinLink | None:
        """The link of this token, expired and answered ones too."""
        return self._one(pin_links.c.token_hash == _hash(token))

    def get(self, link_id: str) -> PinLink | None:
        """The link with this id."""
        return self._one(pin_links.c.id == link_id)

    def _one(self, condition: sa.ColumnElement[bool]) -> PinLink | None:
        query = sa.select(pin_links).where(pin_links.c.school_id == self._school, condition)
        with self._db.read() as connection:
            r = connection.execute(query).first()
        if r is None:
            return None
        address, expires = Address(r.channel, r.chat_id), from_moment(r.expires_at)
        return PinLink(r.id, r.person_id, address, r.version_id, r.step, r.facts, expires, r.outcome)

    def answer(self, link: PinLink, outcome: str) -> sa.Update:
        """What became of it; guarded, a link is answered once."""
        return (
            sa.update(pin_links)
            .where(pin_links.c.id == link.id, pin_links.c.outcome.is_(None))
            .values(outcome=outcome)
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
