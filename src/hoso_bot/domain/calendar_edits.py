"""Edits of the week table by the school: one week's days, a break, and what moves by it.

The storm that closes the school moves deadlines; what was handed in keeps the minutes it was judged by
(domain.md 5.2), because a submission stores them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from hoso_bot.domain.calendar import Week, find, school_year, skip
from hoso_bot.domain.errors import HosoError

HIGHEST_NUMBER = 60

_DAY_SHAPES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})(?:[/.-](?P<y>\d{4}))?"),
)


class CalendarRefused(HosoError):
    """The week table cannot be changed this way; nothing was changed."""

    exit_code = 1

    def __init__(self, text_key: str, message: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.text_key = text_key


@dataclass(frozen=True)
class Move:
    """One week before and after an edit; None where there was none before."""

    number: int
    before: Week | None
    after: Week

    def facts(self) -> dict[str, Any]:
        """Blanks for a sentence: ISO days and deadlines, `days` only when they are not one piece."""
        return {
            "week": self.number,
            "was": _span(self.before) if self.before else None,
            "now": _span(self.after),
            "label": self.after.label,
        }


def moves(before: Sequence[Week], after: Sequence[Week]) -> tuple[Move, ...]:
    """The weeks that an edit changes, by number; deadlines that stay may still have other days."""
    pairs = ((find(before, week.number), week) for week in after)
    return tuple(Move(week.number, old, week) for old, week in pairs if old != week)


def without_days(weeks: Sequence[Week], first: date, last: date) -> tuple[Week, ...]:
    """The table without the days `first` to `last` (storm, holiday). Raises CalendarRefused."""
    if last < first:
        raise CalendarRefused("calendar.break_backwards", f"{last} is before {first}")
    if not any(first <= day <= last for week in weeks for day in week.days):
        raise CalendarRefused("calendar.no_lessons_then", f"no teaching day from {first} to {last}")
    return skip(weeks, first, last)


def set_week(
    weeks: Sequence[Week], number: int, days: Collection[date], label: str | None = None
) -> tuple[Week, ...]:
    """The table with exactly these days for one week: two halves around Tết, a make-up Saturday (Q18, Q20).

    A number the table lacks (week 0, week 36) becomes a new row. label None: kept.
    Raises CalendarRefused for no days, a day of another year or another week, or a week out of order.
    """
    year = _one_year(weeks, number, days)
    for week in weeks:
        if week.number != number and (shared := sorted(set(days) & set(week.days))):
            raise CalendarRefused(
                "calendar.day_taken",
                f"{shared[0]} belongs to week {week.number}; take it out there first",
                day=shared[0].isoformat(),
                other=week.number,
            )
    old = find(weeks, number)
    row = replace(old, days=tuple(days)) if old else Week(year, number, tuple(days), _semester(weeks, number))
    row = row if label is None else replace(row, label=label)
    table = sorted([*(w for w in weeks if w.number != number), row], key=lambda week: week.number)
    _must_be_in_order(table)
    return tuple(table)


def _one_year(weeks: Sequence[Week], number: int, days: Collection[date]) -> str:
    if not 0 <= number <= HIGHEST_NUMBER:
        raise CalendarRefused("calendar.number", f"a week's number is 0 to {HIGHEST_NUMBER}", week=number)
    if not days:
        raise CalendarRefused("calendar.no_days", "a week needs at least one day")
    years = {school_year(day) for day in days} | {week.year for week in weeks}
    if len(years) > 1:
        raise CalendarRefused("calendar.two_years", f"these days are of {' and '.join(sorted(years))}")
    return years.pop()


def _must_be_in_order(table: Sequence[Week]) -> None:
    for earlier, week in pairwise(table):
        if week.first <= earlier.first:
            raise CalendarRefused(
                "calendar.order",
                f"week {week.number} would begin before week {earlier.number}",
                week=week.number,
                other=earlier.number,
            )


def _semester(weeks: Sequence[Week], number: int) -> int:
    earlier = [week for week in weeks if week.number < number]
    return max(earlier, key=lambda week: week.number).semester if earlier else 1


def fingerprint(weeks: Sequence[Week]) -> str:
    """16 hex digits that change with any number, day or label: a confirmation is about one very table."""
    rows = [(week.year, week.number, [d.isoformat() for d in week.days], week.label) for week in weeks]
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


def read_day(text: str, year: str) -> date | None:
    """`05/02/2027`, `5-2-2027`, `2027-02-05`, or `05/02` within `year`; None for anything else."""
    for shape in _DAY_SHAPES:
        if found := shape.fullmatch(text.strip()):
            return _day(found.groupdict(), year)
    return None


def _day(parts: dict[str, str | None], year: str) -> date | None:
    month, day = int(parts["m"] or 0), int(parts["d"] or 0)
    years = [int(parts["y"])] if parts["y"] else [int(y) for y in year.split("-")]
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if parts["y"] or school_year(found) == year:
            return found
    return None


def _span(week: Week) -> dict[str, Any]:
    whole = (week.last - week.first).days + 1 == len(week.days)
    return {
        "first": week.first.isoformat(),
        "last": week.last.isoformat(),
        "days": [] if whole else [day.isoformat() for day in week.days],
        "deadline": week.deadline.isoformat(),
    }
