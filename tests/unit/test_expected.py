"""Who owes which week; each row names its rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hoso_bot.domain.calendar import VN, default_weeks
from hoso_bot.domain.expected import (
    Exemption,
    HandedIn,
    Post,
    Standing,
    Stay,
    as_of,
    expected,
    first_owed,
    last_begun,
    same_code,
)
from hoso_bot.domain.rights import ActingFor, Right, Rights
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import PlanState

YEAR = default_weeks("2026-2027")
WEEK = YEAR[12]
AT = datetime(2026, 11, 20, tzinfo=UTC)


def person(staff_id: str, role: Role = Role.TEACHER, group: str = "Tổ 1", **more: object) -> Person:
    plain = Person(staff_id, staff_id, staff_id, role, group, ("1A",), ("Toán",), 20)
    return replace(plain, **more)  # type: ignore[arg-type]


OWES = [
    (person("GV1"), True),  # R8: a subject and periods
    (person("GV2", periods=None), True),  # R8: the column may be left out
    (person("GV3", periods=0), False),  # Q22: no lessons
    (person("GV4", subjects=()), False),  # R8: teaches nothing
    (person("GV5", classes=()), True),  # R8: the assignment decides, not the class list
    (person("HT", Role.PRINCIPAL, "", periods=2), True),  # R6
    (person("PHT", Role.VICE_PRINCIPAL, "", periods=4), True),  # R6
    (person("PHT2", Role.VICE_PRINCIPAL, "", periods=0), False),  # R6, Q22
    (person("TT", Role.GROUP_HEAD), True),  # R7
    (person("NV", Role.STAFF, "", subjects=(), periods=None), False),  # R8
    (person("GV6", active=False), False),  # a leaver of before anybody kept weeks
]


@pytest.mark.parametrize(("who", "owes"), OWES, ids=lambda value: getattr(value, "staff_id", None))
def test_who_owes_by_the_assignment(who: Person, owes: bool) -> None:
    assert bool(expected(WEEK, [who], (), (), {})) is owes


def stay(start: int | None, end: int | None) -> Stay:
    year = WEEK.year
    return Stay("GV1", (year, start) if start is not None else None, (year, end) if end is not None else None)


STAYS = [
    ([stay(13, None)], True),  # a newcomer owes from the first week on
    ([stay(14, None)], False),
    ([stay(None, 13)], True),  # a leaver owes the week that had begun
    ([stay(None, 12)], False),
    ([stay(None, 5), stay(10, None)], True),  # went and came back
    ([stay(None, 5), stay(20, None)], False),
    ([stay(13, 12)], False),  # came and went before the first week
    ([Stay("GV1", ("2025-2026", 30), None)], True),  # last year's newcomer is carried over
    ([Stay("GV1", None, ("2025-2026", 35))], False),  # left last year
    ([Stay("GV1", ("2027-2028", 0), None)], False),  # comes next year
    ([Stay("somebody else", ("2027-2028", 0), None)], True),
]


@pytest.mark.parametrize(("stays", "owes"), STAYS)
def test_newcomers_and_leavers(stays: list[Stay], owes: bool) -> None:
    assert bool(expected(WEEK, [person("GV1")], stays, (), {})) is owes


def test_a_leaver_still_stands_in_the_weeks_before() -> None:
    gone = person("GV1", active=False)
    assert expected(YEAR[4], [gone], [stay(None, 12)], (), {})[0].standing is Standing.MISSING


STANDINGS = [
    (None, Standing.MISSING),
    (PlanState.PENDING, Standing.HANDED_IN),
    (PlanState.APPROVED, Standing.APPROVED),
    (PlanState.REJECTED, Standing.RETURNED),  # Q3: handed in on time all the same
    (PlanState.DOUBTED, Standing.HANDED_IN),
]


@pytest.mark.parametrize(("state", "standing"), STANDINGS)
def test_how_a_plan_stands(state: PlanState | None, standing: Standing) -> None:
    plans = {"GV1": [HandedIn(state, 7)]} if state else {}
    (due,) = expected(WEEK, [person("GV1")], (), (), plans)
    assert due.standing is standing
    assert due.late == (7 if state else 0)


def exemption(week: int = 13, year: str = WEEK.year, who: str = "GV1") -> Exemption:
    return Exemption(who, year, week, "nghỉ ốm", "TT", AT)


EXEMPTIONS = [
    (exemption(), Standing.EXEMPT),  # Q21
    (exemption(week=14), Standing.MISSING),
    (exemption(year="2025-2026"), Standing.MISSING),
    (exemption(who="GV2"), Standing.MISSING),
]


@pytest.mark.parametrize(("given", "standing"), EXEMPTIONS)
def test_an_exemption_is_for_one_person_and_week(given: Exemption, standing: Standing) -> None:
    assert expected(WEEK, [person("GV1")], (), [given], {})[0].standing is standing


def test_before_the_effective_week_nobody_is_missing() -> None:
    """R43, R44: backfill is listed, never demanded."""
    people = [person("GV1"), person("GV2")]
    lines = expected(WEEK, people, (), (), {"GV2": [HandedIn(PlanState.PENDING, 0)]}, effective_week=14)
    assert [(due.person.id, due.standing) for due in lines] == [("GV2", Standing.HANDED_IN)]


# --- a plan a class or subject -------------------------------------------------------------------------

CLASSES = person("GV1", classes=("3A", "4A", "5A"), subjects=("Tin học", "Công nghệ"))
STATE = PlanState
UNITS = [
    ("teacher", [], {"": "missing"}),
    ("class", [], {"3A": "missing", "4A": "missing", "5A": "missing"}),
    ("subject", [], {"Tin học": "missing", "Công nghệ": "missing"}),
    ("class", [(STATE.APPROVED, "4A")], {"3A": "missing", "4A": "approved", "5A": "missing"}),
    ("subject", [(STATE.PENDING, "TIN HỌC")], {"Tin học": "handed_in", "Công nghệ": "missing"}),
    ("class", [(STATE.APPROVED, "")], {"": "approved"}),  # finished before the rule changed
    ("subject", [(STATE.REJECTED, "")], {"": "returned"}),  # begun as a whole, finished as a whole
    ("class", [(STATE.WITHDRAWN, "")], {"3A": "missing", "4A": "missing", "5A": "missing"}),
    ("teacher", [(STATE.APPROVED, "4A")], {"3A": "missing", "4A": "approved", "5A": "missing"}),
    ("subject", [(STATE.APPROVED, "4A")], {"3A": "missing", "4A": "approved", "5A": "missing"}),
    ("class", [(STATE.WITHDRAWN, "4A")], {"3A": "missing", "4A": "missing", "5A": "missing"}),
    ("teacher", [(STATE.PENDING, "9Z")], {"": "missing"}),  # of no assignment of that week
]


@pytest.mark.parametrize(("unit", "plans", "owed"), UNITS)
def test_what_is_owed_by_the_unit_of_submission(
    unit: str, plans: list[tuple[PlanState, str]], owed: dict[str, str]
) -> None:
    handed_in = {"GV1": [HandedIn(state, 0, part) for state, part in plans]}
    lines = expected(WEEK, [CLASSES], (), (), handed_in, unit=unit)
    assert {due.part: due.standing.value for due in lines} == owed


def test_who_has_no_class_in_the_list_owes_one_plan() -> None:
    lines = expected(WEEK, [person("GV1", classes=())], (), (), {}, unit="class")
    assert [due.part for due in lines] == [""]


def test_an_exemption_is_for_the_whole_week() -> None:
    (due,) = expected(WEEK, [CLASSES], (), [exemption()], {}, unit="class")
    assert (due.standing, due.part) == (Standing.EXEMPT, "")


def test_backfill_lists_only_the_parts_handed_in() -> None:
    handed_in = {"GV1": [HandedIn(PlanState.APPROVED, 0, "4A")]}
    lines = expected(WEEK, [CLASSES], (), (), handed_in, effective_week=14, unit="class")
    assert [due.part for due in lines] == ["4A"]


# --- as people were then -------------------------------------------------------------------------------


def post(start: int | None, group: str, year: str = WEEK.year) -> Post:
    return Post(
        "GV1", (year, start) if start is not None else None, Role.TEACHER, group, ("1B",), ("Toán",), 9
    )


POSTS = [
    ([], "Tổ 1"),  # who never changed is as they are
    ([post(None, "Tổ 2"), post(14, "Tổ 3")], "Tổ 2"),
    ([post(None, "Tổ 2"), post(13, "Tổ 3")], "Tổ 3"),  # from its first week on
    ([post(13, "Tổ 3"), post(None, "Tổ 2")], "Tổ 3"),
    ([post(None, "Tổ 2"), post(5, "Tổ 3"), post(9, "Tổ 4")], "Tổ 4"),
    ([post(None, "Tổ 2"), post(0, "Tổ 3", "2027-2028")], "Tổ 2"),  # next year's list
    ([post(None, "Tổ 2"), post(30, "Tổ 3", "2025-2026")], "Tổ 3"),  # last year's is carried over
    ([replace(post(13, "Tổ 3"), person_id="GV2")], "Tổ 1"),
]


@pytest.mark.parametrize(("posts", "group"), POSTS)
def test_a_person_as_of_a_week(posts: list[Post], group: str) -> None:
    assert as_of(person("GV1"), posts, WEEK).group == group


# --- newcomers' and leavers' weeks -------------------------------------------------------------------

MOMENTS = [
    (datetime(2026, 11, 25, 10, tzinfo=VN), ("2026-2027", 13)),  # the next deadline is Sunday's
    (datetime(2026, 11, 29, 23, 59, 58, tzinfo=VN), ("2026-2027", 13)),
    (datetime(2026, 11, 30, 0, 0, tzinfo=VN), ("2026-2027", 14)),
    (datetime(2026, 8, 10, tzinfo=VN), ("2026-2027", 1)),
    (datetime(2027, 6, 10, tzinfo=VN), ("2027-2028", 0)),
]


@pytest.mark.parametrize(("now", "first"), MOMENTS)
def test_a_newcomer_owes_from_the_next_deadline_on(now: datetime, first: tuple[str, int]) -> None:
    assert first_owed(YEAR, now) == first


LAST_DAYS = [
    (date(2026, 11, 25), ("2026-2027", 12)),
    (date(2026, 8, 10), ("2026-2027", -1)),
    (date(2027, 6, 10), ("2026-2027", 35)),
]


@pytest.mark.parametrize(("today", "last"), LAST_DAYS)
def test_a_leaver_owes_the_week_that_has_begun(today: date, last: tuple[str, int]) -> None:
    assert last_begun(YEAR, today) == last


# --- who may look, who may exempt ----------------------------------------------------------------------

HEAD, OTHER_HEAD = person("TT1", Role.GROUP_HEAD), person("TT2", Role.GROUP_HEAD, "Tổ 2")
DEPUTY, TEACHER = person("TP1", Role.DEPUTY_HEAD), person("GV1")
PRINCIPAL, VICE = person("HT", Role.PRINCIPAL, ""), person("PHT", Role.VICE_PRINCIPAL, "")
CLERK = person("NV", Role.STAFF, "")
LOOKS = [
    (HEAD, TEACHER, True, True),  # R33, Q22: own group
    (replace(HEAD, group=" tổ 1 "), TEACHER, True, True),
    (OTHER_HEAD, TEACHER, False, False),  # R33: nobody else's
    (HEAD, HEAD, True, False),  # R57: not themselves
    (DEPUTY, TEACHER, False, False),  # R34: only while delegated
    (TEACHER, TEACHER, False, False),  # R37: own plans by /trangthai
    (PRINCIPAL, TEACHER, True, True),  # R36
    (VICE, HEAD, True, True),
    (CLERK, TEACHER, False, False),
    (replace(CLERK, group=""), replace(TEACHER, group=""), False, False),  # no group is no common group
]


@pytest.mark.parametrize(("actor", "who", "looks", "exempts"), LOOKS)
def test_who_may_look_and_exempt(actor: Person, who: Person, looks: bool, exempts: bool) -> None:
    assert Rights(actor).may(Right.OVERSEE, who) is looks
    assert Rights(actor).may(Right.EXEMPT, who) is exempts


def test_the_office_may_do_both_whatever_its_role() -> None:
    office = Rights(CLERK, is_office=True)
    assert office.may(Right.OVERSEE, TEACHER) and office.may(Right.EXEMPT, TEACHER)
    assert office.may(Right.OVERSEE) and not Rights(CLERK).may(Right.OVERSEE)


DELEGATED = (ActingFor(HEAD),)
ONE_TEACHER = (ActingFor(HEAD, "GV1"),)
ACTING = [
    (DEPUTY, TEACHER, DELEGATED, True, True),  # R34: the head's group, while delegated
    (DEPUTY, HEAD, DELEGATED, True, False),  # nobody excuses who gave them the right
    (DEPUTY, DEPUTY, DELEGATED, True, False),  # R57
    (DEPUTY, person("GV7", group="Tổ 2"), DELEGATED, False, False),  # R33
    (DEPUTY, TEACHER, ONE_TEACHER, True, True),
    (DEPUTY, person("GV8"), ONE_TEACHER, False, False),  # Q12: the scope of the delegation
]


@pytest.mark.parametrize(("actor", "who", "acting_for", "looks", "exempts"), ACTING)
def test_who_acts_for_a_head_sees_her_group(
    actor: Person, who: Person, acting_for: tuple[ActingFor, ...], looks: bool, exempts: bool
) -> None:
    rights = Rights(actor, acting_for=acting_for)
    assert rights.may(Right.OVERSEE)
    assert rights.may(Right.OVERSEE, who) is looks
    assert rights.may(Right.EXEMPT, who) is exempts


@pytest.mark.parametrize(("typed", "same"), [("gv-09", True), ("GV09", True), ("gv9", False), ("", False)])
def test_a_staff_id_as_people_type_it(typed: str, same: bool) -> None:
    assert same_code("GV09", typed) is same
