"""The people of the school, and how the rows of a staff list become people.

Reading is forgiving about form (NFD, case, spaces, numbers as Excel keeps them) and strict about content:
every problem is collected with its row and column, and one is enough to import nothing (design section 8).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TypeVar

from hoso_bot.domain import roster_cells as cells
from hoso_bot.domain.errors import RosterError

STAFF_ID, NAME, ROLE, GROUP = "Mã", "Họ và tên", "Chức vụ", "Tổ"
CLASSES, SUBJECTS, PERIODS, PHONE = "Lớp", "Môn", "Số tiết/tuần", "Điện thoại"
COLUMNS = (STAFF_ID, NAME, ROLE, GROUP, CLASSES, SUBJECTS, PERIODS, PHONE)
MAX_ROWS = 5_000

T = TypeVar("T")


class Role(StrEnum):
    """What a person is at the school; rights follow from relations, not from this word alone (R33)."""

    TEACHER = "teacher"
    GROUP_HEAD = "group_head"
    DEPUTY_HEAD = "deputy_head"
    VICE_PRINCIPAL = "vice_principal"
    PRINCIPAL = "principal"
    STAFF = "staff"


ROLE_NAMES: dict[str, Role] = {
    "Giáo viên": Role.TEACHER,
    "Tổ trưởng": Role.GROUP_HEAD,
    "Tổ phó": Role.DEPUTY_HEAD,
    "Phó hiệu trưởng": Role.VICE_PRINCIPAL,
    "Hiệu trưởng": Role.PRINCIPAL,
    "Nhân viên": Role.STAFF,
}
GROUPED_ROLES = frozenset({Role.TEACHER, Role.GROUP_HEAD, Role.DEPUTY_HEAD})


@dataclass(frozen=True)
class RosterRow:
    """One person as the staff list gives them. periods: taught per week, None when the cell is empty."""

    staff_id: str
    name: str
    role: Role
    group: str
    classes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    periods: float | None = None
    phone: str = ""


@dataclass(frozen=True)
class Person:
    """One member of staff with the one account of R32; `id` is the record's own, `staff_id` the school's.

    withdrawn: took the consent back and has no chat since.
    """

    id: str
    staff_id: str
    name: str
    role: Role
    group: str
    classes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    periods: float | None = None
    phone: str = ""
    active: bool = True
    withdrawn: bool = False


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell. row: as seen in the file, 0 for the file as a whole; column may be empty."""

    row: int
    column: str
    found: str
    expected: str

    @property
    def line(self) -> str:
        """The problem as one English line."""
        where = f"row {self.row}" if self.row else "file"
        column = f", column {self.column!r}" if self.column else ""
        return f"{where}{column}: found {self.found!r}, expected {self.expected}"


def refused(*problems: Problem) -> RosterError:
    """The error for these problems: one line each in str(), `facts["rows"]` as plain data."""
    return RosterError("\n".join(p.line for p in problems), rows=[asdict(p) for p in problems])


def group_key(group: str) -> str:
    """Two spellings of one group's name (NFD, case, spaces) have the same key; accents still count."""
    return " ".join(unicodedata.normalize("NFC", group).casefold().split())


def header_column(header: object) -> str | None:
    """The column of `COLUMNS` a header cell means, whatever its case, spaces or Unicode form; else None."""
    return _HEADERS.get(_header_key(str(header))) if header is not None else None


def read_rows(rows: Sequence[tuple[int, Mapping[str, object]]]) -> tuple[RosterRow, ...]:
    """The people in `rows`: pairs of a row number (as seen in the file) and header → cell.

    Cells are strings or numbers as openpyxl and csv give them; blank rows are skipped. `Lớp`, `Môn`,
    `Số tiết/tuần` and `Điện thoại` may be empty, `Tổ` too for leaders and staff. Classes and subjects are
    separated by comma, semicolon or line.
    Raises RosterError with every problem: missing or doubled column, bad cell, doubled `Mã`, two heads in one
    group, no rows, more than 5,000 rows.
    """
    filled = [(number, row) for number, row in rows if any(cells.as_text(v) for v in row.values())]
    if problem := _whole_file_problem(filled):
        raise refused(*problem)
    problems: list[Problem] = []
    read = [(number, _read_row(number, _by_column(row), problems)) for number, row in filled]
    problems += _doubled_ids(read) + _doubled_heads(read)
    if problems:
        raise refused(*sorted(problems, key=lambda p: p.row))
    return _one_spelling_per_group([row for _, row in read])


