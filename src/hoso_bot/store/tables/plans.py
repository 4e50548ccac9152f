"""Files handed in, their versions and the approval of each."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, Table, Text, UniqueConstraint

from hoso_bot.store.tables.schema import metadata, school_column

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
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
    Column("removed_at", Text),
    Column("inbox_row", Integer),
    Index(None, "school_id", "person_id", "state"),
    Index(None, "school_id", "state", "sent_at"),
    Index(None, "school_id", "person_id", "sent_at"),
    Index(None, "school_id", "person_id", "sha256"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
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
    Index(None, "school_id", "person_id", "year", "week"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
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
    Column("removed_at", Text),
    UniqueConstraint("school_id", "plan_id", "number"),
    Index(None, "plan_id"),
    Index(None, "school_id", "state"),
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
    school_column(),
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
    Column("result_key", Text),
    Index(None, "school_id", "signer_id", "state"),
    Index(None, "school_id", "state"),
    Index(None, "school_id", "signed_sha256"),
)

step_cards = Table(
    "step_cards",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("opened_at", Text),
    Column("asked_at", Text),
    Index(None, "school_id", "version_id", "number"),
)

awaited_returns = Table(
    "awaited_returns",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person_id", Text, primary_key=True),
    school_column(),
    Column("asked_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Index(None, "school_id", "person_id"),
)

delegations = Table(
    "delegations",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
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
    school_column(),
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
    school_column(),
    Column("made_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
)

portal_marks = Table(
    "portal_marks",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("marked_by", Text, nullable=False),
    Column("marked_at", Text, nullable=False),
)
