"""When a week is reminded of: moments that follow from its deadline, the week table and the settings. Pure.

"Saturday", "Sunday" and "Monday" are the day before the deadline, its day, and the first teaching day. Where
a longer break ends with the deadline (Tết: Q18), people are reminded once before the break and once on its
last day instead of through it. A deadline that an outage moved keeps the reminders of its usual day and gets
one more on its new one. What leaders are told has moments of its own, which hang on the same days.

"Friday" is the last day taught before an ordinary weekend: people whose chat closes on silence are asked for
a sign of life, and the office hears whom nothing will reach.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from hoso_bot.domain.board import FIRST_LESSON
from hoso_bot.domain.calendar import VN, Week
from hoso_bot.domain.quiet import Quiet

BREAK_DAYS = 4
"""Days from the last taught day to the deadline; more is a break (an ordinary Friday is 2 away)."""
LATE_PATIENCE = timedelta(days=2)
LONGEST_BREAK = timedelta(days=60)
"""How long before a week its first reminder may be at most."""
LEAST_SNOOZE = timedelta(minutes=30)
_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What a reminder is; each is worded in its own way."""

    EVE = "eve"
    BEFORE_BREAK = "before_break"
    DAY_FIRST = "day_first"
    DAY_MIDDLE = "day_middle"
    DAY_LAST = "day_last"
    LATE = "late"
    SNOOZED = "snoozed"
    UNCONFIRMED = "unconfirmed"
    CATCH_UP = "catch_up"
    WINDOW = "window"
    UNREACHED = "unreached"
    ANNOUNCED = "announced"
    SUMMARY = "summary"
    DIGEST = "digest"
    SILENT = "silent"
    UNANSWERED = "unanswered"
    BOARD = "board"


LEADERS = (Kind.SUMMARY, Kind.DIGEST, Kind.SILENT, Kind.UNANSWERED, Kind.BOARD)
"""What approvers and the board are told: the evening before the week, several cards in one, a head who does
not decide (to the head, and to who signs next), and how the week begins."""
NOTICES = (Kind.WINDOW, Kind.UNREACHED, Kind.ANNOUNCED, *LEADERS)
"""What is said whether or not the person owes anything."""


@dataclass(frozen=True)
class Schedule:
    """The hours, all of them settings; None: never. holiday: instead of Saturday's and Sunday's at a break.

    snooze: how much later `Nhắc tôi sau 2 giờ` is. unconfirmed: how long a file may wait for `Trình ký`.
    summary, silent: on the day of the deadline, to approvers, and to heads who have not decided yet;
    silent_after: so much daytime without a decision (None: never). board: on the first teaching day.
    friday: a sign of life is asked for; unreached: the office hears whom nothing reaches; both on the last
    day taught before the weekend.
    """

    saturday: time | None = time(8)
    sunday: tuple[time, ...] = (time(8), time(17), time(20, 30))
    monday: time | None = time(6, 30)
    holiday: time | None = time(17)
    snooze: timedelta = timedelta(hours=2)
    unconfirmed: timedelta = timedelta(hours=1)
    summary: time | None = time(19)
    silent: time | None = time(20)
    silent_after: timedelta | None = timedelta(hours=4)
    board: time | None = time(6, 30)
    friday: time | None = time(17)
    unreached: time | None = time(19, 30)


@dataclass(frozen=True)
class Moment:
    """One reminder of one week for whoever owes it then; it makes no sense any more at `stale_at`."""

    week: Week
    kind: Kind
    at: datetime
    stale_at: datetime


def moments(week: Week, taught: Sequence[date], schedule: Schedule) -> tuple[Moment, ...]:
    """Every reminder of a week in order. taught: the teaching days of the whole table, sorted."""
    before = _break_before(week, taught)
    ahead = _around_break(week, before, schedule) if before else _weekend(week, schedule)
    planned = [(kind, at) for kind, at in ahead if at < week.usual_deadline] + _on_the_moved_day(
        week, schedule
    )
    return (*(Moment(week, kind, at, week.deadline) for kind, at in planned), *_late(week, schedule))


def leaders_moments(week: Week, taught: Sequence[date], schedule: Schedule) -> tuple[Moment, ...]:
    """What leaders are told of a week: in the evening before it, until its first lesson; on its first day.

    Where teachers are not reminded at a break's end (`holiday` off), leaders are not told then either.
    """
    found, evening = list[Moment](), week.usual_deadline.date()
    lesson = _at(week.first, FIRST_LESSON)
    if schedule.holiday or not _break_before(week, taught):
        hours = {Kind.SUMMARY: schedule.summary, Kind.SILENT: schedule.silent}
        found = [Moment(week, kind, _at(evening, hour), lesson) for kind, hour in hours.items() if hour]
    if schedule.board:
        at = _at(week.first, schedule.board)
        found.append(Moment(week, Kind.BOARD, at, at + LATE_PATIENCE))
    return tuple(found)


