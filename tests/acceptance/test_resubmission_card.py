"""What a leader's card says about a second version, and about haste (R27)."""

from __future__ import annotations

from datetime import timedelta

from tests.plans_to_send import Desk
from tests.school import School, week

from hoso_bot.school_year import SchoolYear

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


def until(school: School, **after_the_deadline: int) -> None:
    """Time goes on to so long after the deadline of week 13."""
    moment = week(13).deadline + timedelta(**after_the_deadline)
    school.passes(seconds=(moment - school.clock.now()).total_seconds())


def sent_back_and_mended(school: School, desk: Desk, **later: float) -> tuple[str, str]:
    """What the teacher and the head are told when the plan comes back so much later."""
    school.head.gets_card()
    school.head.rejects(REASON)
    school.passes(**later)
    done = school.teacher.hands_in(desk.mended(13))
    return done.text, school.head.gets_card("bản 2").text


def test_a_mended_plan_is_on_time_when_its_first_version_was(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    until(school, hours=-1)
    done, card = sent_back_and_mended(school, desk, hours=26, minutes=1)
    assert "bản đầu nộp đúng hạn" in done and "sau hạn" not in done + card
    assert "bản đầu nộp đúng hạn; bản sửa gửi sau khi trả lại 1 ngày 2 giờ" in card


def test_a_mended_plan_stays_as_late_as_its_first_version(school: School, desk: Desk) -> None:
    until(school, minutes=7)
    assert "(sau hạn 7 phút)" in school.teacher.hands_in(desk.plan(13)).text
    done, card = sent_back_and_mended(school, desk, hours=3)
    assert "bản đầu nộp sau hạn 7 phút" in done
    assert "bản đầu nộp sau hạn 7 phút; bản sửa gửi sau khi trả lại 3 giờ" in card


def test_what_was_taken_back_was_no_submission(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.teacher.presses("Thu hồi")
    school.teacher.presses("Xác nhận thu hồi")
    school.teacher.hears("Đã thu hồi")
    until(school, hours=2)
    assert "(sau hạn 2 giờ)" in school.teacher.hands_in(desk.mended(13)).text
    assert "nộp sau hạn 2 giờ" in school.head.gets_card("bản 2").text
    office = SchoolYear(school.settings, school.clock)
    due = next(d for d in office.expected(13).dues if d.person.staff_id == "GV09")
    office.close()
    assert due.late == 120


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
