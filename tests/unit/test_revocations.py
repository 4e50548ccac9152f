"""Who was revoked since when, and the key that says so."""

from __future__ import annotations

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
from hoso_bot.office import SCHOOL_ID, Office
from hoso_bot.record import signed_after_revocation
from hoso_bot.settings import Settings
from hoso_bot.store.revocations import Revocations
from hoso_bot.store.school import School


def revoke(parts: Parts, *arguments: Any) -> Revocations:
    revocations = Revocations(parts.db, SCHOOL_ID)
    with parts.db.write() as connection:
        connection.execute(revocations.revoke(*arguments).statement)
    return revocations


def test_a_revocation_is_kept_once_and_names_its_certificate(parts: Parts) -> None:
    key = School(parts.db, SCHOOL_ID).signing_key(parts.staff("GV06").id)
    assert key
    revoke(parts, key.key_id, NOW, "key_compromise")
    revocations = revoke(parts, key.key_id, NOW + timedelta(days=3), "superseded")
    assert revocations.all() == (Revocation(key.certificate_pem, NOW, "key_compromise"),)
    assert revocations.of(key.key_id) == NOW and revocations.of("0" * 64) is None


def test_a_school_made_before_gets_its_key_for_lists_with_the_next_start(parts: Parts) -> None:
    revocations = Revocations(parts.db, SCHOOL_ID)
    with parts.db.write() as connection:
        connection.exec_driver_sql("UPDATE schools SET crl_pem = NULL, crl_wrapped_key = NULL")
    assert revocations.crl_signer() is None
    office = Office(Settings(home=parts.home), FakeClock(NOW))
    office.ensure_keys()
    made = revocations.crl_signer()
    office.ensure_keys()
    office.close()
    assert made and revocations.crl_signer() == made


@pytest.mark.parametrize(
    ("decided", "proven", "good"),
    [(-1, None, True), (1, None, False), (1, -1, True), (-1, 1, True), (1, 1, False)],
)
def test_the_audited_or_the_stamped_time_decides(
    parts: Parts, decided: int, proven: int | None, good: bool
) -> None:
    """Hours before (-) or after the revocation."""
    revoked = datetime(2026, 12, 1, tzinfo=UTC)
    revocations = revoke(parts, "c" * 64, revoked, "unspecified")
    at = [revoked + timedelta(hours=hours) if hours else None for hours in (decided, proven)]
    step = ApprovalStep("v", 1, Role.GROUP_HEAD, "p", StepState.SIGNED, decided_at=at[0])
    step = ApprovalStep(**{**step.__dict__, "certificate_sha256": "c" * 64})
    stamped = at[1].isoformat() if at[1] else ""
    check = SignatureCheck(step.field, "", "", "", B_B, True, True, True, "c" * 64, stamped)
    report = SignatureReport(True, (check,), (), (), "")
    assert (signed_after_revocation([step], report, revocations) == []) == good
