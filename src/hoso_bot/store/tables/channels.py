"""What a chat world needs kept between two messages: its tokens, and what people may type, what was paid."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from hoso_bot.store.tables.schema import metadata, school_column

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

paid_months = Table(
    "paid_months",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("spent", Integer, nullable=False),
)

paid_messages = Table(
    "paid_messages",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
    Column("channel", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("fare", Text, nullable=False),
    Column("price", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Index(None, "school_id", "message_key"),
)
