"""Substitutes use a colleague's approved plan (Q21)."""

from __future__ import annotations

import pytest
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import School


@pytest.fixture
def approved(school: School, desk: Desk) -> bytes:
    """The signed plan of the teacher's week 13."""
    school.teacher.hands_in(desk.plan(13))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    return school.teacher.hears("phê duyệt đủ").file()


def lends(giver: Member) -> None:
    giver.says("/daythay")
    giver.presses("Tạ Thị Loan")
    giver.hears("KHBD tuần nào của Tạ Thị Loan")
    giver.presses("Tuần 13")
    giver.hears("Ai dạy thay")
    giver.presses("Mai Thị Diệp")
    giver.hears("Đã cho Mai Thị Diệp dùng KHBD Tuần 13")


@pytest.mark.parametrize("who", ["GV06", "PHT01"], ids=["head", "office"])
def test_the_substitute_gets_the_signed_file_and_reading_is_logged(
    school: School, approved: bytes, who: str
) -> None:
    lends(school[who])
    substitute = school["GV08"]
    substitute.hears("dùng KHBD Tuần 13 của Tạ Thị Loan để dạy thay")
    substitute.presses("Bản đã duyệt")
    assert substitute.hears("Bản đã duyệt KHBD Tuần 13").file() == approved
    assert len(school.audited("copy.read")) == 1
    school.teacher.hears("Mai Thị Diệp được dùng KHBD Tuần 13")
    substitute.says("/trangthai")
    shown = substitute.hears(r"Dạy thay Tạ Thị Loan: Tuần 13 · KHBD-")
    assert any("Bản đã duyệt Tuần 13" in label for label in shown.buttons)
    assert len(school.rows("SELECT * FROM plans")) == 1


def test_only_heads_and_the_office_lend(school: School, approved: bytes) -> None:
    school["GV07"].says("/daythay")
    school["GV07"].hears("Tổ trưởng .* hoặc văn phòng")


def test_a_head_lends_only_inside_the_own_group(school: School, approved: bytes) -> None:
    school["GV01"].says("/daythay")
    school["GV01"].hears("Chưa có KHBD nào đã duyệt")
