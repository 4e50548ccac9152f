"""An evaluation as a workbook: authors, approvers, adjustments, definitions; with places to sign."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from hoso_bot.domain.figures import Row
from hoso_bot.reports.evaluation import DETAILS, FIGURES, OF_APPROVERS, Sheet, value_of
from hoso_bot.reports.table import (
    HEADER_ROW,
    MOMENT,
    WHOLE,
    Column,
    Value,
    add_table,
    new_workbook,
    without_empty,
)

DEFINED = (
    *("owed", "on_time", "late", "missing", "exempt", "taught", "ready", "held", "own_part"),
    *("first_pass", "returns", "mended", "waiting", "median", "backfill"),
)
OWN_DEFINED = ("excused", "violations", "trained", "adjusted", "window", "rounding", "rejection", "peers")
SIGNERS = ("author", "vice_principal", "principal")
_ROOM = 5
"""Rows left for a signature and a stamp."""


def write_workbook(sheet: Sheet, target: Path) -> None:
    """Write it. Raises OSError."""
    book = new_workbook()
    _authors(book, sheet)
    _figures(book, sheet, sheet.words("evaluation.tab.details"), sheet.authors, DETAILS)
    _figures(book, sheet, sheet.words("report.tab.approvers"), sheet.approvers, OF_APPROVERS)
    _adjustments(book, sheet)
    _definitions(book, sheet)
    if sheet.mark:
        for page in book.worksheets:
            page.oddHeader.center.text = sheet.mark
            page.oddHeader.center.font, page.oddHeader.center.size = "Times New Roman,Bold", 14
    book.save(target)


def _heading(sheet: Sheet, what: str) -> tuple[str, str, str]:
    made, draft = sheet.lines
    return f"{sheet.school} – {what}", made, draft


def _authors(book: Workbook, sheet: Sheet) -> None:
    named = [Column(sheet.heading(key), width, kind) for key, width, kind in FIGURES]
    last = [
        Column(sheet.heading("trained"), 9),
        Column(sheet.heading("points"), 7, "0.0"),
        Column(sheet.heading("adjustments"), 18),
        Column(sheet.heading("own_word"), 16),
    ]
    columns = [*_who(sheet), *named, *last]
    rows: list[list[Value]] = []
    for number, row in enumerate(sheet.authors, start=1):
        figures = sheet.counted(row)
        values = [value_of(figures, key, kind) for key, _, kind in FIGURES]
        mark = "✔" if figures.trained else ""
        more: list[Value] = [mark, sheet.points(row), sheet.adjustment(row), ""]
        rows.append([number, row.name, row.staff_id, row.group, *values, *more])
    kept, lines = without_empty(columns[:-1], [row[:-1] for row in rows])
    signed = [*kept, columns[-1]]
    page = add_table(book, sheet.title, _heading(sheet, sheet.title), signed, [[*line, ""] for line in lines])
    _places_to_sign(page, len(signed), HEADER_ROW + len(rows) + 2, sheet)


def _who(sheet: Sheet) -> list[Column]:
    words = sheet.words
    return [
        Column(words("report.column.number"), 5, WHOLE),
        Column(words("report.column.name"), 24),
        Column(words("report.column.staff_id"), 8),
        Column(words("report.column.group"), 16),
    ]


def _places_to_sign(page: Worksheet, columns: int, row: int, sheet: Sheet) -> None:
    """Three places side by side below the table, on the printed page with it."""
    bold, italic = Font(name="Times New Roman", size=12, bold=True), Font(name="Times New Roman", italic=True)
    third = columns // 3
    for place, signer in enumerate(SIGNERS):
        first, last = place * third + 1, columns if place == 2 else (place + 1) * third
        for offset, key, font in (
            (0, f"evaluation.signer.{signer}", bold),
            (1, "evaluation.sign_here", italic),
        ):
            cell = page.cell(row + offset, first, sheet.words(key))
            cell.font, cell.alignment = font, Alignment(horizontal="center")
            page.merge_cells(
                start_row=row + offset, end_row=row + offset, start_column=first, end_column=last
            )
    page.print_area = f"A1:{get_column_letter(columns)}{row + _ROOM}"


def _figures(
    book: Workbook, sheet: Sheet, name: str, people: Sequence[Row], named: Sequence[tuple[str, int, str]]
) -> None:
    """Some figures of some people."""
    columns = [*_who(sheet), *(Column(sheet.heading(key), width, kind) for key, width, kind in named)]
    rows: list[list[Value]] = []
    for number, row in enumerate(people, start=1):
        figures = sheet.counted(row)
        values = [value_of(figures, key, kind) for key, _, kind in named]
        rows.append([number, row.name, row.staff_id, row.group, *values])
    add_table(book, name, _heading(sheet, name), columns, rows)


def _adjustments(book: Workbook, sheet: Sheet) -> None:
    """The signed lines: who, when, why, old and new; nothing where nothing was adjusted."""
    keys = (("figure", 26), ("old", 9), ("new", 9), ("why", 60), ("by", 24), ("at", 17))
    named = [Column(sheet.words(f"evaluation.line.{key}"), width) for key, width in keys]
    named[1], named[2] = (Column(column.heading, column.width, WHOLE) for column in named[1:3])
    named[5] = Column(named[5].heading, named[5].width, MOMENT)
    rows: list[list[Value]] = [
        [row.name, sheet.name(one.figure), one.old, one.new, one.reason, one.by, one.at]
        for row in sheet.rows
        for one in sheet.adjustments.get(row.person_id, ())
    ]
    if rows:
        name = sheet.words("evaluation.tab.adjustments")
        columns = [Column(sheet.words("report.column.name"), 26), *named]
        add_table(book, name, _heading(sheet, name), columns, rows)


def _definitions(book: Workbook, sheet: Sheet) -> None:
    columns = [
        Column(sheet.words("report.column.figure"), 34),
        Column(sheet.words("report.column.meaning"), 110),
    ]
    name = sheet.words("report.tab.definitions")
    rows: list[list[Value]] = [[what, how] for what, how in definitions(sheet)]
    add_table(book, name, _heading(sheet, name), columns, rows)


def definitions(sheet: Sheet) -> list[tuple[str, str]]:
    """How every figure is made, what was taken into account, and what witnesses it."""
    words, evaluation = sheet.words, sheet.evaluation
    rows = [
        *((words(f"report.define.{key}.name"), words(f"report.define.{key}.text")) for key in DEFINED),
        *(
            (words(f"evaluation.define.{key}.name"), words(f"evaluation.define.{key}.text"))
            for key in OWN_DEFINED
        ),
    ]
    rows += [(words("evaluation.outage"), words("outage.span", **outage)) for outage in evaluation.outages]
    rows.append((words("evaluation.weights"), _weights(sheet)))
    number, root = evaluation.log
    rows.append((words("report.log_head"), words("report.log_head_text", number=number, root=root)))
    print_of = words("evaluation.fingerprint_text", sha256=evaluation.fingerprint)
    return [*rows, (words("evaluation.fingerprint"), print_of)]


def _weights(sheet: Sheet) -> str:
    scheme = sheet.evaluation.scheme
    if not scheme.weights:
        return sheet.words("evaluation.no_weights")
    return "; ".join(
        sheet.words("evaluation.weight", name=sheet.name(key), weight=weight, cap=scheme.caps.get(key))
        for key, weight in scheme.weights.items()
    )
