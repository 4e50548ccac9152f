"""Where lessons, weekdays and dates stand in a plan: what tells one week from several is measured by them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hoso_bot.domain.teaching_dates import TeachingDate
from hoso_bot.domain.week_numbers import Line

Place = tuple[int, int]  # page and position
_LINES_OF_A_FOOT = 3


@dataclass(frozen=True)
class Landmarks:
    """Where lessons and weekdays begin, as (page, position), and the days of dates there (ordinals).

    weekdays: with 0 for Monday. lines: how many lines each page has, for files that are schedules without
    lessons.
    """

    lessons: tuple[Place, ...] = ()
    weekdays: tuple[tuple[int, int, int], ...] = ()
    dated: tuple[tuple[int, int, int], ...] = ()  # page, position, ordinal of the day
    lines: tuple[int, ...] = ()

    @property
    def mondays(self) -> list[Place]:
        """Where Mondays begin."""
        return [(page, position) for page, position, weekday in self.weekdays if weekday == 0]

    def lessons_between(self, start: Place, end: Place) -> int:
        """Lessons that begin from `start` on, before `end`."""
        return bisect_left(self.lessons, end) - bisect_left(self.lessons, start)

    def lines_between(self, start: Place, end: Place) -> int:
        """Lines from `start` on, before `end`."""
        return self._line(end) - self._line(start)

    def _line(self, place: Place) -> int:
        page = min(place[0] - 1, len(self.lines))
        return sum(self.lines[:page]) + (place[1] if page < len(self.lines) else 0)

    def is_foot(self, place: Place) -> bool:
        """True for one of the last lines of a page."""
        return place[1] >= max(_LINES_OF_A_FOOT, self.lines[place[0] - 1] - _LINES_OF_A_FOOT)


def monday_of(day: int) -> int:
    """The ordinal of the Monday of a day's calendar week (ordinal 1 was a Monday)."""
    return day - (day - 1) % 7


_WEEKDAY = re.compile(
    r"^\W*(?:tuan\W*\d+\W*)?(?:buoi \w+\W+)?(?:ngay (?:day|giang)\W*)?"
    r"thu\s*(hai|ba|tu|bon|nam|sau|bay|[2-7])\b(?!\s*[/.]\s*\d)"
)
_WEEKDAYS = {"hai": 0, "ba": 1, "tu": 2, "bon": 2, "nam": 3, "sau": 4, "bay": 5}


def landmarks(lines: Sequence[Line], lessons: tuple[Place, ...], days: Sequence[TeachingDate]) -> Landmarks:
    """Those of a file: its lines, where its lessons begin, its days of teaching."""
    counts = Counter(line.page for line in lines)
    return Landmarks(
        lessons=lessons,
        weekdays=tuple(_weekdays(lines)),
        dated=tuple((item.page, item.position, item.day.toordinal()) for item in days),
        lines=tuple(counts[page] for page in range(1, max(counts, default=0) + 1)),
    )


def _weekdays(lines: Sequence[Line]) -> Iterator[tuple[int, int, int]]:
    for line in lines:
        match = _WEEKDAY.match(line.key) if "thu" in line.key else None
        if match:
            named = match[1]
            yield line.page, line.position, int(named) - 2 if named.isdigit() else _WEEKDAYS[named]
