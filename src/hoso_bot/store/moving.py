"""One school's rows from one database into another, and the proof that all of them arrived."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.errors import HosoError
from hoso_bot.store import audit
from hoso_bot.store.backup_format import Progress
from hoso_bot.store.db import Database
from hoso_bot.store.tables import metadata, schools

BATCH = 1000
NUL, SHOWN_NUL = "\0", "\N{REPLACEMENT CHARACTER}"


class MoveFailed(HosoError):
    """Nothing was written to the other database; the old one goes on."""


@dataclass(frozen=True)
class Moved:
    """rows: how many of each table, empty ones left out. entries: of the log, whose chain was read again."""

    rows: dict[str, int]
    entries: int

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class _Sum:
    """How many rows, and a sum over their hashes that no order changes."""

    rows: int
    digest: int


def move(source: Database, target: Database, tell: Progress) -> Moved:
    """Copy every row of the school into `target`, compare both sides and read the log's chain again.

    One transaction: all of it arrives or nothing does. Words holding a NUL, which PostgreSQL's text cannot,
    arrive with U+FFFD in its place. Nobody may write to `source` meanwhile.
    Raises MoveFailed when the target knows the school or the sides differ.
    """
    if not source.is_newest:
        raise MoveFailed("its tables are of another version; start this version's bot on it once")
    school_id = source.school_id
    target.migrate()
    with source.read() as reading, target.write() as writing:
        if writing.scalar(sa.select(sa.func.count()).select_from(_of(schools, school_id).subquery())):
            raise MoveFailed("that database holds this school already; choose an empty one")
        total = sum(_count(reading, table, school_id) for table in metadata.sorted_tables)
        done, sums = 0, {}
        for table in metadata.sorted_tables:
            sums[table.name] = _copy(reading, writing, table, school_id)
            done += sums[table.name].rows
            tell("rows", done, total)
        for table in metadata.sorted_tables:
            if _sum_of(_rows(writing, table, school_id)) != sums[table.name]:
                raise MoveFailed(f"the rows of {table.name} did not arrive as they were")
        _go_on_counting(writing)
        entries, broken = audit.first_broken(writing, school_id)
        if broken is not None:
            raise MoveFailed(f"the log's chain breaks at entry {broken}")
    return Moved({name: found.rows for name, found in sums.items() if found.rows}, entries)


def _of(table: sa.Table, school_id: str) -> sa.Select[Any]:
    """The school's rows of a table."""
    mine = table.c.id if table is schools else table.c.school_id
    return sa.select(table).where(mine == school_id)


def _count(connection: sa.Connection, table: sa.Table, school_id: str) -> int:
    counted = sa.select(sa.func.count()).select_from(_of(table, school_id).subquery())
    return connection.scalar(counted) or 0


def _rows(connection: sa.Connection, table: sa.Table, school_id: str) -> Iterator[dict[str, Any]]:
    found = connection.execution_options(yield_per=BATCH).execute(_of(table, school_id))
    for row in found.mappings():
        yield {name: _shown(value) for name, value in row.items()}


def _shown(value: Any) -> Any:
    return value.replace(NUL, SHOWN_NUL) if isinstance(value, str) else value


def _copy(reading: sa.Connection, writing: sa.Connection, table: sa.Table, school_id: str) -> _Sum:
    batch: list[dict[str, Any]] = []
    total = _Sum(0, 0)

    def write() -> None:
        if batch:
            writing.execute(table.insert(), batch)
            batch.clear()

    for row in _rows(reading, table, school_id):
        total = _plus(total, row)
        batch.append(row)
        if len(batch) == BATCH:
            write()
    write()
    return total


def _sum_of(rows: Iterable[dict[str, Any]]) -> _Sum:
    total = _Sum(0, 0)
    for row in rows:
        total = _plus(total, row)
    return total


def _plus(total: _Sum, row: dict[str, Any]) -> _Sum:
    text = json.dumps(row, sort_keys=True, default=lambda value: bytes(value).hex())
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return _Sum(total.rows + 1, (total.digest + digest) % 2**256)


def _go_on_counting(connection: sa.Connection) -> None:
    """Rows that come later get higher numbers than those that came along; SQLite sees to that by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        if isinstance(table.autoincrement_column, sa.Column):
            highest = sa.select(sa.func.max(table.autoincrement_column)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, table.autoincrement_column.name)
            connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1))))
