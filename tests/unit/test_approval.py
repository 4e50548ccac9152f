"""Who may decide what, when."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hoso_bot.domain.approval import ApprovalStep, StepState, decision_problem
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
PLAN = Plan("p", "2026-2027", "KHBD", "teacher", 13, "code", 1, PlanState.PENDING)
VERSION = Version("v", "p", 1, "u", VersionState.PENDING, "a", "b", "b", 9, 2, NOW, 0)
STEP = ApprovalStep("v", 1, Role.GROUP_HEAD, "head", StepState.PENDING)


def test_the_named_signer_decides_the_open_step_of_the_current_version() -> None:
    assert decision_problem(PLAN, VERSION, STEP, "head") is None


@pytest.mark.parametrize("person", ["teacher", "vice", "other head", ""])
def test_nobody_decides_for_another_person(person: str) -> None:
    assert decision_problem(PLAN, VERSION, STEP, person) == "decide.not_yours"


def test_nobody_decides_their_own_plan_even_when_the_chain_says_so() -> None:
    assert decision_problem(replace(PLAN, person_id="head"), VERSION, STEP, "head") == "decide.not_yours"


def test_an_old_version_decides_nothing() -> None:
    assert decision_problem(replace(PLAN, version=2), VERSION, STEP, "head") == "decide.old_version"
    superseded = replace(VERSION, state=VersionState.SUPERSEDED)
    assert decision_problem(PLAN, superseded, STEP, "head") == "decide.old_version"


def test_a_step_waits_for_its_turn() -> None:
    waiting = replace(STEP, state=StepState.WAITING)
    assert decision_problem(PLAN, VERSION, waiting, "head") == "decide.not_your_turn"


@pytest.mark.parametrize("state", [StepState.APPROVED, StepState.SIGNED, StepState.REJECTED, StepState.VOID])
def test_a_decided_step_is_not_decided_again(state: StepState) -> None:
    decided = replace(STEP, state=state)
    assert decision_problem(PLAN, VERSION, decided, "head") == "decide.already_decided"


@pytest.mark.parametrize("state", [VersionState.REJECTED, VersionState.APPROVED, VersionState.DOUBTED])
def test_a_finished_version_is_not_decided_again(state: VersionState) -> None:
    finished = replace(VERSION, state=state)
    assert decision_problem(PLAN, finished, STEP, "head") == "decide.already_decided"


def test_of_all_combinations_exactly_one_may_decide() -> None:
    allowed = [
        (person, current, version, step)
        for person, current, version, step in itertools.product(
            ("head", "vice", "teacher"), (1, 2), VersionState, StepState
        )
        if decision_problem(
            replace(PLAN, version=current), replace(VERSION, state=version), replace(STEP, state=step), person
        )
        is None
    ]
    assert allowed == [("head", 1, VersionState.PENDING, StepState.PENDING)]


def test_the_field_is_named_after_the_step() -> None:
    assert replace(STEP, number=2).field == "Step2"
