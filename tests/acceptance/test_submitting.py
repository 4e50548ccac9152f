"""A file becomes a submission: looked at, its week found, confirmed by the teacher, one slot a week."""

from __future__ import annotations

import io
import json

import pikepdf
import pytest
from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import School, week


@pytest.fixture
def teacher(school: School) -> Member:
    return school.teacher


def day(number: int, which: str = "first") -> str:
    return f"{getattr(week(number), which):%d/%m}"


def asks_which_week(teacher: Member, desk: Desk) -> Heard:
    teacher.sends(desk.without_week(), "bai-day.pdf")
    return teacher.hears("chưa đọc được tuần trong bai-day.pdf")


# --- one card, three buttons ---------------------------------------------------------------------


def test_the_card_says_what_was_read_before_anything_is_handed_in(teacher: Member, desk: Desk) -> None:
    teacher.sends(desk.plan(13))
    teacher.hears("Em đã nhận KHBD_Tuan_13.*Em đang kiểm tra")
    card = teacher.hears("xác nhận trình ký")
    assert f"KHBD Tuần 13 ({day(13)} – {day(13, 'last')}" in card.text
    assert "lớp 5B" in card.text
    assert f"Hạn nộp: CN {week(13).deadline:%d/%m}, 23:59" in card.text
    assert "1) Bùi Thị Tuyết Nga (tổ trưởng), 2) Lương Quang Tùng (phó hiệu trưởng)" in card.text
    assert [label for word in ("Trình ký", "Sửa", "Hủy") for label in card.buttons if word in label]


def test_handing_in_is_told_to_the_teacher_and_the_group_head(school: School, desk: Desk) -> None:
    done = school.teacher.hands_in(desk.plan(13))
    assert "Mã hồ sơ KHBD-" in done.text and "Đang chờ Bùi Thị Tuyết Nga duyệt" in done.text
    card = school.head.gets_card()
    assert card.file_name and card.file_name.endswith("-T13-GV09-v1-trinh-ky.pdf")
    assert card.file().startswith(b"%PDF")


