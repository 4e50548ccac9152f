"""Rows of uploads, plans, versions and steps, read as what they stand for."""

from __future__ import annotations

from typing import Any

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.comparison import PageChanges
from hoso_bot.domain.events import Address
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.roster import Role
from hoso_bot.domain.signing import KeptReviewCopy
from hoso_bot.domain.submission import Plan, PlanState, Upload, UploadState, Version, VersionState
from hoso_bot.store.db import from_moment


def read_upload(r: Any) -> Upload:
    """A file that was sent."""
    return Upload(
        id=r.id,
        person_id=r.person_id,
        sha256=r.sha256,
        name=r.name,
        size=r.size,
        sent_at=from_moment(r.sent_at),
        state=UploadState(r.state),
        address=Address(r.channel, r.chat_id),
        inspection=Inspection.from_json(r.inspection) if r.inspection else None,
        year=r.year,
        week=r.week,
        week_from=r.week_from,
        card_key=r.card_key,
        picture=r.picture,
        register=r.register,
        part=r.part,
        instead_of=r.instead_of,
        review_copy=KeptReviewCopy(**r.review_copy) if r.review_copy else None,
        lookup_code=r.lookup_code or "",
        inbox_row=r.inbox_row,
    )


def read_plan(r: Any) -> Plan:
    """A plan of its week."""
    return Plan(
        id=r.id,
        year=r.year,
        register=r.register,
        person_id=r.person_id,
        week=r.week,
        code=r.code,
        version=r.version,
        state=PlanState(r.state),
        part=r.part,
        instead_of=r.instead_of,
    )


def read_version(r: Any) -> Version:
    """One version of a plan."""
    return Version(
        id=r.id,
        plan_id=r.plan_id,
        number=r.number,
        upload_id=r.upload_id,
        state=VersionState(r.state),
        original_sha256=r.original_sha256,
        review_sha256=r.review_sha256,
        current_sha256=r.current_sha256,
        size=r.size,
        pages=r.pages,
        submitted_at=from_moment(r.submitted_at),
        minutes_late=r.minutes_late,
        changes=PageChanges.from_json(r.changes) if r.changes else None,
        lookup_code=r.lookup_code or "",
        removed=r.removed_at is not None,
    )


def read_step(r: Any) -> ApprovalStep:
    """One place in the chain of a version."""
    return ApprovalStep(
        version_id=r.version_id,
        number=r.number,
        role=Role(r.role),
        signer_id=r.signer_id,
        state=StepState(r.state),
        card_key=r.card_key,
        decided_at=from_moment(r.decided_at) if r.decided_at else None,
        reason=r.reason,
        signed_sha256=r.signed_sha256,
        certificate_sha256=r.certificate_sha256,
        decided_by=r.decided_by,
        signed_field=r.signed_field,
        result_key=r.result_key,
    )
