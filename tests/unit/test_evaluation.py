"""Figures for emulation, worked out by hand; freeze, window, adjustments and weights."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.unit.test_board import (
    FRESH,
    GV,
    HOUR,
    MENDED_WHOLE,
    SENT_BACK,
    WEEK,
    WHOLE,
    YEAR,
    P,
    filed,
)

from hoso_bot.domain.board import Board, Filed, Line, State, board
from hoso_bot.domain.calendar import VN, Week, with_outages
from hoso_bot.domain.evaluation import (
    ADJUSTED,
    KEPT,
    Adjustment,
    Dispute,
    Evaluation,
    EvaluationRefused,
    Term,
    adjustables,
    adjusted,
    adjustment_problem,
    is_final,
    is_working_day,
    reminder_at,
    to_freeze,
    working_day_after,
)
from hoso_bot.domain.expected import Due, Standing
from hoso_bot.domain.figures import Figures, Note, Row, Turn, behind, explained, fingerprint, row_of
from hoso_bot.domain.measuring import Beside, WeekOfTurns, measured, turns_by_week
from hoso_bot.domain.outages import Cause, Outage
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.scheme import Scheme

NOW = datetime(2027, 1, 20, 9, 0, tzinfo=VN)
HEAD = Person("head", "GV06", "Bùi Thị Tuyết Nga", Role.GROUP_HEAD, "Tổ 1")
VICE = Person("vice", "PHT01", "Lương Quang Tùng", Role.VICE_PRINCIPAL, "Ban giám hiệu")
PEOPLE = {person.id: person for person in (GV, HEAD, VICE)}
MISSING, EXEMPT = Standing.MISSING, Standing.EXEMPT


def of(
    week: Week,
    *plans: Filed,
    standing: Standing = Standing.HANDED_IN,
    late: int = 0,
    person: Person = GV,
    at: datetime = NOW,
    backfill: bool = False,
    reason: str = "",
) -> Board:
    """One person's board of one week."""
    return board(week, [Due(person, standing, late, reason)], {person.id: plans}, [], at, backfill)


def only(*boards: Board, beside: Beside | None = None) -> Row:
    """The teacher's row of these boards."""
    rows = measured(boards, PEOPLE, beside or Beside(), NOW)
    return next(row for row in rows if row.person_id == GV.id)


def moved_to(week: Week, plan: Filed) -> Filed:
    """The plan of week 13 as if it were this week's: everything as long before its lesson."""
    shift = week.deadline - WEEK.deadline
    versions = tuple(replace(v, submitted_at=v.submitted_at + shift) for v in plan.versions)
    chains = {
        key: [replace(s, decided_at=s.decided_at + shift if s.decided_at else None) for s in steps]
        for key, steps in plan.chains.items()
    }
    return replace(plan, versions=versions, chains=chains)


def test_a_term_worked_out_by_hand() -> None:
    """In time; 90 minutes late and approved; sent back, mended and in time; nothing; on leave."""
    ready = filed(P.APPROVED, WHOLE)
    mended = filed(P.APPROVED, SENT_BACK, MENDED_WHOLE)
    row = only(
        of(YEAR[8], moved_to(YEAR[8], ready)),
        of(YEAR[9], moved_to(YEAR[9], ready), late=90),
        of(YEAR[10], moved_to(YEAR[10], mended)),
        of(YEAR[11], standing=MISSING),
        of(YEAR[12], standing=EXEMPT, reason="nghỉ ốm"),
    )
    assert row.figures == Figures(
        owed=4,
        on_time=2,
        late=1,
        missing=1,
        exempt=1,
        taught=4,
        ready=3,
        held=0,
        finished=3,
        first_pass=2,
        returns=1,
        late_total=90,
        late_median=90,
        mended_median=360,
    )
    assert row.figures.on_time_rate == 0.5
    assert row.figures.ready_rate == row.figures.own_part_rate == 0.75
    assert row.figures.first_pass_rate == pytest.approx(2 / 3)


def test_the_chains_approvers_have_rows_of_their_own() -> None:
    """Head: 1 h; vice-principal: 2 h; both before the lesson. She owes nothing: no rate as an author."""
    rows = measured([of(WEEK, filed(P.APPROVED, WHOLE))], PEOPLE, Beside({"head": 2}), NOW)
    found = {row.person_id: row.figures for row in rows}
    head = Figures(decided=1, turn_median=60, judged=1, before_lesson=1, delegations=2)
    assert found["head"] == head
    assert found["vice"] == Figures(decided=1, turn_median=120, judged=1, before_lesson=1)
    assert (head.on_time_rate, head.before_lesson_rate, head.approves) == (None, 1.0, True)


