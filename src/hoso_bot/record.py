"""A verified file compared with the school's own record of it (design section 5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hoso_bot.clock import SystemClock
from hoso_bot.domain.approval import ApprovalStep
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.domain.submission import VersionState
from hoso_bot.office import SCHOOL_ID, Office
from hoso_bot.settings import Settings
from hoso_bot.store.plans import Plans
from hoso_bot.store.revocations import Revocations

SHOWN = ("signer", "role", "time", "level", "trusted", "intact", "covers_whole_file")


def school_ca(settings: Settings | None) -> bytes:
    """Whom the school of these settings trusts (PEM): its CA, then the timestamp authorities it knows."""
    assert settings is not None
    office = Office(settings, SystemClock())
    try:
        return Revocations(office.db, SCHOOL_ID).trust()
    finally:
        office.close()


def report_json(report: SignatureReport) -> dict[str, Any]:
    """The contract's JSON for a file judged alone."""
    signatures = [{k: v for k, v in dataclasses.asdict(s).items() if k in SHOWN} for s in report.signatures]
    return {
        "valid": report.valid,
        "signatures": signatures,
        "known": False,
        "problems": list(report.problems),
    }


def against_record(found: dict[str, Any], report: SignatureReport, settings: Settings) -> dict[str, Any]:
    """Adds `known`, and what the record says against the file: replaced, or signatures cut off.

    A file the record does not hold is not valid here, whatever its signatures say.
    """
    office = Office(settings, SystemClock())
    try:
        revocations = Revocations(office.db, SCHOOL_ID)
        return _compared(found, report, Plans(office.db, SCHOOL_ID), revocations)
    finally:
        office.close()


def _compared(
    found: dict[str, Any], report: SignatureReport, plans: Plans, revocations: Revocations
) -> dict[str, Any]:
    hit = plans.by_file(report.sha256)
    if hit is None:
        problems = [*found["problems"], "the school's record does not hold this file"]
        return {**found, "valid": False, "problems": problems}
    plan, version = hit
    problems = list(found["problems"])
    if version.number != plan.version:
        problems.append(f"{plan.code}: replaced by version {plan.version}")
    if version.state != VersionState.APPROVED:
        problems.append(f"{plan.code}: the record says {version.state.value}")
    chain = plans.steps(version.id)
    problems += signed_after_revocation(chain, report, revocations)
    recorded = [(s.field, s.certificate_sha256) for s in chain]
    if recorded != [(s.field, s.certificate_sha256) for s in report.signatures]:
        problems.append(f"{plan.code}: other signatures than recorded")
    earlier = report.sha256 not in (version.current_sha256, version.original_sha256)
    notes = {"notes": [f"{plan.code}: an earlier level of the same approved file"]} if earlier else {}
    return {**found, "valid": not problems, "known": True, "problems": problems, **notes}


def signed_after_revocation(
    chain: Sequence[ApprovalStep], report: SignatureReport, revocations: Revocations
) -> list[str]:
    """Signatures by a certificate revoked by then; a timestamp, or the audited decision, says when."""
    proven = {check.field: check.proven for check in report.signatures}
    problems = []
    for step in chain:
        revoked = revocations.of(step.certificate_sha256) if step.certificate_sha256 else None
        stamped = datetime.fromisoformat(proven[step.field]) if proven.get(step.field) else None
        signed = min((at for at in (stamped, step.decided_at) if at), default=None)
        if revoked and (signed is None or signed >= revoked):
            problems.append(f"{step.field}: the certificate was revoked before it signed")
    return problems
