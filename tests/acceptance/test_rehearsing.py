"""`/kiemtra`: what would be said about a file, without handing it in."""

from __future__ import annotations

from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import School

NOTHING = ("uploads", "plans", "versions")


def nothing_is_kept(school: School) -> bool:
    school.rests()
    return all(school.rows(f"SELECT * FROM {table}") == [] for table in NOTHING) and not school.audited(
        "upload.received"
    )


def announces(teacher: Member) -> None:
    teacher.says("/kiemtra")
    teacher.hears("gửi tệp PDF cần kiểm tra thử")


def test_a_good_file_is_praised_and_not_handed_in(school: School, desk: Desk) -> None:
    announces(school.teacher)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears(r"chưa nộp gì.*Tuần 13 \(01/12.*lớp 5B.*Tệp này nộp được")
    assert nothing_is_kept(school)


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
