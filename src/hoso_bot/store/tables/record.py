"""The tamper-evident log."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text

from hoso_bot.store.tables.schema import metadata

audit = Table(
    "audit",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "school_id", "subject"),
    Index(None, "school_id", "action", "at"),
)