def test_no_week_due_leaves_rates_empty() -> None:
    row = only(of(WEEK, standing=EXEMPT))
    assert row.figures == Figures(exempt=1)
    assert row.figures.on_time_rate is row.figures.own_part_rate is row.figures.first_pass_rate is None


def test_backfill_counts_nowhere() -> None:
    assert measured([of(WEEK, filed(P.APPROVED, WHOLE), backfill=True)], PEOPLE, Beside(), NOW) == ()


def test_a_week_whose_deadline_is_ahead_is_not_owed_yet() -> None:
    row = only(of(WEEK, standing=MISSING, at=WEEK.deadline))
    assert row.figures == Figures()
    assert [note.owed for note in row.notes] == [False]


def test_waiting_for_an_approver_is_held_and_the_authors_part_is_done() -> None:
    figures = only(of(WEEK, filed(P.PENDING, FRESH))).figures
    assert (figures.ready, figures.held, figures.own_part_rate, figures.ready_rate) == (0, 1, 1.0, 0.0)


def test_a_change_of_group_leaves_one_row_in_the_new_one() -> None:
    moved = replace(GV, group="Tổ 2")
    row = only(of(YEAR[10], standing=MISSING), of(YEAR[11], standing=MISSING, person=moved))
    assert (row.group, row.figures.owed) == ("Tổ 2", 2)


def test_two_halves_around_tet_are_one_week() -> None:
    days = (*YEAR[12].days[:2], *(day + timedelta(days=14) for day in YEAR[12].days[2:]))
    row = only(of(replace(YEAR[12], days=days), standing=MISSING))
    assert (row.figures.owed, row.figures.taught) == (1, 1)


def test_a_substitutes_part_is_nobodys_own() -> None:
    for_somebody = filed(P.APPROVED, WHOLE, instead_of="x")
    assert only(of(WEEK, for_somebody, standing=MISSING)).figures.missing == 1


def test_a_late_mark_that_an_outage_covers_is_on_time_and_says_so() -> None:
    evening = Outage("o", Cause.POWER, WEEK.deadline - 4 * HOUR, WEEK.deadline - HOUR)
    (week,) = with_outages([WEEK], [evening])
    made, chain = WHOLE
    late = replace(made, submitted_at=WEEK.deadline + 9 * HOUR, minutes_late=540)
    steps = [replace(s, decided_at=WEEK.deadline + 10 * HOUR) for s in chain]
    covered = only(of(week, filed(P.APPROVED, (late, steps)), late=540))
    assert (covered.figures.on_time, covered.figures.late, covered.figures.excused) == (1, 0, 1)
    assert covered.figures.late_median is None
    assert covered.figures.held == 1  # handed in within the moved deadline, after the first lesson
    assert behind(covered, "on_time") == [("excused", [covered.notes[0]])]
    assert (covered.notes[0].excused, covered.notes[0].causes) == (540, ("power",))


def test_what_is_later_than_the_moved_deadline_is_late_from_there() -> None:
    evening = Outage("o", Cause.POWER, WEEK.deadline - 4 * HOUR, WEEK.deadline - HOUR)
    (week,) = with_outages([WEEK], [evening])  # Monday 12:00
    made, chain = WHOLE
    late = replace(made, submitted_at=week.deadline + HOUR, minutes_late=781)
    row = only(of(week, filed(P.APPROVED, (late, chain)), late=781))
    assert (row.figures.late, row.figures.late_total, row.figures.excused) == (1, 60, 0)


def test_what_stands_beside_only_speaks_for_somebody() -> None:
    row = only(of(WEEK, standing=MISSING), beside=Beside({}, frozenset({"gv"}), {"gv": 3}, {"other": 1}))
    assert (row.figures.trained, row.figures.questions, row.figures.violations) == (1, 3, 0)
    assert only(of(WEEK, standing=MISSING)).figures.violations is None


# --- why --------------------------------------------------------------------------------------------


def test_every_figure_is_its_plans() -> None:
    ready = filed(P.APPROVED, WHOLE)
    row = only(
        of(YEAR[8], moved_to(YEAR[8], ready)),
        of(YEAR[9], moved_to(YEAR[9], ready), late=90),
        of(YEAR[10], moved_to(YEAR[10], filed(P.APPROVED, SENT_BACK, MENDED_WHOLE))),
        of(YEAR[11], standing=MISSING),
        of(YEAR[12], standing=EXEMPT, reason="nghỉ ốm"),
    )

    def weeks(figure: str) -> dict[str, list[int]]:
        return {kind: [note.week for note in notes] for kind, notes in behind(row, figure)}

    assert weeks("on_time") == {"on_time": [9, 11], "late": [10], "missing": [12]}
    assert weeks("own_part") == {"ready": [9, 10, 11], "unready": [12]}
    assert weeks("returns") == {"returned": [11]}
    assert weeks("exempt") == {"exempt": [13]}
    assert explained(row) == ("on_time", "own_part", "returns", "exempt")


