"""A head who does not decide: one tap lets the deputy, and who signs next sees the queue (R34, R61)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import NOW, MakeSchool, School, week

from hoso_bot.domain.calendar import VN
from hoso_bot.settings import Reminders

TODAY = NOW.astimezone(VN).date()
SUNDAY, MONDAY = week(13).deadline.date(), week(13).first
HOURS = Reminders(saturday="off", sunday=(), monday="off", holiday="17:00", summary="off", board="off")


@pytest.fixture
def school(make_school: MakeSchool) -> Iterator[School]:
    """A running school that asks silent heads and nobody else."""
    running = make_school(reminders=HOURS)
    running.start()
    yield running
    running.checks()


def asked(member: Member) -> list[str]:
    return [m.text for m in member.messages() if m.text.startswith("Em nhắc nhẹ đ/c")]


def reported(member: Member) -> list[str]:
    return [m.text for m in member.messages() if "đang chờ tổ trưởng duyệt" in m.text]


def after(school: School, **span: float) -> None:
    school.passes(**span)
    school.ticks()


def test_after_four_hours_of_daytime_the_head_is_offered_the_deputy(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))  # at ten
    school.head.gets_card()
    after(school, hours=3, minutes=58)
    assert asked(school.head) == []
    after(school, minutes=4)
    told = school.head.hears("^Em nhắc nhẹ đ/c: 1 hồ sơ đang chờ.*chờ từ 10:00 Thứ Tư")
    assert f"đến hết {MONDAY:%d/%m}" in told.text
    assert told.buttons == ["📋 Mở danh sách chờ (1)", "Ủy nhiệm tổ phó Trịnh Văn Khánh"]
    seen = school.vice.hears("Tổ 4-5 – Bùi Thị Tuyết Nga, 1 hồ sơ:.*Tạ Thị Loan: chờ từ 10:00 Thứ Tư")
    assert f"Từ {MONDAY:%d/%m}, ngày dạy đầu tiên, đ/c duyệt thay được" in seen.text
    assert seen.buttons == []
    school.vice.says("/choduyet")
    school.vice.hears("không có hồ sơ nào chờ")

    school.head.presses("Ủy nhiệm tổ phó", told)
    question = school.head.hears(f"Ủy nhiệm Trịnh Văn Khánh duyệt KHBD của Tổ 4-5 từ {TODAY:%d/%m/%Y}")
    assert f"đến hết {MONDAY:%d/%m/%Y}" in question.text
    school.head.presses("Xác nhận", question)
    school.head.hears("^Đã ủy nhiệm Trịnh Văn Khánh")
    school["GV07"].gets_card()
    school.vice.hears("Bùi Thị Tuyết Nga .Tổ 4-5. ủy nhiệm Trịnh Văn Khánh")
    assert [(e["first"], e["last"]) for e in school.audited("delegation.made")] == [
        (TODAY.isoformat(), MONDAY.isoformat())
    ]
    after(school, hours=30)
    assert len(asked(school.head)) == len(reported(school.vice)) == 1


def test_it_is_said_once_not_for_each_card(school: School, desk: Desk) -> None:
    for code in ("GV08", "GV09", "GV10"):
        school[code].hands_in(desk.plan(13))
    after(school, hours=4, minutes=5)
    assert "3 hồ sơ đang chờ" in asked(school.head)[0]
    school["GV11"].hands_in(desk.plan(13))
    after(school, hours=2)
    after(school, hours=10)
    assert len(asked(school.head)) == len(reported(school.vice)) == 1
    assert school.rows("SELECT count(*) FROM reminders WHERE kind = 'silent'") == [(1,)]


def test_the_night_does_not_count(school: School, desk: Desk) -> None:
    school.comes(TODAY, "20:00")
    school.teacher.hands_in(desk.plan(13))
    school.comes(TODAY + timedelta(days=1), "09:29")
    assert asked(school.head) == []
    school.comes(TODAY + timedelta(days=1), "09:31")
    assert len(asked(school.head)) == 1


def test_a_head_who_decides_or_looks_is_not_silent(school: School, desk: Desk) -> None:
    for code in ("GV08", "GV09", "GV10"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    after(school, hours=3)
    school.head.approves()
    after(school, hours=2)
    school.head.says("/choduyet")
    school.head.presses("Tuần 13", school.head.hears("2 hồ sơ đang chờ"))
    school.head.gets_card("")
    after(school, hours=3, minutes=50)  # 18:50
    assert asked(school.head) == [] and reported(school.vice) == []
    after(school, minutes=20)
    assert len(asked(school.head)) == len(reported(school.vice)) == 1


def test_who_is_away_or_has_delegated_is_not_asked(school: School, desk: Desk) -> None:
    school.head.says("/uyquyen")
    for label in ("Trịnh Văn Khánh", "Đến hết tuần này", "Cả tổ", "Xác nhận"):
        school.head.presses(label)
        school.head.hears("")
    school.head.hears("^Đã ủy nhiệm")
    school["GV01"].says("/vangmat")
    school["GV01"].presses("Đến hết tuần này")
    school["GV01"].hears("Đã ghi Phan Thị Hồng Mai")
    school["GV09"].hands_in(desk.plan(13))
    school["GV03"].hands_in(desk.plan(13))
    school.vice.gets_card()
    after(school, hours=5)
    school.comes(SUNDAY, "20:00")
    for leader in ("GV06", "GV01", "GV07"):
        assert asked(school[leader]) == []
    assert reported(school.vice) == []


def test_on_sunday_evening_cards_of_the_coming_week_are_enough(school: School, desk: Desk) -> None:
    school.comes(SUNDAY, "19:30")
    school.teacher.hands_in(desk.plan(13))
    school["GV08"].hands_in(desk.plan(14))
    school["GV03"].hands_in(desk.plan(14))
    school.comes(SUNDAY, "20:00")
    school.head.hears("^Em nhắc nhẹ đ/c: 2 hồ sơ đang chờ")
    school.vice.hears("Tổ 4-5 – Bùi Thị Tuyết Nga")
    assert asked(school["GV01"]) == []
    school.ticks()
    assert len(asked(school.head)) == len(reported(school.vice)) == 1


def test_who_was_asked_on_sunday_afternoon_is_left_alone_in_the_evening(school: School, desk: Desk) -> None:
    school.comes(SUNDAY, "13:00")
    school.teacher.hands_in(desk.plan(13))
    school.comes(SUNDAY, "17:05")
    school.head.hears("^Em nhắc nhẹ đ/c")
    school.comes(SUNDAY, "20:00")
    assert len(asked(school.head)) == 1


def test_several_silent_heads_are_one_message_to_who_signs_next(school: School, desk: Desk) -> None:
    for code in ("GV09", "GV03"):
        school[code].hands_in(desk.plan(13))
    school.comes(SUNDAY, "20:00")
    (told,) = [text for text in reported(school.vice) if "Tổ 1-2-3" in text]
    assert "Tổ 4-5 – Bùi Thị Tuyết Nga" in told


def test_a_group_without_a_deputy_reads_who_may_be_chosen(make_school: MakeSchool, desk: Desk) -> None:
    school = make_school(reminders=HOURS)
    school.start()
    with school.app.db.write() as connection:
        connection.exec_driver_sql("UPDATE people SET role = 'teacher' WHERE staff_id = 'GV07'")
    school.teacher.hands_in(desk.plan(13))
    after(school, hours=4, minutes=5)
    told = school.head.hears("tổ chưa có tổ phó, đ/c chọn người duyệt thay bằng /uyquyen")
    assert "Trịnh Văn Khánh, Mai Thị Diệp" in told.text
    assert not re.search("Ủy nhiệm tổ phó", "".join(told.buttons))
    school.checks()


def test_a_head_without_a_chat_is_named_to_who_signs_next(make_school: MakeSchool, desk: Desk) -> None:
    school = make_school(reminders=HOURS, linked=("GV09", "PHT01"))
    school.start()
    school.teacher.hands_in(desk.plan(13))
    after(school, hours=4, minutes=5)
    school.vice.hears("Em không nhắn được cho tổ trưởng, nhờ đ/c gọi giúp")
    school.checks()


def test_what_is_decided_before_it_goes_out_is_not_said(school: School, desk: Desk) -> None:
    """Telegram is down when it is due; the head decides meanwhile from a phone that works."""
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    school.passes(hours=4, minutes=5)
    school.world.fault("429", "sendMessage", chat_id=str(school.head.chat_id), retry_after=120)
    school.app.works.scheduler.tick()
    school.vice.hears("đang chờ tổ trưởng duyệt")
    school.head.presses_as_it_was("Từ chối", card)
    school.head.says("Thiếu yêu cầu cần đạt ở bài hai")
    school.teacher.hears("cần chỉnh sửa")
    school.passes(minutes=3)
    school.head.hears("^Đã trả lại")
    school.rests()
    school.ticks()
    assert asked(school.head) == []
