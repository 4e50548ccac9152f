"""Web pages of a person's own: the one-time links to them, who is logged in, files that come by one."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, text

from hoso_bot.store.tables.schema import metadata, school_column

links = Table(
    "links",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("outcome", Text),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("ended_at", Text),
    Index(None, "school_id", "person_id"),
)

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("wrong_tries", Integer, nullable=False, server_default=text("0")),
    Column("known_at", Text),
    Column("seen_at", Text),
    Column("ended_at", Text),
    Index(None, "school_id", "person_id"),
)

page_uploads = Table(
    "page_uploads",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("link_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("browser", Text),
    Column("mark", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun_at", Text, nullable=False),
    Column("arrived_at", Text),
    Column("sha256", Text),
    Index(None, "link_id"),
    Index(None, "school_id", "person_id"),
    Index(None, "sha256"),
)
