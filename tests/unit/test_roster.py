"""Reading the rows of a staff list."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.errors import RosterError
from hoso_bot.domain.roster import COLUMNS, MAX_ROWS, ROLE_NAMES, Role, RosterRow, group_key, read_rows

GOOD: dict[str, object] = {
    "Mã": "GV01",
    "Họ và tên": "Đỗ Thị Kim Oanh",
    "Chức vụ": "Giáo viên",
    "Tổ": "Tổ 1-2-3",
    "Lớp": "2A, 2B",
    "Môn": "Tiếng Việt; Toán",
    "Số tiết/tuần": "23",
    "Điện thoại": "0900000004",
}


def read(**cells: object) -> RosterRow:
    """The good row with some cells changed or added."""
    return read_rows([(2, {**GOOD, **cells})])[0]


def problems(*rows: dict[str, object]) -> list[dict[str, Any]]:
    with pytest.raises(RosterError) as refused:
        read_rows(list(enumerate(rows, start=2)))
    found: list[dict[str, Any]] = refused.value.facts["rows"]
    return found


def test_a_good_row_becomes_a_person() -> None:
    assert read() == RosterRow(
        staff_id="GV01",
        name="Đỗ Thị Kim Oanh",
        role=Role.TEACHER,
        group="Tổ 1-2-3",
        classes=("2A", "2B"),
        subjects=("Tiếng Việt", "Toán"),
        periods=23.0,
        phone="0900000004",
    )


def test_headers_may_be_nfd_shouted_and_spaced() -> None:
    odd = {f"  {unicodedata.normalize('NFD', header.upper())}\n": value for header, value in GOOD.items()}
    assert read_rows([(2, odd)])[0] == read()


def test_other_columns_are_left_alone() -> None:
    assert read(STT=1, **{"Ghi chú": "mới chuyển đến"}) == read()


@pytest.mark.parametrize("column", ["Lớp", "Môn", "Số tiết/tuần", "Điện thoại"])
@pytest.mark.parametrize("empty", ["", None, "   "])
def test_some_cells_may_be_empty(column: str, empty: object) -> None:
    assert read(**{column: empty}).staff_id == "GV01"


@pytest.mark.parametrize(("word", "role"), ROLE_NAMES.items())
def test_every_role_of_the_contract_is_read(word: str, role: Role) -> None:
    for written in (word, word.upper(), f" {word.replace(' ', '  ')} ", unicodedata.normalize("NFD", word)):
        assert read(**{"Chức vụ": written}).role is role


@pytest.mark.parametrize("word", ["Hiệu phó", "Khối trưởng", "GV", "", "giáo viên chủ nhiệm"])
def test_other_roles_are_refused_with_the_list_of_good_ones(word: str) -> None:
    (problem,) = problems({**GOOD, "Chức vụ": word})
    assert (problem["row"], problem["column"], problem["found"]) == (2, "Chức vụ", word)
    assert problem["expected"] == "Giáo viên, Tổ trưởng, Tổ phó, Phó hiệu trưởng, Hiệu trưởng, Nhân viên"


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"Mã": 12.0}, "staff_id", "12"),  # Excel keeps every number as a float
        ({"Mã": 12}, "staff_id", "12"),
        ({"Mã": " GV  01 "}, "staff_id", "GV 01"),
        ({"Họ và tên": "  Đỗ Thị\u00a0Kim \n Oanh"}, "name", "Đỗ Thị Kim Oanh"),
        ({"Họ và tên": unicodedata.normalize("NFD", "Đỗ Thị Kim Oanh")}, "name", "Đỗ Thị Kim Oanh"),
        ({"Họ và tên": "\ufeffĐỗ Thị\u200b Kim Oanh"}, "name", "Đỗ Thị Kim Oanh"),  # copied from a web page
        ({"Lớp": "4a;4B\n4a"}, "classes", ("4A", "4B")),
        ({"Lớp": "4/1, 4/2"}, "classes", ("4/1", "4/2")),
        ({"Lớp": 5.0}, "classes", ("5",)),
        ({"Môn": "Lịch sử và Địa lí, Toán,"}, "subjects", ("Lịch sử và Địa lí", "Toán")),
        ({"Số tiết/tuần": 19.5}, "periods", 19.5),
        ({"Số tiết/tuần": "19,5"}, "periods", 19.5),
        ({"Số tiết/tuần": "23 tiết"}, "periods", 23.0),
        ({"Số tiết/tuần": 0}, "periods", 0.0),
        ({"Điện thoại": 912345678}, "phone", "0912345678"),  # Excel drops the zero
        ({"Điện thoại": 912345678.0}, "phone", "0912345678"),
        ({"Điện thoại": "+84 912 345 678"}, "phone", "0912345678"),
        ({"Điện thoại": "84912345678"}, "phone", "0912345678"),
        ({"Điện thoại": "0912.345.678"}, "phone", "0912345678"),
        ({"Điện thoại": "024 3825 1234"}, "phone", "02438251234"),  # a landline of Hà Nội
    ],
)
def test_cells_are_read_however_they_were_typed(cells: dict[str, object], field: str, value: object) -> None:
    assert getattr(read(**cells), field) == value


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Mã", ""),
        ("Mã", "--"),
        ("Mã", "x" * 41),
        ("Họ và tên", ""),
        ("Họ và tên", "123"),
        ("Họ và tên", "Nguyễn\u202eVăn A"),  # would be read backwards
        ("Họ và tên", "Nguyễn\x07Văn A"),
        ("Họ và tên", "x" * 101),
        ("Họ và tên", '=HYPERLINK("http://example.invalid")'),  # a formula in the next export
        ("Tổ", ""),
        ("Lớp", "2026-01-04 00:00:00"),  # Excel took 4/1 for a date
        ("Số tiết/tuần", "nhiều"),
        ("Số tiết/tuần", "-3"),
        ("Số tiết/tuần", "200"),
        ("Số tiết/tuần", float("nan")),
        ("Số tiết/tuần", "#N/A"),
        ("Điện thoại", "12345"),
        ("Điện thoại", "0912345678 / 0987654321"),
        ("Điện thoại", "9.12E+08"),  # digits are lost
    ],
)
def test_a_bad_cell_is_reported_with_its_row_and_column(column: str, value: object) -> None:
    (problem,) = problems({**GOOD, column: value})
    assert (problem["row"], problem["column"]) == (2, column)
    assert problem["expected"]


def test_what_was_found_is_safe_to_print() -> None:
    (problem,) = problems({**GOOD, "Họ và tên": "a\x1b[31m\u202eb"})
    assert problem["found"] == "a\\u001b[31m\\u202eb"


@pytest.mark.parametrize("word", ["Hiệu trưởng", "Phó hiệu trưởng", "Nhân viên"])
def test_leaders_and_staff_need_no_group(word: str) -> None:
    assert read(**{"Chức vụ": word, "Tổ": ""}).group == ""


def test_all_problems_come_at_once_and_nobody_is_imported() -> None:
    found = problems(
        GOOD,
        {**GOOD, "Mã": "GV02", "Chức vụ": "?", "Số tiết/tuần": "x"},
        {**GOOD, "Mã": "gv01", "Họ và tên": ""},
    )
    assert [(p["row"], p["column"]) for p in found] == [
        (3, "Chức vụ"),
        (3, "Số tiết/tuần"),
        (4, "Họ và tên"),
        (4, "Mã"),
    ]


def test_the_error_reads_as_one_line_per_problem() -> None:
    with pytest.raises(RosterError) as refused:
        read_rows([(7, {**GOOD, "Chức vụ": "Hiệu phó", "Số tiết/tuần": "x"})])
    assert str(refused.value).splitlines() == [
        f"row 7, column 'Chức vụ': found 'Hiệu phó', expected {', '.join(ROLE_NAMES)}",
        "row 7, column 'Số tiết/tuần': found 'x', expected a number from 0 to 60, or nothing",
    ]


@pytest.mark.parametrize("again", ["GV01", "gv01", "GV-01", " GV 01"])  # all give the record code ...-GV01
def test_a_doubled_code_names_the_earlier_row(again: str) -> None:
    (problem,) = problems(GOOD, {**GOOD, "Mã": "GV02"}, {**GOOD, "Mã": again})
    assert (problem["row"], problem["column"]) == (4, "Mã")
    assert "row 2" in problem["expected"]


def test_two_heads_in_one_group_are_refused() -> None:
    head = {**GOOD, "Chức vụ": "Tổ trưởng"}
    (problem,) = problems(head, {**head, "Mã": "GV02", "Tổ": "tổ  1-2-3"})
    assert (problem["row"], problem["column"]) == (3, "Chức vụ")


def test_heads_of_different_groups_are_fine() -> None:
    head = {**GOOD, "Chức vụ": "Tổ trưởng"}
    assert len(read_rows([(2, head), (3, {**head, "Mã": "GV02", "Tổ": "Tổ 4-5"})])) == 2


def test_a_group_keeps_its_first_spelling() -> None:
    rows = read_rows([(2, GOOD), (3, {**GOOD, "Mã": "GV02", "Tổ": "TỔ 1-2-3"})])
    assert {row.group for row in rows} == {"Tổ 1-2-3"}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(column: str) -> None:
    (problem,) = problems({header: value for header, value in GOOD.items() if header != column})
    assert (problem["row"], problem["column"], problem["found"]) == (0, column, "no such column")


def test_a_column_twice_is_refused() -> None:
    (problem,) = problems({**GOOD, " mã ": "GV99"})
    assert (problem["column"], problem["found"]) == ("Mã", "the column twice")


def test_an_empty_list_is_refused() -> None:
    assert problems()[0]["found"] == "no rows"


def test_blank_rows_are_skipped() -> None:
    blank = dict.fromkeys(GOOD)
    assert len(read_rows([(2, blank), (3, GOOD), (4, blank)])) == 1


def test_more_rows_than_a_school_can_have_are_refused() -> None:
    rows = [(n, {**GOOD, "Mã": str(n)}) for n in range(2, MAX_ROWS + 3)]
    with pytest.raises(RosterError, match="at most 5000 rows"):
        read_rows(rows)


@given(
    st.dictionaries(st.sampled_from(COLUMNS), st.none() | st.text(max_size=30) | st.floats() | st.integers())
)
def test_whatever_a_cell_holds_it_is_read_or_refused(cells: dict[str, object]) -> None:
    try:
        rows = read_rows([(2, {**GOOD, **cells})])
    except RosterError as error:
        named = {problem["column"] for problem in error.facts["rows"]}
    else:
        named = {"" for row in rows if not (row.staff_id and row.name.isprintable())}
    assert named <= {*cells, "Tổ"}  # without problems the row is good; with problems they name changed cells


@given(st.text())
def test_a_group_has_one_key_in_every_unicode_form(group: str) -> None:
    assert group_key(unicodedata.normalize("NFD", group)) == group_key(f"  {group} ")
