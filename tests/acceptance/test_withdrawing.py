"""A teacher takes a plan back before the first decision, and asks for it afterwards (Q25)."""

from __future__ import annotations

import pytest
from tests.conversation import Heard
from tests.plans_to_send import Desk
from tests.school import School

REASON = "Em gửi nhầm tệp của lớp khác, xin sửa lại ạ 🙏"


@pytest.fixture
def done(school: School, desk: Desk) -> Heard:
    """The teacher handed in week 13; the message that says so."""
    return school.teacher.hands_in(desk.plan(13))


def withdraws(school: School) -> None:
    school.teacher.presses("Thu hồi")
    school.teacher.hears("Thu hồi KHBD Tuần 13")
    school.teacher.presses("Xác nhận thu hồi")
    school.teacher.hears("Đã thu hồi KHBD Tuần 13. Thầy/cô gửi lại khi sẵn sàng")


def asks_for_return(school: School, done: Heard) -> None:
    school.teacher.presses("Thu hồi", done)
    school.teacher.hears("Bùi Thị Tuyết Nga đã duyệt .* nên em không thu hồi được")
    school.teacher.presses("Xin trả lại")
    school.teacher.hears("nhắn lý do tại đây")
    school.teacher.says(REASON)
    school.teacher.hears("Đã xin trả lại KHBD Tuần 13. Em đã chuyển tới Lương Quang Tùng")


def head_signs(school: School) -> None:
    school.head.gets_card()
    school.head.approves()


def test_a_withdrawn_plan_is_nobodys_to_decide(school: School, done: Heard) -> None:
    card = school.head.gets_card()
    withdraws(school)
    school.head.hears("Tạ Thị Loan đã thu hồi KHBD Tuần 13.*Thẻ này không còn hiệu lực")
    school.passes(seconds=11)
    school.head.presses_token(card.raw["buttons"][0][0]["data"], card)
    school.head.hears("Nút này đã được dùng")
    school.head.says("/choduyet")
    school.head.hears("không có hồ sơ nào")
    assert school.rows("SELECT plans.state, versions.state FROM plans, versions") == [
        ("withdrawn", "withdrawn")
    ]
    school.teacher.says("/trangthai")
    school.teacher.hears("Tuần 13: đã thu hồi")


def test_an_open_confirmation_of_a_withdrawn_plan_signs_nothing(school: School, done: Heard) -> None:
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    question = school.head.hears("Chữ ký số được ghi vào tệp")
    withdraws(school)
    school.head.presses("Xác nhận", question)
    school.head.hears("đã thu hồi KHBD Tuần 13")
    assert school.audited("step.approved") == []


def test_the_same_file_may_be_sent_again(school: School, done: Heard, desk: Desk) -> None:
    school.head.gets_card()
    withdraws(school)
    school.teacher.sends(desk.plan(13))
    card = school.teacher.hears("KHBD Tuần 13 .*xác nhận trình ký")
    assert "Thay KHBD" not in card.text and "bản sửa" not in card.text
    school.teacher.presses("Trình ký")
    school.head.gets_card("bản 2")
    school.head.approves()


def test_a_withdrawn_week_leaves_its_place_to_another(school: School, done: Heard, desk: Desk) -> None:
    withdraws(school)
    for number in (12, 14):
        school.teacher.hands_in(desk.plan(number))


def test_thuhoi_lists_what_can_be_taken_back(school: School, done: Heard) -> None:
    school.teacher.says("/thuhoi")
    school.teacher.hears("chọn hồ sơ")
    school.teacher.presses("Thu hồi Tuần 13")
    school.teacher.presses("Xác nhận thu hồi")
    school.teacher.hears("Đã thu hồi")
    school.teacher.says("/thuhoi")
    school.teacher.hears("không có hồ sơ nào đang chờ duyệt")


def test_after_the_first_decision_the_approver_is_asked_and_gives_it_back(
    school: School, done: Heard, desk: Desk
) -> None:
    head_signs(school)
    school.vice.gets_card()
    asks_for_return(school, done)
    assert f'"{REASON}"' in school.vice.hears("Tạ Thị Loan xin trả lại KHBD Tuần 13").text
    school.vice.presses("Trả lại")
    school.teacher.hears("Lương Quang Tùng đã trả lại KHBD Tuần 13 theo ý thầy/cô")
    assert f'"{REASON}"' in school.head.hears("trả lại theo ý giáo viên").text
    states = "SELECT plans.state, steps.state FROM plans, steps WHERE steps.number = 2"
    assert school.rows(states) == [("returned", "returned")]
    assert school.audited("step.rejected") == []
    school.teacher.says("/trangthai")
    school.teacher.hears("Tuần 13: đã trả lại theo ý thầy/cô")
    school.teacher.hands_in(desk.mended(13))
    assert f'Lương Quang Tùng góp ý: "{REASON}"' in school.head.gets_card("bản 2").text


def test_giu_nguyen_changes_nothing(school: School, done: Heard) -> None:
    head_signs(school)
    school.vice.gets_card()
    asks_for_return(school, done)
    school.vice.hears("xin trả lại KHBD")
    school.vice.presses("Giữ nguyên")
    school.teacher.hears("Lương Quang Tùng giữ nguyên KHBD Tuần 13")
    school.vice.approves()
    school.teacher.hears("phê duyệt đủ")


def test_a_return_request_dies_with_the_decision(school: School, done: Heard) -> None:
    head_signs(school)
    school.vice.gets_card()
    asks_for_return(school, done)
    request = school.vice.hears("xin trả lại KHBD")
    school.vice.approves()
    school.vice.presses("Trả lại", request)
    school.vice.hears("đã được quyết định rồi")
    school.teacher.presses("Thu hồi", done)
    school.teacher.hears("đã được phê duyệt đủ. Nếu cần sửa, thầy/cô gửi tệp mới")


def test_a_thin_reason_asks_again(school: School, done: Heard) -> None:
    head_signs(school)
    school.vice.gets_card()
    school.teacher.presses("Thu hồi", done)
    school.teacher.presses("Xin trả lại")
    school.teacher.hears("nhắn lý do tại đây")
    school.teacher.says("ok 👍")
    school.teacher.hears("Lý do chưa rõ")
    assert school.audited("return.requested") == []


def test_nobody_withdraws_a_colleagues_plan(school: School, done: Heard) -> None:
    school.passes(seconds=1)
    school["GV08"].presses_token(done.raw["buttons"][0][0]["data"], done)
    school["GV08"].hears("Nút này không dành cho thầy/cô")
    assert school.rows("SELECT state FROM plans") == [("pending",)]