def test_an_approvers_weeks() -> None:
    turns = (Turn(5, 60, True, True), Turn(5, 180, True, False), Turn(6, None, True, False))
    assert turns_by_week(turns) == (WeekOfTurns(5, 2, 120, 2, 1), WeekOfTurns(6, 0, None, 1, 0))
    assert explained(Row("h", "GV06", "Nga", "Tổ 1", "group_head", Figures(), (), turns)) == ("turns",)


def test_a_row_survives_the_database_and_any_change_shows() -> None:
    row = only(of(WEEK, filed(P.APPROVED, WHOLE)))
    read = row_of(json.loads(json.dumps(row.as_json())))
    assert read == row
    changed = replace(row, figures=replace(row.figures, on_time=9))
    assert fingerprint([read]) == fingerprint([row]) != fingerprint([changed])


# --- the freeze ------------------------------------------------------------------------------------


def test_a_semester_is_frozen_once_its_last_week_is_begun() -> None:
    last = [week for week in YEAR if week.semester == 1][-1]
    begins = datetime.combine(last.first + timedelta(days=1), datetime.min.time(), VN)
    every = {week.number for week in YEAR}
    assert len(to_freeze(YEAR, Term.FIRST, begins, every)) == 18
    with pytest.raises(EvaluationRefused) as early:
        to_freeze(YEAR, Term.FIRST, begins - timedelta(seconds=1), every)
    assert (early.value.text_key, early.value.facts["week"]) == ("evaluation.too_early", 18)
    with pytest.raises(EvaluationRefused):
        to_freeze(YEAR, Term.YEAR, begins, every)
    with pytest.raises(EvaluationRefused) as nothing:
        to_freeze(YEAR, Term.FIRST, NOW, {30})
    assert nothing.value.text_key == "evaluation.no_weeks"


def test_backfilled_weeks_are_left_out_and_a_moved_deadline_is_waited_for() -> None:
    last = [week for week in YEAR if week.semester == 1][-1]
    long_cut = Outage("o", Cause.POWER, last.deadline - HOUR, last.deadline + 60 * HOUR)
    table = with_outages(YEAR, [long_cut])
    begins = datetime.combine(last.first + timedelta(days=1), datetime.min.time(), VN)
    with pytest.raises(EvaluationRefused):
        to_freeze(table, Term.FIRST, begins, range(4, 36))
    found = to_freeze(table, Term.FIRST, begins + timedelta(days=3), range(4, 36))
    assert [week.number for week in found] == list(range(4, 19))


WORKING = [
    (date(2027, 1, 13), date(2027, 1, 20), "Wednesday: Thu Fri Mon Tue Wed"),
    (date(2027, 1, 15), date(2027, 1, 22), "Friday: Mon … Fri"),
    (date(2027, 1, 16), date(2027, 1, 22), "Saturday"),
    (date(2027, 1, 28), date(2027, 2, 18), "one day, then the whole of Tết, then four"),
    (date(2027, 6, 10), date(2027, 6, 17), "summer: the table is over, weekdays count"),
]


@pytest.mark.parametrize(("frozen", "closes", "why"), WORKING, ids=[row[2] for row in WORKING])
def test_five_working_days(frozen: date, closes: date, why: str) -> None:
    assert working_day_after(frozen, 5, YEAR) == closes


def test_a_day_without_lessons_is_none() -> None:
    storm = [w if w.number != 13 else replace(w, days=w.days[1:]) for w in YEAR]
    assert not is_working_day(WEEK.first, storm)
    assert is_working_day(WEEK.first, YEAR)
    assert is_working_day(WEEK.first, [])


def test_who_has_not_looked_is_reminded_the_working_day_before() -> None:
    assert reminder_at(date(2027, 1, 18), YEAR) == datetime(2027, 1, 15, 16, 30, tzinfo=VN)


# --- disagreeing --------------------------------------------------------------------------------------

AT = datetime(2027, 1, 13, 10, tzinfo=VN)
FROZEN = Evaluation("e", "2026-2027", Term.FIRST, "2", AT, "Nga", date(2027, 1, 20), "0" * 64, (7, "1" * 64))
SAID = Dispute("d", "e", "gv", "Tuần 5 tôi đi công tác", AT)


