"""Staff lists as files: .xlsx and .csv, whatever Excel, LibreOffice or a text editor made of them."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import openpyxl

from hoso_bot.domain.errors import RosterError
from hoso_bot.domain.roster import COLUMNS, MAX_ROWS, Problem, RosterRow, header_column, read_rows, refused

MAX_FILE_BYTES = 20 * 1024 * 1024
HEADER_WITHIN_ROWS = 10
HEADER_COLUMNS = 3

_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_SAVE_AS = "an .xlsx workbook or a .csv file (in Excel: Save As, 'Excel Workbook' or 'CSV UTF-8')"

Table = list[tuple[int, Sequence[object]]]
"""Rows that hold something, each with its number as seen in the file (from 1)."""


def read_roster(path: Path) -> tuple[RosterRow, ...]:
    """The people in a staff list.

    The header row may stand below a title, within the first ten rows; in a workbook the first sheet that has
    one is read. CSV may be UTF-8 or UTF-16 and separated by comma, semicolon or tab.
    Raises RosterError: the file cannot be used (what to do instead), or its rows cannot be read.
    """
    readers: dict[str, Callable[[Path], Iterable[Table]]] = {".xlsx": _xlsx_tables, ".csv": _csv_tables}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise _unusable(path.suffix or path.name, _SAVE_AS)
    _check_file(path)
    table = max(reader(path), key=lambda t: _header(t)[1], default=[])
    return read_rows(_below_header(table))


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unusable(str(path), "a file that can be read") from error
    if not path.is_file() or size > MAX_FILE_BYTES:
        raise _unusable(str(path), f"a file of at most {MAX_FILE_BYTES // 1024 // 1024} MB")


def _unusable(found: str, expected: str) -> RosterError:
    return refused(Problem(0, "", found, expected))


# --- the table in the file -----------------------------------------------------------------------


def _header(table: Table) -> tuple[int, int]:
    """Index of the row that looks most like the header, and how many of its cells are columns."""
    matches = [sum(header_column(cell) is not None for cell in row) for number, row in _head(table)]
    best = max(matches, default=0)
    return (matches.index(best) if matches else 0), best


def _head(table: Table) -> Iterator[tuple[int, Sequence[object]]]:
    return (pair for pair in table[:HEADER_WITHIN_ROWS] if pair[0] <= HEADER_WITHIN_ROWS)


def _below_header(table: Table) -> list[tuple[int, dict[str, object]]]:
    at, matches = _header(table)
    if not table:
        return []
    if matches < HEADER_COLUMNS:
        found = f"no header row in the first {HEADER_WITHIN_ROWS} rows"
        raise _unusable(found, f"one row with the columns {', '.join(COLUMNS)}")
    # Spaces do not count in a header; they keep two equal headers apart, so that the double is noticed.
    headers = [f"{cell or ''}{' ' * position}" for position, cell in enumerate(table[at][1])]
    return [(number, dict(zip(headers, row, strict=False))) for number, row in table[at + 1 :]]


def _filled(rows: Iterable[Sequence[object]]) -> Table:
    """The rows that hold something; reading stops once there are more than a school can have."""
    numbered = ((n, row) for n, row in enumerate(rows, start=1) if any(c not in (None, "") for c in row))
    return list(islice(numbered, MAX_ROWS + HEADER_WITHIN_ROWS + 1))


# --- workbooks -----------------------------------------------------------------------------------


def _xlsx_tables(path: Path) -> list[Table]:
    with path.open("rb") as file:
        if file.read(len(_OLE_MAGIC)) == _OLE_MAGIC:
            raise _unusable("a password or the old .xls format", f"{_SAVE_AS}, without a password")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drop-down lists and styles it leaves out
            return _sheets(path)
    except Exception as error:  # a damaged workbook raises whatever its zip and XML parsers raise
        raise _unusable("a file that is not a readable workbook", _SAVE_AS) from error


def _sheets(path: Path) -> list[Table]:
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        tables = []
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # some programs write a wrong size, and rows would be lost
            tables.append(_filled(sheet.iter_rows(values_only=True)))
        return tables
    finally:
        workbook.close()


# --- CSV -----------------------------------------------------------------------------------------


def _csv_tables(path: Path) -> list[Table]:
    text = _decoded(path.read_bytes())
    try:
        return [_filled(csv.reader(io.StringIO(text, newline=""), delimiter=d)) for d in ",;\t"]
    except csv.Error as error:
        raise _unusable("a file that is not readable as CSV", _SAVE_AS) from error


def _decoded(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unusable("text that is neither UTF-8 nor UTF-16", _SAVE_AS) from error
