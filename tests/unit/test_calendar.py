"""Weeks, deadlines and open weeks; properties first, the evidence of real years after them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import (
    VN,
    Week,
    choices,
    default_weeks,
    find,
    minutes_late,
    next_week,
    open_weeks,
    opens_at,
    school_year,
    skip,
    week_of,
)

DAY = timedelta(days=1)
SEED_YEAR = default_weeks("2023-2024")
NOW_YEAR = default_weeks("2026-2027")
HALVES_OF_TET = (date(2024, 2, 5), date(2024, 2, 6), date(2024, 2, 15), date(2024, 2, 16))

years = st.integers(2000, 2090).map(lambda start: f"{start}-{start + 1}")
tables = years.map(default_weeks)
days_of_seed_year = st.dates(date(2023, 8, 1), date(2024, 7, 31))
moments = st.datetimes(datetime(2023, 8, 1), datetime(2024, 7, 31)).map(lambda t: t.replace(tzinfo=UTC))
rows = st.sampled_from(SEED_YEAR)
held_rows = st.lists(rows, unique=True, max_size=6)


def week(number: int, table: tuple[Week, ...] = SEED_YEAR) -> Week:
    found = find(table, number)
    assert found is not None
    return found


def vn(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=VN)  # type: ignore[arg-type, misc]


# --- the tables a school starts with -------------------------------------------------------------


@given(tables)
def test_every_year_has_35_numbered_weeks_of_weekdays_in_order(table: tuple[Week, ...]) -> None:
    all_days = [day for row in table for day in row.days]
    assert [row.number for row in table] == list(range(1, 36))
    assert [row.semester for row in table] == [1] * 18 + [2] * 17
    assert all_days == sorted(set(all_days))
    assert all(day.weekday() < 5 for day in all_days)


@given(tables)
def test_every_table_stays_inside_its_school_year(table: tuple[Week, ...]) -> None:
    assert {school_year(day) for row in table for day in row.days} == {table[0].year}


@pytest.mark.parametrize(
    ("year", "number", "first"),
    [
        ("2023-2024", 1, date(2023, 9, 4)),  # the seed: week 4 = 25/09/2023, three weeks back
        ("2023-2024", 4, date(2023, 9, 25)),  # R42
        ("2023-2024", 5, date(2023, 10, 2)),  # sample lesson plans of that year
        ("2023-2024", 19, date(2024, 1, 15)),  # semester 2 from 16/01, after one spare week
        ("2023-2024", 23, date(2024, 2, 19)),  # after the joined Tết week
        ("2024-2025", 1, date(2024, 9, 9)),  # teaching began on Friday 06/09: one day is not a week
        ("2025-2026", 1, date(2025, 9, 8)),
        ("2025-2026", 16, date(2025, 12, 22)),  # sample lesson plans of that year
        ("2026-2027", 1, date(2026, 9, 7)),
        ("2026-2027", 19, date(2027, 1, 11)),  # semester 2 of the published tables
        ("2026-2027", 22, date(2027, 2, 15)),  # Tết 01-14/02/2027 has no number
        ("2022-2023", 21, date(2023, 2, 6)),  # computed year, checked with sample plans
        ("2021-2022", 24, date(2022, 2, 28)),  # computed year, checked with sample plans
    ],
)
def test_known_weeks_begin_where_real_plans_say(year: str, number: int, first: date) -> None:
    assert week(number, default_weeks(year)).first == first


def test_the_two_halves_around_tet_are_one_week() -> None:
    assert week(22).days == HALVES_OF_TET


@pytest.mark.parametrize("last", [("2023-2024", date(2024, 5, 24)), ("2026-2027", date(2027, 5, 23))])
def test_the_year_ends_inside_its_published_frame(last: tuple[str, date]) -> None:
    assert default_weeks(last[0])[-1].last <= last[1]


@pytest.mark.parametrize("year", ["2026", "2026-2028", "26-27x", "", "2026/2027"])
def test_a_school_year_has_to_be_written_as_two_years(year: str) -> None:
    with pytest.raises(ValueError, match="school year"):
        default_weeks(year)


@pytest.mark.parametrize(("day", "year"), [(date(2026, 7, 31), "2025-2026"), (date(2026, 8, 1), "2026-2027")])
def test_the_school_year_changes_on_the_first_of_august(day: date, year: str) -> None:
    assert school_year(day) == year


def test_a_week_without_days_is_refused() -> None:
    with pytest.raises(ValueError, match="no teaching day"):
        Week("2026-2027", 1, (), 1)


def test_the_days_of_a_week_are_kept_sorted_and_once() -> None:
    a, b = date(2026, 9, 7), date(2026, 9, 12)
    assert Week("2026-2027", 1, (b, a, b), 1).days == (a, b)


# --- which week a day means ----------------------------------------------------------------------


@given(days_of_seed_year)
def test_the_next_week_is_the_first_row_that_has_not_begun(today: date) -> None:
    found = next_week(SEED_YEAR, today)
    assert found == next((row for row in SEED_YEAR if row.first > today), None)


@pytest.mark.parametrize(
    ("today", "number"),
    [
        (date(2023, 9, 3), 1),  # the Sunday before school
        (date(2023, 9, 4), 2),  # Monday morning: week 1 has begun
        (date(2024, 1, 7), 19),  # the spare week has no number: not seven days on
        (date(2024, 2, 4), 22),  # Sunday before the first half of the Tết week
        (date(2024, 2, 10), 23),  # between its halves
        (date(2024, 2, 18), 23),
    ],
)
def test_next_week_is_the_next_row_and_not_seven_days_on(today: date, number: int) -> None:
    assert next_week(SEED_YEAR, today) == week(number)


def test_after_the_last_week_there_is_no_next_one() -> None:
    assert next_week(SEED_YEAR, SEED_YEAR[-1].first) is None


@given(rows)
def test_every_teaching_day_belongs_to_its_own_week(row: Week) -> None:
    assert {week_of(SEED_YEAR, day) for day in row.days} == {row}


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(2023, 9, 10), 1),  # Sunday belongs to the week that ends with it
        (date(2024, 2, 7), 22),  # a day off in the calendar week of the first half
        (date(2024, 2, 11), 22),  # Tết itself, inside the span
        (date(2024, 1, 10), None),  # the spare week
        (date(2023, 8, 31), None),
    ],
)
def test_other_days_belong_to_the_week_around_them(day: date, number: int | None) -> None:
    assert week_of(SEED_YEAR, day) == (week(number) if number else None)


def test_a_make_up_saturday_belongs_to_the_week_it_replaces() -> None:
    """Q20: Friday 02/01/2026 is taught on Saturday 10/01, in the middle of the next week's span."""
    friday = Week("2025-2026", 17, (date(2025, 12, 29), date(2025, 12, 30), date(2026, 1, 10)), 1)
    normal = Week("2025-2026", 18, tuple(date(2026, 1, 5) + DAY * n for n in range(5)), 1)
    table = (friday, normal)
    found = [week_of(table, date(2026, 1, day)) for day in (5, 9, 10, 11)]
    assert found == [normal, normal, friday, normal]


