"""Cases of R41, what was said about them, and the documents made of them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint

from hoso_bot.store.tables.schema import metadata, school_column

violation_cases = Table(
    "violation_cases",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("year", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("day", Text),
    Column("week", Integer),
    Column("kind", Text),
    Column("details", JSON, nullable=False),
    Column("sheet", JSON),
    Column("invited_at", Text),
    Column("explain_by", Text),
    Column("answer", Text),
    Column("answered_at", Text),
    Column("decided_by", Text),
    Column("decided_at", Text),
    Column("annulled_by", Text),
    Column("annulled_at", Text),
    Column("objected_at", Text),
    UniqueConstraint("school_id", "year", "number"),
    Index(None, "school_id", "person_id"),
)

violation_lines = Table(
    "violation_lines",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("case_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text),
    Index(None, "school_id", "case_id"),
)

violation_papers = Table(
    "violation_papers",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("case_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("docx_sha256", Text, nullable=False),
    Column("pdf_sha256", Text, nullable=False),
    Index(None, "school_id", "case_id"),
)
