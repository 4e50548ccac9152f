"""Every table. `school_id` stands on every row; moments are UTC ISO 8601 text, ids are opaque text."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _school() -> Column[str]:
    return Column("school_id", Text, nullable=False)


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
    _school(),
    Column("staff_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("classes", JSON, nullable=False),
    Column("subjects", JSON, nullable=False),
    Column("periods", Float),
    Column("phone", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("school_id", "staff_id"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("linked_at", Text, nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("reachable", Boolean, nullable=False, server_default=text("1")),
    UniqueConstraint("school_id", "channel", "chat_id"),
    UniqueConstraint("school_id", "person_id", "channel"),
)

invites = Table(
    "invites",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("person_id", Text, nullable=False),
    Column("code_hash", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
    Column("revoked_at", Text),
    Index(None, "school_id", "person_id"),
)

link_attempts = Table(
    "link_attempts",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index(None, "school_id", "at"),
)

weeks = Table(
    "weeks",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("year", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("days", JSON, nullable=False),
    Column("semester", Integer, nullable=False),
    Column("label", Text, nullable=False),
    UniqueConstraint("school_id", "year", "number"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _school(),
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
Index(
    "ix_inbox_open",
    inbox.c.school_id,
    inbox.c.lane,
    inbox.c.id,
    sqlite_where=inbox.c.state.in_(["todo", "doing"]),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _school(),
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
Index(
    "ix_outbox_open",
    outbox.c.school_id,
    outbox.c.channel,
    outbox.c.chat_id,
    outbox.c.id,
    sqlite_where=outbox.c.state.in_(["todo", "sending"]),
)

buttons = Table(
    "buttons",
    metadata,
    Column("token", Text, primary_key=True),
    _school(),
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
    _school(),
    Column("channel", Text, primary_key=True),
    Column("chat_id", Text, primary_key=True),
    Column("event", JSON, nullable=False),
    Column("expires_at", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("person_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sent_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("inspection", JSON),
    Column("year", Text),
    Column("week", Integer),
    Column("week_from", Text),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("card_key", Text),
    Column("picture", Text),
    Column("register", Text),
    Column("part", Text),
    Column("instead_of", Text, nullable=False, server_default=""),
    Column("review_copy", JSON),
    Column("lookup_code", Text),
    Index(None, "school_id", "person_id", "state"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("year", Text, nullable=False),
    Column("register", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("week", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("part", Text, nullable=False, server_default=""),
    Column("instead_of", Text, nullable=False, server_default=""),
    UniqueConstraint("school_id", "year", "register", "person_id", "week", "part", "instead_of"),
    UniqueConstraint("school_id", "code"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("plan_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("upload_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("original_sha256", Text, nullable=False),
    Column("review_sha256", Text, nullable=False),
    Column("current_sha256", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("submitted_at", Text, nullable=False),
    Column("minutes_late", Integer, nullable=False),
    Column("changes", JSON),
    Column("lookup_code", Text),
    Column("checked_at", Text),
    Column("doubts", JSON),
    UniqueConstraint("school_id", "plan_id", "number"),
    Index(None, "school_id", "original_sha256"),
    Index(None, "school_id", "review_sha256"),
    Index(None, "school_id", "current_sha256"),
    Index(None, "school_id", "lookup_code", unique=True),
)

steps = Table(
    "steps",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    _school(),
    Column("role", Text, nullable=False),
    Column("signer_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("card_key", Text),
    Column("decided_at", Text),
    Column("reason", Text),
    Column("signed_sha256", Text),
    Column("certificate_sha256", Text),
    Column("validated_at", Text),
    Column("decided_by", Text),
    Column("signed_field", Text),
    Index(None, "school_id", "signer_id", "state"),
    Index(None, "school_id", "signed_sha256"),
)

step_cards = Table(
    "step_cards",
    metadata,
    Column("key", Text, primary_key=True),
    _school(),
    Column("version_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("opened_at", Text),
    Index(None, "school_id", "version_id", "number"),
)

awaited_returns = Table(
    "awaited_returns",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person_id", Text, primary_key=True),
    _school(),
    Column("asked_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Index(None, "school_id", "person_id"),
)

delegations = Table(
    "delegations",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("giver_id", Text, nullable=False),
    Column("taker_id", Text, nullable=False),
    Column("teacher_id", Text),
    Column("first", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("ended_at", Text),
    Index(None, "school_id", "giver_id"),
)

absences = Table(
    "absences",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("person_id", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("last", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("ended_at", Text),
    Index(None, "school_id", "person_id"),
)

lent_plans = Table(
    "lent_plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("person_id", Text, primary_key=True),
    _school(),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("person_id", Text, nullable=False),
    Column("certificate_pem", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("retired_at", Text),
    Column("custody", Text, nullable=False, server_default="server"),
    Column("issuers_pem", LargeBinary),
    Index(None, "school_id", "person_id"),
)

pins = Table(
    "pins",
    metadata,
    Column("person_id", Text, primary_key=True),
    _school(),
    Column("closed", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("wrong_tries", Integer, nullable=False, server_default=text("0")),
    Column("paused_until", Text),
    Column("set_at", Text),
)

pin_links = Table(
    "pin_links",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("person_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("version_id", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("outcome", Text),
)

revocations = Table(
    "revocations",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("certificate_sha256", Text, primary_key=True),
    Column("revoked_at", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

timestamp_authorities = Table(
    "timestamp_authorities",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("bundle_pem", LargeBinary, nullable=False),
    Column("first_at", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "school_id", "subject"),
)

# --- a school year: who owes what, by which rules (migration 0002) -----------------------------------

stays = Table(
    "stays",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
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
    _school(),
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
    _school(),
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
    _school(),
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
    _school(),
    Column("version_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("read_at", Text, nullable=False),
    UniqueConstraint("school_id", "version_id", "person_id"),
)

registers = Table(
    "registers",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    UniqueConstraint("school_id", "code"),
)

# --- what people say about the sector's portal (migration 0015) --------------------------------------

portal_marks = Table(
    "portal_marks",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("marked_by", Text, nullable=False),
    Column("marked_at", Text, nullable=False),
)

# --- the weekend: what people are reminded of (migration 0012) ----------------------------------------

reminders = Table(
    "reminders",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
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
    _school(),
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
    _school(),
    Column("kind", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)

# --- support and the tour (migration 0014) ------------------------------------------------------------

tickets = Table(
    "tickets",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
    Column("number", Integer, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("waiting_since", Text),
    Column("escalated_at", Text),
    Column("closed_at", Text),
    Column("closed_by", Text),
    UniqueConstraint("school_id", "number"),
    Index(None, "school_id", "person_id"),
)

ticket_lines = Table(
    "ticket_lines",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
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
    _school(),
    Column("key", Text, nullable=False),
    Column("ticket_id", Text, nullable=False),
    UniqueConstraint("school_id", "key"),
)

undecided_files = Table(
    "undecided_files",
    metadata,
    Column("id", Text, primary_key=True),
    _school(),
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
    _school(),
    Column("person_id", Text, nullable=False),
    Column("ended_at", Text, nullable=False),
    Column("skipped", Boolean, nullable=False),
    UniqueConstraint("school_id", "person_id"),
)