@given(days_of_seed_year, st.integers(1, 6))
def test_choices_are_this_week_and_the_next_ones_in_order(today: date, count: int) -> None:
    offered = choices(SEED_YEAR, today, count)
    assert len(offered) <= count
    assert list(offered) == sorted(offered, key=lambda w: w.first)
    following = next_week(SEED_YEAR, today)
    assert following is None or following in offered or count == 1


@pytest.mark.parametrize(
    ("today", "numbers"),
    [
        (date(2023, 9, 20), [3, 4, 5, 6]),
        (date(2023, 9, 24), [3, 4, 5, 6]),  # Sunday: the week that just ended is still this week
        (date(2023, 8, 10), [1, 2, 3, 4]),
        (date(2024, 5, 15), [35]),
        (date(2024, 6, 1), []),
    ],
)
def test_choices_on_a_given_day(today: date, numbers: list[int]) -> None:
    assert [row.number for row in choices(SEED_YEAR, today)] == numbers


# --- the deadline --------------------------------------------------------------------------------


@given(tables)
def test_every_deadline_is_the_sunday_night_before_the_first_day(table: tuple[Week, ...]) -> None:
    for row in table:
        assert row.deadline.weekday() == 6
        assert row.deadline.isoformat().endswith("T23:59:59+07:00")
        assert DAY <= row.first - row.deadline.date() <= 7 * DAY


