"""`Xin sửa` in `/dulieu`: asked in words, answered by the office within two working days."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.conversation import Heard, Member
from tests.school import School
from typer.testing import CliRunner

from hoso_bot.cli import app
from hoso_bot.domain.calendar import VN

WRONG = "Tôi dạy lớp 5A, không phải 5B. /start"


def asks_correction(person: Member, words: str = WRONG) -> Heard:
    person.says("/dulieu")
    person.presses("Xin sửa", person.hears("Nhà trường đang lưu"))
    person.hears("viết giúp em điều chưa đúng")
    person.says(words)
    return person.hears(r"đã nhận yêu cầu #\d+ về dữ liệu.*2 ngày làm việc")


def test_a_correction_is_asked_and_met(school: School) -> None:
    teacher, office = school.teacher, school.vice
    promised = asks_correction(teacher)
    assert "trước Thứ Sáu 27/11, 17:00" in promised.text, promised.text  # asked on a Wednesday
    request = office.hears("YÊU CẦU SỬA DỮ LIỆU #1 · Tạ Thị Loan .GV09")
    assert "│ Tôi dạy lớp 5A, không phải 5B." in request.text and " /start" not in request.text
    office.presses("Đã sửa", request)
    office.hears("Em đã báo Tạ Thị Loan: yêu cầu #1 đã sửa")
    teacher.hears("Yêu cầu #1: Lương Quang Tùng đã sửa dữ liệu")
    teacher.says("/hotro Câu hỏi mới")
    teacher.hears("đã chuyển câu hỏi #2")  # a request takes no support questions


def test_a_correction_is_declined_with_a_reason_only(school: School) -> None:
    teacher, office = school.teacher, school.vice
    asks_correction(teacher)
    office.presses("Không sửa, vì", office.hears("YÊU CẦU SỬA DỮ LIỆU"))
    office.hears("viết lý do không sửa")
    office.says("ok")
    office.hears("viết lý do không sửa")
    office.says("Phân công theo quyết định đầu năm học.")
    office.hears("không sửa, kèm lý do")
    teacher.hears("chưa được sửa.*│ Phân công theo quyết định đầu năm học")


def test_words_without_letters_are_asked_for_again_and_thoi_ends_it(school: School) -> None:
    teacher = school.teacher
    teacher.says("/dulieu")
    teacher.presses("Xin sửa")
    teacher.hears("viết giúp em điều chưa đúng")
    teacher.says("123 ???")
    teacher.hears("viết giúp em điều chưa đúng")
    teacher.presses("Thôi")
    teacher.hears("mọi việc giữ nguyên")
    teacher.says("Tôi dạy 5A")
    teacher.hears("Em nhận KHBD là tệp PDF")
    assert school.rows("SELECT * FROM tickets") == []


def test_the_office_lists_what_waits_and_nobody_else_may_answer(school: School) -> None:
    teacher, office = school.teacher, school.vice
    asks_correction(teacher)
    first = office.hears("YÊU CẦU SỬA DỮ LIỆU #1")
    office.says("/dulieu")
    office.presses("Yêu cầu đang chờ (1)", office.hears("Nhà trường đang lưu"))
    listed = office.hears("đang chờ trả lời.*#1 · Tạ Thị Loan – hạn Thứ Sáu")
    office.presses("#1 Tạ Thị Loan", listed)
    card = office.hears("YÊU CẦU SỬA DỮ LIỆU #1")
    assert school.principal.says("/dulieu yeucau") and school.principal.hears("#1 · Tạ Thị Loan")
    school.head.says("/dulieu yeucau")
    assert "Yêu cầu đang chờ" not in str(school.head.hears("Nhà trường đang lưu").buttons)
    office.presses("Đã sửa", card)
    office.hears("đã sửa")
    office.presses("Không sửa, vì", first)
    office.hears("đã được trả lời rồi")


def test_the_offices_own_request_goes_to_the_principal(school: School) -> None:
    asks_correction(school.vice, "Số điện thoại của tôi là 0912345678")
    school.principal.presses("Đã sửa", school.principal.hears("YÊU CẦU SỬA DỮ LIỆU #1"))
    school.vice.hears("đã sửa dữ liệu")


def test_what_nobody_answers_is_brought_up_every_working_morning(school: School) -> None:
    asks_correction(school.teacher)
    school.vice.hears("YÊU CẦU SỬA DỮ LIỆU #1")
    asked = school.clock.now().astimezone(VN).date()
    school.comes(asked + timedelta(days=2), "17:01")
    school.vice.hears("Đã quá hạn trả lời")
    school.principal.hears("Đã quá hạn trả lời.*Tôi dạy lớp 5A")
    school.comes(asked + timedelta(days=4), "10:00")  # a Sunday
    school.vice.hears_nothing(0)
    school.comes(asked + timedelta(days=5), "09:01")
    school.vice.hears("Đã quá hạn trả lời")
    school.vice.presses("Đã sửa")
    school.vice.hears("Em đã báo")
    school.comes(asked + timedelta(days=6), "10:00")
    school.vice.hears_nothing(0)
    assert school.audited("data.correction_overdue") == [{}]


def test_three_requests_may_wait_at_a_time(school: School) -> None:
    for _ in range(3):
        asks_correction(school.teacher)
    school.teacher.says("/dulieu")
    school.teacher.presses("Xin sửa")
    school.teacher.hears("đang có các yêu cầu chờ trả lời: #1, #2, #3")


def test_the_command_line_lists_what_is_open(school: School) -> None:
    asks_correction(school.teacher)
    done = CliRunner().invoke(app, ["privacy", "requests", "--json", "--home", str(school.home)])
    [one] = json.loads(done.output)
    assert (one["number"], one["staff_id"], one["words"]) == (1, "GV09", WRONG)
    done = CliRunner().invoke(app, ["privacy", "requests", "--home", str(school.home)])
    assert "#1  GV09  answer by" in done.output
