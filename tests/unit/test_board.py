"""How a plan stands on the board, whose time it is, and what the counts make of it; rows name their rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.board import Board, Draft, Filed, Line, State, board
from hoso_bot.domain.calendar import VN, default_weeks
from hoso_bot.domain.expected import Due, Standing
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState
from hoso_bot.domain.tally import approvers, months, of_person, people_on, tally

YEAR = default_weeks("2026-2027")
WEEK = YEAR[12]  # Monday 30/11/2026, deadline Sunday 29/11
HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 11, 27, 20, 0, tzinfo=VN)
MONDAY = datetime(2026, 11, 30, 12, 0, tzinfo=VN)
LESSON = datetime(2026, 11, 30, 7, 0, tzinfo=VN)

GV = Person("gv", "GV01", "Tạ Thị Loan", Role.TEACHER, "Tổ 1", ("1A",), ("Toán",), 20)
S, V, P = StepState, VersionState, PlanState
Steps = Sequence[tuple[StepState, datetime | None]]
ROLES = ((Role.GROUP_HEAD, "head"), (Role.VICE_PRINCIPAL, "vice"))


def version(
    number: int, at: datetime, state: VersionState, steps: Steps
) -> tuple[Version, list[ApprovalStep]]:
    made = Version(f"v{number}", "p", number, "u", state, "o", "r", "c", 1, 1, at, 0)
    chain = [
        ApprovalStep(
            made.id, n, role, who, step, decided_at=when, reason="vì" if step is S.REJECTED else None
        )
        for n, ((role, who), (step, when)) in enumerate(zip(ROLES, steps, strict=True), start=1)
    ]
    return made, chain


def filed(state: PlanState, *versions: tuple[Version, list[ApprovalStep]], **more: object) -> Filed:
    plan = Plan("p", WEEK.year, "KHBD", GV.id, WEEK.number, "KHBD-2627-T13-GV01", len(versions), state)
    plan = replace(plan, **more)  # type: ignore[arg-type]
    return Filed(plan, tuple(v for v, _ in versions), {v.id: chain for v, chain in versions})


def line_of(
    *plans: Filed,
    standing: Standing = Standing.HANDED_IN,
    late: int = 0,
    at: datetime = MONDAY,
    drafts: Sequence[Draft] = (),
) -> Line:
    (line,) = board(WEEK, [Due(GV, standing, late)], {GV.id: plans}, drafts, at).lines
    return line


FRESH = version(1, FRIDAY, V.PENDING, [(S.PENDING, None), (S.WAITING, None)])
ONCE = version(1, FRIDAY, V.PENDING, [(S.SIGNED, FRIDAY + HOUR), (S.PENDING, None)])
SIGNING = version(1, FRIDAY, V.PENDING, [(S.APPROVED, FRIDAY + HOUR), (S.WAITING, None)])
WHOLE = version(1, FRIDAY, V.APPROVED, [(S.SIGNED, FRIDAY + HOUR), (S.SIGNED, FRIDAY + 3 * HOUR)])
SENT_BACK = version(1, FRIDAY, V.REJECTED, [(S.SIGNED, FRIDAY + HOUR), (S.REJECTED, FRIDAY + 4 * HOUR)])
GIVEN_BACK = version(1, FRIDAY, V.RETURNED, [(S.RETURNED, FRIDAY + HOUR), (S.VOID, None)])
TAKEN_BACK = version(1, FRIDAY, V.WITHDRAWN, [(S.VOID, None), (S.VOID, None)])
REPLACED = version(1, FRIDAY, V.SUPERSEDED, [(S.VOID, None), (S.VOID, None)])
MENDED = version(2, FRIDAY + 10 * HOUR, V.PENDING, [(S.PENDING, None), (S.WAITING, None)])
MENDED_WHOLE = version(
    2, FRIDAY + 10 * HOUR, V.APPROVED, [(S.SIGNED, FRIDAY + 11 * HOUR), (S.SIGNED, FRIDAY + 12 * HOUR)]
)

STANDS = [
    ("fresh", filed(P.PENDING, FRESH), State.HEAD),
    ("after the head", filed(P.PENDING, ONCE), State.VICE),
    ("decided, being signed: still the head's", filed(P.PENDING, SIGNING), State.HEAD),
    ("whole", filed(P.APPROVED, WHOLE), State.APPROVED),
    ("R28 sent back", filed(P.REJECTED, SENT_BACK), State.RETURNED),
    ("Q25 given back on request", filed(P.RETURNED, GIVEN_BACK), State.RETURNED),
    ("Q25 taken back", filed(P.WITHDRAWN, TAKEN_BACK), State.MISSING),
    ("R59 mended: again from the first step", filed(P.PENDING, SENT_BACK, MENDED), State.HEAD),
    ("R58 a new version of an approved plan", filed(P.PENDING, WHOLE, MENDED), State.HEAD),
    ("a doubted signature", filed(P.DOUBTED, ONCE), State.DOUBTED),
    ("Q21 somebody else's part", filed(P.APPROVED, WHOLE, instead_of="x"), State.MISSING),
    ("another part", filed(P.APPROVED, WHOLE, part="5A"), State.MISSING),
]


@pytest.mark.parametrize(("what", "plan", "state"), STANDS, ids=[row[0] for row in STANDS])
def test_how_a_plan_stands(what: str, plan: Filed, state: State) -> None:
    assert line_of(plan).state is state


def test_nothing_and_an_exemption() -> None:
    assert line_of().state is State.MISSING
    line = line_of(filed(P.PENDING, FRESH), standing=Standing.EXEMPT)
    assert (line.state, line.version, line.waits) == (State.EXEMPT, 0, ())


DRAFTS = [
    (Draft("gv", WEEK.year, 13), True),  # the part was not read yet
    (Draft("gv", WEEK.year, 13, ""), True),
    (Draft("gv", WEEK.year, 13, "5A"), False),
    (Draft("gv", WEEK.year, 14, ""), False),
    (Draft("gv", "2025-2026", 13, ""), False),
    (Draft("other", WEEK.year, 13, ""), False),
]


@pytest.mark.parametrize(("draft", "counts"), DRAFTS)
def test_a_file_without_trinh_ky_is_its_own_state(draft: Draft, counts: bool) -> None:
    assert (line_of(drafts=[draft]).state is State.DRAFT) is counts
    assert (line_of(filed(P.WITHDRAWN, TAKEN_BACK), drafts=[draft]).state is State.DRAFT) is counts
    assert line_of(filed(P.PENDING, FRESH), drafts=[draft]).state is State.HEAD


def waits(plan: Filed, at: datetime = MONDAY) -> list[tuple[str, int]]:
    return [(wait.person_id, wait.minutes(at)) for wait in line_of(plan, at=at).waits]


def test_waiting_belongs_to_whoever_had_the_plan() -> None:
    assert waits(filed(P.PENDING, FRESH), FRIDAY + 2 * HOUR) == [("head", 120)]
    assert waits(filed(P.PENDING, ONCE), FRIDAY + 6 * HOUR) == [("head", 60), ("vice", 300)]
    assert waits(filed(P.APPROVED, WHOLE)) == [("head", 60), ("vice", 120)]
    both = filed(P.PENDING, SENT_BACK, MENDED)
    assert waits(both, FRIDAY + 12 * HOUR) == [("head", 60), ("vice", 180), ("head", 120)]


def test_a_version_cut_short_by_its_teacher_is_nobodys_waiting() -> None:
    assert waits(filed(P.PENDING, REPLACED, MENDED), FRIDAY + 11 * HOUR) == [("head", 60)]
    assert waits(filed(P.WITHDRAWN, TAKEN_BACK)) == []


def test_who_signed_instead_gets_the_turn() -> None:
    made, (first, last) = WHOLE
    plan = filed(P.APPROVED, (made, [replace(first, decided_by="deputy"), last]))
    assert [who for who, _ in waits(plan)] == ["deputy", "vice"]


def test_lateness_is_the_first_submissions_whatever_came_after() -> None:
    line = line_of(filed(P.APPROVED, SENT_BACK, MENDED_WHOLE), late=0, at=MONDAY)
    assert (line.late, line.first_at, line.returns, line.mended) == (0, FRIDAY, 1, (360,))
    assert line.approved_at == FRIDAY + 12 * HOUR


def test_an_approved_plan_stays_approved_in_time_when_a_new_version_comes() -> None:
    assert line_of(filed(P.PENDING, WHOLE, MENDED)).approved_at == FRIDAY + 3 * HOUR
    assert line_of(filed(P.RETURNED, GIVEN_BACK, MENDED_WHOLE)).returns == 0


# --- counts ----------------------------------------------------------------------------------------------


def week_of(*lines: Line, at: datetime = MONDAY, backfill: bool = False) -> Board:
    return Board(WEEK, at, lines, backfill)


PLAIN = Line(WEEK, GV, "", State.MISSING)
IN_TIME = replace(PLAIN, state=State.APPROVED, version=1, first_at=FRIDAY, approved_at=LESSON)
TOO_LATE = replace(IN_TIME, approved_at=LESSON + timedelta(minutes=1))
LATE = replace(TOO_LATE, late=90)
SLOW = line_of(filed(P.PENDING, FRESH))
BACK_AND_FORTH = line_of(filed(P.REJECTED, SENT_BACK), standing=Standing.RETURNED)

TALLIES = [
    (
        "nothing",
        [PLAIN],
        {"owed": 1, "missing": 1, "on_time": 0, "late": 0, "taught": 1, "held": 0},
    ),
    ("draft", [replace(PLAIN, state=State.DRAFT)], {"owed": 1, "missing": 1}),
    ("exempt", [replace(PLAIN, state=State.EXEMPT)], {"owed": 0, "missing": 0, "exempt": 1, "taught": 0}),
    (
        "ready at the very bell",
        [IN_TIME],
        {"on_time": 1, "ready": 1, "first_pass": 1, "finished": 1},
    ),
    ("a minute too late", [TOO_LATE], {"on_time": 1, "ready": 0, "held": 1}),
    ("late", [LATE], {"on_time": 0, "late": 1, "ready": 0, "held": 0, "late_minutes": (90,)}),
    ("R61 the head sleeps", [SLOW], {"on_time": 1, "ready": 0, "held": 1, "finished": 0}),
    ("sent back before the lesson", [BACK_AND_FORTH], {"on_time": 1, "held": 0, "returns": 1}),
    ("all", [PLAIN, IN_TIME, LATE], {"owed": 3, "on_time": 1, "late": 1, "missing": 1}),
]


@pytest.mark.parametrize(("what", "lines", "counts"), TALLIES, ids=[row[0] for row in TALLIES])
def test_what_lines_add_up_to(what: str, lines: list[Line], counts: dict[str, object]) -> None:
    counted = tally([week_of(*lines)])
    assert {key: getattr(counted, key) for key in counts} == counts
    assert counted.on_time + counted.late + counted.missing == counted.owed


def test_nothing_is_owed_before_the_deadline_nor_in_backfill() -> None:
    assert tally([week_of(PLAIN, at=FRIDAY)]).owed == 0
    sunday_night = WEEK.deadline + timedelta(seconds=1)
    assert tally([week_of(PLAIN, at=sunday_night)]).owed == 1
    assert tally([week_of(PLAIN, at=sunday_night)]).taught == 0
    assert tally([week_of(PLAIN, LATE, backfill=True)]) == tally([])


def test_rates_and_medians_of_nothing_are_nothing() -> None:
    empty = tally([])
    assert (empty.on_time_rate, empty.ready_rate, empty.first_pass_rate) == (None, None, None)
    assert (empty.late_median, empty.mended_median) == (None, None)
    assert tally([week_of(LATE, replace(LATE, late=10), replace(LATE, late=1000))]).late_median == 90


def test_an_approvers_turns() -> None:
    lines = [line_of(filed(P.APPROVED, WHOLE)), SLOW, BACK_AND_FORTH]
    head, vice = approvers([week_of(*lines)], MONDAY)
    assert (head.person_id, head.decided, head.waiting, head.median_minutes) == ("head", 2, 1, 60)
    assert (head.judged, head.before_lesson, head.rejected) == (3, 2, 0)
    assert (vice.decided, vice.rejected, vice.reasoned, vice.before_lesson_rate) == (2, 1, 1, 1.0)


def test_a_turn_that_began_after_the_lesson_is_not_judged() -> None:
    late = version(1, MONDAY, V.APPROVED, [(S.SIGNED, MONDAY + HOUR), (S.SIGNED, MONDAY + HOUR)])
    assert {one.judged for one in approvers([week_of(line_of(filed(P.APPROVED, late)))], MONDAY)} == {0}


# --- who is on it ------------------------------------------------------------------------------------------


def test_groups_are_in_the_order_people_count() -> None:
    lines = [
        replace(PLAIN, person=replace(GV, id=g, group=g)) for g in ("Tổ 10", "", "tổ 2", "Tổ  2", "Ban A")
    ]
    assert [(g.group, len(g.lines)) for g in week_of(*lines).groups()] == [
        ("Ban A", 1),
        ("tổ 2", 2),
        ("Tổ 10", 1),
        ("", 1),
    ]


def test_a_part_of_a_board_holds_nobody_else() -> None:
    other = replace(GV, id="other", group="Tổ 2")
    whole = week_of(PLAIN, replace(PLAIN, person=other))
    assert [line.person.id for line in whole.seen_by(lambda p: p.group == "Tổ 2").lines] == ["other"]
    assert [p.id for p in people_on(of_person([whole], "gv"))] == ["gv"]


def test_a_week_belongs_to_the_month_it_begins_in() -> None:
    boards = [Board(week, MONDAY) for week in YEAR]
    found = months(boards)
    assert list(found)[:4] == ["2026-09", "2026-10", "2026-11", "2026-12"]
    assert [b.week.number for b in found["2026-11"]] == [9, 10, 11, 12, 13]
    assert sum(map(len, found.values())) == len(YEAR)
