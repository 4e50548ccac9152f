"""`/baocao`: the week's board, to each what they may see: board the school, head the group, teacher the own.

Nothing of it ever goes to a chat of several people, and looks of board and heads are in the log.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hoso_bot.casework import overview
from hoso_bot.casework.sight import Sight
from hoso_bot.domain import events as ev
from hoso_bot.domain import report_events as rep
from hoso_bot.domain.board import Board, Line
from hoso_bot.domain.calendar import Week, find, next_week, week_of, week_of_interest
from hoso_bot.domain.cards import week_facts
from hoso_bot.domain.evaluation_events import EvaluationsAsked, OwnFiguresAsked
from hoso_bot.domain.messages import Attachment, Button, Message
from hoso_bot.domain.spans import read_span
from hoso_bot.domain.tally import of_person, tally
from hoso_bot.reports.delivery import passing
from hoso_bot.unit_of_work import UnitOfWork


def show(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/baocao`, `/baocao 13`: this week's board, from Friday on the next one's; `/baocao hk1`."""
    words, weeks = event.argument.split(), uow.weeks()
    if not words:
        _show(week_of_interest(weeks, uow.today()), uow)
    elif len(words) == 1 and words[0].isdecimal() and (week := find(weeks, int(words[0]))):
        _show(week, uow)
    elif span := read_span(event.argument, weeks[0].year):
        overview.show(span, uow)
    else:
        facts = {"lowest": weeks[0].number, "highest": weeks[-1].number}
        uow.reply(Message("report.which_week", facts))


def show_week(event: rep.BoardAsked, uow: UnitOfWork) -> None:
    """A button with another week."""
    _show(uow.week(event.year, event.week), uow)


def send_workbook(event: rep.WorkbookAsked, uow: UnitOfWork) -> None:
    """`Excel`: the workbook of a week or of the year; for the board and the office (R36, R52)."""
    from hoso_bot.reports.workbook import Report, write_week, write_year  # openpyxl is for who asks only

    people = {person.id: person for person in uow.people.all()}
    report = Report(uow.school.row().name, event.year, uow.now(), people, uow.words, uow.boards.log_head())
    target, subject = uow.files.new_temporary(), event.year
    if event.week is None:
        boards = uow.boards.of_weeks(uow.school.weeks(event.year), uow.rules, uow.now())
        write_year(boards, report, target)
    else:
        board = uow.boards.of_week(uow.week(event.year, event.week), uow.rules, uow.now())
        write_week(board, report, target)
        subject = f"{event.year}-T{event.week:02d}"
    uow.record("report.exported", subject, kind="xlsx")
    file = passing(target, f"KHBD-{subject}.xlsx", uow)
    uow.reply(Message("report.workbook", {"year": event.year, "week": event.week}, (), file))


def _show(week: Week, uow: UnitOfWork) -> None:
    sight = Sight(uow)
    seen = uow.boards.of_week(week, uow.rules, uow.now()).seen_by(sight.week_of)
    if sight.anybody:
        uow.record("report.read", f"{week.year}-T{week.number:02d}", lines=len(seen.lines))
    message = _of_school(seen, uow) if sight.anybody else _of_teacher(seen, uow)
    uow.reply(message)


def _of_school(board: Board, uow: UnitOfWork) -> Message:
    facts = {
        **week_facts(board.week),
        "total": board.figures(),
        "groups": [{"name": group.group, **group.figures()} for group in board.groups()],
    }
    return Message("report.week", facts, _buttons(board.week, uow), picture=_picture(board, uow))


def _of_teacher(board: Board, uow: UnitOfWork) -> Message:
    facts = {
        **week_facts(board.week),
        "lines": [_line(line, board, uow) for line in board.lines],
        "own_figures": _own_figures(board.week, uow),
    }
    return Message("report.own", facts, _buttons(board.week, uow), picture=_picture(board, uow))


def _own_figures(week: Week, uow: UnitOfWork) -> dict[str, int] | None:
    """The person's own semester so far, before anybody puts it on a sheet; None while nothing was owed."""
    weeks = [w for w in uow.school.weeks(week.year) if w.semester == week.semester]
    boards = uow.boards.of_weeks(weeks, uow.rules, uow.now(), only=uow.actor)
    counted = tally(of_person(boards, uow.actor.id))
    names = ("owed", "on_time", "late", "missing", "taught", "ready", "held", "returns")
    figures = {name: getattr(counted, name) for name in names}
    return {**figures, "semester": week.semester} if counted.owed else None


def _line(line: Line, board: Board, uow: UnitOfWork) -> dict[str, Any]:
    wait = line.waiting
    return {
        **line.facts(),
        "holder": uow.people.get(wait.person_id).name if wait else "",
        "held": wait.minutes(board.at) if wait else 0,
    }


def _picture(board: Board, uow: UnitOfWork) -> Attachment | None:
    """None where there is nothing to draw; the words say it all anyway."""
    if not board.lines:
        return None
    from hoso_bot.reports.picture import draw_board  # and Pillow with it

    target = uow.files.new_temporary()
    draw_board(board, uow.school.row().name, "", uow.words, target)
    return passing(target, f"tuan-{board.week.number:02d}.jpg", uow)


def _buttons(week: Week, uow: UnitOfWork) -> tuple[tuple[Button, ...], ...]:
    """This week and the next one, whichever is not shown; files for the board."""
    weeks, today = uow.weeks(), uow.today()
    ahead = next_week(weeks, today)
    named = {"report.button.this_week": week_of(weeks, today), "report.button.next_week": ahead}
    beside = tuple(
        Button(key, rep.BoardAsked(w.year, w.number), {"week": w.number})
        for key, w in named.items()
        if w and (w.year, w.number) != (week.year, week.number)
    )
    files = _files(week) if Sight(uow).whole_school else ()
    on_web = (Button("report.button.on_web", rep.WebBoardAsked()),) if Sight(uow).anybody else ()
    longer = (Button("council.button.periods", rep.SpansAsked()),)
    return tuple(row for row in (beside, longer, *files, on_web, *_own_evaluations(week.year, uow)) if row)


def _own_evaluations(year: str, uow: UnitOfWork) -> Iterator[tuple[Button, ...]]:
    """The own frozen figures of the year."""
    for one in uow.evaluations.of_year(year):
        if uow.evaluations.row(one.id, uow.actor.id):
            facts = {"term": one.term.value}
            yield (Button("evaluation.button.own", OwnFiguresAsked(one.id), facts),)


def _files(week: Week) -> tuple[tuple[Button, ...], ...]:
    sheets = (
        Button("report.button.week_sheet", rep.WorkbookAsked(week.year, week.number), {"week": week.number}),
        Button("report.button.year_sheet", rep.WorkbookAsked(week.year)),
    )
    bundle = Button("report.button.bundle", rep.BundleOffered(week.year, week.number), {"week": week.number})
    return sheets, (bundle,), (Button("evaluation.button.menu", EvaluationsAsked()),)
