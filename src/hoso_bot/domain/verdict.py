"""What a file, or a code on paper, is worth: one judgement for command line, web page and chat.

Signatures alone cannot tell that the last one was cut off, nor that a newer version exists (a file cut back
to its first signature verifies everywhere): only the school's record can. A verdict joins both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.roster import Person
from hoso_bot.domain.signing import SignatureReport, not_signed
from hoso_bot.domain.submission import Plan, Version, VersionState


class Match(StrEnum):
    """How a file stands to the bytes the school keeps.

    same: byte for byte the kept one. earlier: one of its earlier revisions. appended: the kept one with more
    behind it. diverged: begins as the review copy or a revision, then goes another way. original: what the
    teacher sent. altered: shown for one of ours, but other from its beginning on. unknown: none of these.
    """

    SAME = "same"
    EARLIER = "earlier"
    APPENDED = "appended"
    DIVERGED = "diverged"
    ORIGINAL = "original"
    ALTERED = "altered"
    UNKNOWN = "unknown"


KNOWN = (Match.SAME, Match.EARLIER, Match.ORIGINAL)
"""The record holds exactly these bytes."""


class Standing(StrEnum):
    """Where the recorded version stands among the versions of its plan."""

    CURRENT = "current"
    PENDING = "pending"
    REPLACED = "replaced"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    DOUBTED = "doubted"


_STOPPED = {
    VersionState.REJECTED: Standing.REJECTED,
    VersionState.WITHDRAWN: Standing.WITHDRAWN,
    VersionState.RETURNED: Standing.RETURNED,
    VersionState.DOUBTED: Standing.DOUBTED,
    VersionState.SUPERSEDED: Standing.REPLACED,
}


@dataclass(frozen=True)
class Recorded:
    """A version as the record has it, with everybody it names (by id).

    book: what people call its register; empty for lesson plans. revoked: since when certificates of its
    chain (SHA-256) are revoked, those that are. custody: how the keys behind them were kept when they signed.
    """

    plan: Plan
    version: Version
    chain: Sequence[ApprovalStep]
    people: Mapping[str, Person]
    book: str = ""
    revoked: Mapping[str, datetime] = field(default_factory=dict)
    custody: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code printed on it: record code and version."""
        return f"{self.plan.code}-{self.version.number}"

    @property
    def signed(self) -> list[ApprovalStep]:
        """The steps with a signature, in signing order."""
        return [step for step in self.chain if step.state == StepState.SIGNED]

    @property
    def standing(self) -> Standing:
        """Where it stands now."""
        if stopped := _STOPPED.get(self.version.state):
            return stopped
        if self.version.number != self.plan.version:
            return Standing.REPLACED
        return Standing.CURRENT if self.version.state == VersionState.APPROVED else Standing.PENDING


@dataclass(frozen=True)
class Comparison:
    """match: see there. revision: how many recorded signatures the file's known beginning holds.

    added: bytes behind the kept file (appended).
    """

    match: Match = Match.UNKNOWN
    revision: int = 0
    added: int = 0


