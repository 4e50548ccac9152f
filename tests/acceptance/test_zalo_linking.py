"""Linking a Zalo chat by a short code, and one person with two chats."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.acceptance.zalo_people import link_on_zalo, short_code
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School


@pytest.fixture
def new_school(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[School]:
    """A running school in which only the office is linked, on Telegram."""
    running = make_school(linked=("PHT01",), zalo=zalo)
    running.start()
    yield running
    running.checks()


def test_a_short_code_links_its_person_once(new_school: School) -> None:
    lan, thief = new_school.zalo_member("GV09"), new_school.zalo_member("GV01")
    code = short_code(new_school, "GV09")
    assert re.fullmatch(r"GV09 \d{4} \d{4}", code)
    thief.says(code.replace("GV09", "GV01"))  # somebody else's staff id
    thief.hears("Mã chưa đúng")
    lan.says(code.lower())
    lan.hears("Thầy/cô đồng ý không ạ")
    lan.presses("Đồng ý")
    lan.hears("Đã liên kết: Tạ Thị Loan")
    new_school.vice.hears("Tạ Thị Loan .* vừa liên kết tài khoản Zalo")
    thief.says(code)
    thief.hears("Mã chưa đúng, đã dùng hoặc hết hạn")


def test_a_short_code_ends_after_two_days_and_is_for_zalo_only(new_school: School) -> None:
    code = short_code(new_school, "GV09")
    new_school["GV09"].says(f"/start {code}")  # on Telegram
    new_school["GV09"].hears("Mã chưa đúng")
    new_school.passes(hours=48, minutes=1)
    lan = new_school.zalo_member("GV09")
    lan.says(code)
    lan.hears("Mã chưa đúng, đã dùng hoặc hết hạn")


def test_guessing_is_slow_and_kills_the_code(new_school: School) -> None:
    code = short_code(new_school, "GV09")
    wrong = f"GV09 {(int(code[5:9]) + 1) % 10_000:04} {code[10:]}"
    for number in range(2):
        guesser = new_school.visitor(7_000_000_001 + number)
        guesser = type(new_school.zalo_member("GV09"))(new_school.oa, guesser.staff, 7_000_000_001 + number)  # type: ignore[arg-type]
        for _ in range(5):
            guesser.says(wrong)
            guesser.hears("Mã chưa đúng")
        guesser.says(wrong)
        guesser.hears("nhập sai mã nhiều lần")
    lan = new_school.zalo_member("GV09")
    lan.says(code)
    lan.hears("Mã chưa đúng, đã dùng hoặc hết hạn")  # ten wrong tries: the code is dead
    lan.says(short_code(new_school, "GV09"))
    lan.hears("Thầy/cô đồng ý không ạ")


def test_the_long_code_of_the_printed_sheet_works_on_zalo_too(new_school: School) -> None:
    lan = new_school.zalo_member("GV09")
    lan.says(new_school.invites("GV09"))
    lan.hears("Thầy/cô đồng ý không ạ")


# --- two chats of one person -------------------------------------------------------------------------


@pytest.fixture
def both(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[School]:
    """Everybody on Telegram; the fake Zalo is there."""
    running = make_school(zalo=zalo)
    running.start()
    yield running
    running.checks()


def test_what_is_said_goes_where_the_person_wrote_last(both: School, desk: Desk) -> None:
    telegram, zalo_chat = both.head, link_on_zalo(both, "GV06")
    both.teacher.hands_in(desk.plan(13))
    zalo_chat.gets_card()
    both.passes(seconds=5)
    telegram.says("/trangthai")
    telegram.hears(".")
    both["GV08"].hands_in(desk.plan(12))
    telegram.gets_card()
    zalo_chat.approves()  # one identity: the card on Zalo is still good
    assert both.step_states()[0] in ("signed", "pending")


def test_silence_on_zalo_turns_to_telegram_with_its_buttons(both: School, desk: Desk) -> None:
    telegram, zalo_chat = both.head, link_on_zalo(both, "GV06")
    both.passes(hours=49)
    both.teacher.hands_in(desk.plan(13))
    telegram.gets_card()
    telegram.approves()
    assert both.step_states()[0] == "signed"
    zalo_chat.hears_nothing(0.2, "trình ký KHBD")


def test_without_another_chat_the_office_hears_who_has_to_write_first(
    make_school: MakeSchool, zalo: ZaloSim, desk: Desk
) -> None:
    school = make_school(zalo=zalo, on_zalo=("GV06",))
    school.start()
    school.passes(hours=49)
    school.teacher.hands_in(desk.plan(13))
    school.vice.hears("không gửi được tin cho Bùi Thị Tuyết Nga .* qua Zalo.*nhắn một tin bất kỳ")
    school.head.says("xin chào")
    school.head.gets_card()
    school.head.hears("Em nhận KHBD là tệp PDF|hồ sơ đang chờ")
    school.head.approves()
    school.checks()


def test_who_leaves_zalo_is_reached_on_telegram(both: School, desk: Desk) -> None:
    telegram, zalo_chat = both.head, link_on_zalo(both, "GV06")
    zalo_chat.blocks()
    both.rests()
    both.teacher.hands_in(desk.plan(13))
    telegram.gets_card()
    both.vice.hears_nothing(0.3, "không gửi được tin")
    zalo_chat.unblocks()
    zalo_chat.says("/choduyet")
    zalo_chat.hears("1 hồ sơ đang chờ đ/c duyệt")


def test_who_leaves_and_has_no_other_chat_is_named_to_the_office(
    make_school: MakeSchool, zalo: ZaloSim
) -> None:
    school = make_school(zalo=zalo, on_zalo=("GV09",))
    school.start()
    school.teacher.blocks()
    school.vice.hears("không gửi được tin cho Tạ Thị Loan")
    school.checks()
