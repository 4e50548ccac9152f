"""Looking behind the conversation: rows of a school's database, whichever engine it lies in."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types.string import TextLoader

from hoso_bot.settings import SCHOOL_ID, of_folder
from hoso_bot.store.db import Database
from hoso_bot.store.engines import Sqlite
from hoso_bot.store.row_security import SETTING


def rows_of(
    url: str, query: str, values: Sequence[Any] = (), school_id: str = SCHOOL_ID
) -> list[tuple[Any, ...]]:
    """Rows as SQLite shows them, so JSON as text; `query` has `?` for values, and may change something."""
    return [tuple(row) for row, _ in _asked(url, query, values, school_id)]


def dicts_of(home: Path, query: str) -> list[dict[str, Any]]:
    """The same by column names, for the school in a folder."""
    settings = of_folder(home)
    found = _asked(settings.database, query, (), settings.school_id)
    return [dict(zip(names, row, strict=True)) for row, names in found]


def driver_engine(db: Database) -> sa.Engine:
    """SQLAlchemy's engine behind a database, to listen to its statements."""
    engine = db._engine
    return engine._engine if isinstance(engine, Sqlite) else engine._writing  # type: ignore[attr-defined]


@contextmanager
def heard_by(db: Database, listener: Callable[..., None]) -> Iterator[None]:
    """`listener(connection, cursor, statement, values, …)` is told of every statement asked inside."""
    engine = driver_engine(db)
    sa.event.listen(engine, "before_cursor_execute", listener)
    yield
    sa.event.remove(engine, "before_cursor_execute", listener)


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that are asked inside."""
    asked: list[str] = []

    def notes(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with heard_by(db, notes):
        yield asked


@contextmanager
def commits(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    """One entry for each transaction that writes inside."""
    begun: list[None] = []
    begin = db.write

    def write() -> AbstractContextManager[sa.Connection]:
        begun.append(None)
        return begin()

    with monkeypatch.context() as patch:
        patch.setattr(db, "write", write)
        yield begun


def _asked(
    url: str, query: str, values: Sequence[Any], school_id: str
) -> list[tuple[Sequence[Any], list[str]]]:
    connection: Any
    if url.startswith("postgresql"):
        connection = psycopg.connect(url, options=f"-c {SETTING}={school_id}")
        connection.adapters.register_loader("json", TextLoader)
        query = query.replace("%", "%%").replace("?", "%s") if values else query
    else:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)
    with closing(connection), connection:
        cursor = connection.execute(query, values) if values else connection.execute(query)
        if cursor.description is None:
            return []
        names = [column[0] for column in cursor.description]
        return [(row, names) for row in cursor.fetchall()]
