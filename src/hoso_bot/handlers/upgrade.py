"""A finished file gets what its verification will need in many years: evidence and a document timestamp.

It is work of its own, tried until it succeeds: the plan is approved and delivered long before. Before a
certificate behind the timestamp ends, another one goes over it (ETSI EN 319 142-1, 5.5: proof goes on).
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

from hoso_bot.domain.chain_events import FileUpgradeDue
from hoso_bot.domain.doubts import doubts
from hoso_bot.domain.errors import NoTimestamp, SigningFailed
from hoso_bot.domain.signature_levels import Stamped, UpgradeOrder
from hoso_bot.domain.submission import Plan, Version, VersionState
from hoso_bot.unit_of_work import UnitOfWork

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


def upgrade(event: FileUpgradeDue, uow: UnitOfWork) -> None:
    """One try; a dead authority means another one later, at most six hours apart, for ever."""
    plan, version = uow.plans.version(event.version_id)
    finished = version.state in (VersionState.APPROVED, VersionState.SUPERSEDED)
    if version.removed or not finished or not uow.policy.timestamps:
        return
    if version.current_sha256 != (event.renews or uow.plans.steps(version.id)[-1].signed_sha256):
        return  # a repeated event: it was done before
    target = uow.files.new_temporary()
    try:
        _keep(event, plan, version, uow.signer.upgrade(_order(version, target, uow)), target, uow)
    except NoTimestamp as error:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(event.tries, 20))
        uow.record("file.upgrade_put_off", plan.code, version=version.number, why=str(error))
        again = dataclasses.replace(event, tries=event.tries + 1)
        uow.emit(again, f"upgrade:{version.id}:{again.tries}", uow.now() + pause)
    finally:
        target.unlink(missing_ok=True)


def _order(version: Version, target: Path, uow: UnitOfWork) -> UpgradeOrder:
    signer = uow.revocations.crl_signer()
    if signer is None:
        raise SigningFailed("the school has no key for revocation lists; run `hoso-bot staff import` again")
    certificates = (step.certificate_sha256 for step in uow.plans.steps(version.id))
    return UpgradeOrder(
        source=uow.files.path(version.current_sha256),
        target=target,
        ca_pem=uow.school.row().ca_pem,
        crl_signer=signer,
        revoked=uow.revocations.all(),
        certificates=tuple(uow.revocations.certificate(sha256) for sha256 in certificates if sha256),
        authorities=uow.revocations.authorities(),
        at=uow.now(),
    )


def _keep(
    event: FileUpgradeDue, plan: Plan, version: Version, made: Stamped, target: Path, uow: UnitOfWork
) -> None:
    """The upgraded file becomes the current one only after it was validated whole.

    A renewal that proves nothing longer is dropped: the next nightly check asks again.
    """
    report = uow.inspector.verify(target, uow.revocations.trust() + made.authority_pem)
    if problems := doubts(report, uow.plans.steps(version.id), made.sha256):
        raise SigningFailed(f"the upgraded file does not verify: {'; '.join(problems)}")
    until = report.proven_until.isoformat() if report.proven_until else ""
    if event.renews and until <= event.ends:
        uow.record("file.renewal_useless", plan.code, version=version.number, until=until)
        return
    uow.files.adopt(target)
    uow.change(
        uow.plans.move_version(version, version.state, current_sha256=made.sha256, size=made.size),
        uow.revocations.know_authority(made.authority_pem, uow.now()),
    )
    uow.record(
        "file.upgraded",
        plan.code,
        version=version.number,
        level=report.level,
        sha256=made.sha256,
        was=version.current_sha256,
        until=until,
    )
