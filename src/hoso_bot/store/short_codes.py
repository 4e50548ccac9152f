"""Invitation codes that are short enough to type: eight digits, good only with the person's staff id.

They are bound to one person and one chat world and live for hours. Who guesses is slowed
(`casework/guessing`); a wrong try never ends a code, or any stranger could end everybody's.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.tables import invites, people

DIGITS = 8


@dataclass(frozen=True)
class Tried:
    """What a typed code came to.

    invite_id: the open invitation of that staff id, None without one; wrong: how often it was tried in vain,
    this time counted, 0 when the code was right; noted: statements that keep the count.
    """

    invite_id: str | None = None
    wrong: int = 0
    noted: tuple[Any, ...] = ()


class ShortCodes:
    """One school's, for one chat world (`Address.world`)."""

    def __init__(self, db: Database, world: str) -> None:
        self._db, self._school, self._world = db, db.school_id, world

    def new(self, person_id: str, now: datetime, until: datetime) -> tuple[str, list[Any]]:
        """A fresh code and the statements that keep it; the person's older short code stops working."""
        digits, invite_id = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", new_id()
        older = sa.update(invites).where(
            invites.c.school_id == self._school,
            invites.c.person_id == person_id,
            invites.c.channel == self._world,
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
            channel=self._world,
        )
        return digits, [older.values(revoked_at=moment(now)), row]

    def try_code(self, staff_id: str, digits: str, now: datetime) -> Tried:
        """Compare the digits with the open code of this staff id."""
        query = (
            sa.select(invites.c.id, invites.c.code_hash, invites.c.wrong_tries)
            .join(people, people.c.id == invites.c.person_id)
            .where(
                invites.c.school_id == self._school,
                invites.c.channel == self._world,
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
            return Tried()
        if hmac.compare_digest(row.code_hash, _hash(digits, row.id)):
            return Tried(row.id)
        counted = sa.update(invites).where(invites.c.id == row.id)
        return Tried(row.id, row.wrong_tries + 1, (counted.values(wrong_tries=invites.c.wrong_tries + 1),))


def _hash(digits: str, invite_id: str) -> str:
    """Eight digits can be tried out by whoever has the database, so each try costs (16 MB, 50 ms)."""
    return hashlib.scrypt(digits.encode(), salt=invite_id.encode(), n=2**14, r=8, p=1).hex()
