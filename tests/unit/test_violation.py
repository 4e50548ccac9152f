"""Cases of R41: who may do what, when, and what the fact sheet says without judging."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.board import Filed, board
from hoso_bot.domain.calendar import VN, default_weeks, find
from hoso_bot.domain.expected import Due, Standing
from hoso_bot.domain.fact_sheet import Around, Sheet, cautions, fact_sheet
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.domain.violation import (
    Case,
    Details,
    Kind,
    State,
    explain_by,
    head_of,
    may_decide,
    may_prepare,
    may_see,
    next_of_decision,
    next_question,
    reminded_at,
)

YEAR = default_weeks("2026-2027")
WEEK = find(YEAR, 12)
assert WEEK
DAYS = [day for week in YEAR for day in week.days]
WEDNESDAY = WEEK.days[2]


def person(staff_id: str, role: Role, group: str = "", **more: object) -> Person:
    return replace(Person(staff_id, staff_id, staff_id, role, group), **more)  # type: ignore[arg-type]


HT, PHT, CLERK = (
    person("HT", Role.PRINCIPAL),
    person("PHT", Role.VICE_PRINCIPAL),
    person("NV", Role.STAFF),
)
TT, GV = person("TT", Role.GROUP_HEAD, "Tổ 4-5"), person("GV", Role.TEACHER, "tổ 4-5")
PEOPLE = {p.id: p for p in (HT, PHT, CLERK, TT, GV)}


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VN)


CASE = Case("c", 3, "2026-2027", GV.id, PHT.id, at(WEDNESDAY, 10))


# --- steps -------------------------------------------------------------------------------------------


def test_a_code_is_quoted_by_school_year_and_number() -> None:
    assert CASE.code == "VV-2627-03"


def test_questions_come_one_after_the_other_and_a_blank_is_an_answer() -> None:
    asked, case = [], CASE
    while field := next_question(case):
        asked.append(field)
        if field == "day":
            case = replace(case, day=WEDNESDAY, week=12)
        elif field == "kind":
            case = replace(case, kind=Kind.OTHER)
        else:
            value = "" if field == "period" else "x"
            case = replace(case, details=replace(case.details, **{field: value}))
    assert asked == ["day", "period", "class_name", "subject", "kind", "other"]


def test_a_decision_needs_four_words_each_of_which_may_be_left_open_on_purpose() -> None:
    assert next_of_decision(CASE) == "conclusion"
    said = Details(conclusion="Đã xem", remedy="", remedy_by="", number="")
    assert next_of_decision(replace(CASE, details=said)) is None
    assert next_of_decision(replace(CASE, details=replace(said, number=None))) == "number"


STATES = [
    (State.DRAFT, False, False),
    (State.INVITED, False, True),
    (State.EXPLAINED, True, True),
    (State.RECORDED, False, False),
    (State.CLEARED, False, False),
    (State.ANNULLED, False, False),
]


@pytest.mark.parametrize(("state", "at_once", "after_the_time"), STATES)
def test_when_a_case_may_be_decided(state: State, at_once: bool, after_the_time: bool) -> None:
    until = at(WEDNESDAY, 23) + timedelta(days=2)
    case = replace(CASE, state=state, explain_by=until)
    assert case.may_be_decided(until) is at_once
    assert case.may_be_decided(until + timedelta(seconds=1)) is after_the_time


# --- rights ------------------------------------------------------------------------------------------

RIGHTS = [
    # who, is the office, prepares, decides, sees as a draft, sees once invited
    (HT, False, True, True, True, True),
    (PHT, True, True, True, True, True),
    (CLERK, True, True, False, True, True),
    (CLERK, False, False, False, False, False),
    (TT, False, False, False, False, False),
    (GV, False, False, False, False, True),
]


@pytest.mark.parametrize(("who", "office", "prepares", "decides", "draft", "invited"), RIGHTS)
def test_who_may_do_what(
    who: Person, office: bool, prepares: bool, decides: bool, draft: bool, invited: bool
) -> None:
    assert may_prepare(who, CASE, office) is prepares
    assert may_decide(who, CASE) is decides
    assert may_see(who, CASE, office) is draft
    assert may_see(who, replace(CASE, invited_at=at(WEDNESDAY, 11)), office) is invited


@pytest.mark.parametrize("office", [True, False])
def test_nobody_handles_a_case_about_themselves(office: bool) -> None:
    own = replace(CASE, person_id=PHT.id)
    assert not may_prepare(PHT, own, office) and not may_decide(PHT, own) and not may_see(PHT, own, office)
    assert may_decide(HT, own)


def test_who_left_decides_nothing_any_more() -> None:
    assert not may_decide(replace(HT, active=False), CASE)


def test_the_head_is_the_one_of_the_same_group_and_never_the_person() -> None:
    assert head_of(GV, PEOPLE.values()) == TT
    assert head_of(TT, PEOPLE.values()) is None and head_of(CLERK, PEOPLE.values()) is None


# --- time to explain ---------------------------------------------------------------------------------

FRIDAY = WEEK.days[4]
UNTIL = [
    (at(WEDNESDAY, 10), 2, WEDNESDAY + timedelta(days=2)),
    (at(WEDNESDAY, 10), 0, WEDNESDAY + timedelta(days=2)),
    (at(FRIDAY, 23, 59), 2, FRIDAY + timedelta(days=4)),  # over the weekend
    (at(FRIDAY + timedelta(days=1), 8), 3, FRIDAY + timedelta(days=5)),
]


@pytest.mark.parametrize(("now", "days", "last"), UNTIL)
def test_working_days_begin_after_today_and_are_at_least_two(now: datetime, days: int, last: date) -> None:
    until = explain_by(now, YEAR, days)
    assert until.date() == last and (until.hour, until.minute) == (23, 59)


def test_a_holiday_is_no_working_day_and_summer_has_weekdays() -> None:
    before_tet = max(day for day in DAYS if day < date(2027, 2, 1))
    assert explain_by(at(before_tet, 9), YEAR).date() > date(2027, 2, 14)
    after_school = max(DAYS) + timedelta(days=3)
    until = explain_by(at(after_school, 9), YEAR)
    assert until.date().weekday() < 5 and until.date() > after_school + timedelta(days=1)


def test_the_reminder_comes_in_the_morning_of_the_last_day() -> None:
    until = explain_by(datetime(2026, 11, 25, 17, 30, tzinfo=UTC), YEAR)  # already Thursday in Vietnam
    assert reminded_at(until) == at(until.date(), 8)


# --- the fact sheet ----------------------------------------------------------------------------------

DEADLINE = WEEK.deadline
SENT, BACK, AGAIN = DEADLINE - timedelta(hours=3), DEADLINE + timedelta(hours=8), at(WEDNESDAY, 5)


def version(number: int, state: VersionState, sent: datetime, late: int = 0) -> Version:
    name = str(number)
    return Version(f"v{number}", "p", number, name, state, name, name, name, 1, 1, sent, late)


def step(version_id: str, number: int, signer: Person, state: StepState, **more: object) -> ApprovalStep:
    made = ApprovalStep(version_id, number, signer.role, signer.id, state)
    return replace(made, **more)  # type: ignore[arg-type]


def sheet(filed: list[Filed], around: Around | None = None, day: date = WEDNESDAY) -> Sheet:
    assert WEEK
    now = at(WEDNESDAY, 12)
    late = filed[0].versions[0].minutes_late if filed else 0
    due = Due(GV, Standing.HANDED_IN if filed else Standing.MISSING, late)
    lines = board(WEEK, [due], {GV.id: filed}, [], now).lines
    return fact_sheet(WEEK, day, filed, lines, PEOPLE, around or Around(), now)


def plan(state: PlanState, versions: tuple[Version, ...], **chains: list[ApprovalStep]) -> Filed:
    code = "KHBD-2627-T12-GV"
    return Filed(Plan("p", "2026-2027", "KHBD", GV.id, 12, code, len(versions), state), versions, chains)


SENT_BACK = plan(
    PlanState.PENDING,
    (version(1, VersionState.REJECTED, SENT), version(2, VersionState.PENDING, AGAIN)),
    v1=[step("v1", 1, TT, StepState.REJECTED, decided_at=BACK, reason="Thiếu bài 3")],
    v2=[step("v2", 1, TT, StepState.PENDING), step("v2", 2, PHT, StepState.WAITING)],
)
APPROVED = plan(
    PlanState.APPROVED,
    (version(1, VersionState.APPROVED, SENT),),
    v1=[
        step("v1", 1, TT, StepState.SIGNED, decided_at=DEADLINE - timedelta(hours=1)),
        step("v1", 2, PHT, StepState.SIGNED, decided_at=DEADLINE),
    ],
)


def test_nothing_handed_in_is_said_and_nothing_else() -> None:
    said = sheet([])
    assert (said["plans"], said["log"], said["waits"]) == ([], [], [])
    assert cautions(said, Kind.NO_PLAN) == []


def test_the_log_tells_what_happened_in_order_with_the_reason_word_for_word() -> None:
    said = sheet([SENT_BACK])
    assert [entry["what"] for entry in said["log"]] == ["submitted", "rejected", "submitted"]
    assert said["log"][1]["reason"] == "Thiếu bài 3" and said["log"][1]["name"] == TT.name
    assert not any(entry["after"] for entry in said["log"])


def test_an_approvers_time_stands_apart_and_ends_with_the_day() -> None:
    first, second = sheet([SENT_BACK])["waits"]
    assert first["minutes"] == 11 * 60 and first["name"] == TT.name
    assert second["ended"] is None and second["minutes"] == 7 * 60


def test_what_happened_after_the_lessons_day_is_marked() -> None:
    earlier = sheet([SENT_BACK], day=WEDNESDAY - timedelta(days=1))
    assert [entry["after"] for entry in earlier["log"]] == [False, False, True]
    assert len(earlier["waits"]) == 1


def test_a_plan_approved_before_the_day_speaks_against_the_case() -> None:
    said = sheet([APPROVED])
    assert said["plans"][0]["approved_at"] == DEADLINE.isoformat()
    assert cautions(said, Kind.UNAPPROVED) == ["approved_before"]
    assert cautions(said, Kind.NO_COPY) == []


def test_a_plan_in_time_that_was_with_an_approver_speaks_against_the_case() -> None:
    waiting = plan(
        PlanState.PENDING,
        (version(1, VersionState.PENDING, SENT),),
        v1=[step("v1", 1, TT, StepState.PENDING)],
    )
    assert cautions(sheet([waiting]), Kind.UNAPPROVED) == ["held"]
    late = plan(
        PlanState.PENDING,
        (version(1, VersionState.PENDING, DEADLINE + timedelta(hours=2), late=120),),
        v1=[step("v1", 1, TT, StepState.PENDING)],
    )
    assert cautions(sheet([late], day=WEDNESDAY), Kind.UNAPPROVED) == []


def test_leave_power_cuts_outages_and_lent_plans_are_named() -> None:
    around = Around(
        "nghỉ ốm",
        "granted",
        [SENT],
        [{"note": "buổi sáng", "at": SENT.isoformat()}],
        [{"cause": "bot", "start": SENT.isoformat(), "end": SENT.isoformat()}],
        [{"code": "K", "name": "Diệp"}],
    )
    said = sheet([], around)
    assert said["reminders"] == [SENT.isoformat()] and said["leave"] == "granted"
    assert cautions(said, Kind.NO_PLAN) == ["exempt", "power_cut", "outage", "lent"]
