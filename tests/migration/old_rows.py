"""A school's file of an earlier shape with rows in it, and what lies in it afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from hoso_bot.store.db import Database, alembic_config

Row = dict[str, object]


def old_database(file: Path, shape: str, *rows: tuple[str, Row]) -> Database:
    """A new file of that shape with these rows, each with its table; to be closed."""
    url = f"sqlite:///{file}"
    command.upgrade(alembic_config(url), shape)
    db = Database(url)
    with db.write() as connection:
        for table, row in rows:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    return db


def old_file(file: Path, shape: str, script: str) -> Path:
    """The same, its rows written by statements of SQL."""
    command.upgrade(alembic_config(f"sqlite:///{file}"), shape)
    connection = sqlite3.connect(file)
    connection.executescript(script)
    connection.close()
    return file


def goes_back(url: str, shape: str) -> None:
    """To an earlier shape, with all its rows."""
    command.downgrade(alembic_config(url), shape)


def stays_there_and_back(file: Path, shape: str, columns: dict[str, str]) -> None:
    """Up to the newest shape and down again these columns are as they were."""
    before = contents(file, columns)
    db = Database(f"sqlite:///{file}")
    db.migrate()
    db.close()
    goes_back(db.url, shape)
    assert contents(file, columns) == before


def contents(file: Path, tables: dict[str, str] | list[str]) -> dict[str, list[tuple[object, ...]]]:
    """Rows per table; a dictionary names the columns to look at."""
    columns = tables if isinstance(tables, dict) else dict.fromkeys(tables, "*")
    connection = sqlite3.connect(file)
    try:
        return {
            table: list(connection.execute(f"SELECT {names} FROM {table} ORDER BY 1"))
            for table, names in columns.items()
        }
    finally:
        connection.close()


def columns_of(file: Path, tables: list[str]) -> dict[str, str]:
    """The names of every column of these tables, for `contents`."""
    connection = sqlite3.connect(file)
    try:
        return {
            table: ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
            for table in tables
        }
    finally:
        connection.close()
