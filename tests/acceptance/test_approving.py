"""The main job: a plan goes from the teacher through the group head to the vice-principal."""

from __future__ import annotations

from tests.conversation import School
from tests.plans_to_send import Desk


def test_a_plan_comes_back_signed_by_both_leaders(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    review = school.head.gets_card().file()
    school.head.approves()
    school.teacher.hears("đã ký duyệt.*Đang chờ")
    school.vice.gets_card()
    school.vice.approves()
    final = school.teacher.hears("đã được phê duyệt đủ")
    assert final.file().startswith(review)
