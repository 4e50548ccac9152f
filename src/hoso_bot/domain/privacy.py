"""What a school holds about one person, and until when it answers a request about it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any

from hoso_bot.domain.calendar import VN

WORKING_DAYS = 2
"""A request is answered within so many (Decree 356/2025/NĐ-CP)."""
CLOSES, OPENS = time(17, 0), time(9, 0)
_SATURDAY = 5


def answer_by(asked: datetime) -> datetime:
    """Until when a request has to be answered: the end of the second working day after it was made.

    Monday to Friday are working days; public holidays are not known here, so around them it errs early.
    """
    return _working_day(asked, WORKING_DAYS, CLOSES)


def next_reminder(now: datetime) -> datetime:
    """When a request that is overdue is brought up again: the next working morning."""
    return _working_day(now, 1, OPENS)


def _working_day(after: datetime, count: int, at: time) -> datetime:
    day = after.astimezone(VN).date()
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return datetime.combine(day, at, VN)


@dataclass(frozen=True)
class YearHeld:
    """Of one school year: plans handed in, their versions, and the bytes of all their files."""

    year: str
    plans: int
    versions: int
    size: int


@dataclass(frozen=True)
class Held:
    """Counts about one person.

    drafts: files sent and never handed in. decisions: steps this person decided. questions, requests: asked
    of support, and about the own data; lines, files: written in them. reminders: messages of the ledger.
    leave: weeks off, asked for or given. cases: of R41, that the person was asked about. written, about:
    entries of the log by and about the person.
    certificates: ever issued. evaluated: frozen rows of figures; opinions: words about them.
    """

    years: tuple[YearHeld, ...]
    drafts: int
    decisions: int
    questions: int
    requests: int
    lines: int
    files: int
    reminders: int
    leave: int
    cases: int
    written: int
    about: int
    certificates: int
    evaluated: int = 0
    opinions: int = 0

    def facts(self) -> dict[str, Any]:
        """As JSON data."""
        return asdict(self)
