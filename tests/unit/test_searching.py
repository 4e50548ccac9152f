"""What is typed to find somebody, and who fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.searching import Query, found, read_query
from hoso_bot.domain.vietnamese import fold


def person(staff_id: str, name: str, group: str, classes: str, subjects: str = "Toán") -> Person:
    return Person(
        staff_id, staff_id, name, Role.TEACHER, group, tuple(classes.split()), tuple(subjects.split(","))
    )


LOAN = person("GV09", "Tạ Thị Loan", "Tổ 4-5", "5B")
ALSO_LOAN = person("GV12", "Nguyễn Loan Anh", "Tổ 1-2-3", "1A")
DIEP = person("GV08", "Mai Thị Diệp", "Tổ 4-5", "4B 5B", "Tiếng Anh")
DUC = person("GV10", "Đỗ Đức Đạt", "Tổ Năng khiếu", "5A", "Âm nhạc")
STAFF = (ALSO_LOAN, DIEP, LOAN, DUC)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("loan 5b t13", Query(("loan", "5b"), 13)),
        ("  LOAN,  5B ; Tuần 13 ", Query(("loan", "5b"), 13)),
        ("cô Loan lớp 5B tuần13", Query(("loan", "5b"), 13)),
        ("Tạ Thị Loan 7", Query(("ta", "thi", "loan"), 7)),
        ("tổ 4", Query(("4",))),
        ("khối 5 tuần 2", Query(("5",), 2)),
        ("T05", Query((), 5)),
        ("gv09", Query(("gv09",))),
        ("KHBD-2627-T13-GV09", Query((), None, "KHBD-2627-T13-GV09")),
        ("khbd-2627-t13-gv09-5a loan", Query(("loan",), None, "KHBD-2627-T13-GV09-5A")),
        ("KHBD–2627–T13", Query((), None, "KHBD-2627-T13")),
        ("đức đạt", Query(("duc", "dat"))),
        ("t130", Query(("t130",))),
        ("", Query()),
        ("   ", Query()),
    ],
)
def test_what_is_typed_is_understood(typed: str, query: Query) -> None:
    assert read_query(typed) == query


@pytest.mark.parametrize(
    ("typed", "people"),
    [
        ("loan", [ALSO_LOAN, LOAN]),
        ("lo", [ALSO_LOAN, LOAN]),
        ("Loan 5B", [LOAN]),
        ("loan ta", [LOAN]),
        ("5b", [DIEP, LOAN]),
        ("gv09", [LOAN]),
        ("GV0", []),
        ("dat duc", [DUC]),
        ("Đạt", [DUC]),
        ("tổ 4-5", [DIEP, LOAN]),
        ("tổ 4", [DIEP, LOAN]),
        ("nang khieu", [DUC]),
        ("tiếng anh", [DIEP]),
        ("anh", [ALSO_LOAN, DIEP]),
        ("loan xyz", []),
        ("t13", []),
        ("", []),
    ],
)
def test_who_fits(typed: str, people: list[Person]) -> None:
    assert found(read_query(typed), STAFF) == people


@given(st.text(max_size=200))
def test_anything_typed_is_a_query(typed: str) -> None:
    query = read_query(typed)
    assert query.week is None or 0 <= query.week <= 99
    assert all(word == fold(word) for word in query.words)
    found(query, STAFF)
