"""What people ask for: their plans, their signed file, help."""

from __future__ import annotations

from tests.plans_to_send import Desk
from tests.school import School


def test_trangthai_of_somebody_who_handed_in_nothing(school: School) -> None:
    school.teacher.says("/trangthai")
    school.teacher.hears("chưa nộp KHBD nào")


def test_trangthai_says_whom_each_plan_waits_for(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.teacher.hands_in(desk.plan(12))
    school.head.presses("Ký duyệt", school.head.gets_card("Tuần 12"))
    school.head.presses("Xác nhận")
    school.vice.gets_card("Tuần 12")
    school.rests()
    school.teacher.says("/trangthai")
    heard = school.teacher.hears("Tuần 13: đang chờ Bùi Thị Tuyết Nga")
    assert "Tuần 12: đang chờ Lương Quang Tùng" in heard.text


def test_trangthai_names_the_reason_of_a_rejection(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.rejects("Thiếu hoạt động vận dụng ở bài 3")
    school.teacher.says("/trangthai")
    school.teacher.hears('Tuần 13: cần sửa – "Thiếu hoạt động vận dụng ở bài 3"')


def test_trangthai_reminds_of_a_file_that_was_not_confirmed(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    school.teacher.says("/trangthai")
    school.teacher.hears("KHBD_Tuan_13.*CHƯA trình ký")


def test_the_approved_file_can_be_had_again_at_any_time(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    final = school.teacher.hears("phê duyệt đủ")
    for _ in range(2):
        school.passes(days=20)
        school.teacher.says("/trangthai")
        school.teacher.hears("Tuần 13: đã duyệt")
        school.teacher.presses("Bản đã duyệt Tuần 13")
        again = school.teacher.hears("^Bản đã duyệt KHBD Tuần 13")
        assert again.sha256 == final.sha256


def test_nobody_sees_anothers_plans(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school["GV08"].says("/trangthai")
    school["GV08"].hears("chưa nộp KHBD nào")


def test_hotro_names_a_person_and_a_phone(school: School) -> None:
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ Lương Quang Tùng – 0900000002")


def test_the_help_button_does_the_same_as_often_as_wished(school: School) -> None:
    for _ in range(2):
        school.teacher.says("Em ơi cô hỏi chút")
        school.teacher.presses("Hỗ trợ")
        school.teacher.hears("liên hệ Lương Quang Tùng")


def test_huongdan_tells_a_teacher_how_to_hand_in(school: School) -> None:
    school.teacher.says("/huongdan")
    guide = school.teacher.hears("gửi tệp PDF của tuần vào đây")
    assert "/choduyet" not in guide.text


def test_huongdan_tells_a_leader_how_to_decide(school: School) -> None:
    school.head.says("/huongdan")
    school.head.hears('bấm "Ký duyệt" rồi "Xác nhận".*/choduyet')


def test_an_unknown_command_gets_the_guide(school: School) -> None:
    school.teacher.says("/xoahet")
    school.teacher.hears("Em chưa hiểu lệnh này.*Nộp KHBD")


def test_stray_words_get_the_next_step(school: School) -> None:
    school.teacher.says("Chào em")
    school.teacher.hears("Em nhận KHBD là tệp PDF")


def test_the_menu_shows_the_commands(school: School) -> None:
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ")
    shown = [command["command"] for command in school.world.state()["commands"]]
    assert {"trangthai", "choduyet", "hotro", "huongdan"} <= set(shown)
