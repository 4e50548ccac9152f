"""Whether a file that its signer signed elsewhere may be taken: one new signature and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.signing import SignatureCheck, SignatureReport

CLOCK_SKEW = timedelta(minutes=10)
"""How wrong the clock of somebody's computer may be."""
LARGEST_STAMP = 1 / 8
"""Of a page: what a tool draws in a field of its own hides what lies under it."""


@dataclass(frozen=True)
class AddedField:
    """A signature field that the file did not have before.

    share: of its page's area that it takes, 0 when it is invisible. covers: signature fields under it.
    """

    name: str
    share: float
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReturnReport:
    """A returned file: all its signatures, and how it differs from what was sent out.

    changed: the first thing in the update that is neither a signature nor part of one; empty: nothing.
    added: signature fields that were not there before.
    """

    report: SignatureReport
    changed: str
    added: tuple[AddedField, ...]


@dataclass(frozen=True)
class Expected:
    """What has to come back: `step`, signed with `certificate_sha256` (hex) since `since` (aware)."""

    chain: Sequence[ApprovalStep]
    step: ApprovalStep
    certificate_sha256: str
    since: datetime


def new_signatures(found: ReturnReport, chain: Sequence[ApprovalStep]) -> list[SignatureCheck]:
    """The signatures that no step of the chain has made before."""
    before = {step.field for step in chain if step.state == StepState.SIGNED}
    return [check for check in found.report.signatures if check.field not in before]


def return_problem(found: ReturnReport, expected: Expected, now: datetime) -> str | None:
    """Why the file is not taken, as a text key; None when it is."""
    new = new_signatures(found, expected.chain)
    if len(new) != 1:
        return "return.twice" if new else ("return.changed" if found.changed else "return.not_signed")
    return _signature_problem(new[0], expected, now) or _field_problem(new[0], found, expected)


def _signature_problem(new: SignatureCheck, expected: Expected, now: datetime) -> str | None:
    if new.certificate_sha256 and new.certificate_sha256 != expected.certificate_sha256:
        return "return.other_certificate"
    if not new.intact:
        return "return.broken"
    at = datetime.fromisoformat(new.time) if new.time else None
    if at is None or not expected.since - CLOCK_SKEW <= at <= now + CLOCK_SKEW:
        return "return.wrong_time"
    return None if new.trusted else "return.broken"


def _field_problem(new: SignatureCheck, found: ReturnReport, expected: Expected) -> str | None:
    prepared, names = expected.step.prepared_field, {field.name for field in found.added}
    if new.field != prepared and new.field not in names:
        return "return.wrong_field"
    if found.changed or names - {new.field}:
        return "return.changed"
    if any(field.share > LARGEST_STAMP or set(field.covers) - {prepared} for field in found.added):
        return "return.covers"
    if not found.report.covered:
        return "return.more_behind"
    return "return.broken" if found.report.flaws else None
