"""Whom a chat takes words for: windows that close on silence, as a table."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.unit.test_reminder_times import WEEKS, at, taught

from hoso_bot.domain.calendar import find
from hoso_bot.domain.reach import (
    FREE_WINDOW,
    OFFICIAL_ACCOUNT,
    PAID_WINDOW,
    Chat,
    Hurdle,
    Window,
    hurdle,
    sign_helps,
)
from hoso_bot.domain.reminder_times import Kind, Schedule, reach_moments, weekend_hours

FREE = {OFFICIAL_ACCOUNT: Window(FREE_WINDOW, FREE_WINDOW)}
PAID = {OFFICIAL_ACCOUNT: Window(FREE_WINDOW, PAID_WINDOW)}
TEMPLATES = {OFFICIAL_ACCOUNT: Window(FREE_WINDOW, None)}
SATURDAY, SUNDAY_EVENING = at("2026-11-28 08:00"), at("2026-11-29 20:30")


def oa(heard: str, takes: bool = True) -> Chat:
    """A chat on the Official Account in which the person wrote last at this moment of November 2026."""
    return Chat(OFFICIAL_ACCOUNT, takes, at(f"2026-11-{heard}"))


def telegram(takes: bool = True) -> Chat:
    return Chat("telegram", takes, at("2026-09-01 08:00"))


@pytest.mark.parametrize(
    ("chats", "when", "windows", "why"),
    [
        ([], SATURDAY, FREE, Hurdle.NO_CHAT),
        ([telegram(takes=False)], SATURDAY, FREE, Hurdle.CLOSED),
        ([telegram(takes=False), oa("27 08:00", takes=False)], SATURDAY, FREE, Hurdle.CLOSED),
        ([telegram()], SATURDAY, FREE, None),
        ([oa("26 08:00")], SATURDAY, FREE, None),
        ([oa("26 07:59")], SATURDAY, FREE, Hurdle.SILENT),
        ([oa("26 07:59"), telegram()], SATURDAY, FREE, None),
        ([oa("26 07:59"), telegram(takes=False)], SATURDAY, FREE, Hurdle.SILENT),
        ([oa("27 17:00")], SUNDAY_EVENING, FREE, Hurdle.SILENT),
        ([oa("28 20:30")], SUNDAY_EVENING, FREE, None),
        ([oa("22 20:30")], SUNDAY_EVENING, PAID, None),
        ([oa("22 20:29")], SUNDAY_EVENING, PAID, Hurdle.SILENT),
        ([oa("01 07:00")], SUNDAY_EVENING, TEMPLATES, None),
        ([oa("01 07:00", takes=False)], SUNDAY_EVENING, TEMPLATES, Hurdle.CLOSED),
        ([oa("01 07:00")], SATURDAY, {}, None),
    ],
)
def test_why_nothing_reaches_somebody(
    chats: list[Chat], when: datetime, windows: dict[str, Window], why: Hurdle | None
) -> None:
    assert hurdle(chats, when, windows) is why


FRIDAY = at("2026-11-27 17:00")
OWN, LED = weekend_hours(next(w for w in WEEKS if w.number == 13), taught(), Schedule())


@pytest.mark.parametrize(
    ("chats", "now", "moments", "helps"),
    [
        ([oa("26 09:00")], FRIDAY, OWN, True),  # would miss Sunday
        ([oa("27 16:30")], FRIDAY, OWN, True),  # Sunday 17:00 too
        ([oa("25 17:00")], FRIDAY, OWN, True),  # the last minute in which they may be asked
        ([oa("25 16:59")], FRIDAY, OWN, False),  # too late: that would cost
        ([oa("27 17:00")], FRIDAY, OWN, False),  # just wrote
        ([oa("26 09:00"), telegram()], FRIDAY, OWN, False),
        ([oa("26 09:00"), telegram(takes=False)], FRIDAY, OWN, True),
        ([oa("26 09:00", takes=False)], FRIDAY, OWN, False),
        ([oa("26 09:00")], FRIDAY, (), False),  # nothing is due
        ([], FRIDAY, OWN, False),
        ([oa("27 17:05")], SATURDAY, OWN, True),  # Saturday's button brings Sunday 20:30
        ([oa("26 09:00")], FRIDAY, LED, False),  # leaders can still be asked on Saturday
        ([oa("26 07:00")], FRIDAY, LED, True),  # not this one
        ([oa("26 09:00")], SATURDAY, LED, True),
    ],
)
def test_whom_a_sign_of_life_helps(
    chats: list[Chat], now: datetime, moments: tuple[datetime, ...], helps: bool
) -> None:
    assert sign_helps(chats, moments, now, FREE) is helps


def planned(number: int, schedule: Schedule) -> list[str]:
    week = find(WEEKS, number)
    assert week
    found = reach_moments(week, taught(), schedule)
    return [f"{m.kind.value} {m.at:%a %d/%m %H:%M}" for m in sorted(found, key=lambda m: m.at)]


def test_an_ordinary_weekend_asks_twice_and_names_at_every_hour() -> None:
    assert planned(13, Schedule()) == [
        "window Fri 27/11 17:00",
        "unreached Fri 27/11 19:30",
        "window Sat 28/11 08:00",
        "unreached Sat 28/11 08:00",
        "unreached Sun 29/11 08:00",
        "unreached Sun 29/11 17:00",
        "unreached Sun 29/11 19:00",
        "unreached Sun 29/11 20:30",
    ]


def test_friday_off_asks_nobody() -> None:
    assert not any("window" in line for line in planned(13, Schedule(friday=None)))
    assert planned(13, Schedule(unreached=None))[1] == "window Sat 28/11 08:00"


def test_where_friday_is_no_school_day_the_last_one_before_it_counts() -> None:
    week = find(WEEKS, 13)
    assert week
    days = [day for day in taught() if day != FRIDAY.date()]
    first = reach_moments(week, days, Schedule())[0]
    assert (first.kind, f"{first.at:%a %H:%M}") == (Kind.WINDOW, "Thu 17:00")


def test_a_break_is_left_in_peace() -> None:
    after = next(week for week in WEEKS if week.first >= at("2027-02-15 00:00").date())
    assert not any("window" in line for line in planned(after.number, Schedule()))
    assert planned(after.number, Schedule())[0] == "unreached Fri 29/01 17:00"
