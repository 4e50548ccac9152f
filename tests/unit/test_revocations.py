"""Who was revoked since when, and the key that says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.clock import FakeClock
from tests.parts import Parts
from tests.school import NOW

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.roster import Role
from hoso_bot.domain.signature_levels import B_B, Revocation
from hoso_bot.domain.signing import SignatureCheck, SignatureReport
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.domain.verdict import Comparison, Match, Recorded, Verdict
from hoso_bot.office import Office
from hoso_bot.settings import Settings
from hoso_bot.store.archive import Archive
from hoso_bot.store.files import FolderStore
from hoso_bot.store.plans import Plans
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.school import School


def revoke(parts: Parts, *arguments: Any) -> Revocations:
    revocations = Revocations(parts.db)
    with parts.db.write() as connection:
        connection.execute(revocations.revoke(*arguments).statement)
    return revocations


def test_a_revocation_is_kept_once_and_names_its_certificate(parts: Parts) -> None:
    key = School(parts.db).signing_key(parts.staff("GV06").id)
    assert key
    revoke(parts, key.key_id, NOW, "key_compromise")
    revocations = revoke(parts, key.key_id, NOW + timedelta(days=3), "superseded")
    assert revocations.all() == (Revocation(key.certificate_pem, NOW, "key_compromise"),)
    assert revocations.of(key.key_id) == NOW and revocations.of("0" * 64) is None


def test_a_school_made_before_gets_its_key_for_lists_with_the_next_start(parts: Parts) -> None:
    revocations = Revocations(parts.db)
    with parts.db.write() as connection:
        connection.exec_driver_sql("UPDATE schools SET crl_pem = NULL, crl_wrapped_key = NULL")
    assert revocations.crl_signer() is None
    office = Office(Settings(home=parts.home), FakeClock(NOW))
    office.signers.ensure_keys()
    made = revocations.crl_signer()
    office.signers.ensure_keys()
    office.close()
    assert made and revocations.crl_signer() == made


PLAN = Plan("p", "2026-2027", "KHBD", "t", 13, "KHBD-2627-T13-GV09", 1, PlanState.APPROVED)
VERSION = Version("v", "p", 1, "u", VersionState.APPROVED, "a", "b", "f", 9, 2, NOW, 0)


def judged(stamped: str, decided: datetime | None, revoked: datetime) -> Verdict:
    """A recorded file with one signature, by a certificate that is revoked."""
    step = ApprovalStep("v", 1, Role.GROUP_HEAD, "p", StepState.SIGNED, decided_at=decided)
    step = replace(step, certificate_sha256="c" * 64, signed_sha256="f")
    check = SignatureCheck(step.field, "", "", "", B_B, True, True, True, "c" * 64, stamped)
    report = SignatureReport(True, (check,), (), (), "f")
    recorded = Recorded(PLAN, VERSION, [step], {}, revoked={"c" * 64: revoked})
    return Verdict(recorded, report, Comparison(Match.SAME, 1))


@pytest.mark.parametrize(
    ("decided", "proven", "good"),
    [(-1, None, True), (1, None, False), (1, -1, True), (-1, 1, True), (1, 1, False)],
)
def test_the_audited_or_the_stamped_time_decides(decided: int, proven: int | None, good: bool) -> None:
    """Hours before (-) or after the revocation."""
    revoked = datetime(2026, 12, 1, tzinfo=UTC)
    at = [revoked + timedelta(hours=hours) if hours else None for hours in (decided, proven)]
    verdict = judged(at[1].isoformat() if at[1] else "", at[0], revoked)
    assert (verdict.valid, verdict.problems == ()) == (good, good)
    assert verdict.summary == ("same_current" if good else "file_broken")


def test_the_record_of_a_file_knows_who_was_revoked(parts: Parts) -> None:
    revoke(parts, "c" * 64, NOW, "unspecified")
    teacher = parts.staff("GV09").id
    plan, version = replace(PLAN, person_id=teacher), replace(VERSION, lookup_code="k")
    step = ApprovalStep("v", 1, Role.GROUP_HEAD, teacher, StepState.SIGNED)
    plans = Plans(parts.db)
    with parts.db.write() as connection:
        for row in (plans.add_plan(plan), plans.add_version(version), plans.add_step(step)):
            connection.execute(row)
        connection.exec_driver_sql("UPDATE steps SET certificate_sha256 = ?", ("c" * 64,))
    archive = Archive(parts.db, FolderStore(parts.home / "files"))
    assert archive.of("v").revoked == {"c" * 64: NOW}
