"""The rights that one process of a deployment has: to be the worker of these schools. They end with it."""

from __future__ import annotations

import sqlalchemy as sa

from hoso_bot.store.engines import HELD, TRY_LOCK, UNLOCK, lock_key, server_pool

MEMBERS = lock_key("run of a deployment")
"""Held, shared, by every process that takes schools: so each can count them."""
_JOIN = sa.text("SELECT pg_advisory_lock_shared(:key)")


class ClaimsLost(Exception):
    """The connection is gone, and every right with it: others may have taken them."""


class Claims:
    """Advisory locks of one connection, the same that a process for one school takes. Not thread-safe."""

    def __init__(self, url: str) -> None:
        self._pool = server_pool(url, size=1, overflow=0)
        self._connection: sa.Connection | None = None

    def look(self) -> tuple[int, set[int]]:
        """(How many processes share the schools, keys of all that is held by anybody.) Joins them first.

        Raises ClaimsLost once after the connection broke, and what the database raises while it is away.
        """
        if self._connection is None:
            connection = self._pool.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(_JOIN, {"key": MEMBERS})
            self._connection = connection
        try:
            keys = self._connection.scalars(HELD).all()
        except sa.exc.DBAPIError:
            self.release()
            raise ClaimsLost from None
        return keys.count(MEMBERS), set(keys) - {MEMBERS}

    def take(self, school_id: str) -> bool:
        """Become the school's worker; False when another process is. Raises ClaimsLost."""
        return bool(self._ask(TRY_LOCK, school_id))

    def give_back(self, school_id: str) -> None:
        """No longer its worker. Raises ClaimsLost."""
        self._ask(UNLOCK, school_id)

    def _ask(self, what: sa.TextClause, school_id: str) -> object:
        if self._connection is None:
            raise ClaimsLost
        try:
            return self._connection.scalar(what, {"key": key_of(school_id)})
        except sa.exc.DBAPIError:
            self.release()
            raise ClaimsLost from None

    def release(self) -> None:
        """Give everything back."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Give everything back for good."""
        self.release()
        self._pool.dispose()


def key_of(school_id: str) -> int:
    """The lock of a school's worker."""
    return lock_key(f"run:{school_id}")
