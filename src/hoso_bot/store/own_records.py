"""Every row about one person, as data of their own: what `/dulieu` counts, row by row."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.roster import Person
from hoso_bot.store.db import Database
from hoso_bot.store.tables import (
    audit,
    delegations,
    metadata,
    people,
    plans,
    steps,
    ticket_lines,
    tickets,
    versions,
    violation_cases,
    violation_lines,
)

_LEFT_OUT = {"school_id", "inspection", "changes", "card_key", "message_key", "review_copy", "hash"}
"""Columns that are the machine's, not the person's."""
_MACHINERY = {
    "awaited_returns",
    "buttons",
    "invites",
    "links",
    "outbox",
    "pins",
    "signing_keys",
    "step_cards",
}
_MACHINERY |= {"retention_holds", "undecided_files", "known_browsers", "web_sessions"}
"""Tables with a `person_id` that say how the program works, or hold secrets."""

Rows = list[dict[str, Any]]


class OwnRecords:
    """Lookups only. No key, PIN, code or token is among them."""

    def __init__(self, db: Database) -> None:
        self._db, self._school = db, db.school_id

    def of(self, person: Person) -> dict[str, Rows]:
        """Table name → rows, each a JSON object; moments and days as ISO text."""
        mine = person.id
        own_plans = sa.select(plans.c.id).where(plans.c.person_id == mine)
        own_versions = sa.select(versions.c.id).where(versions.c.plan_id.in_(own_plans))
        own_tickets = sa.select(tickets.c.id).where(tickets.c.person_id == mine)
        decided = sa.func.coalesce(steps.c.decided_by, steps.c.signer_id) == mine
        invited = sa.and_(violation_cases.c.person_id == mine, violation_cases.c.invited_at.is_not(None))
        own_cases = sa.select(violation_cases.c.id).where(invited)
        chosen: dict[sa.Table, Any] = {
            table: table.c.person_id == mine
            for table in metadata.sorted_tables
            if "person_id" in table.c and table.name not in _MACHINERY
        }
        chosen |= {
            people: people.c.id == mine,
            versions: versions.c.plan_id.in_(own_plans),
            steps: sa.or_(steps.c.version_id.in_(own_versions), decided & steps.c.decided_at.is_not(None)),
            ticket_lines: sa.or_(ticket_lines.c.ticket_id.in_(own_tickets), ticket_lines.c.person_id == mine),
            violation_cases: invited,
            violation_lines: violation_lines.c.case_id.in_(own_cases),
            delegations: sa.or_(delegations.c.giver_id == mine, delegations.c.taker_id == mine),
            audit: sa.or_(audit.c.actor == person.staff_id, audit.c.subject == person.staff_id),
        }
        return {table.name: self._rows(table, condition) for table, condition in chosen.items()}

    def _rows(self, table: sa.Table, condition: Any) -> Rows:
        query = sa.select(table).where(table.c.school_id == self._school, condition)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(*table.primary_key.columns))
            return [{k: v for k, v in row._mapping.items() if k not in _LEFT_OUT} for row in rows]

    def files(self, person: Person) -> list[tuple[str, str]]:
        """(name, SHA-256) of the person's own plans, newest first: what was sent, and as it is signed."""
        query = (
            sa.select(plans.c.code, versions.c.number, versions.c.original_sha256, versions.c.current_sha256)
            .join(versions, versions.c.plan_id == plans.c.id)
            .where(
                plans.c.school_id == self._school,
                plans.c.person_id == person.id,
                versions.c.removed_at.is_(None),
            )
            .order_by(versions.c.submitted_at.desc())
        )
        found: list[tuple[str, str]] = []
        with self._db.read() as connection:
            for row in connection.execute(query):
                name = f"{row.code}-v{row.number}"
                found.append((f"{name}-ban-goc.pdf", row.original_sha256))
                found.append((f"{name}-da-ky.pdf", row.current_sha256))
        return found
