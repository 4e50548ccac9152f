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


def test_a_refused_picture_keeps_no_card_back(school: School, desk: Desk) -> None:
    school.world.fault("status", "sendPhoto", status=400, times=2)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    assert pictures(school, "GV09") == []
