"""What came in and what goes out, with the buttons and questions that were given to a chat."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint, text

from hoso_bot.store.tables.schema import index_of_some, metadata, school_column

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    school_column(),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="todo"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("try_at", Text, nullable=False),
    Column("lease_until", Text),
    Column("error", Text),
    Column("done_at", Text),
    UniqueConstraint("school_id", "source", "external_id"),
    sqlite_autoincrement=True,
)
index_of_some(
    "ix_inbox_open",
    inbox.c.school_id,
    inbox.c.lane,
    inbox.c.id,
    where=inbox.c.state.in_(["todo", "doing"]),
)
index_of_some(
    "ix_inbox_parked",
    inbox.c.school_id,
    inbox.c.id,
    where=inbox.c.state == "parked",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    school_column(),
    Column("key", Text, nullable=False),
    Column("person_id", Text),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("message", JSON, nullable=False),
    Column("edits", Text),
    Column("created_at", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="todo"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("try_at", Text, nullable=False),
    Column("lease_until", Text),
    Column("ref", Text),
    Column("error", Text),
    Column("sent_at", Text),
    UniqueConstraint("school_id", "key"),
    sqlite_autoincrement=True,
)
index_of_some(
    "ix_outbox_open",
    outbox.c.school_id,
    outbox.c.channel,
    outbox.c.chat_id,
    outbox.c.id,
    where=outbox.c.state.in_(["todo", "sending"]),
)
Index("ix_outbox_chat", outbox.c.chat_id, outbox.c.id)
index_of_some(
    "ix_outbox_gone",
    outbox.c.school_id,
    outbox.c.channel,
    where=outbox.c.state == "gone",
)
index_of_some(
    "ix_outbox_parked",
    outbox.c.school_id,
    outbox.c.id,
    where=outbox.c.state == "parked",
)

buttons = Table(
    "buttons",
    metadata,
    Column("token", Text, primary_key=True),
    school_column(),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("person_id", Text),
    Column("event", JSON, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("used_at", Text),
    Index(None, "school_id", "message_key"),
)

questions = Table(
    "questions",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("chat_id", Text, primary_key=True),
    Column("event", JSON, nullable=False),
    Column("expires_at", Text, nullable=False),
)
