"""Which class or subject a file is for; each row names what it stands for."""

from __future__ import annotations

import pytest

from hoso_bot.domain.calendar import default_weeks
from hoso_bot.domain.inspection import PlanFacts
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import record_code
from hoso_bot.domain.units import Piece, names_others, owed_parts, part_key, part_read, parts_of, same_part

WEEK = default_weeks("2026-2027")[12]


def teacher(classes: tuple[str, ...] = (), subjects: tuple[str, ...] = ()) -> Person:
    return Person("t", "GV10", "Hà Thị Vân Anh", Role.TEACHER, "Tổ 4-5", classes, subjects, 20)


# --- the parts -----------------------------------------------------------------------------------------

PARTS = [
    ("teacher", ("3A", "4A"), ("Tiếng Anh",), ("",)),
    ("class", ("3A", "4A"), ("Tiếng Anh",), ("3A", "4A")),
    ("subject", ("3A", "4A"), ("Tiếng Anh",), ("Tiếng Anh",)),
    ("class", (), ("Tiếng Anh",), ("",)),
    ("subject", ("3A",), (), ("",)),
    ("class", ("4/1", "4/2"), (), ("4/1", "4/2")),
    ("subject", (), ("Tin học", "TIN HỌC", "Công nghệ"), ("Tin học", "Công nghệ")),  # one subject twice
    ("class", ("…",), (), ("",)),
]


@pytest.mark.parametrize(("unit", "classes", "subjects", "parts"), PARTS)
def test_the_parts_of_an_assignment(
    unit: str, classes: tuple[str, ...], subjects: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    assert parts_of(teacher(classes, subjects), unit) == parts


def test_a_week_is_finished_in_the_unit_it_was_begun_in() -> None:
    who = teacher(("3A", "4A"), ("Tin học", "Công nghệ"))
    assert owed_parts(who, "class", [""]) == ("",)
    assert owed_parts(who, "teacher", ["3A"]) == ("3A", "4A")
    assert owed_parts(who, "class", ["Tin học"]) == ("Tin học", "Công nghệ")
    assert owed_parts(who, "class", ["8X"]) == ("3A", "4A")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("5A", "5a ", True),
        ("4/2", "4 / 2", True),
        ("Lớp 5A", "5A", True),
        ("Tiếng Việt", "TIENG VIET", True),
        ("Đạo đức", "đạo đức", True),
        ("5A", "5B", False),
        ("", "5A", False),
    ],
)
def test_spellings_of_one_part(one: str, other: str, same: bool) -> None:
    assert same_part(one, other) is same


def test_a_piece_is_of_one_teacher() -> None:
    assert Piece("5A").same(Piece("5a"))
    assert Piece("5A", "p9").same(Piece("lớp 5A", "p9"))
    assert not Piece("5A").same(Piece("5A", "p9"))
    assert not Piece().same(Piece("5A"))


def test_a_file_of_other_classes_is_noticed() -> None:
    assert names_others(("4B",), PlanFacts(classes=("5B",)))
    assert not names_others(("4B",), PlanFacts(classes=("5B", "4B")))
    assert not names_others(("4B",), PlanFacts())


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("", "KHBD-2627-T13-GV10"),
        ("5A", "KHBD-2627-T13-GV10-5A"),
        ("4/2", "KHBD-2627-T13-GV10-42"),
        ("Tiếng Việt", "KHBD-2627-T13-GV10-TIENGVIET"),
    ],
)
def test_a_code_names_the_part(part: str, code: str) -> None:
    assert record_code(WEEK, "GV10", part=part) == code


def test_a_substitutes_code_names_the_absent_teacher() -> None:
    assert record_code(WEEK, "GV08", part="5B", instead_of="GV 09") == "KHBD-2627-T13-GV08-5B-GV09"


def test_a_key_is_never_empty_by_accident() -> None:
    assert part_key("5A") and part_key("Âm nhạc") == "AMNHAC"


# --- reading it from a file ------------------------------------------------------------------------------

CLASSES, SUBJECTS = ("3A", "4A", "4B"), ("Tin học", "Công nghệ", "GDTC")
READ = [
    (("",), PlanFacts(), "x.pdf", ""),  # nothing to choose from
    (("5A",), PlanFacts(classes=("4A",)), "x.pdf", "5A"),  # the only one owed
    (CLASSES, PlanFacts(classes=("4A",)), "x.pdf", "4A"),
    (CLASSES, PlanFacts(classes=("4A", "5C")), "x.pdf", "4A"),  # 5C is nobody's of hers
    (CLASSES, PlanFacts(classes=("3A", "4A", "4B")), "x.pdf", None),  # one file for all: ask
    (CLASSES, PlanFacts(), "x.pdf", None),
    (CLASSES, PlanFacts(classes=("5C",)), "x.pdf", None),
    (CLASSES, PlanFacts(classes=("3A", "4A")), "KHBD_Tuan_13_Lop_4A.pdf", "4A"),  # the name decides
    (CLASSES, PlanFacts(classes=("3A",)), "KHBD_Tuan_13_Lop_4A.pdf", "3A"),  # the text is stronger
    (CLASSES, PlanFacts(classes=("3A", "4B")), "KHBD_Tuan_13_Lop_4A.pdf", None),
    (CLASSES, PlanFacts(), "khbd tuần 13 lớp 4b.pdf", "4B"),
    (CLASSES, PlanFacts(), "khbd 3A va 4B.pdf", None),
    (CLASSES, PlanFacts(), "tuan 14A.pdf", None),  # no class 4A inside another word
    (("4/1", "4/2"), PlanFacts(classes=("4/2",)), "x.pdf", "4/2"),
    (SUBJECTS, PlanFacts(subjects=("Tin học",)), "x.pdf", "Tin học"),
    (SUBJECTS, PlanFacts(subjects=("Giáo dục thể chất",)), "x.pdf", "GDTC"),  # the school's own word
    (SUBJECTS, PlanFacts(subjects=("Tin học", "Toán")), "x.pdf", "Tin học"),
    (SUBJECTS, PlanFacts(subjects=("Tin học", "Công nghệ")), "x.pdf", None),
    (SUBJECTS, PlanFacts(), "KHBD_Cong_nghe_Tuan_13.pdf", "Công nghệ"),
]


@pytest.mark.parametrize(("parts", "facts", "name", "part"), READ)
def test_the_part_a_file_is_for(
    parts: tuple[str, ...], facts: PlanFacts, name: str, part: str | None
) -> None:
    assert part_read(parts, facts, name) == part
