"""An outage moves the deadline it touched, by what was lost of its last 24 hours; worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import (
    VN,
    deadline_moves,
    default_weeks,
    judged_at,
    minutes_late,
    with_outages,
)
from hoso_bot.domain.calendar_edits import without_days
from hoso_bot.domain.outages import Cause, Outage, OutageRefused, checked, moved, read_span, touching
from hoso_bot.domain.reminder_times import Kind, Schedule, due, moments

YEAR = default_weeks("2026-2027")
WEEK = YEAR[12]  # Monday 30/11/2026, deadline Sunday 29/11 23:59:59
DEADLINE = WEEK.deadline


def at(text: str) -> datetime:
    day, hour = text.split()
    return datetime.strptime(f"2026 {day} {hour}", "%Y %d/%m %H:%M").replace(tzinfo=VN)


def outage(start: str, end: str, cause: Cause = Cause.POWER) -> Outage:
    return Outage(f"{start} {end}", cause, at(start), at(end))


MOVES = [
    ("nothing", [], None),
    ("over before the last 24 hours", [("28/11 10:00", "28/11 23:00")], None),
    ("begins after the deadline", [("30/11 00:00", "30/11 06:00")], None),
    ("ten minutes at the end: noon, nobody sits up", [("29/11 23:45", "29/11 23:55")], "30/11 12:00:00"),
    ("three hours of the evening", [("29/11 19:00", "29/11 22:00")], "30/11 12:00:00"),
    ("the whole day: 16 hours", [("29/11 07:00", "29/11 23:00")], "30/11 15:59:59"),
    ("from Saturday noon, 20 of its hours count", [("28/11 12:00", "29/11 20:00")], "30/11 20:00:00"),
    ("past the deadline: 4 hours lost, from its end", [("29/11 20:00", "30/11 10:00")], "30/11 14:00:00"),
    ("three days: a whole day from its end", [("28/11 08:00", "01/12 16:30")], "02/12 16:30:00"),
    ("it ends at night", [("28/11 08:00", "01/12 03:00")], "02/12 12:00:00"),
    (
        "two at once count once",
        [("29/11 07:00", "29/11 20:00"), ("29/11 12:00", "29/11 23:00")],
        "30/11 16:00",
    ),
    ("one after another", [("29/11 19:00", "29/11 22:00"), ("30/11 09:00", "30/11 10:30")], "30/11 13:30:00"),
]


@pytest.mark.parametrize(("what", "spans", "wanted"), MOVES, ids=[row[0] for row in MOVES])
def test_a_deadline_moves_by_what_was_lost(
    what: str, spans: list[tuple[str, str]], wanted: str | None
) -> None:
    found = moved(DEADLINE, [outage(*span) for span in spans])
    expected = DEADLINE if wanted is None else at(wanted[:11])
    assert abs(found - expected) < timedelta(minutes=1)
    assert (found == DEADLINE) is (wanted is None)


def test_an_earlier_hour_of_the_school_stays_on_its_day() -> None:
    sunday_evening = DEADLINE.replace(hour=18, minute=0, second=0)
    assert moved(sunday_evening, [outage("29/11 14:00", "29/11 15:30")]) == at("29/11 19:30")


def test_a_school_counts_in_its_own_time() -> None:
    kept = outage("29/11 18:00", "30/11 00:00")
    as_stored = replace(kept, start=kept.start.astimezone(UTC), end=kept.end.astimezone(UTC))
    assert moved(DEADLINE, [as_stored]) == moved(DEADLINE, [kept]) == at("30/11 12:00")


def test_which_outages_moved_it() -> None:
    early, evening = outage("27/11 08:00", "28/11 10:00"), outage("29/11 19:00", "29/11 22:00")
    morning, late = outage("30/11 09:00", "30/11 10:00"), outage("30/11 20:00", "30/11 21:00")
    assert touching(DEADLINE, [late, morning, early, evening]) == (evening, morning)


SPANS = st.lists(
    st.tuples(st.integers(-5000, 5000), st.integers(1, 5000)).map(
        lambda pair: Outage(
            "o",
            Cause.BOT,
            DEADLINE + timedelta(minutes=pair[0]),
            DEADLINE + timedelta(minutes=pair[0] + pair[1]),
        )
    ),
    max_size=5,
)


@given(SPANS)
def test_outages_never_make_a_deadline_earlier_and_are_named(outages: list[Outage]) -> None:
    found = moved(DEADLINE, outages)
    assert found >= DEADLINE
    assert (found > DEADLINE) is bool(touching(DEADLINE, outages))
    assert found == moved(DEADLINE, list(reversed(outages)))


@given(SPANS, SPANS)
def test_one_more_outage_never_takes_time_away(some: list[Outage], more: list[Outage]) -> None:
    longest = max([o.end for o in (*some, *more)], default=DEADLINE)
    assert moved(DEADLINE, [*some, *more]) <= max(longest, DEADLINE) + timedelta(days=len([*some, *more]) + 1)


# --- in the week table ------------------------------------------------------------------------------


def test_the_table_carries_the_moved_deadline_and_lateness_follows() -> None:
    (week,) = with_outages([WEEK], [outage("29/11 19:00", "29/11 22:00")])
    assert week.usual_deadline == DEADLINE
    assert week.deadline == at("30/11 12:00")
    assert [o.cause for o in week.moved_by] == [Cause.POWER]
    assert minutes_late(week, at("30/11 11:59"), at("30/11 12:30")) == 0
    assert minutes_late(week, at("30/11 12:01"), at("30/11 12:30")) == 1
    assert minutes_late(WEEK, at("30/11 11:59"), at("30/11 12:30")) == 720


def test_a_week_that_moves_away_leaves_the_outage_behind() -> None:
    table = with_outages(YEAR, [outage("29/11 19:00", "29/11 22:00")])
    after = without_days(table, WEEK.first, WEEK.last)
    assert after[12].deadline == YEAR[13].deadline


def test_which_deadlines_move() -> None:
    after = with_outages(YEAR, [outage("29/11 19:00", "29/11 22:00")])
    assert deadline_moves(YEAR, after) == [
        {"week": 13, "was": "2026-11-29T23:59:59+07:00", "now": "2026-11-30T12:00:00+07:00"}
    ]


def test_a_confirmation_after_half_a_day_is_the_moment_that_counts() -> None:
    sent, soon, later = at("29/11 20:00"), at("30/11 07:00"), at("30/11 09:00")
    assert (judged_at(sent, soon), judged_at(sent, later)) == (sent, later)


# --- reminders --------------------------------------------------------------------------------------


def planned(*outages: Outage) -> list[str]:
    table = with_outages(YEAR, outages)
    taught = sorted(day for week in YEAR for day in week.days)
    return [f"{m.kind.value} {m.at:%a %d/%m %H:%M}" for m in moments(table[12], taught, Schedule())]


def test_a_moved_deadline_has_one_reminder_more_and_is_late_the_day_after() -> None:
    assert planned(outage("29/11 19:00", "29/11 22:00")) == [
        "eve Sat 28/11 08:00",
        "day_first Sun 29/11 08:00",
        "day_middle Sun 29/11 17:00",
        "day_last Sun 29/11 20:30",
        "day_last Mon 30/11 08:00",
        "late Tue 01/12 06:30",
    ]


def test_reminders_stay_good_until_the_moved_deadline_and_the_late_line_comes_whenever_it_is() -> None:
    table = with_outages(YEAR, [outage("28/11 08:00", "03/12 16:30")])
    taught = sorted(day for week in YEAR for day in week.days)
    found = moments(table[12], taught, Schedule())
    assert {m.stale_at for m in found if m.kind is not Kind.LATE} == {at("04/12 16:30")}
    assert found[-1].at == at("05/12 06:30")
    late = due(table, Schedule(), at("05/12 06:29"), at("05/12 06:31"))
    assert (13, Kind.LATE) in [(m.week.number, m.kind) for m in late]


# --- what is put on record ---------------------------------------------------------------------------

NOW = at("30/11 08:00")
TYPED = [
    ("19:00 - 23:30 29/11", "29/11 19:00", "29/11 23:30"),
    ("29/11 19h đến 23h30", "29/11 19:00", "29/11 23:30"),
    ("22:00 28/11 - 06:30 29/11", "28/11 22:00", "29/11 06:30"),
    ("từ 7g30 ngày 29/11/2026 đến 24:00", "29/11 07:30", "30/11 00:00"),
    ("18:00-24:00 29-11", "29/11 18:00", "30/11 00:00"),
]


@pytest.mark.parametrize(("typed", "start", "end"), TYPED)
def test_times_as_people_type_them(typed: str, start: str, end: str) -> None:
    assert read_span(typed, NOW) == (at(start), at(end))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "tối qua",
        "19:00 29/11",
        "19:00 - 25:00 29/11",
        "19:00 - 23:61 29/11",
        "19:00 - 23:00 31/11",
        "19:00 - 23:00",
    ],
)
def test_times_nobody_can_read(typed: str) -> None:
    with pytest.raises(OutageRefused) as refused:
        read_span(typed, NOW)
    assert refused.value.text_key == "outage.unreadable"


def test_a_day_without_a_year_is_the_nearest_one() -> None:
    start, _ = read_span("19:00 - 20:00 28/12", datetime(2027, 1, 3, 8, tzinfo=VN))
    assert start.year == 2026


REFUSED = [
    ("29/11 19:00", "29/11 19:00", "outage.backwards"),
    ("29/11 19:00", "29/11 18:00", "outage.backwards"),
    ("01/11 00:00", "16/11 00:00", "outage.too_long"),
    ("08/12 09:00", "08/12 10:00", "outage.too_far"),
]


@pytest.mark.parametrize(("start", "end", "key"), REFUSED)
def test_what_is_no_outage(start: str, end: str, key: str) -> None:
    with pytest.raises(OutageRefused) as refused:
        checked(outage(start, end), NOW)
    assert refused.value.text_key == key


def test_what_is_one() -> None:
    good = outage("06/12 09:00", "08/12 10:00")
    assert checked(good, NOW) is good
    assert checked(replace(good, start=at("01/11 00:00"), end=at("15/11 00:00")), NOW)
