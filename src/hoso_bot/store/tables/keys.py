"""Signers' certificates, their PINs, and what was revoked."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from hoso_bot.store.tables.schema import metadata, school_column

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Text, primary_key=True),
    school_column(),
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
    school_column(),
    Column("closed", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("wrong_tries", Integer, nullable=False, server_default=text("0")),
    Column("paused_until", Text),
    Column("set_at", Text),
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

doors = Table(
    "doors",
    metadata,
    Column("school_id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("opened_at", Text, nullable=False),
)
