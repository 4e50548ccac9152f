"""The database connection: SQLite in WAL mode with synchronous=FULL, one writer at a time."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from hoso_bot.domain.errors import SettingsError
from hoso_bot.ports import Verbatim

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def new_id() -> str:
    """A fresh opaque row id (96 random bits, 16 url-safe characters)."""
    return secrets.token_urlsafe(12)


@lru_cache(maxsize=256)
def moment(at: datetime) -> str:
    """An aware datetime as sortable UTC text with milliseconds; the same few stand in thousands of rows."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def from_moment(value: str) -> datetime:
    """The datetime written by `moment`."""
    return datetime.fromisoformat(value)


def later(at: datetime, seconds: float) -> str:
    """`moment` of so many seconds after `at`."""
    return moment(at + timedelta(seconds=seconds))


class Database:
    """One SQLite file. Readers run side by side; writers queue at a lock instead of spinning.

    `write()` is a transaction begun IMMEDIATE, so what it reads cannot change before it commits.
    Errors do not quote the values of a statement: logs would tell what people wrote.
    """

    def __init__(self, url: str) -> None:
        if not url.startswith("sqlite:///"):
            raise SettingsError(f"HOSO_DATABASE_URL must start with sqlite:/// (got {url.split(':')[0]}:…)")
        self.url = url
        self._lock = threading.Lock()
        self._engine = sa.create_engine(
            url, pool_size=8, max_overflow=8, json_serializer=_to_json, hide_parameters=True
        )
        sa.event.listen(self._engine, "connect", _prepare)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for looking; sees the last commit, and nothing newer until it is given back."""
        with self._begun("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One short transaction: commits at the end, rolls back on any exception."""
        with self._lock, self._begun("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _begun(self, how: str) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection, connection.begin():
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute(how)  # by hand: an event listener would slow every statement
            yield connection

    def migrate(self) -> None:
        """Bring the tables to this version's shape. Alembic is imported only when it is needed.

        Raises SettingsError when a newer version made them.
        """
        if self._revision() != newest_revision():
            from alembic import command
            from alembic.util import CommandError

            try:
                command.upgrade(alembic_config(self.url), "head")
            except CommandError as error:
                raise SettingsError(f"this database belongs to a newer hoso-bot ({error})") from None

    def _revision(self) -> str | None:
        """The shape the tables have; None for an empty database."""
        try:
            with self.read() as connection:
                return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except sa.exc.OperationalError:
            return None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def newest_revision() -> str:
    """The last migration: the one no other follows. Files are called `<revision>_<what>.py`."""
    files = list((MIGRATIONS / "versions").glob("[0-9]*.py"))
    followed = {found for path in files for found in _FOLLOWS.findall(path.read_text(encoding="utf-8"))}
    return max({path.name.split("_")[0] for path in files} - followed)


def alembic_config(url: str) -> Config:
    """Alembic's settings for the migrations inside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def insert_new(table: sa.Table) -> Any:
    """An INSERT that silently skips rows whose unique key exists."""
    return sqlite_insert(table).on_conflict_do_nothing()


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _to_json(value: Any) -> str:
    """JSON that SQLite takes: half a surrogate pair, which UTF-8 cannot hold, stays an escape."""
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
