"""What must not go, whatever the settings say."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from hoso_bot.store.tables.schema import metadata, school_column

retention_holds = Table(
    "retention_holds",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text),
    Column("plan_id", Text),
    Column("reason", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("released_at", Text),
)
