"""A doubted plan is looked at again (`hoso-bot parked retry`): released, or given back to its signer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hoso_bot.casework import review_copies
from hoso_bot.casework.case import Case, deal, doubts_about
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.chain_events import DoubtRechecked
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.events import SignatureMade
from hoso_bot.domain.messages import Message
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

UNSIGNED = {
    "decided_at": None,
    "decided_by": None,
    "signed_sha256": None,
    "certificate_sha256": None,
    "signed_field": None,
}


def recheck(event: DoubtRechecked, uow: UnitOfWork) -> None:
    """Verify the file anew: whole again, the plan goes on; still bad, it is asked to be signed again."""
    plan, version = uow.plans.version(event.version_id)
    if version.state != VersionState.DOUBTED or plan.state != PlanState.DOUBTED:
        return
    chain = uow.plans.steps(version.id)
    step = next(s for s in reversed(chain) if s.state == StepState.SIGNED)
    problems = doubts_about(version.current_sha256, chain, uow)
    if not problems:
        _release(plan, version, step, uow)
    elif (found := _bytes_to_sign(plan, version, chain, step, uow)) is None:
        uow.record("plan.still_doubted", plan.code, version=version.number, problems=problems)
        _tell("sign.still_doubted", plan, [step], uow)
    else:
        _give_back(plan, version, found, chain, problems, uow)


def _release(plan: Plan, version: Version, step: ApprovalStep, uow: UnitOfWork) -> None:
    """The validation that stopped the plan is made once more, and the plan goes on from there."""
    uow.change(
        uow.plans.move_version(version, VersionState.PENDING),
        uow.plans.move_plan(plan, PlanState.PENDING),
    )
    uow.record("plan.released", plan.code, version=version.number, step=step.number)
    uow.emit(SignatureMade(version.id, step.number), f"plan:{plan.id}")
    _tell("sign.released", plan, [step], uow)


# --- back to the step before -------------------------------------------------------------------------


def _bytes_to_sign(
    plan: Plan, version: Version, chain: list[ApprovalStep], step: ApprovalStep, uow: UnitOfWork
) -> tuple[int, Version] | None:
    """The step to sign again and the version as its signer gets it; None when even the original is damaged.

    The file with the earlier signatures where that one is whole, else a fresh review copy for the first.
    """
    earlier = chain[step.number - 2].signed_sha256 if step.number > 1 else None
    if earlier and not doubts_about(earlier, chain[: step.number - 1], uow):
        size = uow.files.size(earlier)
        return step.number, replace(version, state=VersionState.PENDING, current_sha256=earlier, size=size)
    try:
        if not uow.files.is_sound(version.original_sha256):
            return None
        order = review_copies.order(
            version.original_sha256,
            uow.people.get(plan.person_id),
            [s.role for s in chain],
            (f"{plan.code}-{version.number}", version.lookup_code),
            uow,
            plan_facts(uow, plan),
        )
        copy = review_copies.make(order, uow)
    except (FileRefused, SandboxFailed, FileNotFoundError):
        return None
    return 1, replace(
        version,
        state=VersionState.PENDING,
        review_sha256=copy.sha256,
        current_sha256=copy.sha256,
        size=copy.size,
        pages=copy.pages,
    )


def _give_back(
    plan: Plan,
    doubted: Version,
    found: tuple[int, Version],
    chain: list[ApprovalStep],
    problems: list[str],
    uow: UnitOfWork,
) -> None:
    """Signatures from that step on are asked for again; the doubted file stays in the store as evidence."""
    number, version = found
    lost = [s for s in chain[number - 1 :] if s.state == StepState.SIGNED]
    uow.change(
        uow.plans.move_version(
            doubted,
            VersionState.PENDING,
            review_sha256=version.review_sha256,
            current_sha256=version.current_sha256,
            size=version.size,
            pages=version.pages,
        ),
        uow.plans.move_plan(plan, PlanState.PENDING),
    )
    uow.record(
        "plan.given_back",
        plan.code,
        version=version.number,
        step=number,
        problems=problems,
        evidence=doubted.current_sha256,
        sha256=version.current_sha256,
    )
    _tell("sign.asked_again", plan, lost, uow)
    _deal_again(replace(plan, state=PlanState.PENDING), version, chain, number, uow)


def _deal_again(
    plan: Plan, version: Version, chain: list[ApprovalStep], number: int, uow: UnitOfWork
) -> None:
    new_chain = [*chain[: number - 1], *(_unsigned(s, s.number == number) for s in chain[number - 1 :])]
    case = replace(Case.read(version.id, number, uow), plan=plan, version=version, chain=new_chain)
    case = replace(case, step=new_chain[number - 1])
    key = deal(case, uow)
    for old in chain[number - 1 :]:
        state = StepState.PENDING if old.number == number else StepState.WAITING
        card_key = key if old.number == number else None
        uow.change(uow.plans.move_step(old, state, card_key=card_key, **UNSIGNED))


def _unsigned(step: ApprovalStep, pending: bool) -> ApprovalStep:
    state = StepState.PENDING if pending else StepState.WAITING
    return replace(step, state=state, card_key=None, **UNSIGNED)  # type: ignore[arg-type]


def _tell(text: str, plan: Plan, steps: Sequence[ApprovalStep], uow: UnitOfWork) -> None:
    """Teacher, whose signature it was, and the office."""
    signers = [uow.people.get(step.decider_id) for step in steps]
    facts = {"code": plan.code, "week": plan.week, "signer": ", ".join(p.name for p in signers)}
    office = uow.office()
    told = {plan.person_id, *(p.id for p in signers), *([office.id] if office else [])}
    for person_id in sorted(told):
        uow.say(uow.people.get(person_id), Message(text, facts))
