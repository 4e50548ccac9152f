"""Who may decide a step on a day; each row names its rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hoso_bot.domain.approval import ApprovalStep, StepState, decision_problem, withdraw_problem
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.delegation import Delegation, candidates, delegation_problem
from hoso_bot.domain.duty import Acting, Duty, Matter
from hoso_bot.domain.periods import Period
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState, replace_problem


def person(name: str, role: Role, group: str = "") -> Person:
    return Person(id=name, staff_id=name, name=name, role=role, group=group)


PRINCIPAL = person("HT", Role.PRINCIPAL)
VICE, VICE_2 = person("PHT1", Role.VICE_PRINCIPAL), person("PHT2", Role.VICE_PRINCIPAL)
HEAD, DEPUTY = person("TT1", Role.GROUP_HEAD, "Tổ 1"), person("TP1", Role.DEPUTY_HEAD, "Tổ 1")
TEACHER, OTHER = person("GV1", Role.TEACHER, "Tổ 1"), person("GV2", Role.TEACHER, "Tổ 1")
STRANGER = person("GV9", Role.TEACHER, "Tổ 2")
SCHOOL = (PRINCIPAL, VICE, HEAD, DEPUTY, TEACHER, OTHER, STRANGER)

MONDAY = date(2026, 10, 12)
WEEK = Week("2026-2027", 6, tuple(MONDAY + timedelta(days=n) for n in range(5)), 1)
FRIDAY_BEFORE = MONDAY - timedelta(days=3)
CHAIN = [
    ApprovalStep("v", 1, Role.GROUP_HEAD, HEAD.id, StepState.PENDING),
    ApprovalStep("v", 2, Role.VICE_PRINCIPAL, VICE.id, StepState.WAITING),
]
THREE_DAYS = Period(FRIDAY_BEFORE, FRIDAY_BEFORE + timedelta(days=2))
TO_DEPUTY = Delegation("d", HEAD.id, DEPUTY.id, THREE_DAYS)


def acting(
    who: Person,
    *,
    author: Person = TEACHER,
    step: int = 1,
    day: date = FRIDAY_BEFORE,
    away: Sequence[Person] = (),
    delegations: Sequence[Delegation] = (),
    people: Sequence[Person] = SCHOOL,
) -> Acting | None:
    duty = Duty(day, tuple(people), frozenset(p.id for p in away), tuple(delegations))
    return duty.acting(CHAIN[step - 1], Matter(author, WEEK, CHAIN), who.id)


def gone(who: Person) -> tuple[Person, ...]:
    return tuple(replace(p, active=False) if p == who else p for p in SCHOOL)


CASES = {
    "R33 the head decides own group's plans": (HEAD, {}, Acting.OWN),
    "R34 a deputy without a delegation does not": (DEPUTY, {}, None),
    "R34 a deputy with one does": (DEPUTY, {"delegations": [TO_DEPUTY]}, Acting.DELEGATED),
    "R34 the head still may": (HEAD, {"delegations": [TO_DEPUTY]}, Acting.OWN),
    "R34 nobody else by it": (OTHER, {"delegations": [TO_DEPUTY]}, None),
    "Q12 last day included": (
        DEPUTY,
        {"delegations": [TO_DEPUTY], "day": THREE_DAYS.last},
        Acting.DELEGATED,
    ),
    "Q12 over on the day after": (
        DEPUTY,
        {"delegations": [TO_DEPUTY], "day": THREE_DAYS.last + timedelta(days=1)},
        None,
    ),
    "Q12 not before its first day": (
        DEPUTY,
        {"delegations": [TO_DEPUTY], "day": THREE_DAYS.first - timedelta(days=1)},
        None,
    ),
    "Q12 scope: another teacher's plan": (
        DEPUTY,
        {"delegations": [replace(TO_DEPUTY, teacher_id=OTHER.id)]},
        None,
    ),
    "Q12 scope: that teacher's plan": (
        DEPUTY,
        {"delegations": [replace(TO_DEPUTY, teacher_id=TEACHER.id)]},
        Acting.DELEGATED,
    ),
    "Q12 no chain: a delegate passes nothing on": (
        OTHER,
        {"delegations": [TO_DEPUTY, Delegation("e", DEPUTY.id, OTHER.id, THREE_DAYS)]},
        None,
    ),
    "R57 not on the delegate's own plan": (
        DEPUTY,
        {"delegations": [TO_DEPUTY], "author": DEPUTY},
        None,
    ),
    "R34 a delegation gives no right on the vice-principal's step": (
        DEPUTY,
        {"delegations": [TO_DEPUTY], "step": 2},
        None,
    ),
    "R34 it ends with the head's office": (
        DEPUTY,
        {"delegations": [TO_DEPUTY], "people": gone(HEAD)},
        None,
    ),
    "Q23 the vice-principal stands in for an absent head": (VICE, {"away": [HEAD]}, Acting.ABSENT),
    "Q23 and for one who left": (VICE, {"people": gone(HEAD)}, Acting.ABSENT),
    "Q23 the principal, when both are away": (PRINCIPAL, {"away": [HEAD, VICE]}, Acting.ABSENT),
    "Q23 the principal for an absent vice-principal": (
        PRINCIPAL,
        {"away": [VICE], "step": 2},
        Acting.ABSENT,
    ),
    "Q23 not for one who is here": (PRINCIPAL, {"step": 2}, None),
    "R61 not before the week": (VICE, {}, None),
    "R61 once the week has begun": (VICE, {"day": MONDAY}, Acting.OVERDUE),
    "R61 not on the own plan": (VICE, {"day": MONDAY, "author": VICE}, None),
}


@pytest.mark.parametrize("rule", CASES)
def test_acting(rule: str) -> None:
    who, more, expected = CASES[rule]
    assert acting(who, **more) is expected  # type: ignore[arg-type]


def holders(author: Person = TEACHER, away: Sequence[Person] = (), *delegations: Delegation) -> list[str]:
    duty = Duty(FRIDAY_BEFORE, SCHOOL, frozenset(p.id for p in away), delegations)
    return [p.id for p in duty.holders(CHAIN[0], Matter(author, WEEK, CHAIN))]


def test_who_holds_a_card() -> None:
    assert holders() == ["TT1"]
    assert holders(TEACHER, (), TO_DEPUTY) == ["TT1", "TP1"]
    assert holders(DEPUTY, (), TO_DEPUTY) == ["TT1"]
    assert holders(TEACHER, [HEAD]) == ["TT1", "PHT1"]
    assert holders(TEACHER, [HEAD], TO_DEPUTY) == ["TT1", "TP1"]
    assert holders(DEPUTY, [HEAD], TO_DEPUTY) == ["TT1", "PHT1"]
    assert holders(TEACHER, [HEAD, DEPUTY], TO_DEPUTY) == ["TT1", "TP1", "PHT1"]


def test_the_deputy_is_offered_first_then_other_members_r34() -> None:
    assert candidates(HEAD, SCHOOL) == [DEPUTY]
    assert candidates(HEAD, SCHOOL, {DEPUTY.id}) == [TEACHER, OTHER]
    assert candidates(HEAD, gone(DEPUTY)) == [TEACHER, OTHER]


@pytest.mark.parametrize(
    ("giver", "taker", "teacher", "problem"),
    [
        (HEAD, DEPUTY, None, None),
        (HEAD, OTHER, TEACHER.id, None),
        (DEPUTY, OTHER, None, "delegate.only_heads"),
        (VICE, DEPUTY, None, "delegate.only_heads"),
        (HEAD, STRANGER, None, "delegate.not_in_group"),
        (HEAD, HEAD, None, "delegate.not_in_group"),
        (HEAD, DEPUTY, STRANGER.id, "delegate.not_in_group"),
        (HEAD, DEPUTY, DEPUTY.id, "delegate.own_plans"),
    ],
)
def test_which_delegations_can_be(
    giver: Person, taker: Person, teacher: str | None, problem: str | None
) -> None:
    assert delegation_problem(giver, taker, teacher, SCHOOL) == problem


# --- withdrawing (Q25) -----------------------------------------------------------------------------

PLAN = Plan("p", "2026-2027", "KHBD", TEACHER.id, 6, "code", 1, PlanState.PENDING)


def version(state: VersionState, number: int = 1) -> Version:
    from datetime import UTC, datetime

    at = datetime(2026, 10, 9, tzinfo=UTC)
    return Version("v", "p", number, "u", state, "a", "b", "b", 1, 1, at, 0)


@pytest.mark.parametrize(
    ("state", "first", "problem"),
    [
        (VersionState.PENDING, StepState.PENDING, None),
        (VersionState.PENDING, StepState.APPROVED, "withdraw.signed"),
        (VersionState.PENDING, StepState.SIGNED, "withdraw.signed"),
        (VersionState.APPROVED, StepState.SIGNED, "withdraw.approved"),
        (VersionState.REJECTED, StepState.REJECTED, "withdraw.gone"),
        (VersionState.WITHDRAWN, StepState.VOID, "withdraw.gone"),
        (VersionState.SUPERSEDED, StepState.VOID, "withdraw.replaced"),
    ],
)
def test_until_when_a_teacher_may_withdraw_q25(
    state: VersionState, first: StepState, problem: str | None
) -> None:
    chain = [replace(CHAIN[0], state=first), CHAIN[1]]
    assert withdraw_problem(PLAN, version(state), chain) == problem


def test_a_withdrawn_version_decides_nothing() -> None:
    problem = decision_problem(PLAN, version(VersionState.WITHDRAWN), CHAIN[0], HEAD.id)
    assert problem == "withdraw.card_is_dead"


@pytest.mark.parametrize("state", [PlanState.WITHDRAWN, PlanState.RETURNED, PlanState.REJECTED])
def test_a_plan_given_back_takes_a_new_file_r59(state: PlanState) -> None:
    assert replace_problem(replace(PLAN, state=state), 1) is None
