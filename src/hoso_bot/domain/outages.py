"""Outages the school put on record, and the deadline they move: for everybody, by what was lost. Pure.

An outage counts for a deadline when it touches the last 24 hours before it. What was lost of them is given
back from the deadline on, or from the outage's end where it ran past it; a moment before noon becomes noon,
because nobody should have to sit up at night for it (R60, domain.md 10.2; decision 0032).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from hoso_bot.domain.errors import HosoError

LAST_HOURS = timedelta(hours=24)
LONGEST = timedelta(days=14)
AHEAD = timedelta(days=7)
"""An announced outage may be put on record before it begins."""
_NOON = time(12)
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:hg](\d{2})?(?!\d)", re.IGNORECASE)
_DAY = re.compile(r"(?<![\d:])(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?(?!\d)")


class Cause(StrEnum):
    """What did not work; every cause moves deadlines alike."""

    BOT = "bot"
    CHAT = "chat"
    PORTAL = "portal"
    POWER = "power"


class OutageRefused(HosoError):
    """This cannot be put on record; `text_key` says why."""

    exit_code = 1

    def __init__(self, text_key: str, message: str) -> None:
        super().__init__(message)
        self.text_key = text_key


@dataclass(frozen=True)
class Outage:
    """start, end: aware moments. by: staff id of who put it on record."""

    id: str
    cause: Cause
    start: datetime
    end: datetime
    by: str = ""

    def facts(self) -> dict[str, Any]:
        """Blanks: cause and moments."""
        return {"cause": self.cause.value, "start": self.start.isoformat(), "end": self.end.isoformat()}


def checked(outage: Outage, now: datetime) -> Outage:
    """The outage itself. Raises OutageRefused: ends before it begins, too long, too far ahead."""
    if outage.end <= outage.start:
        raise OutageRefused("outage.backwards", "an outage ends after it begins")
    if outage.end - outage.start > LONGEST:
        raise OutageRefused("outage.too_long", f"an outage lasts at most {LONGEST.days} days")
    if outage.start > now + AHEAD:
        raise OutageRefused("outage.too_far", f"an outage begins at most {AHEAD.days} days from now")
    return outage


def moved(deadline: datetime, outages: Iterable[Outage]) -> datetime:
    """The deadline after these outages, one after another; the same where none touches its last 24 hours."""
    for start, end in _merged(outages):
        lost = min(end, deadline) - max(start, deadline - LAST_HOURS)
        if lost > timedelta():
            resumed = max(end.astimezone(deadline.tzinfo), deadline)
            deadline = _not_before_noon(resumed + lost)
    return deadline


def touching(deadline: datetime, outages: Iterable[Outage]) -> tuple[Outage, ...]:
    """Those that moved it: each touches the last 24 hours before the deadline as it stood, in order."""
    ordered = sorted(outages, key=lambda outage: outage.start)
    return tuple(
        outage
        for index, outage in enumerate(ordered)
        if outage.start < (at := moved(deadline, ordered[:index])) and outage.end > at - LAST_HOURS
    )


def _merged(outages: Iterable[Outage]) -> list[tuple[datetime, datetime]]:
    """Their times in order; what overlaps is one, so nothing is given back twice."""
    spans: list[tuple[datetime, datetime]] = []
    for outage in sorted(outages, key=lambda outage: outage.start):
        if spans and outage.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], outage.end))
        else:
            spans.append((outage.start, outage.end))
    return spans


def _not_before_noon(at: datetime) -> datetime:
    return max(at, datetime.combine(at.date(), _NOON, at.tzinfo))


def read_span(text: str, now: datetime) -> tuple[datetime, datetime]:
    """From when to when, as people type it: `19:00 - 23:30 29/11`, `22h 28/11 đến 6h30 29/11`.

    now: aware, in Vietnam's time; it gives a day without a year its nearest one. Two hours and one or two
    days are needed; 24:00 is the end of a day. Raises OutageRefused.
    """
    try:
        first, last = (_hour(found) for found in _TIME.finditer(text))
        days = [_day(found, now) for found in _DAY.finditer(text)]
        start, end = days if len(days) == 2 else days * 2
    except ValueError:
        raise OutageRefused("outage.unreadable", "needs two hours and one or two days") from None
    return start + first, end + last


def _hour(found: re.Match[str]) -> timedelta:
    hour, minute = int(found[1]), int(found[2] or 0)
    span = timedelta(hours=hour, minutes=minute)
    if minute >= 60 or span > timedelta(days=1):
        raise ValueError("no hour of a day")
    return span


def _day(found: re.Match[str], now: datetime) -> datetime:
    """Raises ValueError: no such day."""
    years = [int(found[3])] if found[3] else [now.year - 1, now.year, now.year + 1]
    possible = []
    for year in years:
        try:
            possible.append(datetime(year, int(found[2]), int(found[1]), tzinfo=now.tzinfo))
        except ValueError:
            continue
    return min(possible, key=lambda day: abs(day - now))
