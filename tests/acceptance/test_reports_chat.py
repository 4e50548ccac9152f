"""`/baocao`: to each what they may see, from one definition, as words and a picture."""

from __future__ import annotations

import pytest
from tests.plans_to_send import Desk
from tests.school import School


def test_the_board_sees_the_week_by_groups_and_may_look_at_the_next(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.principal.says("/baocao")
    this_week = school.principal.hears("^KHBD Tuần 12 .*0/13 đã duyệt, 13 chưa nộp")
    assert "• Tổ 4-5: 0/6 đã duyệt, 6 chưa nộp" in this_week.text
    school.principal.presses("Tuần sau (13)")
    next_week = school.principal.hears("^KHBD Tuần 13 .*0/13 đã duyệt, 1 chờ duyệt, 12 chưa nộp")
    assert "• Tổ 4-5: 0/6 đã duyệt, 1 chờ duyệt, 5 chưa nộp" in next_week.text
    school.rests()
    chat = school.world.transcript(school.principal.chat_id)["messages"]
    assert sum(bool(message["photo"]) for message in chat) == 2
    assert school.audited("report.read") == [{"lines": 13}, {"lines": 13}]


def test_a_head_sees_the_own_group_only(school: School) -> None:
    school.head.says("/baocao 13")
    shown = school.head.hears("^KHBD Tuần 13 .*0/6 đã duyệt, 6 chưa nộp")
    assert "Tổ 1-2-3" not in shown.text and "Ban giám hiệu" not in shown.text


def test_a_teacher_sees_the_own_plan_and_who_has_it(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.passes(hours=3)
    school.teacher.says("/baocao 13")
    shown = school.teacher.hears(r"Chờ tổ trưởng \(đang ở Bùi Thị Tuyết Nga, 3 giờ")
    assert "13 chưa nộp" not in shown.text and "Tổ" not in shown.text


@pytest.mark.parametrize("typed", ["/baocao GV08", "/baocao 99", "/baocao 13 GV08"])
def test_nobody_asks_for_somebody_else(school: School, typed: str) -> None:
    school.teacher.says(typed)
    assert "GV08" not in school.teacher.hears("có tuần 1 đến 35").text
