"""Staff lists as real files, made the way schools make them."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.datavalidation import DataValidation

import hoso_bot
from hoso_bot.domain.errors import RosterError
from hoso_bot.domain.roster import COLUMNS, Role, RosterRow
from hoso_bot.store.roster_file import read_roster

HEADER: tuple[object, ...] = COLUMNS
HEAD: tuple[object, ...] = (
    "GV01",
    "Phan Thị Hồng Mai",
    "Tổ trưởng",
    "Tổ 1",
    "1A",
    "Toán, Tiếng Việt",
    20,
    900000003,
)
TEACHER: tuple[object, ...] = ("GV02", "Hồ Ngọc Trâm", "Giáo viên", "Tổ 1", "1B", "Toán", 23, "0900000005")
BAD: tuple[object, ...] = ("GV03", "Cao Đức Phúc", "Hiệu phó", "Tổ 1", "", "", "", "")


def xlsx(tmp_path: Path, *rows: Sequence[object], first_sheet: Sequence[Sequence[object]] = ()) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    if first_sheet:
        for row in first_sheet:
            sheet.append(list(row))
        sheet = workbook.create_sheet("Danh sách")
    for row in rows:
        sheet.append(list(row))
    path = tmp_path / "roster.xlsx"
    workbook.save(path)
    return path


def csv_file(
    tmp_path: Path, *rows: Sequence[object], encoding: str = "utf-8-sig", delimiter: str = ","
) -> Path:
    path = tmp_path / "roster.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(RosterError) as refused:
        read_roster(path)
    assert refused.value.exit_code == 1
    return str(refused.value)


EXPECTED = (
    RosterRow(
        "GV01",
        "Phan Thị Hồng Mai",
        Role.GROUP_HEAD,
        "Tổ 1",
        ("1A",),
        ("Toán", "Tiếng Việt"),
        20.0,
        "0900000003",
    ),
    RosterRow("GV02", "Hồ Ngọc Trâm", Role.TEACHER, "Tổ 1", ("1B",), ("Toán",), 23.0, "0900000005"),
)


def test_a_workbook_is_read(tmp_path: Path) -> None:
    assert read_roster(xlsx(tmp_path, HEADER, HEAD, TEACHER)) == EXPECTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_in_every_dialect(tmp_path: Path, encoding: str, delimiter: str) -> None:
    assert (
        read_roster(csv_file(tmp_path, HEADER, HEAD, TEACHER, encoding=encoding, delimiter=delimiter))
        == EXPECTED
    )


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    title = (["TRƯỜNG TIỂU HỌC"], [], ["DANH SÁCH CÁN BỘ, GIÁO VIÊN; năm học 2026-2027"], [])
    assert read_roster(xlsx(tmp_path, *title, HEADER, HEAD, TEACHER)) == EXPECTED
    assert read_roster(csv_file(tmp_path, *title, HEADER, HEAD, TEACHER)) == EXPECTED


@pytest.mark.parametrize("make", [xlsx, csv_file])
def test_a_problem_names_the_row_as_seen_in_the_file(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = make(tmp_path, ["Danh sách"], [], HEADER, HEAD, [], TEACHER, BAD)
    assert refusal(path).startswith("row 7, column 'Chức vụ'")


def test_headers_in_nfd_and_other_columns_are_no_trouble(tmp_path: Path) -> None:
    header = ("STT", *(unicodedata.normalize("NFD", str(c)).upper() for c in HEADER), "Ghi chú")
    assert read_roster(xlsx(tmp_path, header, (1, *HEAD, ""), (2, *TEACHER, "mới"))) == EXPECTED


def test_a_cell_with_lines_in_it_counts_as_one_row(tmp_path: Path) -> None:
    two_lines = (*TEACHER[:5], "Toán\nTin học", *TEACHER[6:])
    path = csv_file(tmp_path, HEADER, two_lines, BAD)
    assert refusal(path).startswith("row 3,")


def test_the_sheet_with_the_list_is_found(tmp_path: Path) -> None:
    assert (
        read_roster(
            xlsx(tmp_path, HEADER, HEAD, TEACHER, first_sheet=[["Hướng dẫn"], ["Điền vào trang sau"]])
        )
        == EXPECTED
    )


def test_a_workbook_with_drop_down_lists_is_read_without_a_word(tmp_path: Path) -> None:
    path = xlsx(tmp_path, HEADER, HEAD, TEACHER)
    workbook = openpyxl.load_workbook(path)
    choice = DataValidation(type="list", formula1='"Giáo viên,Tổ trưởng"')
    workbook.active.add_data_validation(choice)
    choice.add("C2:C100")
    workbook.save(path)
    assert read_roster(path) == EXPECTED


def test_the_extension_may_be_in_capitals(tmp_path: Path) -> None:
    path = xlsx(tmp_path, HEADER, HEAD, TEACHER).rename(tmp_path / "DANH SACH.XLSX")
    assert read_roster(path) == EXPECTED


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    at = COLUMNS.index(column)
    path = xlsx(tmp_path, *([*row[:at], *row[at + 1 :]] for row in (HEADER, HEAD)))
    assert refusal(path).startswith(f"file, column {column!r}: found 'no such column'")


def test_the_same_header_twice_is_noticed(tmp_path: Path) -> None:
    assert "twice" in refusal(csv_file(tmp_path, (*HEADER, "Mã"), (*HEAD, "GV09")))


@pytest.mark.parametrize("rows", [[], [HEADER], [HEADER, [], ["", "  "]]])
def test_a_list_without_people_is_refused(tmp_path: Path, rows: list[Sequence[object]]) -> None:
    assert "no rows" in refusal(csv_file(tmp_path, *rows))


def test_a_table_without_header_is_refused_with_the_columns_it_needs(tmp_path: Path) -> None:
    line = refusal(xlsx(tmp_path, HEAD, TEACHER))
    assert "no header row" in line
    assert ", ".join(COLUMNS) in line


@pytest.mark.parametrize("name", ["roster.xls", "roster.ods", "roster.docx", "roster"])
def test_other_kinds_of_file_are_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"whatever")
    assert "Save As" in refusal(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
            "without a password",
        ),  # encrypted, or .xls
        ("a.xlsx", b"PK\x03\x04 cut off", "not a readable workbook"),
        ("a.xlsx", b"", "not a readable workbook"),
        ("a.xlsx", "Mã;Họ và tên".encode(), "not a readable workbook"),
        ("a.csv", "Mã,Họ và tên".encode("cp1258", "replace"), "neither UTF-8 nor UTF-16"),
        ("a.csv", b"\xff\xfe\x00", "neither UTF-8 nor UTF-16"),
        ("a.csv", b'"' + b"x" * 200_000, "not readable as CSV"),
        ("a.csv", b"\x00\x01\x02", "no header row"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert said in refusal(tmp_path / name)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path, HEADER, HEAD)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 200] = bytes(200)
    path.write_bytes(content)
    assert "not a readable workbook" in refusal(path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "a file that can be read" in refusal(tmp_path / "missing.csv")


def test_a_folder_is_no_staff_list(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert "expected a file" in refusal(tmp_path / "folder.csv")


def test_the_sample_school_has_everyone_a_plan_needs() -> None:
    people = read_roster(Path(hoso_bot.__file__).parent / "sample" / "roster.csv")
    roles = [person.role for person in people]
    heads = {person.group for person in people if person.role is Role.GROUP_HEAD}
    assert len(people) == 14
    assert set(roles) == set(Role)
    assert {person.group for person in people if person.role is Role.TEACHER} == heads
