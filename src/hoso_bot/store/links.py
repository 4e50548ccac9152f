"""One-time links to a page of a person's own: the token is in the link, here lies its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import links


class Purpose(StrEnum):
    """What a link is good for, nothing else.

    pin: type the signing PIN. board: log in to the web board. file: download a file. card: a message of the
    chat with its buttons. picture: page 1 of a file, for a chat world that fetches pictures itself.
    upload: hand a file in.
    """

    PIN = "pin"
    BOARD = "board"
    FILE = "file"
    CARD = "card"
    PICTURE = "picture"
    UPLOAD = "upload"


@dataclass(frozen=True)
class Link:
    """Whose link it is, for which chat and what.

    facts: what the page shows and what its answer is about, by purpose. outcome: what came of it, in the
    words of its purpose (for a PIN the text key of the answer); None while it was not used.
    """

    id: str
    purpose: Purpose
    person_id: str
    address: Address
    facts: dict[str, Any]
    expires_at: datetime
    outcome: str | None


class Links:
    """One school's."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def new(
        self, purpose: Purpose, person_id: str, address: Address, facts: dict[str, Any], until: datetime
    ) -> tuple[str, sa.Insert]:
        """A fresh token (128 random bits) and the row that knows it."""
        token = secrets.token_urlsafe(16)
        row = links.insert().values(
            id=new_id(),
            school_id=self._school,
            token_hash=hash_of(token),
            purpose=purpose.value,
            person_id=person_id,
            channel=address.channel,
            chat_id=address.chat_id,
            facts=facts,
            expires_at=moment(until),
        )
        return token, row

    def by_token(self, purpose: Purpose, token: str) -> Link | None:
        """The link of this token, used and expired ones too; None when it is for something else."""
        return self._one(links.c.token_hash == hash_of(token), links.c.purpose == purpose.value)

    def get(self, link_id: str) -> Link | None:
        """The link with this id."""
        return self._one(links.c.id == link_id)

    def _one(self, *conditions: sa.ColumnElement[bool]) -> Link | None:
        query = sa.select(links).where(links.c.school_id == self._school, *conditions)
        with self._db.read() as connection:
            r = connection.execute(query).first()
        if r is None:
            return None
        address, expires = Address(r.channel, r.chat_id), from_moment(r.expires_at)
        return Link(r.id, Purpose(r.purpose), r.person_id, address, r.facts, expires, r.outcome)

    def answer(self, link: Link, outcome: str) -> sa.Update:
        """What became of it; guarded, a link is used once."""
        return (
            sa.update(links).where(links.c.id == link.id, links.c.outcome.is_(None)).values(outcome=outcome)
        )

    def note(self, link: Link, **more: Any) -> sa.Update:
        """Facts that came later."""
        return sa.update(links).where(links.c.id == link.id).values(facts={**link.facts, **more})

    def end_at(self, address: Address, now: datetime) -> sa.Update:
        """The links this chat was given open nothing any more."""
        return (
            sa.update(links)
            .where(
                links.c.school_id == self._school,
                links.c.channel == address.channel,
                links.c.chat_id == address.chat_id,
                links.c.expires_at > moment(now),
            )
            .values(expires_at=moment(now))
        )

    def forget(self, purpose: Purpose, person_id: str) -> sa.Delete:
        """A person's links for one purpose, used or not: the newest one is to be the only one."""
        return sa.delete(links).where(
            links.c.school_id == self._school,
            links.c.purpose == purpose.value,
            links.c.person_id == person_id,
        )


def hash_of(token: str) -> str:
    """What is kept of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()
