"""What a chat world needs kept between two messages: its tokens, and what people may type."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from hoso_bot.store.tables.schema import metadata

channel_tokens = Table(
    "channel_tokens",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("account_id", Text),
    Column("access_token", LargeBinary),
    Column("refresh_token", LargeBinary),
    Column("expires_at", Text),
    Column("refreshed_at", Text),
    Column("lease_by", Text),
    Column("lease_until", Text),
    Column("lost_at", Text),
    Column("login", LargeBinary),
    Column("login_until", Text),
)

typed_answers = Table(
    "typed_answers",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("chat_id", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("word", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Index(None, "school_id", "message_key"),
)
