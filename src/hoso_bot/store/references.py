"""Whether anything still needs a stored file: only then may a file that was merely looked at go."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hoso_bot.domain.page_upload import PageUploadState
from hoso_bot.store.db import Database
from hoso_bot.store.leases import is_in
from hoso_bot.store.tables import (
    audit,
    outbox,
    page_uploads,
    steps,
    ticket_lines,
    undecided_files,
    uploads,
    versions,
    violation_lines,
    violation_papers,
)

_UNSENT = ("todo", "sending")
_ONE = sa.select(sa.literal(1))


def is_needed(db: Database, sha256: str) -> bool:
    """Whether a plan, a ticket, a case, an unsent message or the log of any school needs this file.

    What retention removed (`removed_at`) needs its files no longer, and the log's entries about them are
    history; evidence of a doubt stays all the same.
    """
    with db.read() as connection:

        def found(queries: list[sa.Select[Any]]) -> bool:
            return any(connection.execute(query.limit(1)).first() for query in queries)

        kept = _rows(sha256, removed=False) + _in_use(sha256) + _evidence(sha256)
        return found(kept) or (found(_logged(sha256)) and not found(_rows(sha256, removed=True)))


def _rows(sha256: str, removed: bool) -> list[sa.Select[Any]]:
    """Uploads and versions that name it: those whose files are kept, or were given up."""

    def state(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
        return column.is_not(None) if removed else column.is_(None)

    sent = (uploads.c.sha256, uploads.c.picture, uploads.c.review_copy["sha256"].as_string())
    files = (versions.c.original_sha256, versions.c.review_sha256, versions.c.current_sha256)
    signed = _ONE.select_from(steps).join(versions, versions.c.id == steps.c.version_id)
    return [
        *(_ONE.where(column == sha256, state(uploads.c.removed_at)) for column in sent),
        *(_ONE.where(column == sha256, state(versions.c.removed_at)) for column in files),
        signed.where(steps.c.signed_sha256 == sha256, state(versions.c.removed_at)),
    ]


def _in_use(sha256: str) -> list[sa.Select[Any]]:
    papers = violation_papers.c
    return [
        _ONE.where(ticket_lines.c.sha256 == sha256),
        _ONE.where(undecided_files.c.sha256 == sha256),
        _ONE.where(page_uploads.c.sha256 == sha256, page_uploads.c.state == PageUploadState.ARRIVED.value),
        _ONE.where(violation_lines.c.sha256 == sha256),
        _ONE.where(sa.or_(papers.docx_sha256 == sha256, papers.pdf_sha256 == sha256)),
        *(
            _ONE.where(is_in(outbox, *_UNSENT), outbox.c.message[part]["sha256"].as_string() == sha256)
            for part in ("attachment", "picture")
        ),
    ]


def _evidence(sha256: str) -> list[sa.Select[Any]]:
    action = audit.c.action
    doubt = sa.or_(action.startswith("plan.doubted"), action.startswith("return.refused"))
    return [
        _ONE.where(doubt, audit.c.facts["sha256"].as_string() == sha256),
        _ONE.where(audit.c.facts["evidence"].as_string() == sha256),
    ]


def _logged(sha256: str) -> list[sa.Select[Any]]:
    return [_ONE.where(audit.c.facts["sha256"].as_string() == sha256)]
