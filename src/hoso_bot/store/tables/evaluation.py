"""What numbers about people have to take into account, and what was frozen of them."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from hoso_bot.store.tables.schema import metadata, school_column

outages = Table(
    "outages",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("cause", Text, nullable=False),
    Column("starts_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Text),
)
