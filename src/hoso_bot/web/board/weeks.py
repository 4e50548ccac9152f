"""The week's grid: groups, teachers, how each plan stands, who has it and since when."""

from __future__ import annotations

from typing import Any

from hoso_bot.domain.board import Board, Line, State
from hoso_bot.domain.calendar import Week, find, school_year, week_of_interest
from hoso_bot.domain.cards import week_facts
from hoso_bot.reports.sign_shapes import ORDER
from hoso_bot.web.board.visit import Asked, NotHere, Page, Visit


def show_week(visit: Visit, asked: Asked) -> Page:
    """`/bang`, `/bang?tuan=13&nam=2026-2027`: one week, by default the one of interest."""
    week, weeks = _wanted(visit, asked)
    board = visit.uow.boards.of_week(week, visit.uow.rules, visit.now).seen_by(visit.sight.week_of)
    visit.look("report.read", f"{week.year}-T{week.number:02d}", lines=len(board.lines))
    facts = {
        **week_facts(week),
        "year": week.year,
        "label": week.label,
        "at": visit.now.isoformat(),
        "total": board.figures(),
        "legend": _legend(board),
        "groups": [_group(group, visit) for group in board.groups()],
        "with_parts": any(line.part for line in board.lines),
        "backfill": board.backfill,
        "whole_school": visit.sight.whole_school,
        **_beside(week, weeks, visit),
    }
    return Page("week.html", facts, "week")


def _wanted(visit: Visit, asked: Asked) -> tuple[Week, tuple[Week, ...]]:
    """(the week asked for, the table of its year). Raises NotHere."""
    this_year = school_year(visit.uow.today())
    year, number = asked.query.get("nam", this_year), asked.query.get("tuan", "")
    weeks = visit.uow.weeks() if year == this_year else visit.uow.school.weeks(year)
    if not weeks:
        raise NotHere
    if not number:
        return week_of_interest(weeks, visit.uow.today()), weeks
    week = find(weeks, int(number)) if number.isascii() and number.isdecimal() else None
    if week is None:
        raise NotHere
    return week, weeks


def _beside(week: Week, weeks: tuple[Week, ...], visit: Visit) -> dict[str, Any]:
    """The ways to other weeks and years."""
    at = [one.number for one in weeks].index(week.number)
    current = week_of_interest(weeks, visit.uow.today()) if week.year == _this_year(visit) else None
    years = visit.uow.school.years()
    return {
        "weeks": [week_facts(one) for one in weeks],
        "before": week_facts(weeks[at - 1]) if at else None,
        "after": week_facts(weeks[at + 1]) if at + 1 < len(weeks) else None,
        "current": current.number if current else None,
        "years": years,
    }


def _this_year(visit: Visit) -> str:
    return school_year(visit.uow.today())


def _legend(board: Board) -> list[dict[str, Any]]:
    """Every state that occurs, from approved to exempt; share: of the plans owed, in thousandths."""
    owed = len(board.owed)
    return [
        {
            "standing": state.value,
            "count": board.count(state),
            "share": 0 if state is State.EXEMPT else round(1000 * board.count(state) / owed),
        }
        for state in ORDER
        if board.count(state)
    ]


def _group(group: Board, visit: Visit) -> dict[str, Any]:
    return {
        "name": group.group,
        "done": group.count(State.APPROVED),
        "owed": len(group.owed),
        "lines": [line_facts(line, visit) for line in group.lines],
    }


def line_facts(line: Line, visit: Visit) -> dict[str, Any]:
    """Blanks about one plan owed; holder: who has it, since when and how many minutes."""
    wait = line.waiting
    return {
        "person_id": line.person.id,
        "name": line.person.name,
        "staff_id": line.person.staff_id,
        **line.facts(),
        "plan_id": line.plan_id,
        "first_at": line.first_at.isoformat() if line.first_at else "",
        "approved_at": line.approved_at.isoformat() if line.approved_at else "",
        "holder": visit.name(wait.person_id) if wait else "",
        "since": wait.since.isoformat() if wait else "",
        "minutes": wait.minutes(visit.now) if wait else 0,
        "on_portal": line.on_portal is not None,
    }
