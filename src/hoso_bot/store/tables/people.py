"""Who belongs to a school, and the chats they are linked to."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from hoso_bot.store.tables.schema import metadata, school_column

school_settings = Table(
    "school_settings",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("stopped_at", Text),
)

schools = Table(
    "schools",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("ca_pem", LargeBinary, nullable=False),
    Column("ca_wrapped_key", LargeBinary, nullable=False),
    Column("telegram_username", Text),
    Column("crl_pem", LargeBinary),
    Column("crl_wrapped_key", LargeBinary),
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("staff_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("classes", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("periods", Float),
    Column("phone", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("withdrawn_at", Text),
    UniqueConstraint("school_id", "staff_id"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("linked_at", Text, nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("reachable", Boolean, nullable=False, server_default=true()),
    Column("consent_at", Text),
    Column("last_heard_at", Text),
    Column("chosen", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("school_id", "channel", "chat_id"),
    UniqueConstraint("school_id", "person_id", "channel"),
)

invites = Table(
    "invites",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("person_id", Text, nullable=False),
    Column("code_hash", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
    Column("revoked_at", Text),
    Column("channel", Text),
    Column("wrong_tries", Integer, nullable=False, server_default=text("0")),
    Index(None, "school_id", "person_id"),
)

link_attempts = Table(
    "link_attempts",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index(None, "school_id", "at"),
)
