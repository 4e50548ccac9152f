"""The sheets of a week and of a year, each workbook with the definitions of its figures (R51, R52)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from hoso_bot.domain.board import NOT_HANDED_IN, Board, Line, State
from hoso_bot.domain.cards import week_facts
from hoso_bot.domain.roster import Person
from hoso_bot.domain.tally import (
    VERSION,
    Tally,
    approvers,
    is_ready,
    months,
    of_person,
    people_on,
    semesters,
    tally,
)
from hoso_bot.lookups import Words
from hoso_bot.reports.definitions import SIGNS, add_definitions
from hoso_bot.reports.emulation import add_emulation
from hoso_bot.reports.table import (
    HOURS,
    MOMENT,
    SHARE,
    TEXT,
    WHOLE,
    Column,
    Value,
    add_table,
    hours,
    new_workbook,
    without_empty,
)


@dataclass(frozen=True)
class Report:
    """What every workbook needs besides its boards. people: everybody by id, for the names of approvers.

    log_head: number and hash of the newest log entry: printed, it witnesses that the log before it stays.
    """

    school: str
    year: str
    at: datetime
    people: Mapping[str, Person]
    words: Words
    log_head: tuple[int, str] = (0, "")

    def heading(self, what: str, note: str = "") -> tuple[str, str, str]:
        """The lines above a table."""
        made = self.words("report.made", at=self.at.isoformat(), year=self.year, version=VERSION)
        return f"{self.school} – {what}", made, note


def write_week(board: Board, report: Report, target: Path) -> None:
    """Write one week's workbook: every line, groups, approvers, definitions. Raises OSError."""
    words, book = report.words, new_workbook()
    title = words("report.title", **week_facts(board.week))
    dates = words("report.dates", **week_facts(board.week))
    lines = [line for group in board.groups() for line in group.lines]
    rows = [_line(number, line, report) for number, line in enumerate(lines, start=1)]
    columns, rows = without_empty(_line_columns(words), rows)
    add_table(book, title, report.heading(f"{title} ({dates})"), columns, rows)
    _groups(book, [board], report)
    _approvers(book, [board], report)
    add_definitions(book, report.heading(words("report.tab.definitions")), report.log_head, words)
    book.save(target)


def write_year(boards: Sequence[Board], report: Report, target: Path) -> None:
    """Write a year's workbook: year, semesters, months and weeks by teacher, groups, approvers, definitions.

    boards: the weeks of one school year in order. Raises OSError.
    """
    words, book = report.words, new_workbook()
    _people(book, words("report.tab.year"), boards, report)
    for semester, own in semesters(boards).items():
        _people(book, words("report.tab.semester", number=semester), own, report)
    over = [board for board in boards if board.is_over and not board.backfill]
    _grid(book, words("report.tab.months"), months(over), report)
    _weeks(book, over, report)
    _groups(book, boards, report)
    _approvers(book, boards, report)
    name = words("report.tab.emulation")
    add_emulation(book, report.heading(name, words("report.emulation_note")), boards, words)
    add_definitions(book, report.heading(words("report.tab.definitions")), report.log_head, words)
    book.save(target)


def _line_columns(words: Words) -> list[Column]:
    named = (
        ("number", 5, WHOLE),
        ("name", 26, TEXT),
        ("staff_id", 9, TEXT),
        ("group", 16, TEXT),
        ("part", 10, TEXT),
        ("state", 24, TEXT),
        ("version", 7, WHOLE),
        ("first_at", 17, MOMENT),
        ("late_hours", 9, HOURS),
        ("returns", 8, WHOLE),
        ("approved_at", 17, MOMENT),
        ("holder", 24, TEXT),
        ("held_hours", 10, HOURS),
        ("on_portal", 17, MOMENT),
        ("code", 26, TEXT),
        ("note", 20, TEXT),
    )
    return [Column(words(f"report.column.{key}"), width, kind) for key, width, kind in named]


def _line(number: int, line: Line, report: Report) -> list[Value]:
    wait, person = line.waiting, line.person
    holder = report.people.get(wait.person_id) if wait else None
    return [
        number,
        person.name,
        person.staff_id,
        person.group,
        line.part,
        f"{SIGNS[line.state]} {report.words(f'report.state.{line.state.value}')}",
        line.version or None,
        line.first_at,
        hours(line.late) if line.late else None,
        line.returns or None,
        line.approved_at,
        holder.name if holder else "",
        hours(wait.minutes(report.at)) if wait else None,
        line.on_portal,
        line.code,
        _note(line, report.words),
    ]


def _note(line: Line, words: Words) -> str:
    """Why the person is exempt, or which outage excuses the late mark."""
    if line.excused:
        return words("report.excused", minutes=line.excused, causes=line.causes)
    return line.reason


_TALLY = (
    ("owed", 8, WHOLE),
    ("on_time", 8, WHOLE),
    ("on_time_rate", 9, SHARE),
    ("late", 7, WHOLE),
    ("late_median", 10, HOURS),
    ("missing", 8, WHOLE),
    ("taught", 9, WHOLE),
    ("ready", 9, WHOLE),
    ("ready_rate", 9, SHARE),
    ("held", 11, WHOLE),
    ("first_pass", 10, WHOLE),
    ("first_pass_rate", 9, SHARE),
    ("returns", 8, WHOLE),
    ("mended_median", 10, HOURS),
    ("exempt", 8, WHOLE),
)