@pytest.mark.parametrize(
    ("days", "sunday"),
    [
        ((date(2023, 9, 4),), date(2023, 9, 3)),
        ((date(2023, 9, 5),), date(2023, 9, 3)),  # Q19: holiday on Monday, first lesson on Tuesday
        ((date(2024, 2, 15),), date(2024, 2, 11)),  # Q18: first lesson on a Thursday after Tết
        ((date(2024, 2, 18),), date(2024, 2, 11)),  # taught on a Sunday: the Sunday before
    ],
)
def test_the_deadline_stays_on_sunday_whatever_the_first_day_is(days: tuple[date, ...], sunday: date) -> None:
    assert Week("2023-2024", 9, days, 1).deadline == vn(sunday.year, sunday.month, sunday.day, 23, 59, 59)


@pytest.mark.parametrize(
    ("sent", "confirmed", "minutes"),
    [
        # on time: sent and confirmed on Sunday
        (vn(2023, 9, 24, 20, 0), vn(2023, 9, 24, 20, 5), 0),
        # the last second, and the fraction of it that a server's clock adds
        (vn(2023, 9, 24, 23, 59, 59), vn(2023, 9, 24, 23, 59, 59, 900_000), 0),
        # one second late is one begun minute
        (vn(2023, 9, 25, 0, 0, 0), vn(2023, 9, 25, 0, 0, 10), 1),
        (vn(2023, 9, 25, 0, 0, 59), vn(2023, 9, 25, 0, 1, 0), 1),
        (vn(2023, 9, 25, 0, 1, 0), vn(2023, 9, 25, 0, 1, 30), 2),
        # sent on Sunday, confirmed on Monday within 12 hours: the upload counts
        (vn(2023, 9, 24, 23, 0), vn(2023, 9, 25, 11, 0), 0),
        # a second more than 12 hours: the confirmation counts
        (vn(2023, 9, 24, 23, 0), vn(2023, 9, 25, 11, 0, 1), 661),
        # a whole week late
        (vn(2023, 10, 1, 23, 59, 59), vn(2023, 10, 2, 0, 0), 7 * 24 * 60),
        # our clock runs behind the platform's
        (vn(2023, 9, 24, 23, 0), vn(2023, 9, 24, 22, 59), 0),
        # the same moment in UTC
        (datetime(2023, 9, 24, 16, 59, 59, tzinfo=UTC), datetime(2023, 9, 24, 17, 0, 5, tzinfo=UTC), 0),
        (datetime(2023, 9, 24, 17, 0, 0, tzinfo=UTC), datetime(2023, 9, 24, 17, 0, 5, tzinfo=UTC), 1),
    ],
)
def test_minutes_late_for_week_4(sent: datetime, confirmed: datetime, minutes: int) -> None:
    assert minutes_late(week(4), sent, confirmed, effective_week=4) == minutes


