"""Whether anything still needs a stored file: only then may a file that was merely looked at go."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hoso_bot.store.db import Database
from hoso_bot.store.tables import (
    audit,
    outbox,
    steps,
    ticket_lines,
    undecided_files,
    uploads,
    versions,
    violation_lines,
    violation_papers,
)

_UNSENT = ("todo", "sending")


def is_needed(db: Database, sha256: str) -> bool:
    """Whether a plan, a ticket, a case, an unsent message or the log of any school needs this file.

    What retention removed (`removed_at`) needs its files no longer, whatever the log names; evidence stays.
    """
    with db.read() as connection:
        return any(connection.execute(query.limit(1)).first() for query in _naming(sha256))


def _naming(sha256: str) -> list[sa.Select[Any]]:
    one = sa.select(sa.literal(1))
    kept = uploads.c.removed_at.is_(None)
    sent = (uploads.c.sha256, uploads.c.picture, uploads.c.review_copy["sha256"].as_string())
    files = (versions.c.original_sha256, versions.c.review_sha256, versions.c.current_sha256)
    signed = one.select_from(steps).join(versions, versions.c.id == steps.c.version_id)
    facts, action = audit.c.facts, audit.c.action
    papers = violation_papers.c
    evidence = sa.or_(action.startswith("plan.doubted"), action.startswith("return.refused"))
    return [
        *(one.where(column == sha256, kept) for column in sent),
        *(one.where(column == sha256, versions.c.removed_at.is_(None)) for column in files),
        signed.where(steps.c.signed_sha256 == sha256, versions.c.removed_at.is_(None)),
        one.where(ticket_lines.c.sha256 == sha256),
        one.where(undecided_files.c.sha256 == sha256),
        one.where(violation_lines.c.sha256 == sha256),
        one.where(sa.or_(papers.docx_sha256 == sha256, papers.pdf_sha256 == sha256)),
        *(
            one.where(outbox.c.state.in_(_UNSENT), outbox.c.message[part]["sha256"].as_string() == sha256)
            for part in ("attachment", "picture")
        ),
        one.where(evidence, facts["sha256"].as_string() == sha256),
        one.where(facts["evidence"].as_string() == sha256),
    ]
