"""Linking a Zalo chat by a short code, and one person with two chats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.acceptance.zalo_people import link_on_zalo, short_code
from tests.conversation import ZaloMember
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.events import Address
from hoso_bot.store.invites import Invites


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


def guesser(school: School, number: int) -> ZaloMember:
    assert school.oa
    return ZaloMember(school.oa, school.visitor().staff, 7_000_000_001 + number)


def wrong_one(code: str) -> str:
    return f"GV09 {(int(code[5:9]) + 1) % 10_000:04} {code[10:]}"


def test_strangers_who_guess_are_slowed_and_do_not_use_a_code_up(new_school: School) -> None:
    code = short_code(new_school, "GV09")
    for number in range(3):
        stranger = guesser(new_school, number)
        for _ in range(5):
            stranger.says(wrong_one(code))
            stranger.hears("Mã chưa đúng")
        stranger.says(code)  # right at last, and too late
        stranger.hears("nhập sai mã nhiều lần")
    told = "Có người nhập sai mã liên kết của Tạ Thị Loan .* 10 lần.*staff invite --zalo GV09"
    new_school.vice.hears(told)
    lan = new_school.zalo_member("GV09")
    lan.says(code)
    lan.hears("Thầy/cô đồng ý không ạ")
    new_school.vice.hears_nothing(0.2, "nhập sai mã")
    assert [entry["tries"] for entry in new_school.audited("code.guessed")] == [10]


def test_a_crowd_of_guessers_leaves_every_chat_one_try_an_hour(new_school: School) -> None:
    code = short_code(new_school, "GV09")
    many_wrong_codes(new_school, 199)
    slip = new_school.zalo_member("GV09")
    slip.says(wrong_one(code))
    slip.hears("Mã chưa đúng")
    new_school.vice.hears("Một giờ qua có 200 lần nhập sai mã liên kết")
    slip.says(code)
    slip.hears("mỗi khung chat được thử một lần trong một giờ.*thử lại sau 1 giờ")
    other = new_school.zalo_member("GV01")  # nobody's wrong tries but the own count against a chat
    other.says(short_code(new_school, "GV01"))
    other.hears("Thầy/cô đồng ý không ạ")
    new_school.passes(hours=1, minutes=1)
    many_wrong_codes(new_school, 300)  # the crowd goes on, and the code still works
    slip.says(code)
    slip.hears("Thầy/cô đồng ý không ạ")
    assert len(new_school.audited("codes.guessed")) == 1


def many_wrong_codes(school: School, count: int) -> None:
    """Wrong tries of as many chats, a minute ago."""
    invites, at = Invites(school.app.db), school.clock.now() - timedelta(minutes=1)
    with school.app.db.write() as connection:
        for number in range(count):
            connection.execute(invites.failed_link(Address("zalo_oa", f"9{number:09}"), at))


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