def test_a_sheet_is_final_when_the_window_is_over_and_everybody_has_an_answer() -> None:
    after = datetime(2027, 1, 21, 0, 0, tzinfo=VN)
    assert FROZEN.ends == after
    assert not is_final(FROZEN, [], after - timedelta(seconds=1))
    assert is_final(FROZEN, [], after)
    assert not is_final(FROZEN, [SAID], after)
    assert is_final(FROZEN, [replace(SAID, answer=KEPT), replace(SAID, answer=ADJUSTED)], after)


BASE = Figures(owed=12, on_time=10, late=1, missing=1, taught=12, ready=9, held=2, returns=3, exempt=1)
PROBLEMS = [
    ("on_time", 11, "evaluation.more_than_whole"),
    ("on_time", 10, "evaluation.same_figure"),
    ("on_time", -1, "evaluation.no_such_figure"),
    ("late", 0, None),
    ("missing", 0, None),
    ("held", 3, None),
    ("held", 4, "evaluation.more_than_whole"),
    ("owed", 11, "evaluation.more_than_whole"),
    ("owed", 13, None),
    ("taught", 13, "evaluation.more_than_whole"),
    ("exempt", 2, None),
    ("returns", 0, None),
    ("late_median", 3, "evaluation.no_such_figure"),
    ("violations", 0, "evaluation.no_such_figure"),
    ("before_lesson", 1, "evaluation.more_than_whole"),
]


@pytest.mark.parametrize(("figure", "new", "problem"), PROBLEMS)
def test_what_a_figure_may_become(figure: str, new: int, problem: str | None) -> None:
    found = adjustment_problem(BASE, figure, new)
    assert (found[0] if found else None) == problem


def test_adjustments_stand_beside_and_follow_one_another() -> None:
    lines = [
        Adjustment("gv", "late", 1, 0, "mất điện", "Tùng", AT),
        Adjustment("gv", "on_time", 10, 11, "mất điện", "Tùng", AT),
    ]
    after = adjusted(BASE, lines)
    assert (after.late, after.on_time, after.on_time_rate) == (0, 11, pytest.approx(11 / 12))
    assert (BASE.late, BASE.on_time) == (1, 10)
    assert adjustment_problem(after, "late", 1) is not None


def test_what_can_be_adjusted_of_whom() -> None:
    assert "before_lesson" not in adjustables(BASE) and "violations" not in adjustables(BASE)
    assert {"before_lesson", "violations"} <= set(adjustables(replace(BASE, decided=1, violations=0)))


# --- the school's weights ------------------------------------------------------------------------------


def test_without_weights_there_are_no_points() -> None:
    assert Scheme().points(BASE) is None


def test_points_worked_out_by_hand() -> None:
    """60 × 10/12 = 50; 40 × 11/12 = 36.67; 1 late × −2; 1 missing × −8, at most −5; together 79.67."""
    scheme = Scheme(
        {"on_time_rate": 60, "own_part_rate": 40, "late": -2, "missing": -8, "trained": 2}, {"missing": 5}
    )
    assert scheme.problem() is None
    assert scheme.points(BASE) == Decimal("79.7")


def test_points_are_rounded_half_up_once() -> None:
    assert Scheme({"late": -0.25}).points(BASE) == Decimal("-0.3")
    assert Scheme({"late": 0.05, "missing": 0.05}).points(BASE) == Decimal("0.1")


def test_a_rate_of_nothing_gives_nothing() -> None:
    assert Scheme({"before_lesson_rate": 10, "violations": -5}).points(BASE) == Decimal("0.0")


WRONG = [
    ({"returns": -1}, {}, "cannot be weighed"),
    ({"first_pass_rate": 5}, {}, "cannot be weighed"),
    ({"mended_median": 1}, {}, "cannot be weighed"),
    ({"ready_rate": 10}, {}, "cannot be weighed"),
    ({"trained": -1}, {}, "speaks for somebody"),
    ({"questions": -1}, {}, "speaks for somebody"),
    ({"on_time_rate": -1}, {}, "speaks for somebody"),
    ({"late": -1}, {"missing": 3}, "cap of"),
    ({"late": -1}, {"late": 0}, "cap of"),
]


@pytest.mark.parametrize(("weights", "caps", "problem"), WRONG)
def test_a_scheme_that_would_be_unfair_is_refused(
    weights: dict[str, float], caps: dict[str, float], problem: str
) -> None:
    assert problem in (Scheme(weights, caps).problem() or "")


def test_a_line_on_a_board_is_what_a_note_says() -> None:
    line = Line(WEEK, GV, "5A", State.RETURNED, late=30, returns=2)
    (row,) = measured([Board(WEEK, NOW, (line,))], PEOPLE, Beside(), NOW)
    assert row.notes == (Note(13, "5A", "returned", owed=True, late=30, taught=True, returns=2),)
