"""Page 1 is shown before the cards, and a picture that fails keeps nothing back."""

from __future__ import annotations

from itertools import pairwise

from tests.plans_to_send import Desk
from tests.school import School


def pictures(school: School, staff_id: str) -> list[str]:
    """What stands right after each picture in this chat."""
    chat = school.world.transcript(school[staff_id].chat_id)["messages"]
    heard = [m for m in chat if m["from"] == "bot"]
    return [after["text"] for photo, after in pairwise(heard) if photo["photo"]]


def test_both_cards_come_after_a_picture_of_page_1(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    assert len(pictures(school, "GV09")) == 1
    (card,) = pictures(school, "GV06")
    assert "trình ký KHBD Tuần 13" in card
    photos = [m for m in school.world.transcript(school.head.chat_id)["messages"] if m["photo"]]
    assert photos[0]["silent"]


def test_page_1_is_shown_once_however_often_the_card_is_made_anew(school: School, desk: Desk) -> None:
    teacher, head = school.teacher, school.head
    teacher.sends(desk.plan(13))
    for number in (14, 13):
        teacher.hears("xác nhận trình ký")
        teacher.presses("Sửa tuần")
        teacher.hears("là KHBD của tuần nào")
        teacher.presses(f"Tuần {number}")
    teacher.hears("KHBD Tuần 13.*xác nhận trình ký")
    teacher.presses("Hủy")
    teacher.hears("đã bỏ")
    teacher.hands_in(desk.plan(13))  # the same bytes
    head.gets_card()
    head.says("/choduyet")
    head.hears("Bấm để mở")
    head.presses("Tuần 13")
    head.gets_card()
    school.rests()
    assert len(pictures(school, "GV09")) == len(pictures(school, "GV06")) == 1


def test_other_bytes_are_shown_too(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.teacher.hands_in(desk.mended(13))
    school.head.gets_card("bản 2")
    school.rests()
    assert len(pictures(school, "GV09")) == len(pictures(school, "GV06")) == 2


def test_a_file_without_a_week_is_shown_with_the_question(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.without_week())
    school.teacher.hears("chọn tuần giúp em")
    school.teacher.presses("Tuần 13")
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    (question,) = pictures(school, "GV09")
    assert "chọn tuần giúp em" in question


def test_a_refused_picture_keeps_no_card_back(school: School, desk: Desk) -> None:
    school.world.fault("status", "sendPhoto", status=400, times=2)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    assert pictures(school, "GV09") == []
