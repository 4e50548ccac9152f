"""Invitation codes that are short enough to type: eight digits, good only with the person's staff id.

They are bound to one person and one channel, live for hours, and die after a few wrong tries.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.tables import invites, people

DIGITS = 8
MOST_WRONG = 10
"""Of 100 million codes: one guess in ten million finds it before it dies."""


class ShortCodes:
    """One school's, for one channel."""

    def __init__(self, db: Database, school_id: str, channel: str) -> None:
        self._db, self._school, self._channel = db, school_id, channel

    def new(self, person_id: str, now: datetime, until: datetime) -> tuple[str, list[Any]]:
        """A fresh code and the statements that keep it; the person's older short code stops working."""
        digits, invite_id = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", new_id()
        older = sa.update(invites).where(
            invites.c.school_id == self._school,
            invites.c.person_id == person_id,
            invites.c.channel == self._channel,
            invites.c.used_at.is_(None),
            invites.c.revoked_at.is_(None),
        )
        row = invites.insert().values(
            id=invite_id,
            school_id=self._school,
            person_id=person_id,
            code_hash=_hash(digits, invite_id),
            created_at=moment(now),
            expires_at=moment(until),
            channel=self._channel,
        )
        return digits, [older.values(revoked_at=moment(now)), row]

    def try_code(self, staff_id: str, digits: str, now: datetime) -> tuple[str | None, list[Any]]:
        """The id of the invitation these open, None for wrong ones; and what is to be noted of the try."""
        query = (
            sa.select(invites.c.id, invites.c.code_hash)
            .join(people, people.c.id == invites.c.person_id)
            .where(
                invites.c.school_id == self._school,
                invites.c.channel == self._channel,
                invites.c.used_at.is_(None),
                invites.c.revoked_at.is_(None),
                invites.c.expires_at > moment(now),
                sa.or_(people.c.staff_id == staff_id, sa.func.upper(people.c.staff_id) == staff_id.upper()),
                people.c.active,
            )
        )
        with self._db.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None, []
        if hmac.compare_digest(row.code_hash, _hash(digits, row.id)):
            return row.id, []
        mine = sa.update(invites).where(invites.c.id == row.id)
        dead = mine.where(invites.c.wrong_tries >= MOST_WRONG, invites.c.revoked_at.is_(None))
        counted = mine.values(wrong_tries=invites.c.wrong_tries + 1)
        return None, [counted, dead.values(revoked_at=moment(now))]


def _hash(digits: str, invite_id: str) -> str:
    """Eight digits can be tried out by whoever has the database, so each try costs (16 MB, 50 ms)."""
    return hashlib.scrypt(digits.encode(), salt=invite_id.encode(), n=2**14, r=8, p=1).hex()
