"""What numbers about people have to take into account, and what was frozen of them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint

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

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("year", Text, nullable=False),
    Column("term", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("frozen_at", Text, nullable=False),
    Column("frozen_by", Text, nullable=False),
    Column("closes_on", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("log_number", Integer, nullable=False),
    Column("log_hash", Text, nullable=False),
    Column("outages", JSON, nullable=False),
    Column("scheme", JSON, nullable=False),
    UniqueConstraint("school_id", "year", "term"),
)

evaluation_rows = Table(
    "evaluation_rows",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("evaluation_id", Text, primary_key=True),
    Column("person_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("row", JSON, nullable=False),
    Column("seen_at", Text),
)

disputes = Table(
    "disputes",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("evaluation_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answered_at", Text),
    Index(None, "school_id", "evaluation_id"),
)

adjustments = Table(
    "adjustments",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("evaluation_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("dispute_id", Text, nullable=False),
    Column("figure", Text, nullable=False),
    Column("old", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    UniqueConstraint("school_id", "evaluation_id", "person_id", "figure", "old", "made_at"),
)
