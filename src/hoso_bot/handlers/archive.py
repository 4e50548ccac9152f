"""The archive by night: a slice of the signed files is validated again; doubts go to the office.

Bits rot, disks are restored from old backups, people "tidy up": whoever finds out first should be us.
"""

from __future__ import annotations

from datetime import datetime

from hoso_bot.casework.case import validated
from hoso_bot.domain.chain_events import FileUpgradeDue
from hoso_bot.domain.errors import SandboxFailed
from hoso_bot.domain.messages import Message
from hoso_bot.domain.record_events import ArchivedFileDue, ArchiveNightBegan, ArchiveNightEnded
from hoso_bot.domain.signature_levels import RENEW_BEFORE
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.domain.verdict import Recorded
from hoso_bot.unit_of_work import UnitOfWork

LANE = "archive"
NIGHTS = 7
"""A full pass takes about so many nights …"""
FEWEST, MOST = 20, 400
"""… but no night takes fewer, or more, files than these."""


def begin(event: ArchiveNightBegan, uow: UnitOfWork) -> None:
    """Owe the files whose last validation is longest ago, one event each."""
    files = uow.archive_checks.state().files
    for version_id in uow.archive_checks.due(min(MOST, max(FEWEST, -(-files // NIGHTS)))):
        uow.emit(ArchivedFileDue(version_id), LANE)
    uow.emit(ArchiveNightEnded(event.night, uow.now().isoformat()), LANE)


def check(event: ArchivedFileDue, uow: UnitOfWork) -> None:
    """Validate one file as if it came from outside, and compare all its stages with the record."""
    recorded = uow.archive.of(event.version_id)
    found, report = _examined(recorded, uow)
    if report and not found:
        _renew(recorded, report, uow)
    uow.change(uow.archive_checks.checked(recorded.version, found, uow.now()))
    if found:
        uow.record("archive.doubted", recorded.plan.code, version=recorded.version.number, problems=found)


def end(event: ArchiveNightEnded, uow: UnitOfWork) -> None:
    """One line for the log; a message to the office only when there is something to do."""
    state = uow.archive_checks.state()
    doubted = uow.archive_checks.doubted(datetime.fromisoformat(event.began))
    oldest = state.oldest.isoformat() if state.oldest else None
    uow.record("archive.checked", event.night, files=state.files, doubted=len(doubted), oldest=oldest)
    office = uow.office()
    if doubted and office:
        codes = [code for code, _ in doubted]
        uow.say(office, Message("office.archive_doubts", {"codes": codes, "count": len(codes)}))


def found_wrong(recorded: Recorded, uow: UnitOfWork) -> list[str]:
    """Why a version's files are not what was archived and signed; empty when they are."""
    return _examined(recorded, uow)[0]


def _examined(recorded: Recorded, uow: UnitOfWork) -> tuple[list[str], SignatureReport | None]:
    lost = _lost_stages(recorded, uow)
    return (lost, None) if lost else _validated(recorded, uow)


def _lost_stages(recorded: Recorded, uow: UnitOfWork) -> list[str]:
    """Files of the version that are gone from the archive or no longer what their name says."""
    version = recorded.version
    stages = {
        "original": version.original_sha256,
        "review copy": version.review_sha256,
        "signed file": version.current_sha256,
    }
    return [
        f"the {what} is not in the archive as it was kept"
        for what, sha256 in stages.items()
        if not uow.files.is_sound(sha256)
    ]


def _validated(recorded: Recorded, uow: UnitOfWork) -> tuple[list[str], SignatureReport | None]:
    try:
        return validated(recorded.version.current_sha256, recorded.chain, uow)
    except SandboxFailed as trouble:
        return [f"cannot be verified: {trouble}"], None


def _renew(recorded: Recorded, report: SignatureReport, uow: UnitOfWork) -> None:
    """Owe a new document timestamp to a file whose last one is by a certificate that ends soon."""
    version, until = recorded.version, report.proven_until
    if until and uow.policy.timestamps and until - uow.now() < RENEW_BEFORE:
        due = FileUpgradeDue(version.id, renews=version.current_sha256, ends=until.isoformat())
        uow.emit(due, f"upgrade:{version.id}")
