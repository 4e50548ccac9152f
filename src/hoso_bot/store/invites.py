"""Invitations: the one-time codes that link a person to a chat, and who tried wrong ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.events import Address
from hoso_bot.store.db import Database, from_moment, moment, new_id
from hoso_bot.store.tables import invites, link_attempts


@dataclass(frozen=True)
class Invite:
    """A one-time code's row; the code itself is never stored.

    channel: the only one a short code is good for (`store.short_codes`), None for a long code.
    """

    id: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    open: bool
    channel: str | None = None


def code_hash(code: str) -> str:
    """How an invitation code is stored: SHA-256 is enough, the code has 128 random bits."""
    return hashlib.sha256(code.encode()).hexdigest()


class Invites:
    """One school's invitations: lookups, and the statements that change them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def by_code(self, code: str, now: datetime) -> Invite | None:
        """The invitation of a typed code, used or not; None for a code nobody gave out."""
        return self._found(invites.c.code_hash == code_hash(code), now)

    def by_id(self, invite_id: str, now: datetime) -> Invite | None:
        """An invitation by its id."""
        return self._found(invites.c.id == invite_id, now)

    def _found(self, condition: sa.ColumnElement[bool], now: datetime) -> Invite | None:
        for r in self._db.rows(sa.select(invites).where(invites.c.school_id == self._school, condition)):
            expires = from_moment(r.expires_at)
            usable = r.used_at is None and r.revoked_at is None and now < expires
            return Invite(r.id, r.person_id, from_moment(r.created_at), expires, usable, r.channel)
        return None

    def failed_links(self, since: datetime, address: Address | None = None) -> int:
        """Wrong codes tried since then, by this chat or by everybody."""
        query = sa.select(sa.func.count()).where(
            link_attempts.c.school_id == self._school, link_attempts.c.at >= moment(since)
        )
        if address:
            query = query.where(
                link_attempts.c.channel == address.channel, link_attempts.c.chat_id == address.chat_id
            )
        with self._db.read() as connection:
            return connection.execute(query).scalar_one()

    # --- statements for a unit of work ---------------------------------------------------------

    def use(self, invite: Invite, now: datetime) -> sa.Update:
        """Guarded: changes no row when somebody used it first."""
        return (
            sa.update(invites)
            .where(invites.c.id == invite.id, invites.c.used_at.is_(None), invites.c.revoked_at.is_(None))
            .values(used_at=moment(now))
        )

    def failed_link(self, address: Address, now: datetime) -> sa.Insert:
        """Counts a wrong code."""
        return link_attempts.insert().values(
            id=new_id(),
            school_id=self._school,
            channel=address.channel,
            chat_id=address.chat_id,
            at=moment(now),
        )

    def new(self, person_id: str, code: str, now: datetime, days: int) -> list[Any]:
        """Statements for a fresh code; older unused codes of the person stop working, short ones too."""
        row = invites.insert().values(
            id=new_id(),
            school_id=self._school,
            person_id=person_id,
            code_hash=code_hash(code),
            created_at=moment(now),
            expires_at=moment(now + timedelta(days=days)),
        )
        return [self.revoke(person_id, now), row]

    def revoke(self, person_id: str, now: datetime) -> sa.Update:
        """Unused codes of a person stop working."""
        return (
            sa.update(invites)
            .where(
                invites.c.school_id == self._school,
                invites.c.person_id == person_id,
                invites.c.used_at.is_(None),
                invites.c.revoked_at.is_(None),
            )
            .values(revoked_at=moment(now))
        )
