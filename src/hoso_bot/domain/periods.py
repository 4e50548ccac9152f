"""Spans of days as people give them: by button, or typed like `12/10 - 14/10`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import HosoError

MAX_DAYS = 120
_DAY = timedelta(days=1)
_WRITTEN = re.compile(r"(?<!\d)(\d{1,2})\s*[/.]\s*(\d{1,2})(?:\s*[/.]\s*(\d{4}|\d{2}))?(?!\d)")


_IN_ENGLISH = {
    "period.unreadable": "these are no days from … to …",
    "period.over": "these days are over already",
    "period.too_long": f"more than {MAX_DAYS} days",
}


class BadPeriod(HosoError):
    """No usable span of days; `text_key` says why."""

    def __init__(self, text_key: str) -> None:
        super().__init__(_IN_ENGLISH[text_key])
        self.text_key = text_key


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included; in Vietnam's time it ends at midnight after `last`."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """True on the first day, on the last day and between them (Q12)."""
        return self.first <= day <= self.last

    @property
    def begins(self) -> datetime:
        """The first instant, aware."""
        return datetime.combine(self.first, time(), VN)

    @property
    def ends(self) -> datetime:
        """The first instant after it, aware."""
        return datetime.combine(self.last + _DAY, time(), VN)

    def as_json(self) -> dict[str, str]:
        """First and last day in ISO, for sentences, the log and the database."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}


def offered(today: date) -> tuple[tuple[str, Period], ...]:
    """What buttons offer: (text key, period); weeks end on Sunday."""
    sunday = today + _DAY * (6 - today.weekday())
    tomorrow = today + _DAY
    return (
        ("period.today", Period(today, today)),
        ("period.tomorrow", Period(tomorrow, tomorrow)),
        ("period.this_week", Period(today, sunday)),
        ("period.next_week", Period(today, sunday + _DAY * 7)),
    )


def read_period(text: str, today: date) -> Period:
    """The span in `text`: one date, or two. Without a year the nearest one is meant.

    Days already gone are left out. Raises BadPeriod: unreadable, over, longer than MAX_DAYS.
    """
    found = [_date(match, today) for match in _WRITTEN.finditer(text)]
    days = [day for day in found if day is not None]
    if not days or len(days) != len(found) or len(days) > 2:
        raise BadPeriod("period.unreadable")
    first, last = days[0], days[-1]
    if last < first and last.month < first.month:  # 28/12 - 03/01
        last = _valid(last.year + 1, last.month, last.day) or last
    return checked(first, last, today)


def chosen_period(typed: str, first: str, last: str, today: date) -> Period:
    """The answer to "from when to when": `typed`, else a button's ISO days. Raises BadPeriod."""
    if typed:
        return read_period(typed, today)
    return checked(date.fromisoformat(first), date.fromisoformat(last), today)


def checked(first: date, last: date, today: date) -> Period:
    """The span as it can still be used. Raises BadPeriod."""
    if last < first:
        raise BadPeriod("period.unreadable")
    if last < today:
        raise BadPeriod("period.over")
    if (last - max(first, today)).days >= MAX_DAYS:
        raise BadPeriod("period.too_long")
    return Period(max(first, today), last)


def _date(match: re.Match[str], today: date) -> date | None:
    day, month, year = match.groups()
    years = [int(year) % 100 + 2000] if year else [today.year - 1, today.year, today.year + 1]
    possible = [found for y in years if (found := _valid(y, int(month), int(day)))]
    return min(possible, key=lambda found: abs((found - today).days), default=None)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
