"""When a week is reminded of: hours that follow from the deadline, whatever the calendar looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import VN, Week, default_weeks, find
from hoso_bot.domain.quiet import Quiet
from hoso_bot.domain.reminder_times import (
    LATE_PATIENCE,
    Kind,
    Schedule,
    due,
    leaders_moments,
    moments,
    snoozed_until,
)

WEEKS = default_weeks("2026-2027")
SCHEDULE, QUIET = Schedule(), Quiet("21:00-06:30")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VN)


def taught(weeks: tuple[Week, ...] = WEEKS) -> list[date]:
    return sorted(day for week in weeks for day in week.days)


def planned(number: int, weeks: tuple[Week, ...] = WEEKS, schedule: Schedule = SCHEDULE) -> list[str]:
    week = find(weeks, number)
    assert week
    return [f"{m.kind.value} {m.at:%a %d/%m %H:%M}" for m in moments(week, taught(weeks), schedule)]


def test_an_ordinary_week() -> None:
    assert planned(13) == [
        "eve Sat 28/11 08:00",
        "day_first Sun 29/11 08:00",
        "day_middle Sun 29/11 17:00",
        "day_last Sun 29/11 20:30",
        "late Mon 30/11 06:30",
    ]


def test_a_holiday_on_monday_moves_only_the_morning_line() -> None:
    week = Week("2026-2027", 13, tuple(date(2026, 12, day) for day in (1, 2, 3, 4)), 1)
    found = moments(week, [*taught(), *week.days], SCHEDULE)
    assert [(m.kind, m.at.day) for m in found] == [
        (Kind.EVE, 28),
        (Kind.DAY_FIRST, 29),
        (Kind.DAY_MIDDLE, 29),
        (Kind.DAY_LAST, 29),
        (Kind.LATE, 1),
    ]


def test_tet_is_left_in_peace_but_for_its_last_day() -> None:
    """2027: taught until 29/01, again from 15/02; the deadline is the last day of the holidays."""
    after = next(week for week in WEEKS if week.first >= date(2027, 2, 15))
    assert planned(after.number) == [
        "before_break Fri 29/01 17:00",
        "day_last Sun 14/02 17:00",
        "late Mon 15/02 06:30",
    ]


def test_the_first_week_of_a_year_has_no_break_before_it() -> None:
    assert planned(1)[0] == "eve Sat 05/09 08:00"


@pytest.mark.parametrize(
    ("hours", "kinds"),
    [
        ((), ["eve", "late"]),
        (("17:00",), ["eve", "day_last", "late"]),
        (("17:00", "08:00"), ["eve", "day_first", "day_last", "late"]),
        (
            ("07:00", "10:00", "13:00", "16:00"),
            ["eve", "day_first", "day_middle", "day_middle", "day_last", "late"],
        ),
    ],
)
def test_the_hours_are_the_schools(hours: tuple[str, ...], kinds: list[str]) -> None:
    schedule = Schedule(sunday=tuple(map(time.fromisoformat, hours)))
    assert [line.split()[0] for line in planned(13, schedule=schedule)] == kinds


def test_nothing_is_due_after_a_deadline_at_noon() -> None:
    week = Week("2026-2027", 13, WEEKS[12].days, 1, closes=time(12))
    assert [m.kind for m in moments(week, taught(), SCHEDULE)] == [Kind.EVE, Kind.DAY_LAST, Kind.LATE]


def test_everything_can_be_off() -> None:
    assert planned(13, schedule=Schedule(None, (), None, None)) == []


def led(number: int, **changes: object) -> list[str]:
    """What leaders are told of a week."""
    schedule = replace(SCHEDULE, **changes)  # type: ignore[arg-type]
    found = leaders_moments(WEEKS[number - 1], taught(), schedule)
    return [f"{m.kind} {m.at:%a %d/%m %H:%M} until {m.stale_at:%a %H:%M}" for m in found]


def test_leaders_hear_on_the_evening_before_and_on_the_first_day() -> None:
    assert led(13) == [
        "summary Sun 29/11 19:00 until Mon 07:00",
        "silent Sun 29/11 20:00 until Mon 07:00",
        "board Mon 30/11 06:30 until Wed 06:30",
    ]


def test_leaders_are_not_told_at_a_breaks_end_when_nobody_is() -> None:
    after_tet = next(week.number for week in WEEKS if week.first >= date(2027, 2, 15))
    assert [line.split()[0] for line in led(after_tet)] == ["summary", "silent", "board"]
    assert [line.split()[0] for line in led(after_tet, holiday=None)] == ["board"]
    assert led(13, summary=None, silent=None, board=None) == []


def test_due_is_what_happened_since_the_last_look() -> None:
    found = due(WEEKS, SCHEDULE, at("2026-11-28T07:59"), at("2026-11-28T08:00"))
    assert [(m.kind, m.week.number) for m in found] == [
        (Kind.EVE, 13),
        (Kind.WINDOW, 13),
        (Kind.UNREACHED, 13),
    ]
    assert due(WEEKS, SCHEDULE, at("2026-11-28T08:00"), at("2026-11-29T07:59")) == []


def test_what_was_missed_for_too_long_is_not_due() -> None:
    early = due(WEEKS, SCHEDULE, at("2026-11-27T12:00"), at("2026-11-30T00:30"))
    assert [m.kind for m in early] == [Kind.SUMMARY, Kind.SILENT]  # for leaders, until the first lesson
    late = due(WEEKS, SCHEDULE, at("2026-11-27T12:00"), at("2026-12-02T06:00"))
    assert {m.kind for m in late} == {Kind.LATE, Kind.BOARD}
    assert due(WEEKS, SCHEDULE, at("2026-11-27T12:00"), at("2026-12-02T06:30")) == []


@pytest.mark.parametrize("year", ["2023-2024", "2024-2025", "2025-2026", "2026-2027", "2029-2030"])
def test_every_week_of_a_year_has_its_reminders_in_order_and_out_of_quiet_hours(year: str) -> None:
    weeks = default_weeks(year)
    for week in weeks:
        found = moments(week, taught(weeks), SCHEDULE)
        assert [m.at for m in found] == sorted({m.at for m in found})
        assert not any(QUIET.holds(m.at) for m in found)
        assert all(m.at < m.stale_at for m in found)
        assert found[-1].kind is Kind.LATE and found[-1].at.date() == week.first
        assert all(m.at < week.deadline for m in found[:-1]) and len(found) in (3, 5)
        teaching = {day for other in weeks for day in other.days}
        assert all(m.at.date() not in teaching for m in found if m.kind in (Kind.EVE, Kind.DAY_FIRST))


HOURS = st.times().map(lambda t: t.replace(second=0, microsecond=0, tzinfo=None))


@given(
    st.sets(st.dates(date(2026, 9, 1), date(2027, 5, 30)), min_size=1, max_size=40),
    st.lists(HOURS, max_size=5),
    st.one_of(st.none(), HOURS),
    HOURS,
)
def test_no_table_and_no_hours_make_a_reminder_that_is_no_use(
    days: set[date], sunday: list[time], saturday: time | None, closes: time
) -> None:
    week = Week("2026-2027", 9, tuple(sorted(days)[-5:]), 1, closes=closes)
    found = moments(week, sorted(days), Schedule(saturday=saturday, sunday=tuple(sunday)))
    keys = [(m.kind, m.at) for m in found]
    assert len(keys) == len(set(keys))
    assert all((m.at < week.deadline) == (m.kind is not Kind.LATE) for m in found)
    assert sum(m.kind is Kind.DAY_LAST for m in found) <= 1


# --- `Nhắc tôi sau 2 giờ` --------------------------------------------------------------------------------

DEADLINE = at("2026-11-29T23:59:59")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-28T08:00", "2026-11-28T10:00"),
        ("2026-11-28T20:00", "2026-11-29T06:30"),
        ("2026-11-29T17:00", "2026-11-29T19:00"),
        ("2026-11-29T19:30", "2026-11-29T20:30"),
        ("2026-11-29T20:10", None),
    ],
)
def test_two_hours_more_keep_the_night_and_the_deadline(now: str, then: str | None) -> None:
    assert snoozed_until(at(now), DEADLINE, SCHEDULE, QUIET) == (at(then) if then else None)


@given(
    st.datetimes(datetime(2026, 11, 27), datetime(2026, 11, 29, 23, 59)),
    st.integers(30, 720),
    st.sampled_from(["", "21:00-06:30", "12:00-13:30", "00:00-05:00", "22:00-22:30"]),
)
def test_a_later_reminder_is_later_in_time_and_never_at_night(
    now: datetime, minutes: int, hours: str
) -> None:
    quiet, here = Quiet(hours), now.replace(tzinfo=VN)
    if quiet.holds(here):
        return
    found = snoozed_until(here, DEADLINE, Schedule(snooze=timedelta(minutes=minutes)), quiet)
    if found is not None:
        assert here < found < DEADLINE and not quiet.holds(found)


# --- quiet hours -------------------------------------------------------------------------------------------


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), HOURS, HOURS)
def test_the_end_of_the_quiet_hours_is_the_first_loud_moment(now: datetime, start: time, end: time) -> None:
    quiet, here = Quiet(f"{start:%H:%M}-{end:%H:%M}"), now.replace(tzinfo=VN)
    over = quiet.over(here)
    assert over >= here and over - here <= timedelta(days=1)
    if start != end:
        assert not quiet.holds(over)
    if over > here:
        assert quiet.holds(over - timedelta(microseconds=1))


def test_late_patience_is_two_days() -> None:
    late = moments(WEEKS[12], taught(), SCHEDULE)[-1]
    assert late.stale_at - late.at == LATE_PATIENCE


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-25T10:00", 4, "2026-11-25T14:00"),
        ("2026-11-25T19:00", 4, "2026-11-26T08:30"),
        ("2026-11-25T23:00", 4, "2026-11-26T10:30"),
        ("2026-11-25T17:00", 4, "2026-11-25T21:00"),
        ("2026-11-25T20:00", 20, "2026-11-27T11:00"),
    ],
)
def test_so_much_daytime_leaves_the_nights_out(start: str, hours: int, end: str) -> None:
    assert QUIET.after(at(start), timedelta(hours=hours)) == at(end)
    assert Quiet("").after(at(start), timedelta(hours=hours)) == at(start) + timedelta(hours=hours)
