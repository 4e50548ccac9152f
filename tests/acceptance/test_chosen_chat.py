"""A person with two chats chooses where reminders and news go; answers go where they wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.acceptance.zalo_people import link_on_zalo
from tests.conversation import Member, ZaloMember
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week

from hoso_bot import cli
from hoso_bot.settings import Reminders
from hoso_bot.store.people import People

SUNDAY = week(13).deadline.date()
FRIDAY, SATURDAY = SUNDAY - timedelta(days=2), SUNDAY - timedelta(days=1)
REMINDED = "KHBD Tuần 13 nhận đến CN"


@pytest.fixture
def school(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[School]:
    """Everybody on Telegram and reminded; the fake Zalo is there. It is Friday evening."""
    running = make_school(zalo=zalo, reminders=Reminders())
    running.start()
    running.comes(FRIDAY, "18:00")
    yield running
    running.checks()


@pytest.fixture
def phone(school: School) -> Member:
    """A teacher with two chats, who wrote on Telegram last."""
    link_on_zalo(school, "GV09")
    writes(school, school.teacher)
    return school.teacher


@pytest.fixture
def on_zalo(school: School, phone: Member) -> ZaloMember:
    return school.zalo_member("GV09")


def writes(school: School, member: Member) -> None:
    school.passes(seconds=5)
    member.says("/lich")
    member.hears("Tuần 13")


def chooses(member: Member, label: str) -> None:
    member.says("/kenh")
    member.hears("Em nhắc và báo tin ở")
    member.presses(label)
    member.hears("Dạ, từ giờ em nhắc và báo tin ở")


def test_linking_a_second_chat_asks_once_where_to_remind(school: School) -> None:
    zalo_chat = link_on_zalo(school, "GV09")
    asked = zalo_chat.messages()[-1]
    assert asked.text.startswith("Thầy/cô còn dùng Telegram. Lời nhắc và tin báo, em gửi ở đâu ạ?")
    assert asked.buttons == ["Telegram", "Zalo", "✓ Nơi nhắn gần nhất"]
    zalo_chat.presses("Telegram", asked)
    zalo_chat.hears("từ giờ em nhắc và báo tin ở Telegram")
    school.comes(SATURDAY, "08:00")
    school.teacher.hears(REMINDED)
    zalo_chat.hears_nothing(0.2, REMINDED)
    new_phone = school.zalo_member("GV09")
    new_phone.chat_id += 500
    new_phone.says(school.invites("GV09"))
    new_phone.hears("Thầy/cô đồng ý không ạ")
    new_phone.presses("Đồng ý")
    new_phone.hears("Đã liên kết")
    new_phone.hears_nothing(0.3, "em gửi ở đâu ạ")


def test_without_a_choice_reminders_go_where_the_person_wrote_last(
    school: School, phone: Member, on_zalo: ZaloMember
) -> None:
    school.comes(SATURDAY, "08:00")
    phone.hears(REMINDED)
    on_zalo.hears_nothing(0.2, REMINDED)


def test_reminders_go_to_the_chosen_chat_and_answers_where_they_were_asked(
    school: School, phone: Member, on_zalo: ZaloMember, desk: Desk
) -> None:
    chooses(phone, "Zalo")
    school.comes(SATURDAY, "08:00")
    on_zalo.hears(REMINDED)
    phone.hands_in(desk.plan(13))  # card and answers stay on Telegram
    school.head.gets_card()
    school.head.approves()
    on_zalo.hears("đã ký")  # news comes by itself, so where the teacher wants it
    phone.hears_nothing(0.2, "đã ký|" + REMINDED)


def test_one_tap_takes_the_choice_back(school: School, phone: Member, on_zalo: ZaloMember) -> None:
    chooses(phone, "Zalo")
    phone.presses("Như cũ")
    phone.hears("từ giờ em nhắc và báo tin ở nơi thầy/cô nhắn gần nhất")
    school.comes(SATURDAY, "08:00")
    phone.hears(REMINDED)
    assert [entry["channel"] for entry in school.audited("account.chosen")] == ["zalo_oa", ""]


def test_the_card_says_how_the_choice_stands_and_choosing_it_again_changes_nothing(
    school: School, phone: Member, on_zalo: ZaloMember
) -> None:
    chooses(phone, "Zalo")
    on_zalo.says("/kenh")
    card = on_zalo.hears("Em nhắc và báo tin ở Zalo \\(thầy/cô đã chọn\\)")
    assert card.buttons == ["Telegram", "✓ Zalo", "Nơi nhắn gần nhất"]
    on_zalo.presses("✓ Zalo", card)
    assert on_zalo.hears("em vẫn nhắc và báo tin ở Zalo").buttons == []
    on_zalo.says("/dulieu")
    on_zalo.hears("Zalo: liên kết ngày .*nơi nhận lời nhắc thầy/cô đã chọn")


def test_who_sees_no_buttons_types_the_choice(school: School, phone: Member, on_zalo: ZaloMember) -> None:
    on_zalo.types = True
    chooses(on_zalo, "Telegram")
    writes(school, on_zalo)
    school.comes(SATURDAY, "08:00")
    phone.hears(REMINDED)


def test_a_chosen_chat_that_takes_nothing_falls_over_to_the_other(
    school: School, phone: Member, on_zalo: ZaloMember
) -> None:
    chooses(phone, "Zalo")
    on_zalo.blocks()
    school.rests()
    school.comes(SATURDAY, "08:00")
    phone.hears(REMINDED)
    phone.says("/kenh")
    phone.hears("Zalo hiện không nhận được tin")


def test_a_chosen_chat_that_was_silent_too_long_falls_over_to_the_other(
    make_school: MakeSchool, zalo: ZaloSim
) -> None:
    school = make_school(zalo=zalo, reminders=Reminders())
    school.start()
    zalo_chat = link_on_zalo(school, "GV09")  # on Wednesday
    chooses(school.teacher, "Zalo")
    school.comes(SATURDAY, "08:00")
    school.teacher.hears(REMINDED)
    zalo_chat.hears_nothing(0.2, REMINDED)
    school.checks()


def test_a_head_who_chose_another_chat_gets_cards_there_and_results_where_she_tapped(
    school: School, desk: Desk
) -> None:
    zalo_chat = link_on_zalo(school, "GV06")
    chooses(school.head, "Zalo")
    school.teacher.hands_in(desk.plan(13))
    zalo_chat.gets_card()
    school.head.says("/choduyet")
    school.head.hears("1 hồ sơ đang chờ")
    school.head.presses("Tuần 13")
    school.head.approves()  # until "Đã ký KHBD" on Telegram
    school.rests()
    zalo_chat.hears_nothing(0.2, "^Đã ký KHBD")


def test_support_answers_where_it_was_asked(school: School, phone: Member, on_zalo: ZaloMember) -> None:
    chooses(phone, "Zalo")
    school.passes(seconds=5)
    phone.says("/hotro Em chưa mở được tệp.")
    asked = school.vice.hears("Em chưa mở được tệp")
    school.rests()
    school.vice.says("Cô thử lại giúp em.", reply_to=asked.message_id)
    phone.hears("Cô thử lại giúp em")
    on_zalo.hears_nothing(0.2, "Cô thử lại")


def test_with_one_chat_there_is_nothing_to_choose(school: School) -> None:
    school["GV08"].says("/kenh")
    assert school["GV08"].hears("đang dùng một khung chat: Telegram").buttons == []


def test_a_chat_that_was_unlinked_cannot_be_chosen(
    school: School, phone: Member, on_zalo: ZaloMember
) -> None:
    phone.says("/kenh")
    card = phone.hears("Em nhắc và báo tin ở")
    with school.app.db.write() as connection:
        connection.execute(People(school.app.db).unlink(phone.staff.id, "zalo_oa"))
    phone.presses("Zalo", card)
    phone.hears("đang dùng một khung chat: Telegram")


def test_the_office_sees_who_reads_where(
    school: School, phone: Member, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chooses(phone, "Zalo")
    monkeypatch.setattr(sys, "argv", ["hoso-bot", "staff", "list", "--home", str(school.home)])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        cli.main()
    printed = capsys.readouterr().out.splitlines()
    assert f"GV09\t{phone.staff.name}\tlinked: zalo_oa*, telegram\ttour open" in printed
    assert f"GV08\t{school['GV08'].staff.name}\tlinked: telegram\ttour open" in printed
