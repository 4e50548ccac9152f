"""A verified file compared with the school's own record of it, for the command line (design section 5)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from hoso_bot.clock import SystemClock
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.domain.verdict import Verdict
from hoso_bot.domain.verdict_facts import custody
from hoso_bot.filing import file_store
from hoso_bot.office import Office
from hoso_bot.settings import Settings
from hoso_bot.store.archive import Archive
from hoso_bot.store.revocations import Revocations

SHOWN = ("signer", "role", "time", "level", "trusted", "intact", "covers_whole_file")


def school_ca(settings: Settings | None) -> bytes:
    """Whom the school of these settings trusts (PEM): its CA, then the timestamp authorities it knows."""
    assert settings is not None
    office = Office(settings, SystemClock())
    try:
        return Revocations(office.db).trust()
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


def against_record(path: Path, report: SignatureReport, settings: Settings) -> dict[str, Any]:
    """The contract's JSON for a file judged with the school's record: `known`, and what differs from it.

    Each signature also has `custody`: how its key was kept when it signed, as the record knows it.

    A file the record does not hold is not valid here, whatever its signatures say.
    """
    verdict = judged(path, report, settings)
    notes = {"notes": list(verdict.notes)} if verdict.notes else {}
    found = report_json(report)
    for shown, check in zip(found["signatures"], report.signatures, strict=True):
        shown["custody"] = custody(check.certificate_sha256, verdict.recorded)
    return {
        **found,
        "valid": verdict.valid,
        "known": verdict.known,
        "problems": list(verdict.problems),
        **notes,
    }


def judged(path: Path, report: SignatureReport, settings: Settings) -> Verdict:
    """The same judgement as on the web page and in chat."""
    office = Office(settings, SystemClock())
    try:
        return Archive(office.db, file_store(settings, office.db)).judge(path, report)
    finally:
        office.close()
