"""A verified file compared with the school's own record of it (design section 5)."""

from __future__ import annotations

import dataclasses
from typing import Any

from hoso_bot.clock import SystemClock
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.domain.submission import VersionState
from hoso_bot.office import SCHOOL_ID, Office
from hoso_bot.settings import Settings
from hoso_bot.store.plans import Plans

SHOWN = ("signer", "role", "time", "level", "trusted", "intact", "covers_whole_file")


def school_ca(settings: Settings | None) -> bytes:
    """The CA certificate (PEM) of the school these settings are of."""
    assert settings is not None
    office = Office(settings, SystemClock())
    try:
        return office.school.row().ca_pem
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
        return _compared(found, report, Plans(office.db, SCHOOL_ID))
    finally:
        office.close()


def _compared(found: dict[str, Any], report: SignatureReport, plans: Plans) -> dict[str, Any]:
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
    recorded = [(s.field, s.certificate_sha256) for s in plans.steps(version.id)]
    if recorded != [(s.field, s.certificate_sha256) for s in report.signatures]:
        problems.append(f"{plan.code}: other signatures than recorded")
    return {**found, "valid": not problems, "known": True, "problems": problems}
