"""What a leader's card says about a second version, and about haste (R27)."""

from __future__ import annotations

from tests.plans_to_send import Desk
from tests.school import School

REASON = "Bài hai thiếu hoạt động khởi động"


def test_the_card_of_a_second_version_shows_reasons_and_changed_pages(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    first = school.head.gets_card()
    assert "So với bản trước" not in first.text and "góp ý" not in first.text
    school.head.rejects(REASON)
    school.teacher.hears("cần chỉnh sửa")
    school.teacher.hands_in(desk.mended(13))
    card = school.head.gets_card("bản 2")
    assert f'Lần 1 – Bùi Thị Tuyết Nga góp ý: "{REASON}"' in card.text
    assert "So với bản trước: sửa trang" in card.text or "So với bản trước: thêm trang" in card.text


def test_the_same_words_again_are_called_so(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.rejects(REASON)
    school.teacher.hands_in(desk.plan(13))
    assert "chữ trong tệp không đổi" in school.head.gets_card("bản 2").text


def test_signing_within_ten_seconds_of_the_card_is_warned_about_once(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    school.head.presses("Ký duyệt")
    school.head.hears("Đ/c chưa mở tệp. Mời đ/c xem tệp trước khi ký ạ.*Ký duyệt KHBD Tuần 13")
    school.head.presses("Để sau")
    school.head.presses("Ký duyệt")
    assert "chưa mở tệp" not in school.head.hears("^Ký duyệt KHBD Tuần 13").text
    assert [e["unread"] for e in school.audited("card.opened")] == [True]
    school.head.presses("Xác nhận")
    school.vice.gets_card()


def test_who_took_the_time_to_read_is_not_warned(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    school.passes(seconds=11)
    school.head.presses("Ký duyệt")
    assert "chưa mở tệp" not in school.head.hears("Ký duyệt KHBD Tuần 13").text
    assert [e["unread"] for e in school.audited("card.opened")] == [False]
