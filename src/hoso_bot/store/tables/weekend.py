"""What people are reminded of and told."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint

from hoso_bot.store.tables.schema import metadata, school_column

reminders = Table(
    "reminders",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("year", Text, nullable=False),
    Column("week", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("stale_at", Text, nullable=False),
    Column("message_key", Text),
    Column("settled_at", Text),
    UniqueConstraint("school_id", "person_id", "year", "week", "subject", "kind", "due_at"),
    Index(None, "school_id", "message_key"),
    Index(None, "school_id", "stale_at"),
)

reminder_rounds = Table(
    "reminder_rounds",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("until", Text, nullable=False),
)

leave_requests = Table(
    "leave_requests",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("year", Text, nullable=False),
    Column("week", Integer, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Text),
    UniqueConstraint("school_id", "person_id", "year", "week"),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("kind", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)
