"""Whether anything still needs a stored file: only then may a file that was merely looked at go."""

from __future__ import annotations

import sqlalchemy as sa

from hoso_bot.store.db import Database
from hoso_bot.store.tables import audit, outbox, steps, ticket_lines, undecided_files, uploads, versions

_COLUMNS = (
    uploads.c.sha256,
    uploads.c.picture,
    versions.c.original_sha256,
    versions.c.review_sha256,
    versions.c.current_sha256,
    steps.c.signed_sha256,
    ticket_lines.c.sha256,
    undecided_files.c.sha256,
)
_UNSENT = ("todo", "sending")


def is_needed(db: Database, sha256: str) -> bool:
    """Whether a plan, a ticket, an unsent message or the log of any school names this file."""
    named = [sa.select(sa.literal(1)).where(column == sha256) for column in _COLUMNS]
    named += [
        sa.select(sa.literal(1)).where(audit.c.facts[fact].as_string() == sha256)
        for fact in ("sha256", "evidence")
    ]
    named += [
        sa.select(sa.literal(1)).where(
            outbox.c.state.in_(_UNSENT), outbox.c.message[part]["sha256"].as_string() == sha256
        )
        for part in ("attachment", "picture")
    ]
    with db.read() as connection:
        return any(connection.execute(query.limit(1)).first() for query in named)
