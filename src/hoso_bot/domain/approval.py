"""Who decides what, when: one step after the other, each by its own signer, on the current version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hoso_bot.domain.roster import Role
from hoso_bot.domain.routing import field_of
from hoso_bot.domain.submission import Plan, Version, VersionState


class StepState(StrEnum):
    """waiting: an earlier step is open; approved: decided, the signature is being made; void: replaced.

    returned: given back because the teacher asked for it, which is nobody's fault (Q25).
    """

    WAITING = "waiting"
    PENDING = "pending"
    APPROVED = "approved"
    SIGNED = "signed"
    REJECTED = "rejected"
    RETURNED = "returned"
    VOID = "void"


DECIDED = (StepState.APPROVED, StepState.SIGNED, StepState.REJECTED, StepState.RETURNED)


@dataclass(frozen=True)
class ApprovalStep:
    """One signer's place in the chain of one version (R22..R25). decided_by: who did, when not the signer.

    signed_field: where the signature is, when the signer's own tool could not use the prepared field.
    result_key: key of the message that tells how this and others decided together went.
    """

    version_id: str
    number: int
    role: Role
    signer_id: str
    state: StepState
    card_key: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    signed_sha256: str | None = None
    certificate_sha256: str | None = None
    decided_by: str | None = None
    signed_field: str | None = None
    result_key: str | None = None

    @property
    def field(self) -> str:
        """Name of the signature field of this step."""
        return self.signed_field or self.prepared_field

    @property
    def prepared_field(self) -> str:
        """Name of the field that the review copy holds for this step."""
        return field_of(self.number)

    @property
    def decider_id(self) -> str:
        """Who decides or decided: the signer, or who acted for them."""
        return self.decided_by or self.signer_id


def decided_by(step: ApprovalStep, person_id: str) -> dict[str, str]:
    """What a decision keeps of its taker: nothing more when it is the signer."""
    return {} if person_id == step.signer_id else {"decided_by": person_id}


def decision_problem(
    plan: Plan, version: Version, step: ApprovalStep, person_id: str, acts_for_signer: bool = False
) -> str | None:
    """Why this person may not decide this step now, as a text key; None when they may.

    Nobody decides for another person (R33), on their own plan (R57), on an old version (R59),
    twice, or out of order (R25). acts_for_signer: a duty lets this person act for the signer today.
    """
    if plan.person_id == person_id or not (step.signer_id == person_id or acts_for_signer):
        return "decide.not_yours"
    if version.number != plan.version or version.state == VersionState.SUPERSEDED:
        return "decide.old_version"
    if version.state == VersionState.WITHDRAWN:
        return "withdraw.card_is_dead"
    if step.state == StepState.WAITING:
        return "decide.not_your_turn"
    if step.state != StepState.PENDING or version.state != VersionState.PENDING:
        return "decide.already_decided"
    return None


def withdraw_problem(plan: Plan, version: Version, chain: Sequence[ApprovalStep]) -> str | None:
    """Why the teacher may not take this version back alone, as a text key; None when they may (Q25).

    Allowed until the first decision; then only the current approver can give it back.
    """
    if version.number != plan.version or version.state == VersionState.SUPERSEDED:
        return "withdraw.replaced"
    if version.state == VersionState.APPROVED:
        return "withdraw.approved"
    if version.state != VersionState.PENDING:
        return "withdraw.gone"
    return "withdraw.signed" if any(step.state in DECIDED for step in chain) else None
