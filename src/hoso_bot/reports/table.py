"""One table on one sheet of a workbook: A4 landscape, header on every page, nothing that runs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from hoso_bot.domain.calendar import VN

TEXT, WHOLE, SHARE, HOURS, MOMENT = "@", "0", "0%", "0.0", "dd/mm/yyyy hh:mm"
HEADER_ROW = 5
_LINE = 16.5  # points

_HEAD = PatternFill("solid", fgColor="E5EDF5")
_EDGE = Border(bottom=Side("thin", color="D1D5DB"))
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LOOKS_LIKE_A_FORMULA = ("=", "+", "-", "@")
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")

Value = str | int | float | datetime | None


@dataclass(frozen=True)
class Column:
    """heading: in words; width: in characters; kind: a number format of this module."""

    heading: str
    width: float
    kind: str = TEXT


def add_table(
    book: Workbook,
    name: str,
    heading: Sequence[str],
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
) -> Worksheet:
    """A new sheet: up to three lines above, the table's header in row 5, then the rows.

    Two first columns and the header stay in sight. Every text is kept as text: a name that begins with `=` is
    a name.
    """
    sheet = book.create_sheet(_NO_SHEET_NAME.sub(" ", name)[:31])
    for number, line in enumerate(heading[:3], start=1):
        cell = sheet.cell(number, 1)
        _write(cell, line, TEXT)
        cell.font = Font(name="Times New Roman", size=15 if number == 1 else 11, bold=number == 1)
        cell.alignment = Alignment(wrap_text=False)
    for index, column in enumerate(columns, start=1):
        _header(sheet.cell(HEADER_ROW, index), column)
        sheet.column_dimensions[get_column_letter(index)].width = column.width
    sheet.row_dimensions[HEADER_ROW].height = 64  # four lines
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        for index, (value, column) in enumerate(zip(row, columns, strict=True), start=1):
            _body(sheet.cell(number, index), value, column)
        sheet.row_dimensions[number].height = _LINE * _lines(row, columns)
    _print_set_up(sheet, len(columns), len(rows))
    return sheet


def _lines(row: Sequence[Value], columns: Sequence[Column]) -> int:
    """How many lines the longest text of a row takes; programs do not agree on working that out."""
    pairs = zip(row, columns, strict=True)
    return max(
        1, *(math.ceil(len(text) * 1.05 / column.width) for text, column in pairs if isinstance(text, str))
    )


def without_empty(
    columns: Sequence[Column], rows: Sequence[Sequence[Value]]
) -> tuple[list[Column], list[list[Value]]]:
    """Columns and rows without the columns in which nothing stands: the rest is printed larger."""
    kept = [n for n in range(len(columns)) if n < 2 or any(row[n] not in (None, "") for row in rows)]
    return [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]


def _header(cell: Cell, column: Column) -> None:
    _write(cell, column.heading, TEXT)
    cell.font, cell.fill, cell.border = Font(name="Times New Roman", size=11, bold=True), _HEAD, _EDGE
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _body(cell: Cell, value: Value, column: Column) -> None:
    _write(cell, value, column.kind)
    cell.font, cell.border = Font(name="Times New Roman", size=11), _EDGE
    side = "left" if column.kind == TEXT else "center"
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=column.kind == TEXT)


def _write(cell: Cell, value: Value, kind: str) -> None:
    if isinstance(value, datetime):
        value = value.astimezone(VN).replace(tzinfo=None, microsecond=0)
    if isinstance(value, str):
        value = _UNPRINTABLE.sub(" ", value)[:32_000]
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # whatever it begins with
        cell.quotePrefix = value.startswith(_LOOKS_LIKE_A_FORMULA)
    cell.number_format = kind


def _print_set_up(sheet: Worksheet, columns: int, rows: int) -> None:
    last = get_column_letter(columns)
    sheet.freeze_panes = f"C{HEADER_ROW + 1}"
    if rows:
        sheet.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW + rows}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.print_area = f"A1:{last}{HEADER_ROW + max(rows, 1)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.65
    sheet.page_margins.header = sheet.page_margins.footer = 0.25
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"


def hours(minutes: int | None) -> float | None:
    """Minutes as hours with one decimal."""
    return None if minutes is None else round(minutes / 60, 1)


def new_workbook() -> Workbook:
    """A workbook without the sheet openpyxl begins with."""
    book = Workbook()
    book.remove(book.active)
    return book
