"""Several approvals with one confirmation: which may be, why the others not, and how each went (R31).

Each decision is guarded as if it stood alone; one that cannot be taken any more is left out and named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hoso_bot.casework.approving import ask_pin, decide, is_open, signing_key, tell_no_key
from hoso_bot.casework.case import Case, duty_today, looks, queue
from hoso_bot.domain.approval import ApprovalStep, StepState, decision_problem
from hoso_bot.domain.duty import Acting
from hoso_bot.domain.looks import Look
from hoso_bot.domain.messages import Message
from hoso_bot.domain.queue_events import BulkMoved, Places
from hoso_bot.domain.submission import Version, VersionState
from hoso_bot.store.step_cards import Place
from hoso_bot.unit_of_work import UnitOfWork

MOST = 20
"""Approvals in one go: as many as one message can name."""
GIVEN_UP = ("step.given_up",)
"""How the log names a signature that did not succeed after its last try."""
OURS = ("pin", "server")
"""Ways to keep a key in which one PIN is good for several signatures."""


@dataclass(frozen=True)
class Offer:
    """What one confirmation would decide, and what not, each with the reason (`bulk.why.…`)."""

    ready: tuple[Case, ...]
    left_out: tuple[tuple[Case, str], ...]


def offer(uow: UnitOfWork, waiting: Sequence[Case] | None = None) -> Offer:
    """The actor's queue, divided; waiting: when it was read already."""
    cases, seen = queue(uow.actor, uow) if waiting is None else waiting, looks(uow.actor, uow)
    ready, left_out = list[Case](), list[tuple[Case, str]]()
    for case in cases:
        if why := _not_yet(case, seen, uow) or ("later" if len(ready) == MOST else ""):
            left_out.append((case, why))
        else:
            ready.append(case)
    return Offer(tuple(ready), tuple(left_out))


def _not_yet(case: Case, seen: Mapping[Place, Look], uow: UnitOfWork) -> str:
    """Acting for somebody wants a confirmation of its own; the rest wants to be looked at first."""
    if case.acting(uow.actor) is not Acting.OWN:
        return "acting"
    found = seen.get(case.place, Look.UNSEEN)
    return "" if found is Look.SEEN else found.value


def approve(places: Places, uow: UnitOfWork) -> None:
    """Decide now when the signer's key is at hand; else ask for its PIN, which decides nothing."""
    key = signing_key(uow.actor, uow)
    if key is None:
        tell_no_key(uow)
    elif key.custody not in OURS:
        uow.reply(Message("bulk.one_by_one"))
    elif is_open(key, uow):
        decide_all(places, uow)
    elif case := first_open(places, uow):
        ask_pin(case.version.id, case.step.number, pin_facts(case, places), uow, together=places)


def pin_facts(case: Case, places: Places) -> dict[str, object]:
    """Blanks of the question for a PIN that several decisions wait for."""
    return {**case.facts(), "others": max(0, len(places) - 1)}


def first_open(places: Places, uow: UnitOfWork) -> Case | None:
    """The first of them that can still be decided; without any, says what became of each."""
    judged = _judged(places, uow)
    for case, why in judged:
        if not why:
            return case
    uow.reply(Message("bulk.result", _facts(judged)) if judged else Message("decide.not_yours"))
    return None


def decide_all(places: Places, uow: UnitOfWork) -> None:
    """Take every decision that can still be taken; one message tells, and goes on telling, how each went."""
    judged = _judged(places, uow)
    key = uow.reply(Message("bulk.result", _facts(judged)))
    for case, why in judged:
        if not why:
            decide(case, uow, key)
    uow.record("bulk.approved", uow.actor.staff_id, taken=sum(not why for _, why in judged), of=len(judged))


def _judged(places: Places, uow: UnitOfWork) -> list[tuple[Case, str]]:
    """Those of them that are or were the actor's, each with why it is left out."""
    duty, seen, me = duty_today(uow), looks(uow.actor, uow), uow.actor.id
    cases = [Case.read(version, number, uow, duty) for version, number in places]
    mine = [case for case in cases if me in (case.step.signer_id, case.step.decider_id)]
    return [(case, _refusal(case, seen, uow)) for case in mine]


_WHY = {
    "decide.old_version": "new_version",
    "withdraw.card_is_dead": "withdrawn",
    "decide.already_decided": "decided",
}


def _refusal(case: Case, seen: Mapping[Place, Look], uow: UnitOfWork) -> str:
    """Why it is not signed after all (`bulk.why.…`); '' when it is."""
    problem = decision_problem(case.plan, case.version, case.step, uow.actor.id)
    if problem:
        return _WHY.get(problem, "not_waiting")
    return "unseen" if seen.get(case.place, Look.UNSEEN) is Look.UNSEEN else ""


# --- telling -----------------------------------------------------------------------------------------


def _facts(judged: Sequence[tuple[Case, str]]) -> dict[str, Any]:
    return {
        "items": [{**item_facts(case, why), "outcome": "left" if why else "signing"} for case, why in judged]
    }


def tell(result_key: str, uow: UnitOfWork) -> None:
    """What was decided together is told together, in one message that changes."""
    uow.emit(BulkMoved(result_key), f"bulk:{result_key}")


def item_facts(case: Case, why: str = "") -> dict[str, Any]:
    """One line of a list."""
    return {**case.facts(), "version_id": case.version.id, "why": why}


def outcomes(facts: Mapping[str, Any], result_key: str, uow: UnitOfWork) -> dict[str, Any]:
    """The result's blanks as they are now; what was left out stays as it was."""
    steps = {step.version_id: step for step in uow.step_cards.decided_together(result_key)}
    lines = [
        {**line, "outcome": _outcome(steps[line["version_id"]], uow)}
        if line["outcome"] != "left" and line["version_id"] in steps
        else line
        for line in facts["items"]
    ]
    return {"items": lines}


def _outcome(step: ApprovalStep, uow: UnitOfWork) -> str:
    plan, version = uow.plans.version(step.version_id)
    if version.state is VersionState.DOUBTED:
        return "doubted"
    if _is_passed_on(step, version, uow):
        return "signed"
    given_up = step.decided_at and uow.was_recorded(GIVEN_UP, plan.code, step.decided_at)
    return "given_up" if given_up else "signing"


def _is_passed_on(step: ApprovalStep, version: Version, uow: UnitOfWork) -> bool:
    """Signed, and the file with the signature was validated: nothing is told before (decision 0005)."""
    if step.state is not StepState.SIGNED:
        return False
    following = uow.plans.steps(version.id)[step.number :]
    return version.state is not VersionState.PENDING or any(
        s.state is not StepState.WAITING for s in following
    )
