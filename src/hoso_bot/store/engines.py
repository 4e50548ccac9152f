"""The two databases a school may lie in, each with its way to begin looking and to begin writing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from hoso_bot.domain.errors import SettingsError
from hoso_bot.ports import Verbatim
from hoso_bot.store.row_security import SETTING

POOL, OVERFLOW = 8, 8
CONNECTING: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""Seconds: how long a server may take to answer, and how soon one is given up that fell silent."""
_SOON_NOTICED = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
"""The server gives up a machine that went without a word after some ten seconds, and its claims with it."""


class Engine(Protocol):
    """A database that is being used.

    Looking sees one commit from the first statement to the last; writers of one school queue, so that what
    a writer reads cannot change before it commits. Errors do not quote the values of a statement: logs
    would tell what people wrote.
    """

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection for looking; sees the last commit, and nothing newer until it is given back."""
        ...

    def write(self) -> AbstractContextManager[sa.Connection]:
        """One short transaction: commits at the end, rolls back on any exception."""
        ...

    def claim(self, name: str) -> Claim:
        """The right to be the only process that does something; see `Claim`."""
        ...

    def alone(self, name: str) -> AbstractContextManager[None]:
        """One at a time is inside, over all processes that use this database for the school; others wait."""
        ...

    def is_claimed(self, name: str) -> bool:
        """Whether any process has that right now, as far as the database knows."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class Claim(Protocol):
    """A right that one process has at a time, across machines; it ends with its process."""

    def holds(self) -> bool:
        """Whether it is ours, now or still; takes it when nobody has it. Raises what the database raises."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


def engine_for(url: str, school_id: str, pool: sa.Engine | None = None) -> Engine:
    """The engine behind a database URL, for one school. pool: connections shared with others (`server_pool`).

    Raises SettingsError for other databases, and for a school id that is more than letters, digits and -.
    """
    if not re.fullmatch(r"[A-Za-z0-9-]{1,40}", school_id):
        raise SettingsError(f"a school's id is up to 40 letters, digits and '-' (got {school_id!r})")
    if url.startswith("sqlite:///"):
        return Sqlite(url)
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        return Postgres(url, school_id, pool)
    scheme = url.partition(":")[0]
    raise SettingsError(f"HOSO_DATABASE_URL must start with sqlite:/// or postgresql:// (got {scheme}:…)")


class Sqlite:
    """One file in WAL mode with synchronous=FULL. Writers queue at a lock instead of spinning."""

    def __init__(self, url: str) -> None:
        self._lock, self._alone = threading.Lock(), threading.Lock()
        self._engine = sa.create_engine(
            url, pool_size=POOL, max_overflow=OVERFLOW, json_serializer=to_json, hide_parameters=True
        )
        sa.event.listen(self._engine, "connect", _prepare)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """See `Engine`."""
        with self._begun("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """See `Engine`."""
        with self._lock, self._begun("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _begun(self, how: str) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection, connection.begin():
            _execute(connection, how)
            yield connection

    def claim(self, name: str) -> Claim:
        """See `Engine`; a file is used on one machine, where the school folder's lock counts."""
        return _Granted()

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See `Engine`."""
        with self._alone, Path(f"{self._engine.url.database}-alone").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def is_claimed(self, name: str) -> bool:
        """See `Engine`; a file knows nothing of it."""
        return False

    def close(self) -> None:
        """See `Engine`."""
        self._engine.dispose()


def _execute(connection: sa.Connection, statement: str) -> None:
    """By hand: an event listener would slow every statement. Raises OperationalError as SQLAlchemy does."""
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        driver.execute(statement)
    except sqlite3.OperationalError as error:
        raise sa.exc.OperationalError(statement, None, error) from error


class _Granted:
    """A right nobody else can ask for."""

    def holds(self) -> bool:
        return True

    def release(self) -> None:
        return


class Postgres:
    """A school in a PostgreSQL database, through psycopg; other schools' rows are out of its sight.

    The school's writers take its advisory lock first, in this process and in every other one, so all that is
    written relies on the same order as in SQLite; schools do not wait for one another.

    A connection of its own pool is the school's for good. One of a shared pool is so for one transaction:
    PostgreSQL itself takes the setting back at its end, however it ends.
    """

    def __init__(self, url: str, school_id: str, pool: sa.Engine | None = None) -> None:
        self._mine = {"key": lock_key(school_id), "school": school_id}
        self._shared = pool is not None
        self._writing = pool or server_pool(url, f"-c {SETTING}={school_id}")
        self._looking = self._writing.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """See `Engine`."""
        with self._looking.connect() as connection, connection.begin():
            if self._shared:
                connection.execute(_BECOME, self._mine)
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """See `Engine`."""
        with self._writing.connect() as connection, connection.begin():
            connection.execute(_BECOME_AND_LOCK if self._shared else LOCK, self._mine)
            yield connection

    def claim(self, name: str) -> Claim:
        """See `Engine`."""
        return _SessionLock(self._writing, lock_key(name))

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """See `Engine`."""
        with self._writing.connect() as connection, connection.begin():
            connection.execute(LOCK, {"key": lock_key(name)})
            yield

    def is_claimed(self, name: str) -> bool:
        """See `Engine`."""
        with self.read() as connection:
            return bool(connection.scalar(_IS_HELD, {"key": lock_key(name)}))

    def close(self) -> None:
        """See `Engine`; a shared pool is closed by whoever made it."""
        if not self._shared:
            self._writing.dispose()


def server_pool(url: str, options: str = "", size: int = POOL, overflow: int = OVERFLOW) -> sa.Engine:
    """Connections to a PostgreSQL server, made when they are needed. options: set on each when it connects.

    Without `hoso.school` among them they see no school's rows until a transaction names one.
    """
    pool = sa.create_engine(
        with_driver(url),
        pool_size=size,
        max_overflow=overflow,
        pool_pre_ping=True,
        json_serializer=to_json,
        hide_parameters=True,
        connect_args={**CONNECTING, "options": f"{options} {_SOON_NOTICED}"},
    )
    sa.event.listen(pool, "connect", _take_any_text)
    return pool


class _SessionLock:
    """A claim as an advisory lock of a connection of its own: it ends with the connection."""

    def __init__(self, engine: sa.Engine, key: int) -> None:
        self._engine, self._key = engine, key
        self._connection: sa.Connection | None = None

    def holds(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute(sa.select(1))
                return True
            except sa.exc.DBAPIError:
                self.release()
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(TRY_LOCK, {"key": self._key}):
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        if self._connection is not None:
            with suppress(sa.exc.SQLAlchemyError):  # a server notices a closed connection only later
                self._connection.scalar(UNLOCK, {"key": self._key})
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def with_driver(url: str) -> str:
    """The URL as SQLAlchemy takes it: PostgreSQL is spoken to through psycopg."""
    scheme, rest = url.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme == "postgresql" else url


LOCK = sa.text("SELECT pg_advisory_xact_lock(:key)")
_BECOME = sa.text(f"SELECT set_config('{SETTING}', :school, true)")
_BECOME_AND_LOCK = sa.text(f"SELECT set_config('{SETTING}', :school, true), pg_advisory_xact_lock(:key)")
TRY_LOCK = sa.text("SELECT pg_try_advisory_lock(:key)")
UNLOCK = sa.text("SELECT pg_advisory_unlock(:key)")
HELD = sa.text(
    "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks"
    " JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 1 AND granted"
)
"""The key of every advisory lock anybody holds in this database, as often as it is held."""
_IS_HELD = sa.text(f"SELECT :key IN ({HELD.text})")


def lock_key(name: str) -> int:
    """The number of an advisory lock, the same in every process (64 bits, signed)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(value: Any) -> str:
    """JSON that a database takes: half a surrogate pair, which UTF-8 cannot hold, stays an escape."""
    if isinstance(value, Verbatim):
        return value.text
    text = _COMPACT.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "journal_size_limit=16777216",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _take_any_text(connection: Any, _record: Any) -> None:
    """PostgreSQL's text holds no NUL; what people send may. The driver is imported only where it is used."""
    from hoso_bot.store.postgres_text import WithoutNul

    connection.adapters.register_dumper(str, WithoutNul)
