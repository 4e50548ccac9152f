"""What people's PINs are sealed to while a school's worker runs; what opens them stays with it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from hoso_bot.store.db import Database, insert_new, moment
from hoso_bot.store.tables import doors


class Doors:
    """One school's. Under the master key, so that nobody who can only write rows puts up another one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open(self, sealed: bytes, now: datetime) -> None:
        """A worker has begun; what was sealed to the one before opens no more."""
        mine = {"school_id": self._db.school_id, "sealed": sealed, "opened_at": moment(now)}
        with self._db.write() as connection:
            connection.execute(insert_new(doors), [mine])
            update = sa.update(doors).where(doors.c.school_id == self._db.school_id)
            connection.execute(update.values(sealed=sealed, opened_at=moment(now)))

    def sealed(self) -> bytes | None:
        """The one that is on record; None before the first worker."""
        query = sa.select(doors.c.sealed).where(doors.c.school_id == self._db.school_id)
        with self._db.read() as connection:
            found: bytes | None = connection.scalar(query)
        return found
