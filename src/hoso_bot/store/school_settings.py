"""The settings of a deployment's schools, each a sealed row; who seals it is not known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database, insert_new, moment
from hoso_bot.store.engines import server_pool
from hoso_bot.store.row_security import DIRECTORY
from hoso_bot.store.tables import school_settings


@dataclass(frozen=True)
class Listed:
    """One school of the deployment. version: another one whenever its settings changed."""

    school_id: str
    sealed: bytes
    version: str
    stopped: bool


class SchoolSettings:
    """One school's row."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def sealed(self) -> bytes | None:
        """What is kept; None for a school that is no deployment's."""
        query = sa.select(school_settings.c.sealed).where(school_settings.c.school_id == self._db.school_id)
        with self._db.read() as connection:
            found: bytes | None = connection.scalar(query)
        return found

    def keep(self, sealed: bytes, now: datetime) -> list[Any]:
        """Statements: these settings from now on."""
        key = {"school_id": self._db.school_id}
        return [
            insert_new(school_settings).values(**key, sealed=sealed, changed_at=moment(now)),
            self._mine().values(sealed=sealed, changed_at=moment(now)),
        ]

    def stop(self, now: datetime | None) -> sa.Update:
        """Nobody runs it from now on; None: somebody may again."""
        return self._mine().values(stopped_at=moment(now) if now else None)

    def _mine(self) -> sa.Update:
        return sa.update(school_settings).where(school_settings.c.school_id == self._db.school_id)


class Directory:
    """Which schools a deployment has: the only look across schools there is, and at this one table."""

    def __init__(self, url: str) -> None:
        self._pool = server_pool(url, f"-c {DIRECTORY}=on", size=1, overflow=1)

    def all(self) -> list[Listed]:
        """By id."""
        rows = school_settings.c
        with self._pool.connect() as connection:
            found = connection.execute(sa.select(school_settings).order_by(rows.school_id))
            return [
                Listed(r.school_id, bytes(r.sealed), r.changed_at, r.stopped_at is not None) for r in found
            ]

    def close(self) -> None:
        """Let its connection go."""
        self._pool.dispose()
