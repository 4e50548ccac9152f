"""A plan a class or subject: read from the file or asked, counted and signed each for itself (Q5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import School, week

from hoso_bot.school_year import SchoolYear

CLASSES = ("3A", "4A", "4B", "5A", "5B")


@pytest.fixture
def office(school: School) -> Iterator[SchoolYear]:
    desk = SchoolYear(school.settings, school.clock)
    yield desk
    desk.close()


@pytest.fixture
def specialist(school: School) -> Member:
    """Teaches English in five classes, in group 4-5."""
    return school["GV10"]


@pytest.fixture
def each_class(office: SchoolYear) -> None:
    """From week 13 on the school wants a plan a class."""
    office.set_rules(["unit=class"], week(13).first, "")


def nameless(desk: Desk) -> bytes:
    """A plan that names no class."""
    return desk.text("KẾ HOẠCH BÀI DẠY", "Tiếng Anh", "Unit 3 Lesson 1", "1. Yêu cầu cần đạt")


@pytest.mark.usefixtures("each_class")
def test_a_plan_of_one_class_from_the_file_to_the_signed_copy(
    school: School, specialist: Member, desk: Desk
) -> None:
    specialist.hears("Đơn vị nộp: mỗi giáo viên một tệp → mỗi lớp một tệp")
    specialist.sends(desk.plan(13))
    specialist.hears("KHBD Tuần 13 lớp 5B .*xác nhận trình ký")
    specialist.presses("Trình ký")
    specialist.hears("^Đã trình ký KHBD Tuần 13 lớp 5B.*-T13-GV10-5B.*còn: 3A, 4A, 4B, 5A")
    assert "T13-GV10-5B-v1" in str(school.head.gets_card("trình ký KHBD Tuần 13 lớp 5B").file_name)
    school.head.says("/thieu 13")
    assert "(GV10, Tổ 4-5): 3A, 4A, 4B, 5A" in school.head.hears("1/14 đã nộp").text
    for leader in (school.head, school.vice):
        leader.presses("Ký duyệt")
        leader.hears("Ký duyệt KHBD Tuần 13 lớp 5B")
        leader.presses("Xác nhận")
    done = specialist.hears("KHBD Tuần 13 lớp 5B .*phê duyệt đủ")
    assert str(done.file_name).endswith("T13-GV10-5B-v1-da-ky.pdf")
    specialist.says("/trangthai")
    specialist.hears("Tuần 13 lớp 5B: đã duyệt")
    assert [entry["part"] for entry in school.audited("plan.submitted")] == ["5B"]


@pytest.mark.usefixtures("each_class")
def test_an_unsure_class_is_asked_open_ones_first_and_can_be_changed(
    school: School, specialist: Member, desk: Desk
) -> None:
    specialist.hands_in(desk.plan(13))
    specialist.sends(nameless(desk), "KHBD Tuần 13.pdf")
    asked = specialist.hears("là KHBD Tuần 13 của lớp nào")
    assert asked.buttons == ["3A", "4A", "4B", "5A", "5B (đã nộp)", "Hủy"]
    specialist.says("9Z")
    specialist.hears("chưa thấy lớp đó trong phân công")
    specialist.says("4a")
    specialist.hears("KHBD Tuần 13 lớp 4A .*xác nhận trình ký")
    specialist.presses("Sửa lớp")
    specialist.hears("của lớp nào")
    specialist.presses("3A")
    specialist.hears("KHBD Tuần 13 lớp 3A .*xác nhận trình ký")
    specialist.presses("Trình ký")
    specialist.hears("^Đã trình ký KHBD Tuần 13 lớp 3A")
    school.rests()
    assert school.rows("SELECT part, version FROM plans ORDER BY part") == [("3A", 1), ("5B", 1)]


@pytest.mark.usefixtures("each_class")
def test_one_file_may_be_meant_for_several_classes(school: School, specialist: Member, desk: Desk) -> None:
    file = nameless(desk)
    for part in CLASSES:
        specialist.sends(file, "KHBD Tuần 13.pdf")
        specialist.hears("của lớp nào")
        specialist.presses(part)
        specialist.hears(f"lớp {part} .*xác nhận trình ký")
        specialist.presses("Trình ký")
        specialist.hears(f"^Đã trình ký KHBD Tuần 13 lớp {part}")
    specialist.sends(file, "KHBD Tuần 13.pdf")
    specialist.hears("trùng với bản KHBD Tuần 13 lớp")
    assert len(school.rows("SELECT * FROM plans")) == len(CLASSES)


@pytest.mark.usefixtures("each_class")
def test_a_new_file_of_one_class_is_compared_with_that_classs_version(
    school: School, specialist: Member, desk: Desk
) -> None:
    specialist.hands_in(desk.plan(13))
    school.head.gets_card()
    specialist.sends(desk.mended(13))
    specialist.hears("Thay KHBD Tuần 13 lớp 5B bằng tệp mới")
    specialist.presses("Trình ký (thay tệp)")
    specialist.hears("^Đã trình ký.*bản 2")
    assert "So với bản trước: " in school.head.gets_card("lớp 5B .*bản 2").text


def test_a_week_finished_before_the_rule_changed_stays_finished(
    school: School, office: SchoolYear, specialist: Member, desk: Desk
) -> None:
    specialist.hands_in(desk.plan(13))
    office.set_rules(["unit=class"], week(13).first, "")
    school.head.says("/thieu 13")
    assert "GV10" not in school.head.hears("1/10 đã nộp").text
    specialist.sends(desk.mended(13))
    specialist.hears("Thay KHBD Tuần 13 bằng tệp mới")
    school.head.says("/thieu 14")
    assert ", ".join(CLASSES) in school.head.hears("0/14 đã nộp").text


def test_a_card_of_before_the_rule_changed_asks_again(
    school: School, office: SchoolYear, specialist: Member, desk: Desk
) -> None:
    specialist.sends(nameless(desk), "KHBD Tuần 13.pdf")
    specialist.hears("KHBD Tuần 13 .*xác nhận trình ký")
    office.set_rules(["unit=class"], week(13).first, "")
    specialist.presses("Trình ký")
    specialist.hears("của lớp nào")
    assert school.rows("SELECT * FROM plans") == []


def test_a_plan_a_subject(school: School, office: SchoolYear, desk: Desk) -> None:
    office.set_rules(["unit=subject"], week(13).first, "")
    teacher = school["GV11"]
    teacher.sends(desk.text("KẾ HOẠCH BÀI DẠY", "Môn: Công nghệ", "Bài 3"), "KHBD Tuần 13.pdf")
    teacher.hears("KHBD Tuần 13 – Công nghệ .*xác nhận trình ký")
    teacher.presses("Trình ký")
    teacher.hears("^Đã trình ký KHBD Tuần 13 – Công nghệ.*-GV11-CONGNGHE.*còn: Tin học")
    school["GV10"].hands_in(desk.plan(13))  # one subject: nothing to ask


@pytest.mark.usefixtures("each_class")
def test_a_substitute_hands_in_for_the_absent_teachers_class(school: School, desk: Desk) -> None:
    school.head.says("/miennop GV09 13 nghỉ ốm")
    school.head.hears("Đã miễn nộp cho Tạ Thị Loan")
    substitute = school["GV08"]
    substitute.sends(desk.plan(13))  # of 5B, and hers is 4B
    asked = substitute.hears("của lớp nào")
    assert asked.buttons == ["4B", "Dạy thay Tạ Thị Loan: 5B", "Hủy"]
    substitute.presses("Dạy thay")
    substitute.hears(r"KHBD Tuần 13 lớp 5B \(dạy thay Tạ Thị Loan\) .*xác nhận trình ký")
    substitute.presses("Trình ký")
    substitute.hears("^Đã trình ký KHBD Tuần 13 lớp 5B .*-T13-GV08-5B-GV09.*còn: 4B")
    school.head.gets_card(r"Mai Thị Diệp .*lớp 5B \(dạy thay Tạ Thị Loan\)")
    substitute.says("/trangthai")
    substitute.hears(r"Tuần 13 lớp 5B \(dạy thay Tạ Thị Loan\): đang chờ Bùi Thị Tuyết Nga")
    school.head.says("/thieu 13")
    assert "(GV08, Tổ 4-5): 4B" in school.head.hears("0/13 đã nộp").text  # nobody owes it: she is on leave
    (entry,) = school.audited("plan.submitted")
    assert (entry["part"], entry["instead_of"]) == ("5B", "GV09")
