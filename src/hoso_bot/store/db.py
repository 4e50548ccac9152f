"""A school's database: how it is read, written and brought to this version's shape."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hoso_bot.domain.errors import SettingsError
from hoso_bot.store.engines import Claim, Engine, engine_for, with_driver

if TYPE_CHECKING:
    from alembic.config import Config

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")

MIGRATIONS = Path(__file__).parent / "migrations"
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def new_id() -> str:
    """A fresh opaque row id (96 random bits, 16 url-safe characters), never taken for an option."""
    fresh = secrets.token_urlsafe(12)
    return new_id() if fresh.startswith("-") else fresh


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
    """What a school writes into: SQLite, or PostgreSQL.

    school_id: whose rows these are and whose writers queue (see `engines.Engine`).
    """

    def __init__(self, url: str, school_id: str = "school", pool: sa.Engine | None = None) -> None:
        """pool: connections that several schools of one process share (`engines.server_pool`)."""
        self.url, self.school_id = url, school_id
        self._engine = engine_for(url, school_id, pool)
        self._looks = _Looks()

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection for looking; sees the last commit, and nothing newer until it is given back.

        Inside `looking` it is the look's own, which sees what the first of them saw.
        """
        look = self._looks.now
        return look.shared() if look else self._engine.read()

    def rows(self, query: sa.Select[Any], given: Mapping[str, Any] | None = None) -> list[Any]:
        """What one question finds, see `read`. given: values it binds."""
        with self.read() as connection:
            return list(connection.execute(query, given))

    def found(self, table: sa.Table, *order: sa.Column[Any], **wanted: Any) -> list[Any]:
        """The school's rows of a table with these values in these columns, none of them None; see `read`."""
        query = _rows_with(table, order, tuple(wanted))
        return self.rows(query, {"school_id": self.school_id, **wanted})

    @contextmanager
    def looking(self) -> Iterator[None]:
        """All that this thread looks up inside is one look: a snapshot, begun by the first question."""
        look = self._looks.now = _Look(self._engine)
        try:
            yield
        finally:
            self._looks.now = None
            look.end()

    def remembered(self, question: Any, find: Callable[[], _Found]) -> _Found:
        """What `find` finds, asked once a look; outside of one always."""
        look = self._looks.now
        if look is None:
            return find()
        if question not in look.found:
            look.found[question] = find()
        found: _Found = look.found[question]
        return list(found) if isinstance(found, list) else found  # type: ignore[return-value]

    def let_go(self) -> None:
        """Ends this thread's look, if any: before slow work, or to see anew. The next question begins it."""
        if look := self._looks.now:
            look.end()

    def write(self) -> AbstractContextManager[sa.Connection]:
        """One short transaction: commits at the end, rolls back on any exception.

        What it reads cannot change before it commits.
        """
        return self._engine.write()

    def claim(self, what: str) -> Claim:
        """The right to be the only process that does this for the school; see `engines.Claim`."""
        return self._engine.claim(f"{what}:{self.school_id}")

    def alone(self, name: str) -> AbstractContextManager[None]:
        """One at a time is inside, over all of the school's processes; see `engines.Engine`."""
        return self._engine.alone(f"{name}:{self.school_id}")

    def is_claimed(self, what: str) -> bool:
        """Whether any process has that right now, as far as the database knows; a file knows nothing."""
        return self._engine.is_claimed(f"{what}:{self.school_id}")

    @property
    def on_server(self) -> bool:
        """Whether processes on several machines may use it."""
        return not self.url.startswith("sqlite")

    def migrate(self) -> Path | None:
        """Bring the tables to this version's shape, all of it or nothing; Alembic is imported only then.

        Returns the copy of a file as it was. Raises SettingsError when a newer version made the tables,
        or there is no room for the copy.
        """
        was, newest = self._revision(), newest_revision()
        if was == newest:
            return None
        if was is not None and was not in known_revisions():
            raise SettingsError(
                f"this database has shape {was} of a newer hoso-bot, this one knows shapes up to {newest}: "
                "install that version again, or restore the backup made before it"
            )
        from alembic import command

        from hoso_bot.store.safety_copy import keep_copy

        kept = keep_copy(self.file, self.school_id, was, newest) if self.file and was else None
        command.upgrade(alembic_config(self.url), "head")
        return kept

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None on a server."""
        url = sa.make_url(self.url)
        return Path(url.database) if url.drivername == "sqlite" and url.database else None

    @property
    def is_newest(self) -> bool:
        """Whether the tables have this version's shape."""
        return self._revision() == newest_revision()

    @property
    def is_of_a_newer(self) -> bool:
        """Whether a newer version made the tables."""
        revision = self._revision()
        return revision is not None and revision not in known_revisions()

    def _revision(self) -> str | None:
        """The shape the tables have; None for an empty database. Raises SettingsError when it is away."""
        try:
            with self.read() as connection:
                if not sa.inspect(connection).has_table("alembic_version"):
                    return None
                return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except sa.exc.OperationalError as error:
            where, why = sa.make_url(self.url), str(error.orig).partition("\n")[0]
            place = f"{where.host}/{where.database}" if where.host else where.database
            raise SettingsError(f"the database {place} cannot be reached: {why}") from None

    def close(self) -> None:
        """Close every connection."""
        self._engine.close()


@cache
def _rows_with(table: sa.Table, order: tuple[sa.Column[Any], ...], names: tuple[str, ...]) -> sa.Select[Any]:
    """Made once: building a question costs more than asking it."""
    wanted = [table.c[name] == sa.bindparam(name) for name in ("school_id", *names)]
    return sa.select(table).where(*wanted).order_by(*order)


class _Look:
    """A connection for looking that is kept from the first question until the end, with what was found."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._kept = engine, ExitStack()
        self._connection: sa.Connection | None = None
        self.found: dict[Any, Any] = {}

    @contextmanager
    def shared(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self._kept.enter_context(self._engine.read())
        try:
            yield self._connection
        except BaseException:  # what failed in a transaction spoils the rest of it
            self.end()
            raise

    def end(self) -> None:
        self._connection = None
        self.found.clear()
        self._kept.close()


class _Looks(threading.local):
    """The look of each thread."""

    now: _Look | None = None


def once_a_look(lookup: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """A lookup that one look asks only once (`Database.looking`): a snapshot gives the same answer again.

    For methods of classes with the database as `_db`; a list is the caller's own.
    """

    @wraps(lookup)
    def asked(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        home: Any = given[0]
        db: Database = home._db
        question = (lookup.__qualname__, *given[1:], *sorted(named.items()))
        return db.remembered(question, lambda: lookup(*given, **named))

    return asked


def newest_revision() -> str:
    """The last migration: the one no other follows."""
    files = _migrations()
    followed = {found for path in files for found in _FOLLOWS.findall(path.read_text(encoding="utf-8"))}
    return max(known_revisions() - followed)


def known_revisions() -> set[str]:
    """Every shape there has been. Files are called `<revision>_<what>.py`."""
    return {path.name.split("_")[0] for path in _migrations()}


def _migrations() -> list[Path]:
    return list((MIGRATIONS / "versions").glob("[0-9]*.py"))


def alembic_config(url: str) -> Config:
    """Alembic's settings for the migrations inside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", with_driver(url).replace("%", "%%"))
    return config


def is_away(error: BaseException) -> bool:
    """Whether the database could not do it now and may later: no connection, no room, locked for too long."""
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError)


def insert_new(table: sa.Table) -> Any:
    """An INSERT that silently skips rows whose unique key exists; SQLite understands PostgreSQL's words."""
    return insert(table).on_conflict_do_nothing()
