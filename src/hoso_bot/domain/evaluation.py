"""Figures for emulation: frozen once, disputed for some working days, adjusted in the open (R53). Pure.

A frozen figure is never rewritten: an adjustment stands beside it, signed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from hoso_bot.domain.calendar import VN, Week
from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.figures import Figures
from hoso_bot.domain.scheme import Scheme

WINDOW_DAYS = 5
"""Working days to look at the own figures and to disagree."""
REMINDED_AT = time(16, 30)
_DAY = timedelta(days=1)


class Term(StrEnum):
    """The period of a freeze."""

    FIRST = "1"
    SECOND = "2"
    YEAR = "year"

    def covers(self, week: Week) -> bool:
        """Whether the week belongs to it."""
        return self is Term.YEAR or str(week.semester) == self.value


class EvaluationRefused(HosoError):
    """This cannot be done with these figures; `text_key` and facts say why."""

    exit_code = 1

    def __init__(self, text_key: str, message: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.text_key = text_key


@dataclass(frozen=True)
class Evaluation:
    """A freeze. closes_on: last day to disagree; log: number and hash of the newest log entry before it.

    outages: blanks of those that moved a deadline of the period. scheme: the school's weights then.
    """

    id: str
    year: str
    term: Term
    version: str
    frozen_at: datetime
    frozen_by: str
    closes_on: date
    fingerprint: str
    log: tuple[int, str]
    outages: tuple[dict[str, Any], ...] = ()
    scheme: Scheme = field(default_factory=Scheme)

    @property
    def ends(self) -> datetime:
        """The first moment after the window."""
        return datetime.combine(self.closes_on + _DAY, time(), VN)

    def facts(self) -> dict[str, Any]:
        """Blanks: period, when frozen, until when one may disagree."""
        return {
            "year": self.year,
            "term": self.term.value,
            "frozen_at": self.frozen_at.isoformat(),
            "closes_on": self.closes_on.isoformat(),
        }


def to_freeze(weeks: Sequence[Week], term: Term, now: datetime, effective: Collection[int]) -> list[Week]:
    """The weeks of a period that count. effective: numbers of the weeks that are no backfill.

    Raises EvaluationRefused while one of them has not begun, or when there is none.
    """
    chosen = [week for week in weeks if term.covers(week) and week.number in effective]
    if not chosen:
        raise EvaluationRefused("evaluation.no_weeks", "no week of this period counts")
    last = max(chosen, key=lambda week: week.first)
    begins = max(datetime.combine(last.first + _DAY, time(), VN), last.deadline + timedelta(seconds=1))
    if now < begins:
        raise EvaluationRefused(
            "evaluation.too_early",
            f"week {last.number} is not begun; possible from {begins:%Y-%m-%d %H:%M}",
            week=last.number,
            at=begins.isoformat(),
        )
    return chosen


def is_working_day(day: date, weeks: Sequence[Week]) -> bool:
    """Monday to Friday, but for days within the school's table on which nothing is taught."""
    if day.weekday() >= 5:
        return False
    taught = {d for week in weeks for d in week.days}
    return not taught or not min(taught) <= day <= max(taught) or day in taught


def working_day_after(day: date, count: int, weeks: Sequence[Week]) -> date:
    """The `count`-th working day after `day`; before it where `count` is negative."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day, weeks):
            day += step
    return day


def reminder_at(closes_on: date, weeks: Sequence[Week]) -> datetime:
    """When who has not looked yet is reminded: in the afternoon of the working day before the last one."""
    return datetime.combine(working_day_after(closes_on, -1, weeks), REMINDED_AT, VN)


# --- disagreeing --------------------------------------------------------------------------------------

KEPT, ADJUSTED = "kept", "adjusted"
ADJUSTABLE = (
    *("owed", "on_time", "late", "missing", "taught", "ready", "held", "returns", "exempt"),
    *("before_lesson", "violations"),
)
_PARTS = (
    ("owed", ("on_time", "late", "missing")),
    ("taught", ("ready", "held")),
    ("owed", ("taught",)),
    ("judged", ("before_lesson",)),
)
"""What may not add up to more than its whole."""


@dataclass(frozen=True)
class Dispute:
    """One person's words about the own figures, and what became of them. answer: '', kept or adjusted."""

    id: str
    evaluation_id: str
    person_id: str
    words: str
    at: datetime
    answer: str = ""
    reason: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Adjustment:
    """A signed line beside a frozen figure. by: name of who decided; `old` is what stood there before."""

    person_id: str
    figure: str
    old: int
    new: int
    reason: str
    by: str
    at: datetime


def adjusted(figures: Figures, adjustments: Sequence[Adjustment]) -> Figures:
    """The figures as they count after these adjustments, in their order."""
    for one in adjustments:
        figures = replace(figures, **{one.figure: one.new})
    return figures


def adjustment_problem(figures: Figures, figure: str, new: int) -> tuple[str, dict[str, Any]] | None:
    """Why `figure` cannot become `new`, as text key and blanks; None when it can."""
    old = getattr(figures, figure) if figure in ADJUSTABLE else None
    if old is None or new < 0:
        return "evaluation.no_such_figure", {}
    if new == old:
        return "evaluation.same_figure", {"figure": figure, "old": old}
    after = replace(figures, **{figure: new})
    for whole, parts in _PARTS:
        if figure in (whole, *parts) and sum(getattr(after, part) for part in parts) > getattr(after, whole):
            return "evaluation.more_than_whole", {"whole": whole, "pieces": list(parts)}
    return None


def adjustables(figures: Figures) -> tuple[str, ...]:
    """What of this person's figures an adjustment may name."""
    names = [name for name in ADJUSTABLE if getattr(figures, name) is not None]
    return tuple(name for name in names if name != "before_lesson" or figures.approves)


def is_final(evaluation: Evaluation, disputes: Sequence[Dispute], now: datetime) -> bool:
    """Whether the sheet may leave without `BẢN NHÁP`: the window is over and everybody has an answer."""
    return now >= evaluation.ends and all(dispute.answer for dispute in disputes)
