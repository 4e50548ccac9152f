"""A month, a semester or a year in words: the school to its board, to others what they may see."""

from __future__ import annotations

from typing import Any

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.board import Board
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.rates import percent
from hoso_bot.domain.report_events import CouncilAsked
from hoso_bot.domain.spans import Span
from hoso_bot.domain.tally import Tally, tally
from hoso_bot.unit_of_work import UnitOfWork


def show(span: Span, uow: UnitOfWork) -> None:
    """Reply with the span; looks at others' figures are in the log (R36)."""
    boards, sight = boards_of(span, uow), Sight(uow)
    if not boards:
        uow.reply(Message("span.no_weeks", span.facts()))
        return
    seen = [board.seen_by(sight.week_of) for board in boards if not board.backfill]
    if sight.anybody:
        uow.record("report.read", span.code, lines=sum(len(board.lines) for board in seen))
    facts = {
        **span.facts(),
        "weeks": [board.week.number for board in boards],
        "total": _counts(tally(seen)),
        "groups": _groups(seen),
        "trend": _trend(seen),
        "whole_school": sight.anybody,
    }
    uow.reply(Message("span.view", facts, (_files(span),) if sight.whole_school else ()))


def boards_of(span: Span, uow: UnitOfWork) -> tuple[Board, ...]:
    """The boards of its weeks that have begun or are due."""
    weeks = [week for week in span.of(uow.school.weeks(span.year)) if week.first <= uow.today()]
    return uow.boards.of_weeks(weeks, uow.rules, uow.now())


def _counts(counts: Tally) -> dict[str, Any]:
    names = ("owed", "on_time", "late", "missing", "taught", "ready", "held", "returns", "exempt")
    return {**{name: getattr(counts, name) for name in names}, "on_time_rate": percent(counts.on_time_rate)}


def _groups(boards: list[Board]) -> list[dict[str, Any]]:
    named: dict[str, list[Board]] = {}
    for board in boards:
        for group in board.groups():
            named.setdefault(group.group, []).append(group)
    return [{"name": name, **_counts(tally(own))} for name, own in named.items()]


def _trend(boards: list[Board]) -> list[dict[str, Any]]:
    points = [
        {"week": board.week.number, "on_time": _counts(tally([board]))["on_time_rate"]} for board in boards
    ]
    return [point for point in points if point["on_time"] is not None]


def _files(span: Span) -> tuple[Button, ...]:
    return tuple(
        Button(f"council.button.{kind}", CouncilAsked(span.year, span.month, span.semester, kind))
        for kind in ("docx", "pdf")
    )
