"""The tamper-evident log: every fact's entry carries a hash over the one before it.

An entry is written in the same transaction as the fact it records, so neither exists alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hoso_bot.store.tables import audit

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """Who did what to what; facts are JSON data without message texts or file contents."""

    actor: str
    action: str
    subject: str
    facts: dict[str, Any] = field(default_factory=dict)


def entry_hash(previous: str, number: int, at: str, entry: Entry) -> str:
    """SHA-256 over the previous hash and this entry's canonical JSON."""
    body = json.dumps(
        [previous, number, at, entry.actor, entry.action, entry.subject, entry.facts],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(body.encode()).hexdigest()


def append(connection: sa.Connection, school_id: str, at: str, entries: list[Entry]) -> None:
    """Chain `entries` to the school's log; the connection must be inside a write transaction."""
    number, previous = head(connection, school_id)
    rows = []
    for entry in entries:
        number += 1
        previous = entry_hash(previous, number, at, entry)
        rows.append(
            {
                "school_id": school_id,
                "number": number,
                "at": at,
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "facts": entry.facts,
                "hash": previous,
            }
        )
    if rows:
        connection.execute(audit.insert(), rows)


def first_broken(connection: sa.Connection, school_id: str) -> tuple[int, int | None]:
    """(number of entries read, number of the first entry that does not fit its chain or None)."""
    previous, expected = GENESIS, 0
    query = sa.select(audit).where(audit.c.school_id == school_id).order_by(audit.c.number)
    for row in connection.execute(query):
        expected += 1
        entry = Entry(row.actor, row.action, row.subject, row.facts)
        if row.number != expected or row.hash != entry_hash(previous, row.number, row.at, entry):
            return expected, row.number
        previous = row.hash
    return expected, None


def recorded_since(
    connection: sa.Connection, school_id: str, actions: Collection[str], subject: str, since: str
) -> bool:
    """Whether an entry of one of these kinds was written at or after the moment `since`."""
    query = (
        sa.select(audit.c.number)
        .where(
            audit.c.school_id == school_id,
            audit.c.at >= since,
            audit.c.action.in_(actions),
            audit.c.subject == subject,
        )
        .limit(1)
    )
    return connection.execute(query).first() is not None


def subjects_since(connection: sa.Connection, school_id: str, action: str, since: str) -> set[str]:
    """What entries of this kind are about that were written at or after the moment `since`."""
    query = sa.select(audit.c.subject).where(
        audit.c.school_id == school_id, audit.c.at >= since, audit.c.action == action
    )
    return set(connection.execute(query).scalars())


def facts_since(
    connection: sa.Connection, school_id: str, action: str, subject: str, since: str
) -> list[dict[str, Any]]:
    """The facts of entries of this kind about `subject` since the moment `since`, oldest first."""
    query = sa.select(audit.c.number, audit.c.facts).where(
        audit.c.school_id == school_id,
        audit.c.subject == subject,
        audit.c.action == action,
        audit.c.at >= since,
    )
    # Sorted here: SQLite would rather read the whole log in its order than sort a few rows.
    return [facts for _, facts in sorted(connection.execute(query), key=lambda row: row.number)]


def is_written_since(connection: sa.Connection, school_id: str, entry: Entry, since: str) -> bool:
    """Whether this very entry was written at or after the moment `since`."""
    query = sa.select(audit.c.facts).where(
        audit.c.school_id == school_id,
        audit.c.at >= since,
        audit.c.actor == entry.actor,
        audit.c.action == entry.action,
        audit.c.subject == entry.subject,
    )
    return any(row.facts == entry.facts for row in connection.execute(query))


def newest(connection: sa.Connection, school_id: str, action: str) -> tuple[str, dict[str, Any]] | None:
    """(moment, facts) of the last entry of one kind."""
    query = sa.select(audit.c.at, audit.c.facts).where(
        audit.c.school_id == school_id, audit.c.action == action
    )
    latest = query.order_by(audit.c.at.desc(), audit.c.number.desc()).limit(1)
    row = connection.execute(latest).first()
    return (row.at, row.facts) if row else None


def hash_of(connection: sa.Connection, school_id: str, number: int) -> str | None:
    """The hash of one entry; None when there is none of this number."""
    query = sa.select(audit.c.hash).where(audit.c.school_id == school_id, audit.c.number == number)
    return connection.execute(query).scalar()


def head(connection: sa.Connection, school_id: str) -> tuple[int, str]:
    """(number, hash) of the newest entry: what a witness outside has to keep."""
    row = connection.execute(
        sa.select(audit.c.number, audit.c.hash)
        .where(audit.c.school_id == school_id)
        .order_by(audit.c.number.desc())
        .limit(1)
    ).first()
    return (row.number, row.hash) if row else (0, GENESIS)
