"""`/dulieu`: what is held, taking the consent back, and coming back (Law 91/2025/QH15)."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.calendar import VN

POLITE = "Chào thầy/cô! Em là trợ lý hồ sơ"


def withdraws(person: Member) -> Heard:
    """Ask, read, tap once more; the last thing this chat hears."""
    person.says("/dulieu")
    person.presses("Rút đồng ý", person.hears("Nhà trường đang lưu về thầy/cô"))
    person.presses("Rút đồng ý ngay", person.hears("Dừng ngay.*Nhà trường còn giữ"))
    return person.hears("Em đã rút đồng ý của thầy/cô")


def comes_back(person: Member, school: School) -> None:
    person.says(f"/start {school.invites(person.staff.staff_id)}")
    person.presses("Đồng ý", person.hears("Thầy/cô đồng ý không ạ"))
    person.hears("Đã liên kết")


# --- looking -------------------------------------------------------------------------------------


def test_a_teacher_sees_what_is_held_in_plain_words(school: School, desk: Desk) -> None:
    teacher = school.teacher
    teacher.hands_in(desk.plan(13))
    teacher.says("/hotro Em hỏi cách ký.")
    teacher.hears("đã chuyển câu hỏi #1")
    teacher.says("/dulieu")
    card = teacher.hears("Nhà trường đang lưu về thầy/cô").text
    for part in (
        "Tạ Thị Loan – mã GV09",
        "Giáo viên, Tổ 4-5",
        "Telegram: liên kết",
        "lời số 2",
        "1 hồ sơ, 1 bản",
        "Câu hỏi hỗ trợ: 1; yêu cầu về dữ liệu: 0 (1 tin, 0 tệp)",
        "máy chủ ở nước ngoài",
        "giữ 30 ngày",
    ):
        assert part in card, card
    assert "Lần duyệt" not in card
    assert school.audited("data.shown") == [{}]


def test_an_approver_sees_decisions_and_the_certificate(school: School, waiting: Heard) -> None:
    school.head.approves()
    school.head.says("/dulieu")
    school.head.hears("Lần duyệt: 1; chứng thư chữ ký: 1")


def test_a_stranger_hears_truthfully_what_is_held(new_school: School) -> None:
    stranger = new_school.visitor()
    stranger.says("/dulieu")
    heard = stranger.hears("em không có hồ sơ nào")
    assert "mã liên kết" not in heard.text and "(1 tin)" in heard.text and "giữ 30 ngày" in heard.text
    stranger.says("/start AAAAAAAAAAAAAAAAAAAAAA")
    stranger.hears("Mã chưa đúng")
    stranger.says("/dulieu")
    stranger.hears("1 lần nhập mã liên kết chưa đúng")


# --- taking it back ------------------------------------------------------------------------------


def test_withdrawing_ends_the_chat_at_once_and_tells_the_office(school: School, desk: Desk) -> None:
    teacher = school.teacher
    teacher.hands_in(desk.plan(13))
    withdraws(teacher)
    school.vice.hears("Tạ Thị Loan .*vừa rút đồng ý.*staff invite GV09")
    assert school.rows("SELECT * FROM accounts WHERE chat_id = ?", str(teacher.chat_id)) == []
    assert school.audited("consent.withdrawn") == [{"chats": 1, "consent": ["consent-2"]}]
    teacher.says("/trangthai")
    teacher.hears(POLITE)


def test_reading_the_explanation_changes_nothing(school: School) -> None:
    teacher = school.teacher
    teacher.says("/dulieu")
    teacher.presses("Rút đồng ý")
    teacher.presses("Thôi, giữ nguyên", teacher.hears("Dừng ngay"))
    teacher.hears("mọi việc giữ nguyên")
    teacher.says("/trangthai")
    teacher.hears("chưa nộp KHBD nào")


def test_old_buttons_questions_and_invitations_are_dead_even_after_coming_back(
    school: School, desk: Desk
) -> None:
    teacher, code = school.teacher, school.invites("GV09")
    teacher.sends(desk.plan(13))
    card = teacher.hears("xác nhận trình ký")
    teacher.says("/hotro")
    teacher.hears("viết câu hỏi")
    withdraws(teacher)
    teacher.presses_as_it_was("Trình ký", card)
    teacher.hears("Nút này không dành cho thầy/cô|Nút này không còn hiệu lực|đã được dùng")
    teacher.says(f"/start {code}")
    teacher.hears("Mã chưa đúng")
    comes_back(teacher, school)
    school.passes(minutes=1)
    teacher.presses_as_it_was("Trình ký", card)
    teacher.hears("Nút này đã được dùng rồi")
    teacher.says("Em hỏi thêm ạ.")
    teacher.hears("Em nhận KHBD là tệp PDF")
    assert school.rows("SELECT * FROM plans") == []


def test_nothing_more_is_said_to_a_chat_that_withdrew(school: School, waiting: Heard) -> None:
    teacher = school.teacher
    withdraws(teacher)
    school.head.approves()  # the teacher would have heard it
    school.rests()
    teacher.hears_nothing(0)
    assert "không gửi được tin cho Tạ Thị Loan" in school.vice.chat()


# --- leaders -------------------------------------------------------------------------------------


def test_cards_of_a_head_who_withdraws_go_to_who_stands_in(school: School, waiting: Heard) -> None:
    head, vice = school.head, school.vice
    head.says("/dulieu")
    head.presses("Rút đồng ý")
    assert "1 hồ sơ đang chờ thầy/cô duyệt" in head.hears("Dừng ngay").text
    head.presses("Rút đồng ý ngay")
    head.hears("Em đã rút đồng ý")
    vice.gets_card()
    vice.presses("Ký duyệt")
    vice.hears("Chữ ký số được ghi vào tệp")
    vice.presses("Xác nhận")
    school.teacher.hears("đã ký đủ|đã được ký duyệt|Bản đã duyệt")
    assert school.step_states() == ["signed", "signed"]


def test_a_head_who_comes_back_gets_the_card_again(school: School, waiting: Heard) -> None:
    head, vice = school.head, school.vice
    withdraws(head)
    vice.gets_card()
    comes_back(head, school)
    head.gets_card()
    head.approves()
    assert school.step_states()[0] == "signed"


def test_when_the_office_itself_withdraws_the_principal_hears_it(school: School) -> None:
    withdraws(school.vice)
    school.principal.hears("vừa rút đồng ý dùng trợ lý")


# --- words that changed --------------------------------------------------------------------------


def old_consent(school: School) -> None:
    connection = sqlite3.connect(school.home / "hoso.db", timeout=10)
    with connection:
        connection.execute("UPDATE accounts SET consent_text = 'consent-1'")
    connection.close()


def test_who_agreed_to_older_words_is_asked_once_and_the_answer_is_proved(make_school: MakeSchool) -> None:
    school = make_school(linked=("GV09", "PHT01"))
    old_consent(school)
    school.start()
    tomorrow = (school.clock.now() + timedelta(days=1)).date()
    school.comes(tomorrow, "09:01")
    teacher = school.teacher
    asked = teacher.hears("Lời đồng ý của nhà trường đã được viết lại")
    teacher.presses("Đồng ý", asked)
    teacher.hears("Em đã ghi lại sự đồng ý này")
    (proof,) = school.audited("consent.renewed")
    assert proof["consent"] == "consent-2" and len(proof["words"]) == 64
    school.comes(tomorrow + timedelta(days=1), "09:01")
    teacher.hears_nothing(0)
    school.vice.hears("Lời đồng ý của nhà trường đã được viết lại")
    school.vice.hears_nothing(0)
    school.checks()


def test_a_no_to_the_newer_words_leads_to_the_explanation(make_school: MakeSchool) -> None:
    school = make_school(linked=("GV09",))
    old_consent(school)
    school.start()
    school.comes((school.clock.now() + timedelta(days=1)).date(), "09:01")
    school.teacher.presses("Không đồng ý", school.teacher.hears("Lời đồng ý"))
    school.teacher.hears("Nếu thầy/cô rút đồng ý")
    school.checks()


# --- having it put right -------------------------------------------------------------------------

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