# --- the whole list ------------------------------------------------------------------------------


def _whole_file_problem(rows: Sequence[tuple[int, Mapping[str, object]]]) -> list[Problem]:
    if not rows:
        return [Problem(0, "", "no rows", "at least one person below the header row")]
    if len(rows) > MAX_ROWS:
        return [Problem(0, "", f"{len(rows)} rows", f"at most {MAX_ROWS} rows")]
    found = Counter(column for header in rows[0][1] if (column := header_column(header)))
    missing = [
        Problem(0, c, "no such column", f"the columns {', '.join(COLUMNS)}") for c in COLUMNS if not found[c]
    ]
    doubled = [Problem(0, c, "the column twice", "one column of this name") for c in COLUMNS if found[c] > 1]
    return missing + doubled


def _by_column(row: Mapping[str, object]) -> dict[str, object]:
    return {column: value for header, value in row.items() if (column := header_column(header))}


def _doubled_ids(people: Sequence[tuple[int, RosterRow]]) -> list[Problem]:
    """`GV-01` and `gv01` are one code: record codes are made of its letters and digits only."""
    first: dict[str, int] = {}
    problems = []
    for number, row in people:
        earlier = first.setdefault(_letters_and_digits(row.staff_id.casefold()), number)
        if row.staff_id and earlier != number:
            expected = f"a code of its own (row {earlier} has this one)"
            problems.append(Problem(number, STAFF_ID, row.staff_id, expected))
    return problems


def _doubled_heads(people: Sequence[tuple[int, RosterRow]]) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for number, row in people:
        if row.role is not Role.GROUP_HEAD or not row.group:
            continue
        earlier = first.setdefault(group_key(row.group), number)
        if earlier != number:
            expected = f"one group head in {row.group!r} (row {earlier} is one already)"
            problems.append(Problem(number, ROLE, "a second group head", expected))
    return problems


def _one_spelling_per_group(people: Sequence[RosterRow]) -> tuple[RosterRow, ...]:
    spelling: dict[str, str] = {}
    for row in people:
        spelling.setdefault(group_key(row.group), row.group)
    return tuple(replace(row, group=spelling[group_key(row.group)]) for row in people)


# --- one row -------------------------------------------------------------------------------------


def _read_row(number: int, row: Mapping[str, object], problems: list[Problem]) -> RosterRow:
    """The row, with its problems added to `problems`; a bad cell leaves an empty value behind."""

    def cell(column: str, reader: Callable[[str], T], instead: T) -> T:
        text = cells.as_text(row.get(column))
        try:
            return reader(cells.cleaned(text))
        except cells.BadCellError as error:
            problems.append(Problem(number, column, cells.shown(text), str(error)))
            return instead

    role = cell(ROLE, _role, Role.STAFF)
    return RosterRow(
        staff_id=cell(STAFF_ID, cells.staff_id, ""),
        name=cell(NAME, cells.full_name, ""),
        role=role,
        group=cell(GROUP, lambda text: _group(text, role), ""),
        classes=cell(CLASSES, cells.classes, ()),
        subjects=cell(SUBJECTS, cells.listed, ()),
        periods=cell(PERIODS, cells.periods, None),
        phone=cell(PHONE, cells.phone, ""),
    )


def _role(text: str) -> Role:
    if role := _ROLES.get(cells.folded(text)):
        return role
    raise cells.BadCellError(", ".join(ROLE_NAMES))


def _group(text: str, role: Role) -> str:
    line = cells.line(text)
    if not line and role in GROUPED_ROLES:
        raise cells.BadCellError("the group this person belongs to")
    return line


def _header_key(header: str) -> str:
    return _letters_and_digits(cells.folded(header))


def _letters_and_digits(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


_ROLES = {cells.folded(name): role for name, role in ROLE_NAMES.items()}
_HEADERS = {_header_key(column): column for column in COLUMNS}