def test_the_review_copy_is_ready_before_anybody_asks_for_it(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    ((made, lookup_code),) = school.rows("SELECT review_copy, lookup_code FROM uploads")
    school.teacher.presses("Trình ký")
    school.teacher.hears("Mã hồ sơ")
    handed_in = school.rows("SELECT review_sha256, lookup_code FROM versions")
    assert handed_in == [(json.loads(made)["sha256"], lookup_code)] and lookup_code


def test_a_review_copy_for_another_week_is_made_anew(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    ((made,),) = school.rows("SELECT review_copy FROM uploads")
    school.teacher.presses("Sửa")
    school.teacher.says("14")
    school.teacher.hears("Tuần 14.*xác nhận trình ký")
    school.teacher.presses("Trình ký")
    school.teacher.hears("Mã hồ sơ")
    ((handed_in,),) = school.rows("SELECT review_sha256 FROM versions")
    assert handed_in != json.loads(made)["sha256"]
    card = school.head.gets_card()
    with pikepdf.open(io.BytesIO(card.file())) as copy:
        assert "-T14-" in str(copy.docinfo["/HosoCode"])


def test_the_confirmed_card_loses_its_buttons(teacher: Member, desk: Desk) -> None:
    teacher.sends(desk.plan(13))
    card = teacher.hears("xác nhận trình ký")
    teacher.presses("Trình ký")
    teacher.hears("^✔ Tuần 13: đã trình ký")
    assert teacher.buttons_now(card) == []


def test_pressing_trinh_ky_five_times_hands_in_once(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    card = school.teacher.hears("xác nhận trình ký")
    for _ in range(5):
        school.teacher.presses_as_it_was("Trình ký", card)
    school.rests()
    assert len(school.audited("plan.submitted")) == 1
    assert len([m for m in school.head.messages() if m.file_name]) == 1


def test_huy_hands_in_nothing(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.presses("Hủy")
    school.teacher.hears("đã bỏ KHBD_Tuan_13")
    school.rests()
    assert school.rows("SELECT * FROM plans") == []
    assert school.head.messages() == []


def test_a_cancelled_file_can_be_sent_again(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.presses("Hủy")
    school.teacher.hears("đã bỏ")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()


# --- which week ----------------------------------------------------------------------------------


def test_the_file_name_gives_the_week_when_the_text_does_not(teacher: Member, desk: Desk) -> None:
    teacher.sends(desk.without_week(), "KHBD Tuần 13.pdf")
    teacher.hears("KHBD Tuần 13 .*xác nhận trình ký")


def test_without_a_week_the_bot_asks_and_a_tap_answers(school: School, desk: Desk) -> None:
    asks_which_week(school.teacher, desk)
    school.teacher.presses("Tuần 13 ")
    school.teacher.hears("KHBD Tuần 13 .*xác nhận trình ký")
    school.teacher.presses("Trình ký")
    school.head.gets_card()


@pytest.mark.parametrize("typed", ["13", "Tuần 13", "tuần mười ba: 13 nhé"])
def test_a_typed_number_answers_too(teacher: Member, desk: Desk, typed: str) -> None:
    asks_which_week(teacher, desk)
    teacher.says(typed)
    teacher.hears("KHBD Tuần 13 .*xác nhận trình ký")


@pytest.mark.parametrize("typed", ["99", "tuần sau", "12 hay 13", "🙂"])
def test_a_week_that_does_not_exist_is_asked_again(teacher: Member, desk: Desk, typed: str) -> None:
    asks_which_week(teacher, desk)
    teacher.says(typed)
    teacher.hears("năm học này có tuần 1 đến 35")
    teacher.says("13")
    teacher.hears("KHBD Tuần 13 .*xác nhận trình ký")


def test_a_command_is_no_answer_to_the_week_question(teacher: Member, desk: Desk) -> None:
    asks_which_week(teacher, desk)
    teacher.says("/trangthai")
    teacher.hears("bai-day.pdf: CHƯA trình ký")
    teacher.says("13")
    teacher.hears("xác nhận trình ký")


def test_sua_moves_the_file_to_another_week(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("KHBD Tuần 13 ")
    school.teacher.presses("Sửa")
    school.teacher.hears("là KHBD của tuần nào")
    school.teacher.presses("Tuần 14 ")
    card = school.teacher.hears("KHBD Tuần 14 .*xác nhận trình ký")
    assert "ngày dạy trong tệp thuộc Tuần 13" in card.text
    school.teacher.presses("Trình ký")
    school.head.gets_card("trình ký KHBD Tuần 14")


def test_after_sua_the_first_card_is_spent(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    first = school.teacher.hears("KHBD Tuần 13 ")
    school.teacher.presses("Sửa")
    school.teacher.presses("Tuần 14 ")
    school.teacher.hears("KHBD Tuần 14 .*xác nhận")
    assert school.teacher.buttons_now(first) == []
    school.passes(seconds=11)
    school.teacher.presses_as_it_was("Trình ký", first)
    school.teacher.hears("Nút này đã được dùng")
    assert school.rows("SELECT * FROM plans") == []


# --- several files -------------------------------------------------------------------------------


def test_a_newer_file_for_the_same_week_takes_the_unconfirmed_ones_place(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    first = school.teacher.hears("xác nhận trình ký")
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("xác nhận trình ký")
    assert school.teacher.buttons_now(first) == []
    school.passes(seconds=11)
    school.teacher.presses_as_it_was("Trình ký", first)
    school.teacher.hears("Nút này đã được dùng")
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")
    assert school.rows("SELECT state FROM uploads ORDER BY state") == [("replaced",), ("submitted",)]


def test_the_same_file_again_makes_no_second_submission(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("trùng với bản KHBD Tuần 13.*Em không tạo thêm")
    assert len(school.audited("plan.submitted")) == 1


def test_a_colleague_may_hand_in_the_same_file(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school["GV08"].hands_in(desk.plan(13))
    assert len(school.rows("SELECT * FROM plans")) == 2


def test_a_third_open_week_has_to_wait_and_is_kept(school: School, desk: Desk) -> None:
    for number in (12, 13):
        school.teacher.hands_in(desk.plan(number))
    school.teacher.sends(desk.plan(14))
    opens = f"{week(12).last.day + 1:02}/{week(12).last:%m/%Y}"
    school.teacher.hears(f"2 tuần chưa dạy xong, nên Tuần 14 nộp được từ {opens}")
    school.passes(days=4)
    school.teacher.presses("Tuần 14 ")
    school.teacher.hears("KHBD Tuần 14 .*xác nhận")
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký KHBD Tuần 14")


def test_a_new_file_before_any_decision_replaces_the_pending_one(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    old = school.head.gets_card()
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("Thay KHBD Tuần 13 bằng tệp mới.*sẽ được thay bằng tệp này")
    school.teacher.presses("Trình ký (thay tệp)")
    school.teacher.hears("^Đã trình ký.*bản 2")
    school.head.hears("đã được thay bằng bản mới. Thẻ này không còn hiệu lực")
    new = school.head.gets_card("bản 2")
    assert new.sha256 != old.sha256


def test_a_signed_plan_cannot_be_replaced_behind_the_signers_back(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("đã có người ký nên em không thay tệp được.*Từ chối")
    assert school.rows("SELECT version, state FROM plans") == [(1, "pending")]


def test_a_replacement_confirmed_after_the_head_decided_is_refused(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("sẽ được thay bằng tệp này")
    school.head.approves()
    school.teacher.presses("Trình ký (thay tệp)")
    school.teacher.hears("đã có người ký nên em không thay tệp được")
    school.vice.gets_card()


def test_an_approved_week_may_get_a_new_version_that_starts_again(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    school.teacher.hears("phê duyệt đủ")
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("đã có bản được duyệt. Bản mới phải được duyệt lại từ đầu")
    school.teacher.presses("Trình ký")
    school.head.gets_card("bản 2")


def test_a_review_copy_coming_back_is_not_called_signed(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.sends(school.head.gets_card().file(), "tai-ve.pdf")
    school.head.hears("CHƯA DUYỆT ĐỦ.*chưa ai ký")


# --- on time -------------------------------------------------------------------------------------


def test_late_is_accepted_and_said_to_both_sides(school: School, desk: Desk) -> None:
    late = "2 ngày 10 giờ"  # Wednesday 10:00 after Sunday 23:59:59
    done = school.teacher.hands_in(desk.plan(12))
    assert f"sau hạn {late}" in done.text and "báo người duyệt xem sớm" in done.text
    assert f"nộp sau hạn {late}" in school.head.gets_card().text


def test_next_weeks_plan_is_on_time(school: School, desk: Desk) -> None:
    assert "sau hạn" not in school.teacher.hands_in(desk.plan(13)).text
    assert "sau hạn" not in school.head.gets_card().text


SUNDAY_23_50 = {"days": 4, "hours": 13, "minutes": 50}  # after Wednesday 10:00


@pytest.mark.parametrize(("hours", "late"), [(8, False), (13, True)])
def test_sent_on_sunday_counts_when_confirmed_within_twelve_hours(
    school: School, desk: Desk, hours: int, late: bool
) -> None:
    school.passes(**SUNDAY_23_50)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    school.passes(hours=hours)
    school.teacher.presses("Trình ký")
    assert ("sau hạn" in school.teacher.hears("^Đã trình ký").text) is late


def test_our_own_downtime_makes_nobody_late(school: School, desk: Desk) -> None:
    school.passes(**SUNDAY_23_50)
    school.stop()
    school.teacher.sends(desk.plan(13))
    school.passes(hours=6)
    school.start()
    school.teacher.presses("Trình ký")
    assert "sau hạn" not in school.teacher.hears("^Đã trình ký").text
