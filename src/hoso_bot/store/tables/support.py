"""Questions to the support contact, and the first-use tour."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from hoso_bot.store.tables.schema import metadata, school_column

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("number", Integer, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("waiting_since", Text),
    Column("escalated_at", Text),
    Column("closed_at", Text),
    Column("closed_by", Text),
    Column("kind", Text, nullable=False, server_default="question"),
    Column("outcome", Text),
    Column("emptied_at", Text),
    UniqueConstraint("school_id", "number"),
    Index(None, "school_id", "person_id"),
)

ticket_lines = Table(
    "ticket_lines",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("ticket_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text),
    Index(None, "school_id", "ticket_id"),
    Index(None, "school_id", "person_id", "at"),
)

ticket_messages = Table(
    "ticket_messages",
    metadata,
    school_column(),
    Column("key", Text, nullable=False),
    Column("ticket_id", Text, nullable=False),
    UniqueConstraint("school_id", "key"),
)

undecided_files = Table(
    "undecided_files",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("decided_at", Text),
)

tours = Table(
    "tours",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("ended_at", Text, nullable=False),
    Column("skipped", Boolean, nullable=False),
    UniqueConstraint("school_id", "person_id"),
)
