"""One short transaction for everything a handler decided: all of it happens, or nothing does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.errors import Conflict
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.db import Database
from hoso_bot.store.tables import buttons, inbox, outbox


@dataclass(frozen=True)
class Unguarded:
    """An update that may well match no row."""

    statement: Any


@dataclass(frozen=True)
class Rows:
    """Many new rows of one table, written in one go; a unique key that exists is a conflict."""

    table: sa.Table
    rows: list[dict[str, Any]]


@dataclass
class Changes:
    """What a unit of work collected, in the order it will be written.

    statements: inserts, deletes, updates; an update is a guard and must match a row, unless Unguarded.
    messages, buttons, owed: rows of outbox, buttons and inbox. entries: the audit log's.
    """

    statements: list[Any] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    buttons: list[dict[str, Any]] = field(default_factory=list)
    owed: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def commit(db: Database, at: str, changes: Changes) -> None:
    """Write all of it. Raises Conflict when a guard or a unique key finds another state."""
    with db.write() as connection:
        for statement in _flat(changes.statements):
            _run(connection, statement)
        for table, rows in (
            (outbox, changes.messages),
            (buttons, changes.buttons),
            (inbox, changes.owed),
        ):
            if rows:
                connection.execute(table.insert(), rows)
        audit.append(connection, db.school_id, at, changes.entries)


def _flat(statements: Iterable[Any]) -> Iterable[Any]:
    for statement in statements:
        if isinstance(statement, list):
            yield from statement
        else:
            yield statement


def _run(connection: sa.Connection, statement: Any) -> None:
    if isinstance(statement, Unguarded):
        connection.execute(statement.statement)
        return
    try:
        if isinstance(statement, Rows):
            if statement.rows:
                connection.execute(statement.table.insert(), statement.rows)
            return
        result = connection.execute(statement)
    except sa.exc.IntegrityError as error:
        what = str(error.orig).partition("\n")[0]  # what follows may quote the row
        raise Conflict(f"unique key: {what}") from error
    if statement.is_update and result.rowcount == 0:
        raise Conflict(str(statement))