def reach_moments(week: Week, taught: Sequence[date], schedule: Schedule) -> tuple[Moment, ...]:
    """When a sign of life is asked for, and when the office hears whom nothing reaches.

    The first is asked for on Friday, and again on Saturday of those who are told nothing on that day; at a
    break's end of nobody. The second comes on Friday evening, then with each message of the weekend.
    """
    said = [m for m in moments(week, taught, schedule) if m.kind is not Kind.LATE]
    said += [m for m in leaders_moments(week, taught, schedule) if m.kind is Kind.SUMMARY]
    unreached = [Moment(week, Kind.UNREACHED, m.at, min(m.stale_at, week.deadline)) for m in said]
    friday = _friday(week, taught)
    if friday is None:
        return tuple(unreached)
    if schedule.unreached:
        at, first = _at(friday, schedule.unreached), min((m.at for m in said), default=week.deadline)
        unreached += [Moment(week, Kind.UNREACHED, at, first)] if at < first else []
    asked = [_at(friday, schedule.friday)] if schedule.friday else []
    if schedule.friday and schedule.saturday:
        asked.append(_at(week.usual_deadline.date() - _DAY, schedule.saturday))
    return (*(Moment(week, Kind.WINDOW, at, _at(at.date() + _DAY, time())) for at in asked), *unreached)


def weekend_hours(
    week: Week, taught: Sequence[date], schedule: Schedule
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """When teachers are told something until the deadline, and when leaders are (and asked on Saturday)."""
    own = tuple(m.at for m in moments(week, taught, schedule) if m.kind is not Kind.LATE)
    asked = [m for m in reach_moments(week, taught, schedule) if m.kind is Kind.WINDOW][1:]
    led = [m for m in leaders_moments(week, taught, schedule) if m.kind is not Kind.BOARD]
    return own, tuple(m.at for m in (*asked, *led))


def _friday(week: Week, taught: Sequence[date]) -> date | None:
    """The last day taught before the weekend of the deadline; None where a longer break ends with it."""
    if _break_before(week, taught):
        return None
    latest = week.usual_deadline.date() - 2 * _DAY
    index = bisect_right(taught, latest)
    near = index and (latest - taught[index - 1]).days <= BREAK_DAYS
    return taught[index - 1] if near else latest


def _break_before(week: Week, taught: Sequence[date]) -> date | None:
    """The last day taught, where a longer break lies between it and the deadline; else None."""
    usual = week.usual_deadline.date()
    index = bisect_right(taught, usual)
    before = taught[index - 1] if index else None
    return before if before and (usual - before).days > BREAK_DAYS else None


def _weekend(week: Week, schedule: Schedule) -> list[tuple[Kind, datetime]]:
    day = week.usual_deadline.date()
    eve = [(Kind.EVE, _at(day - _DAY, schedule.saturday))] if schedule.saturday else []
    hours = [at for hour in sorted(set(schedule.sunday)) if (at := _at(day, hour)) < week.usual_deadline]
    kinds = [Kind.DAY_MIDDLE] * len(hours)
    kinds[:1], kinds[len(kinds) - 1 :] = [Kind.DAY_FIRST][: len(kinds)], [Kind.DAY_LAST][: len(kinds)]
    return [*eve, *zip(kinds, hours, strict=True)]


def _around_break(week: Week, before: date, schedule: Schedule) -> list[tuple[Kind, datetime]]:
    if schedule.holiday is None:
        return []
    last_day = _at(week.usual_deadline.date(), schedule.holiday)
    return [(Kind.BEFORE_BREAK, _at(before, schedule.holiday)), (Kind.DAY_LAST, last_day)]


def _on_the_moved_day(week: Week, schedule: Schedule) -> list[tuple[Kind, datetime]]:
    """The last hour that is left of Sunday's, on the day an outage moved the deadline to."""
    day = week.deadline.date()
    if day == week.usual_deadline.date():
        return []
    left = [at for hour in schedule.sunday if (at := _at(day, hour)) < week.deadline]
    return [(Kind.DAY_LAST, max(left))] if left else []


def _late(week: Week, schedule: Schedule) -> list[Moment]:
    if schedule.monday is None:
        return []
    at = _at(week.first, schedule.monday)
    if at <= week.deadline:
        at = _at(week.deadline.date() + _DAY, schedule.monday)
    return [Moment(week, Kind.LATE, at, at + LATE_PATIENCE)]


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, VN)


def due(weeks: Sequence[Week], schedule: Schedule, since: datetime, now: datetime) -> list[Moment]:
    """The moments after `since` up to `now` that still make sense, in order of time."""
    taught = sorted(day for week in weeks for day in week.days)
    today = now.astimezone(VN).date()
    near = [week for week in weeks if -LATE_PATIENCE <= _last_day(week) - today <= LONGEST_BREAK]
    planned = (moments, leaders_moments, reach_moments)
    found = [moment for week in near for plan in planned for moment in plan(week, taught, schedule)]
    timely = [m for m in found if since < m.at <= now < m.stale_at]
    return sorted(timely, key=lambda m: (m.at, m.week.year, m.week.number))


def _last_day(week: Week) -> date:
    return max(week.first, week.deadline.date() + _DAY)


def snoozed_until(now: datetime, deadline: datetime, schedule: Schedule, quiet: Quiet) -> datetime | None:
    """When somebody who asked is reminded again: later, out of quiet hours, before the deadline.

    None when nothing of that is left: too near the deadline, or the night comes before it.
    """
    wanted = quiet.over(now + schedule.snooze)
    if wanted < deadline:
        return wanted
    night = quiet.begins(now)
    latest = min(deadline, night) if night else deadline
    last = latest - LEAST_SNOOZE
    return last if last >= now + LEAST_SNOOZE and not quiet.holds(last) else None
