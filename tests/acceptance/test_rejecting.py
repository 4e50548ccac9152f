"""Leaders send a plan back: never without a reason, and everybody who is concerned hears it (R29)."""

from __future__ import annotations

import pytest
from tests.plans_to_send import Desk
from tests.school import School

REASON = "Bài 2 tiết 3 thiếu hoạt động khởi động, đồng chí bổ sung giúp 🙏\n(trang 4)"


@pytest.mark.usefixtures("waiting")
def test_the_reason_reaches_the_teacher_word_for_word(school: School) -> None:
    school.head.rejects(REASON)
    heard = school.teacher.hears("KHBD Tuần 13 cần chỉnh sửa. Bùi Thị Tuyết Nga")
    assert f'"{REASON}"' in heard.text
    assert school.step_states() == ["rejected", "waiting"]


NO_REASONS = [
    "\u200b\u200b",
    ".",
    "👎👎👎👎👎👎👎👎👎👎👎👎",
    "ok",
    "chưa đạtt",
    "aaaaaaaaaaaaaaaa",
    "1234567890123",
]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "thin", NO_REASONS, ids=["blank", "dot", "emoji", "ok", "8 letters", "one", "digits"]
)
def test_what_is_no_reason_rejects_nothing(school: School, thin: str) -> None:
    school.head.presses("Từ chối")
    school.head.hears("ít nhất 10 chữ cái")
    school.head.says(thin)
    school.head.hears("Lý do chưa rõ, hồ sơ vẫn đang chờ đ/c")
    assert school.step_states() == ["pending", "waiting"]


@pytest.mark.usefixtures("waiting")
def test_nine_letters_are_too_few_and_ten_are_enough(school: School) -> None:
    school.head.presses("Từ chối")
    school.head.hears("ít nhất 10 chữ cái")
    school.head.says("Thiếu mục 1")  # T h i ế u m ụ c: eight
    school.head.hears("Lý do chưa rõ")
    school.head.says("Thiếu mục a")  # nine
    school.head.hears("Lý do chưa rõ")
    school.head.says("Thiếu mục ba")  # ten
    school.teacher.hears('"Thiếu mục ba"')


@pytest.mark.usefixtures("waiting")
def test_a_ready_made_reason_takes_one_tap(school: School) -> None:
    school.head.presses("Từ chối")
    school.head.presses("Thiếu yêu cầu cần đạt")
    school.teacher.hears('"Thiếu yêu cầu cần đạt"')
    school.head.hears("^Đã trả lại KHBD Tuần 13")


@pytest.mark.usefixtures("waiting")
def test_a_command_is_never_a_reason(school: School) -> None:
    school.head.presses("Từ chối")
    school.head.hears("ít nhất 10 chữ cái")
    school.head.says("/huongdan cho tôi xem lại cách duyệt")
    school.head.hears("Nộp KHBD")
    assert school.step_states() == ["pending", "waiting"]
    school.head.says("Bài hai thiếu hoạt động khởi động")
    school.teacher.hears("cần chỉnh sửa")


@pytest.mark.usefixtures("waiting")
def test_words_long_after_the_question_are_no_reason(school: School) -> None:
    school.head.presses("Từ chối")
    school.head.hears("ít nhất 10 chữ cái")
    school.passes(minutes=31)
    school.head.says("Chiều nay tổ mình họp lúc ba giờ nhé")
    school.head.hears("Có 1 hồ sơ đang chờ đ/c duyệt")
    assert school.decisions() == 0


@pytest.mark.usefixtures("waiting")
def test_after_de_sau_words_are_no_reason(school: School) -> None:
    school.head.presses("Từ chối")
    school.head.presses("Để sau")
    school.head.hears("em để đó")
    school.head.says("Chiều nay tổ mình họp lúc ba giờ nhé")
    school.head.hears("đang chờ đ/c duyệt")
    assert school.decisions() == 0


@pytest.mark.usefixtures("waiting")
def test_after_approving_instead_words_are_no_reason(school: School) -> None:
    school.head.presses("Từ chối")
    school.head.hears("ít nhất 10 chữ cái")
    school.head.approves()
    school.head.says("Cảm ơn em, bài soạn rất tốt")
    school.head.hears("Em nhận KHBD là tệp PDF")
    assert school.step_states()[0] == "signed"


@pytest.mark.usefixtures("waiting")
def test_when_the_vice_principal_rejects_the_head_hears_it_too(school: School) -> None:
    school.head.approves()
    school.vice.gets_card()
    school.vice.rejects(REASON)
    school.teacher.hears("Lương Quang Tùng .*góp ý")
    told = school.head.hears("đã trả lại KHBD Tuần 13 của Tạ Thị Loan .đ/c đã ký trước đó")
    assert f'"{REASON}"' in told.text


@pytest.mark.usefixtures("waiting")
def test_a_mended_file_is_version_2_and_starts_the_chain_again(school: School, desk: Desk) -> None:
    school.head.approves()
    school.vice.gets_card()
    school.vice.rejects(REASON)
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("KHBD Tuần 13, bản sửa lần 1")
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký.*bản 2")
    assert school.step_states() == ["pending", "waiting"]
    school.head.gets_card("bản 2")
    school.head.approves()
    school.vice.gets_card("bản 2")
    school.vice.approves()
    final = school.teacher.hears("phê duyệt đủ")
    assert final.file_name and "-v2-" in final.file_name


@pytest.mark.usefixtures("waiting")
def test_even_the_unchanged_file_may_be_handed_in_again_after_a_rejection(school: School, desk: Desk) -> None:
    school.head.rejects(REASON)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("bản sửa lần 1")
    school.teacher.presses("Trình ký")
    school.head.gets_card("bản 2")