def _tally_columns(words: Words) -> list[Column]:
    return [Column(words(f"report.column.{key}"), width, kind) for key, width, kind in _TALLY]


def _tally_row(counted: Tally) -> list[Value]:
    values: list[Value] = []
    for key, _, kind in _TALLY:
        value = getattr(counted, key)
        values.append(hours(value) if kind == HOURS else value)
    return values


def _people(book: Workbook, name: str, boards: Sequence[Board], report: Report) -> None:
    words = report.words
    first = [
        Column(words("report.column.number"), 5, WHOLE),
        Column(words("report.column.name"), 26),
        Column(words("report.column.staff_id"), 9),
        Column(words("report.column.group"), 16),
    ]
    rows = [
        [number, person.name, person.staff_id, person.group, *_tally_row(tally(of_person(boards, person.id)))]
        for number, person in enumerate(people_on(boards), start=1)
    ]
    add_table(book, name, report.heading(name), [*first, *_tally_columns(words)], rows)


def _grid(book: Workbook, name: str, periods: Mapping[str, Sequence[Board]], report: Report) -> None:
    """People × periods: on time of owed, such as `4/5`; nothing where nothing was owed."""
    words = report.words
    everybody = people_on([board for boards in periods.values() for board in boards])
    first = [Column(words("report.column.number"), 5, WHOLE), Column(words("report.column.name"), 26)]
    columns = [*first, *(Column(period, 8) for period in periods)]
    rows: list[list[Value]] = [
        [number, person.name, *(_share_of(boards, person) for boards in periods.values())]
        for number, person in enumerate(everybody, start=1)
    ]
    heading = report.heading(name, words("report.grid_note"))
    add_table(book, name, heading, columns, rows)


def _share_of(boards: Sequence[Board], person: Person) -> str:
    counted = tally(of_person(boards, person.id))
    return f"{counted.on_time}/{counted.owed}" if counted.owed else ""


def _weeks(book: Workbook, boards: Sequence[Board], report: Report) -> None:
    """People × weeks, a letter each."""
    words, name = report.words, report.words("report.tab.weeks")
    first = [Column(words("report.column.number"), 5, WHOLE), Column(words("report.column.name"), 26)]
    columns = [*first, *(Column(str(board.week.number), 4.5, WHOLE) for board in boards)]
    rows: list[list[Value]] = [
        [number, person.name, *(_marks(board, person) for board in boards)]
        for number, person in enumerate(people_on(boards), start=1)
    ]
    add_table(book, name, report.heading(name, words("report.weeks_note")), columns, rows)


def _marks(board: Board, person: Person) -> str:
    return " ".join(_mark(line) for line in board.lines if line.person.id == person.id)


def _mark(line: Line) -> str:
    """As `report.weeks_note` explains it."""
    if line.state in (*NOT_HANDED_IN, State.EXEMPT):
        return SIGNS[line.state]
    return "T" if line.late else SIGNS[State.APPROVED] if is_ready(line) else "•"


def _groups(book: Workbook, boards: Sequence[Board], report: Report) -> None:
    words, name = report.words, report.words("report.tab.groups")
    found: dict[str, list[Board]] = {}
    for board in boards:
        for group in board.groups():
            found.setdefault(group.group or words("report.no_group"), []).append(group)
    rows: list[list[Value]] = [
        [number, group, *_tally_row(tally(own))] for number, (group, own) in enumerate(found.items(), start=1)
    ]
    rows.append([None, words("report.whole_school"), *_tally_row(tally(boards))])
    first = [Column(words("report.column.number"), 5, WHOLE), Column(words("report.column.group"), 26)]
    add_table(book, name, report.heading(name), [*first, *_tally_columns(words)], rows)


def _approvers(book: Workbook, boards: Sequence[Board], report: Report) -> None:
    words, name = report.words, report.words("report.tab.approvers")
    named = (
        ("decided", 10, WHOLE),
        ("turns_waiting", 10, WHOLE),
        ("turn_median", 12, HOURS),
        ("judged", 12, WHOLE),
        ("before_lesson", 12, WHOLE),
        ("before_lesson_rate", 10, SHARE),
        ("rejected", 10, WHOLE),
        ("reasoned", 10, WHOLE),
    )
    columns = [
        Column(words("report.column.number"), 5, WHOLE),
        Column(words("report.column.approver"), 28),
        *(Column(words(f"report.column.{key}"), width, kind) for key, width, kind in named),
    ]
    rows: list[list[Value]] = []
    for number, one in enumerate(approvers(boards, report.at), start=1):
        person = report.people.get(one.person_id)
        figures: list[Value] = [one.decided, one.waiting, hours(one.median_minutes), one.judged]
        more: list[Value] = [one.before_lesson, one.before_lesson_rate, one.rejected, one.reasoned]
        rows.append([number, person.name if person else "", *figures, *more])
    add_table(book, name, report.heading(name), columns, rows)