@dataclass(frozen=True)
class Verdict:
    """The judgement. report is None when no file was given, recorded when the record knows nothing."""

    recorded: Recorded | None = None
    report: SignatureReport | None = None
    comparison: Comparison = field(default_factory=Comparison)
    claimed: str = ""
    """The code the file itself names; proves nothing."""
    expected_other: bool = False
    """The file belongs to another record than the one it was shown for."""

    @property
    def known(self) -> bool:
        """Whether the record holds exactly these bytes."""
        return self.recorded is not None and self.comparison.match in KNOWN

    @property
    def valid(self) -> bool:
        """Signed by the whole chain, unchanged, and the version that counts."""
        return self.report is not None and bool(self.report.signatures) and not self.problems

    @property
    def tampered(self) -> bool:
        """Whether more was done to the file than signing: what one signature covers may still be whole."""
        others = (Match.APPENDED, Match.DIVERGED, Match.ALTERED)
        return self.comparison.match in others or bool(self.report and self.report.flaws)

    @property
    def problems(self) -> tuple[str, ...]:
        """All that keeps the file from being valid, short and in English (the command line's words)."""
        found = list(self.report.problems) if self.report else []
        if self.recorded is not None:
            left_empty = {not_signed(field) for field in _signed_in_another_field(self.recorded)}
            found = [problem for problem in found if problem not in left_empty]
        if self.recorded is None:
            return (*found, "the school's record does not hold this file")
        return (*found, *_against_bytes(self.recorded, self.comparison), *_against_record(self))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about a file that nothing speaks against, in the same words."""
        recorded, report = self.recorded, self.report
        if recorded is None or report is None or self.comparison.match is not Match.SAME:
            return ()
        if report.sha256 == recorded.version.current_sha256:
            return ()
        return (f"{recorded.plan.code}: an earlier level of the same approved file",)

    @property
    def summary(self) -> str:
        """One word for all of it; each has its sentence in the texts (`verdict.<word>`)."""
        if self.report is None:
            return f"record_{self.recorded.standing}" if self.recorded else "no_record"
        if self.recorded is None:
            return "stranger_claims" if self.claimed else _of_a_stranger(self.report)
        match = self.comparison.match
        if match is not Match.SAME:
            return f"file_{match}"
        broken = (self.report.flaws and self.recorded.signed) or _other_signers(self)
        if broken or signed_after_revocation(self.recorded, self.report):
            return "file_broken"
        return f"same_{self.recorded.standing}"


def _signed_in_another_field(recorded: Recorded) -> list[str]:
    """Prepared fields that stay empty: the signer's own tool made a field of its own for the step."""
    return [step.prepared_field for step in recorded.signed if step.field != step.prepared_field]


def _against_bytes(recorded: Recorded, found: Comparison) -> list[str]:
    of = len(recorded.signed)
    words = {
        Match.EARLIER: f"cut back to {found.revision} of {of} recorded signatures",
        Match.APPENDED: f"{found.added} bytes were added behind the archived file",
        Match.DIVERGED: f"other than the archived file behind signature {found.revision} of {of}",
        Match.ORIGINAL: "what the teacher sent, before any signature",
        Match.ALTERED: "the file names this code, but its bytes are others than the archived ones",
    }
    return [f"{recorded.code}: {words[found.match]}"] if found.match in words else []


def _against_record(verdict: Verdict) -> list[str]:
    recorded = verdict.recorded
    assert recorded is not None
    plan, version, found = recorded.plan, recorded.version, []
    if version.number != plan.version:
        found.append(f"{plan.code}: replaced by version {plan.version}")
    if version.state != VersionState.APPROVED:
        found.append(f"{plan.code}: the record says {version.state.value}")
    if verdict.report and _other_signers(verdict):
        found.append(f"{plan.code}: other signatures than recorded")
    if verdict.report:
        found += signed_after_revocation(recorded, verdict.report)
    return found


def signed_after_revocation(recorded: Recorded, report: SignatureReport) -> list[str]:
    """Signatures by a certificate revoked by then; a timestamp, or the audited decision, says when."""
    proven = {check.field: check.proven for check in report.signatures}
    problems = []
    for step in recorded.chain:
        revoked = recorded.revoked.get(step.certificate_sha256 or "")
        stamped = datetime.fromisoformat(proven[step.field]) if proven.get(step.field) else None
        signed = min((at for at in (stamped, step.decided_at) if at), default=None)
        if revoked and (signed is None or signed >= revoked):
            problems.append(f"{step.field}: the certificate was revoked before it signed")
    return problems


def _other_signers(verdict: Verdict) -> bool:
    """Signatures by other people, in other fields or another order than recorded; as far as they go."""
    assert verdict.recorded is not None
    assert verdict.report is not None
    recorded = [(step.field, step.certificate_sha256) for step in verdict.recorded.signed]
    in_file = [(s.field, s.certificate_sha256) for s in verdict.report.signatures]
    if verdict.comparison.match is Match.EARLIER:
        recorded = recorded[: verdict.comparison.revision]
    return verdict.comparison.match is not Match.ORIGINAL and in_file != recorded


def _of_a_stranger(report: SignatureReport) -> str:
    if not report.signatures:
        return "stranger_unsigned"
    if any(not check.intact for check in report.signatures) or (report.flaws and _trusted(report)):
        return "stranger_broken"
    return "stranger_ours" if _trusted(report) else "stranger_foreign"


def _trusted(report: SignatureReport) -> bool:
    return all(check.trusted for check in report.signatures)
