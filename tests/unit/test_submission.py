"""A plan's code, and when a new file may take its place."""

from __future__ import annotations

from datetime import date

import pytest

from hoso_bot.domain.calendar import Week, default_weeks
from hoso_bot.domain.submission import Plan, PlanState, record_code, replace_problem

WEEK = default_weeks("2026-2027")[12]


def plan(state: PlanState) -> Plan:
    return Plan("p", "2026-2027", "KHBD", "person", 13, "code", 1, state)


def test_a_code_says_register_year_week_and_teacher() -> None:
    assert record_code(WEEK, "GV07") == "KHBD-2627-T13-GV07"


def test_a_code_can_be_read_out_and_typed() -> None:
    assert record_code(WEEK, "gv 07/a") == "KHBD-2627-T13-GV07A"


def test_one_digit_weeks_sort_like_the_others() -> None:
    assert record_code(Week("2026-2027", 3, (date(2026, 9, 21),), 1), "GV07") == "KHBD-2627-T03-GV07"


def test_a_free_slot_takes_any_file() -> None:
    assert replace_problem(None, 0) is None


@pytest.mark.parametrize("state", [PlanState.REJECTED, PlanState.APPROVED])
@pytest.mark.parametrize("decided", [0, 1, 2])
def test_after_the_last_word_a_new_version_may_come(state: PlanState, decided: int) -> None:
    assert replace_problem(plan(state), decided) is None


def test_a_pending_plan_may_be_replaced_only_before_the_first_decision() -> None:
    assert replace_problem(plan(PlanState.PENDING), 0) is None
    assert replace_problem(plan(PlanState.PENDING), 1) == "submit.already_decided"


def test_a_doubted_plan_waits_for_a_person() -> None:
    assert replace_problem(plan(PlanState.DOUBTED), 0) == "submit.already_decided"
