"""`/kiemtra`: what would be said about a file, without handing it in."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import School, week

NOTHING = ("uploads", "plans", "versions")


def nothing_is_kept(school: School) -> bool:
    school.rests()
    assert [path for path in (school.home / "files").rglob("*") if path.is_file()] == []
    return all(school.rows(f"SELECT * FROM {table}") == [] for table in NOTHING) and not school.audited(
        "upload.received"
    )


def announces(teacher: Member) -> None:
    teacher.says("/kiemtra")
    teacher.hears("gửi tệp PDF cần kiểm tra thử")


def test_a_good_file_is_praised_and_not_handed_in(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears(rf"chưa nộp gì.*Tuần 13 \({week(13).first:%d/%m}.*lớp 5B.*Tệp này nộp được")
    assert nothing_is_kept(school)


def stored(school: School, file: Path) -> bool:
    """Whether the school keeps these bytes, once all work is done."""
    school.rests()
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return (school.home / "files" / sha256[:2] / sha256).exists()


def test_the_bytes_of_a_rehearsed_file_are_gone(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("nộp được")
    assert not stored(school, desk.plan(13))


def test_a_file_that_somebody_handed_in_stays_when_it_is_rehearsed(school: School, desk: Desk) -> None:
    school["GV08"].hands_in(desk.plan(13))
    card = school.head.gets_card()
    announces(school.teacher)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("nộp được")
    announces(school.head)
    school.head.sends(card.file(), "trinh-ky.pdf")
    school.head.hears("chưa nộp gì")
    assert stored(school, desk.plan(13))
    school.head.approves()  # the review copy is there too
    school.vice.gets_card()


def test_rehearsing_and_handing_in_the_same_file_at_once_loses_nothing(school: School, desk: Desk) -> None:
    """Four at once, half of them only look."""
    for number, staff_id in enumerate(("GV07", "GV08", "GV09", "GV10")):
        school[staff_id].sends(desk.plan(13), caption="/kiemtra" if number % 2 else "")
    for staff_id in ("GV07", "GV09"):
        school[staff_id].presses("Trình ký")
        school[staff_id].hears("^Đã trình ký")
    for staff_id in ("GV08", "GV10"):
        school[staff_id].hears("nộp được")
    assert stored(school, desk.plan(13))
    assert len(school.rows("SELECT * FROM versions")) == 2


def test_the_next_file_is_a_normal_one(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("nộp được")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()


def test_a_caption_is_enough(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13), caption="/kiemtra giúp em")
    school.teacher.hears("chưa nộp gì.*nộp được")
    assert nothing_is_kept(school)


def test_another_caption_hands_in_as_ever(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13), caption="KHBD tuần 13, /kiemtra sau")
    school.teacher.hears("xác nhận trình ký")


def test_what_would_be_blocked_is_said(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.sends(desk.long(), "dai.pdf")
    school.teacher.hears("Cần sửa thì em mới nhận được:.*1000 trang")
    assert nothing_is_kept(school)


def test_a_file_that_is_no_pdf_is_named(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.sends(desk.docx(), "KHBD.docx")
    school.teacher.hears("Kiểm tra thử .*chưa phải PDF")
    assert nothing_is_kept(school)


def test_words_instead_of_a_file_are_answered(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.says("dạ vâng")
    school.teacher.hears("gửi tệp PDF cần kiểm tra thử")
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("nộp được")
