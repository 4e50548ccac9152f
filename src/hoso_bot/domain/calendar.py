"""The school's own table of teaching weeks, and the clock of a submission.

A week is a numbered set of teaching days: "next week" is the next row of the table, never seven days on
(design section 4). Every time here is aware and in Vietnam's zone, whatever the host's zone is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from hoso_bot.domain.outages import Outage, moved, touching

VN = ZoneInfo("Asia/Ho_Chi_Minh")
OPEN_WEEKS = 2
CONFIRM_WITHIN = timedelta(hours=12)
YEAR_STARTS_IN = 8

WEEKS, FIRST_SEMESTER_WEEKS = 35, 18

_LAST_INSTANT = time(23, 59, 59)
_DAY = timedelta(days=1)
_SCHOOL_DAYS = 5

_SPARE_AND_TET: dict[int, tuple[tuple[date, date], ...]] = {
    # By the year in which the school year begins; 2023: a spare week before semester 2 (16/01), then Tết.
    2023: ((date(2024, 1, 8), date(2024, 1, 12)), (date(2024, 2, 7), date(2024, 2, 14))),
    2024: ((date(2025, 1, 25), date(2025, 2, 2)),),
    2025: ((date(2026, 2, 14), date(2026, 2, 22)),),
    2026: ((date(2027, 2, 1), date(2027, 2, 14)),),
}
_TET = (
    # First day of the lunar year, for years without a known frame: that calendar week and the next are off.
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 2),
    date(2031, 1, 23),
    date(2032, 2, 11),
    date(2033, 1, 31),
    date(2034, 2, 19),
    date(2035, 2, 8),
    date(2036, 1, 28),
)


@dataclass(frozen=True)
class Week:
    """One row of the table.

    year: `2026-2027`. days: sorted teaching days, not always in one piece (the two halves around Tết, a
    make-up Saturday: Q18, Q20). semester: 1 or 2. closes: hour of the deadline, from the rules in force.
    outages: those on record; the deadline follows from them. Raises ValueError for a week without days.
    """

    year: str
    number: int
    days: tuple[date, ...]
    semester: int
    label: str = ""
    closes: time = _LAST_INSTANT
    outages: tuple[Outage, ...] = ()

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError(f"week {self.number} of {self.year} has no teaching day")
        object.__setattr__(self, "days", tuple(sorted(set(self.days))))

    @property
    def first(self) -> date:
        """The first teaching day."""
        return self.days[0]

    @property
    def last(self) -> date:
        """The last teaching day; the week is open until it is over."""
        return self.days[-1]

    @property
    def usual_deadline(self) -> datetime:
        """Sunday before the first teaching day (R11, Q1), by default 23:59:59; holidays too (Q18, Q19)."""
        sunday = self.first - _DAY * (self.first.weekday() + 1)
        return datetime.combine(sunday, self.closes, VN)

    @cached_property
    def deadline(self) -> datetime:
        """Until when a plan is on time: as usual, or later where outages took away of its last hours."""
        return moved(self.usual_deadline, self.outages) if self.outages else self.usual_deadline

    @property
    def moved_by(self) -> tuple[Outage, ...]:
        """The outages that moved the deadline."""
        return touching(self.usual_deadline, self.outages)


def school_year(day: date) -> str:
    """The school year of `day`, as `2026-2027`; it changes on 1 August."""
    start = day.year if day.month >= YEAR_STARTS_IN else day.year - 1
    return f"{start}-{start + 1}"


def default_weeks(year: str) -> tuple[Week, ...]:
    """The 35 weeks (18 + 17) a new school starts with; every row may be changed afterwards.

    Week 1 begins on the first Monday on or after 4 September. That one rule fits all evidence collected:
    04/09/2023 (the seed's own week 4 = 25/09), 08/09/2025 (week 16 = 22/12), 07/09/2026, 05/09/2022 and
    06/09/2021. For 2024 it gives 09/09: teaching began on Friday 06/09, and a single day is not a week (the
    first week of 2023 held three). Only the Tết break and a known spare week are left out; single holidays
    stay in their week, whose number and deadline do not move (Q19). Two halves around Tết are one week
    (domain.md 5.1, reading b).
    Raises ValueError when `year` is not like `2026-2027`.
    """
    start = _start_year(year)
    monday = _first_monday(start)
    breaks = _SPARE_AND_TET.get(start) or _computed_break(start)
    rows: list[tuple[date, ...]] = []
    while len(rows) < WEEKS:
        days = _without(_weekdays(monday), breaks)
        if rows and days and _are_halves(rows[-1], days):
            rows[-1] += days
        elif days:
            rows.append(days)
        monday += _DAY * 7
    return tuple(Week(year, n, days, _semester(n)) for n, days in enumerate(rows, start=1))


def skip(weeks: Sequence[Week], first: date, last: date) -> tuple[Week, ...]:
    """The table without the days `first` to `last` (storm, epidemic, another Tết).

    A week that keeps a day keeps its number; from a week that loses every day on, each row moves to the next
    row's days and the table grows at its end. Raises ValueError when `last` is before `first`.
    """
    if last < first:
        raise ValueError("a break ends before it begins")
    ordered = sorted(weeks, key=_start)
    kept = [days for w in ordered if (days := _without(w.days, ((first, last),)))]
    monday = _monday(ordered[-1].last) if ordered else first
    while len(kept) < len(ordered):
        monday += _DAY * 7
        kept += [days] if (days := _without(_weekdays(monday), ((first, last),))) else []
    return tuple(replace(week, days=days) for week, days in zip(ordered, kept, strict=True))


def next_week(weeks: Sequence[Week], today: date) -> Week | None:
    """The next row: the earliest week that begins after `today`; None after the last one."""
    return min((w for w in weeks if w.first > today), key=_start, default=None)


def week_of(weeks: Sequence[Week], day: date) -> Week | None:
    """The week `day` belongs to: taught on it, else in its calendar week, else within its span.

    A make-up Saturday belongs to the week whose timetable it replaces (Q20); a Sunday to the week before it.
    """
    monday = _monday(day)
    taught = [w for w in weeks if day in w.days]
    beside = sorted((w for w in weeks if _days_from(w, monday)), key=lambda w: -_days_from(w, monday))
    around = [w for w in weeks if w.first <= day <= w.last]
    return next(iter(taught + beside + around), None)


def with_outages(weeks: Sequence[Week], outages: Sequence[Outage]) -> tuple[Week, ...]:
    """The table as it is with exactly these outages on record."""
    return tuple(replace(week, outages=tuple(outages)) for week in weeks)


def deadline_moves(before: Sequence[Week], after: Sequence[Week]) -> list[dict[str, Any]]:
    """Blanks, one for each week whose deadline differs: `{"week", "was", "now"}`; the same rows in both."""
    return [
        {"week": new.number, "was": old.deadline.isoformat(), "now": new.deadline.isoformat()}
        for old, new in zip(before, after, strict=True)
        if old.deadline != new.deadline
    ]


def week_of_interest(weeks: Sequence[Week], today: date) -> Week:
    """The week being taught; at the weekend, and before the first, the one that comes; else the last."""
    current = week_of(weeks, today)
    if current and current.first <= today <= current.last:
        return current
    return next_week(weeks, today) or weeks[-1]


def find(weeks: Sequence[Week], number: int) -> Week | None:
    """The week with this number, None when the table has none."""
    return next((w for w in weeks if w.number == number), None)


def choices(weeks: Sequence[Week], today: date, count: int = 4) -> tuple[Week, ...]:
    """This week and the next ones, at most `count`, for the buttons of `Sửa`."""
    ahead = (w for w in weeks if _monday(w.last) + _DAY * 6 >= today)
    return tuple(sorted(ahead, key=_start)[:count])


def minutes_late(week: Week, sent_at: datetime, confirmed_at: datetime, effective_week: int = 1) -> int:
    """Whole minutes past the deadline, a begun one counted; 0 when on time (R11, R60, Q29).

    `sent_at` is the chat platform's time of the upload: our downtime is not the teacher's fault. It holds
    when the upload was confirmed within 12 hours, else the confirmation counts (design section 4).
    Weeks before `effective_week` are backfill and never late (R42-R44). Both moments must be aware.
    """
    return 0 if week.number < effective_week else minutes_past(week, judged_at(sent_at, confirmed_at))


def judged_at(sent_at: datetime, confirmed_at: datetime) -> datetime:
    """The moment a submission is judged by: when it was sent, if it was confirmed within 12 hours."""
    return sent_at if confirmed_at - sent_at <= CONFIRM_WITHIN else confirmed_at


def minutes_past(week: Week, judged: datetime) -> int:
    """Whole minutes from the week's deadline to `judged`, a begun one counted; 0 before it."""
    late = judged.replace(microsecond=0) - week.deadline
    return max(0, math.ceil(late / timedelta(minutes=1)))


def excused_minutes(week: Week, marked: int, judged: datetime) -> int:
    """Minutes of a late mark that outages take away: put on record later than the mark was made."""
    return max(0, marked - minutes_past(week, judged)) if marked and week.moved_by else 0


def open_weeks(held: Collection[Week], today: date) -> tuple[Week, ...]:
    """Those of `held` whose last teaching day is not over, approved or not (R12, Q4), earliest first."""
    return tuple(sorted((w for w in held if w.last >= today), key=_start))


def opens_at(held: Collection[Week], wanted: Week, today: date, limit: int = OPEN_WEEKS) -> date | None:
    """None when `wanted` may be handed in today, else the first day when it may (R12, Q4).

    held: the weeks this teacher has handed in, in one register. A new version of a held week and a week
    that is over (backfill) always may.
    """
    others = sorted(w.last for w in held if w.last >= today and not _same(w, wanted))
    handed_in = any(_same(w, wanted) for w in held)
    if handed_in or wanted.last < today or len(others) < limit:
        return None
    return min(others[len(others) - limit], wanted.last) + _DAY


def _start(week: Week) -> tuple[date, int]:
    return week.first, week.number


def _same(one: Week, other: Week) -> bool:
    return (one.year, one.number) == (other.year, other.number)


def _monday(day: date) -> date:
    return day - _DAY * day.weekday()


def _days_from(week: Week, monday: date) -> int:
    return sum(_monday(d) == monday for d in week.days)


def _weekdays(monday: date) -> tuple[date, ...]:
    return tuple(monday + _DAY * n for n in range(_SCHOOL_DAYS))


def _without(days: Sequence[date], breaks: Sequence[tuple[date, date]]) -> tuple[date, ...]:
    return tuple(d for d in days if not any(first <= d <= last for first, last in breaks))


def _are_halves(before: Sequence[date], after: Sequence[date]) -> bool:
    return len(before) + len(after) <= _SCHOOL_DAYS and after[0] - before[-1] > _DAY * 3


def _semester(number: int) -> int:
    return 1 if number <= FIRST_SEMESTER_WEEKS else 2


def _start_year(year: str) -> int:
    start, _, end = year.partition("-")
    if not (start.isdecimal() and end.isdecimal() and int(end) == int(start) + 1):
        raise ValueError(f"{year!r} is not a school year such as 2026-2027")
    return int(start)


def _first_monday(start: int) -> date:
    fourth = date(start, 9, 4)
    return fourth + _DAY * (-fourth.weekday() % 7)


def _computed_break(start: int) -> tuple[tuple[date, date], ...]:
    return tuple((_monday(day), _monday(day) + _DAY * 13) for day in _TET if day.year == start + 1)
