"""A school year: who owes what, by which rules."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, Table, Text, UniqueConstraint

from hoso_bot.store.tables.schema import metadata, school_column

weeks = Table(
    "weeks",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("year", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("days", JSON, nullable=False),
    Column("semester", Integer, nullable=False),
    Column("label", Text, nullable=False),
    UniqueConstraint("school_id", "year", "number"),
)

stays = Table(
    "stays",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("from_year", Text),
    Column("from_week", Integer),
    Column("to_year", Text),
    Column("to_week", Integer),
    Index(None, "school_id", "person_id"),
)

posts = Table(
    "posts",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("from_year", Text),
    Column("from_week", Integer),
    Column("role", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("classes", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("periods", Float),
    Index(None, "school_id", "person_id"),
)

exemptions = Table(
    "exemptions",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("year", Text, nullable=False),
    Column("week", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    UniqueConstraint("school_id", "person_id", "year", "week"),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("year", Text, nullable=False),
    Column("effective_from", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Index(None, "school_id", "effective_from"),
)

rule_reads = Table(
    "rule_reads",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("version_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("read_at", Text, nullable=False),
    UniqueConstraint("school_id", "version_id", "person_id"),
)

registers = Table(
    "registers",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    UniqueConstraint("school_id", "code"),
)
