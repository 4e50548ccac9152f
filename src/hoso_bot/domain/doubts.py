"""Where a signed file differs from the school's record of it; any doubt stops the plan (design section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.signing import SignatureReport


def doubts(report: SignatureReport, chain: Sequence[ApprovalStep], sha256: str) -> list[str]:
    """The differences between a verified file and the signed steps of its chain; empty without any."""
    signed = [step for step in chain if step.state == StepState.SIGNED]
    found = {s.field: s for s in report.signatures}
    problems = list(report.flaws)
    if report.sha256 != sha256:
        problems.append("the file is not the recorded one")
    if set(found) != {step.field for step in signed}:
        problems.append("other signatures than recorded")
    for step in signed:
        signature = found.get(step.field)
        if signature and not (signature.intact and signature.trusted):
            problems.append(f"{step.field}: not intact or not trusted")
        if signature and signature.certificate_sha256 != step.certificate_sha256:
            problems.append(f"{step.field}: another certificate than recorded")
    if report.signatures and not report.covered:
        problems.append("the last signature does not cover the whole file")
    return problems
