"""The school edits its week table; each row names its rule."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import VN, Week, default_weeks, find, minutes_late
from hoso_bot.domain.calendar_edits import (
    CalendarRefused,
    fingerprint,
    moves,
    read_day,
    set_week,
    without_days,
)

YEAR = default_weeks("2026-2027")
DAY = timedelta(days=1)


def week(number: int, table: tuple[Week, ...] = YEAR) -> Week:
    found = find(table, number)
    assert found
    return found


# --- one week's days -------------------------------------------------------------------------------


def test_two_halves_around_tet_become_one_week() -> None:
    days = [date(2027, 1, 28), date(2027, 1, 29), date(2027, 2, 15)]
    table = set_week(set_week(YEAR, 22, [date(2027, 2, 17)]), 21, days, "trước và sau Tết")
    assert week(21, table).days == tuple(days)
    assert week(21, table).label == "trước và sau Tết"
    assert week(21, table).deadline.date() == date(2027, 1, 24)  # Q18: the Sunday before its first day


def test_a_make_up_saturday_belongs_to_the_week_it_replaces() -> None:
    saturday = week(13).last + DAY
    table = set_week(YEAR, 13, [*week(13).days, saturday])
    assert week(13, table).last == saturday
    assert week(13, table).deadline == week(13).deadline  # Q20
    assert week(14, table) == week(14)


def test_a_label_is_kept_until_another_is_given() -> None:
    named = set_week(YEAR, 13, week(13).days, "thi")
    assert week(13, set_week(named, 13, week(13).days[:3])).label == "thi"
    assert week(13, set_week(named, 13, week(13).days, "")).label == ""


def test_week_zero_and_week_36_are_new_rows() -> None:
    table = set_week(YEAR, 0, [date(2026, 8, 31)])
    table = set_week(table, 36, [week(35).last + DAY * 3])
    assert [w.number for w in table] == list(range(37))
    assert (week(0, table).semester, week(36, table).semester) == (1, 2)


REFUSED = [
    ("calendar.no_days", 13, []),  # a week is a set of days, not an empty one
    ("calendar.day_taken", 13, [week(14).first]),  # R13: a day belongs to one week
    ("calendar.two_years", 13, [date(2027, 11, 30)]),  # R2: a year has its own table
    ("calendar.two_years", 35, [date(2027, 5, 28), date(2027, 8, 2)]),
    ("calendar.order", 13, [week(12).first - DAY * 2]),  # next week is the next row
    ("calendar.number", -1, [date(2026, 8, 31)]),
    ("calendar.number", 61, [date(2027, 6, 30)]),
]


@pytest.mark.parametrize(("why", "number", "days"), REFUSED)
def test_what_is_refused_says_why(why: str, number: int, days: list[date]) -> None:
    with pytest.raises(CalendarRefused) as refusal:
        set_week(YEAR, number, days)
    assert refusal.value.text_key == why


def test_a_break_without_any_lesson_is_refused() -> None:
    with pytest.raises(CalendarRefused, match="no teaching day"):
        without_days(YEAR, date(2027, 2, 3), date(2027, 2, 4))


def test_a_break_backwards_is_refused() -> None:
    with pytest.raises(CalendarRefused, match="is before"):
        without_days(YEAR, week(13).last, week(13).first)


# --- what moves --------------------------------------------------------------------------------------


def test_a_storm_week_moves_the_deadline_of_every_later_week() -> None:
    table = without_days(YEAR, week(13).first, week(13).last)
    changed = moves(YEAR, table)
    assert [move.number for move in changed] == list(range(13, 36))
    assert week(13, table).deadline == week(14).deadline


def test_a_storm_of_two_days_moves_no_deadline() -> None:
    table = without_days(YEAR, week(13).first, week(13).first + DAY)
    (move,) = moves(YEAR, table)
    assert move.number == 13 and move.before and move.after.deadline == move.before.deadline
    assert len(move.after.days) == 3


def test_a_submission_is_late_by_the_table_of_its_own_moment() -> None:
    """R60: whoever was on time before the storm stays so; who comes after is judged by the new table."""
    monday_noon = datetime.combine(week(13).first, datetime.min.time(), VN) + timedelta(hours=12)
    table = without_days(YEAR, week(13).first, week(13).last)
    assert minutes_late(week(13), monday_noon, monday_noon) == 12 * 60 + 1
    assert minutes_late(week(13, table), monday_noon, monday_noon) == 0


days_of_the_year = st.dates(date(2026, 9, 7), date(2027, 5, 21))


@given(days_of_the_year, st.integers(0, 20), days_of_the_year, st.integers(0, 10))
def test_any_two_breaks_keep_a_sound_table(first: date, length: int, again: date, more: int) -> None:
    table = YEAR
    for start, span in ((first, length), (again, more)):
        try:
            table = without_days(table, start, start + DAY * span)
        except CalendarRefused:
            continue
    taught = [day for w in table for day in w.days]
    assert taught == sorted(set(taught))
    assert [w.number for w in table] == [w.number for w in YEAR]
    assert all(w.deadline.weekday() == 6 and w.deadline.date() < w.first for w in table)


@given(st.integers(0, 40), st.sets(days_of_the_year, max_size=6))
def test_a_set_week_is_refused_or_leaves_a_sound_table(number: int, days: set[date]) -> None:
    before = YEAR
    try:
        table = set_week(before, number, days)
    except CalendarRefused:
        return
    taught = [day for w in table for day in w.days]
    assert len(taught) == len(set(taught))
    assert set(week(number, table).days) == days
    firsts = [w.first for w in table]
    assert firsts == sorted(firsts)
    assert [w for w in table if w.number != number] == [w for w in before if w.number != number]
    assert {move.number for move in moves(before, table)} <= {number}


@given(days_of_the_year, st.integers(0, 20))
def test_the_fingerprint_tells_tables_apart(first: date, length: int) -> None:
    try:
        table = without_days(YEAR, first, first + DAY * length)
    except CalendarRefused:
        return
    assert fingerprint(table) != fingerprint(YEAR)
    assert fingerprint(default_weeks("2026-2027")) == fingerprint(YEAR)


# --- days as people type them ------------------------------------------------------------------------

TYPED = [
    ("05/02/2027", date(2027, 2, 5)),
    ("5/2/2027", date(2027, 2, 5)),
    ("5-2-2027", date(2027, 2, 5)),
    ("05.02.2027", date(2027, 2, 5)),
    ("2027-02-05", date(2027, 2, 5)),
    ("05/02", date(2027, 2, 5)),  # the year is the school year's
    ("20/11", date(2026, 11, 20)),
    ("31/02", None),
    ("05/13/2027", None),
    ("thứ hai", None),
    ("", None),
    ("05/02/27", None),
]


@pytest.mark.parametrize(("text", "day"), TYPED)
def test_a_typed_day(text: str, day: date | None) -> None:
    assert read_day(text, "2026-2027") == day


@given(days_of_the_year)
def test_a_day_without_its_year_is_read_back(day: date) -> None:
    assert read_day(f"{day:%d/%m}", "2026-2027") == day