@given(rows, moments, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_submission_is_late_exactly_when_the_judged_moment_is_past_the_deadline(
    row: Week, sent: datetime, waited: timedelta
) -> None:
    judged = sent if waited <= timedelta(hours=12) else sent + waited
    late = minutes_late(row, sent, sent + waited)
    assert (late > 0) == (judged.replace(microsecond=0) > row.deadline)


@given(rows, moments, st.timedeltas(timedelta(0), timedelta(days=30)), st.integers(1, 36))
def test_weeks_before_the_effective_one_are_never_late(
    row: Week, sent: datetime, waited: timedelta, effective: int
) -> None:
    """R42-R44: backfill."""
    assume(row.number < effective)
    assert minutes_late(row, sent, sent + waited, effective) == 0


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        minutes_late(week(4), vn(2023, 9, 24), datetime(2023, 9, 24))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_the_zone_of_the_host_changes_nothing(zone: str) -> None:
    program = (
        "from hoso_bot.domain.calendar import default_weeks\n"
        "print(default_weeks('2023-2024')[3].deadline.timestamp())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(run.stdout) == datetime(2023, 9, 24, 16, 59, 59, tzinfo=UTC).timestamp()


# --- at most two open weeks ----------------------------------------------------------------------


@given(held_rows, days_of_seed_year)
def test_a_week_is_open_until_its_last_teaching_day_is_over(held: list[Week], today: date) -> None:
    assert set(open_weeks(held, today)) == {row for row in held if today <= row.last}


@given(held_rows, rows, days_of_seed_year)
def test_a_third_open_week_is_refused_and_nothing_else(held: list[Week], wanted: Week, today: date) -> None:
    """R12, Q4: a new version of a held week and a week that is over always may come."""
    refused = wanted not in held and wanted.last >= today and len(open_weeks(held, today)) >= 2
    assert (opens_at(held, wanted, today) is not None) == refused


@given(st.lists(rows, unique=True, min_size=3, max_size=8), st.data())
def test_the_day_it_opens_is_the_first_day_it_may_be_handed_in(
    drawn: list[Week], data: st.DataObject
) -> None:
    wanted, *held = drawn
    two_held_are_open = sorted(row.last for row in held)[-2]
    today = data.draw(st.dates(date(2023, 8, 1), min(two_held_are_open, wanted.last)))
    opens = opens_at(held, wanted, today)
    assert opens is not None
    assert opens > today
    assert opens_at(held, wanted, opens) is None
    assert opens_at(held, wanted, opens - DAY) is not None


def test_the_third_week_opens_the_day_after_the_first_is_over() -> None:
    held = [week(4), week(5)]
    assert opens_at(held, week(6), date(2023, 9, 24)) == date(2023, 9, 30)


def test_the_tet_week_stays_open_until_its_second_half_is_over() -> None:
    assert opens_at([week(22), week(23)], week(24), date(2024, 2, 10)) == date(2024, 2, 17)


def test_a_changed_row_of_the_same_number_is_still_the_same_week() -> None:
    """A storm may change a week's days after it was handed in."""
    shorter = Week("2023-2024", 6, week(6).days[:2], 1)
    assert opens_at([week(4), week(5), week(6)], shorter, date(2023, 9, 24)) is None


# --- days that fall out --------------------------------------------------------------------------


@given(days_of_seed_year, st.integers(0, 20))
def test_after_a_skip_the_numbers_stay_and_the_days_are_gone(first: date, length: int) -> None:
    last = first + DAY * length
    table = skip(SEED_YEAR, first, last)
    days = [day for row in table for day in row.days]
    assert [(row.number, row.semester) for row in table] == [(row.number, row.semester) for row in SEED_YEAR]
    assert days == sorted(set(days))
    assert not any(first <= day <= last for day in days)


def test_one_lost_day_moves_no_number() -> None:
    table = skip(SEED_YEAR, date(2023, 9, 4), date(2023, 9, 5))
    assert week(1, table).days == (date(2023, 9, 6), date(2023, 9, 7), date(2023, 9, 8))
    assert table[1:] == SEED_YEAR[1:]


def test_a_lost_week_moves_the_later_ones_and_adds_one_at_the_end() -> None:
    table = skip(SEED_YEAR, date(2023, 9, 11), date(2023, 9, 17))
    assert week(1, table) == week(1)
    assert week(2, table).first == date(2023, 9, 18)
    assert table[-1].first == SEED_YEAR[-1].first + 7 * DAY


def test_a_break_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        skip(SEED_YEAR, date(2023, 9, 12), date(2023, 9, 11))
