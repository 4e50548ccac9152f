"""`/nop`: a file by a page, and on as one sent in the chat."""

from __future__ import annotations

import pytest
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.upload_page import PUBLIC, Phone, asks_for_link


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    school = make_school(web={"public_url": PUBLIC})
    school.start()
    return school


def test_a_file_by_the_page_is_handed_in_like_one_of_the_chat(school: School, desk: Desk) -> None:
    phone = Phone(school, asks_for_link(school.teacher))
    assert "Nộp KHBD" in phone.opens().text
    phone.sends(desk.plan(13).read_bytes())
    school.teacher.hears("Em đã nhận KHBD Tuan 13.pdf")
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    seen = phone.opens().text
    assert (
        "chỉ còn trình ký" in seen and "mở lại Telegram" in seen and "Thầy/cô xác nhận trình ký nhé?" in seen
    )
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")
    school.head.gets_card()
    school.rests()
    assert phone.state() == "submitted"
