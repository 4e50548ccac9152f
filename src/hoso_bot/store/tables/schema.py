"""What every table shares: one metadata with named constraints, and the school's column."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def school_column() -> Column[str]:
    """The column that keeps schools apart; on every row."""
    return Column("school_id", Text, nullable=False)


def index_of_some(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> Index:
    """An index of only these rows, in either database; a question in the same words is answered by it."""
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)
