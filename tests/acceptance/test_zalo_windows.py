"""A weekend on Zalo, whose chats close after 48 silent hours: who is asked for a word, who is named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.conversation import Member
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week

from hoso_bot.settings import Reminders

SUNDAY = week(13).deadline.date()
SATURDAY, FRIDAY, THURSDAY, WEDNESDAY = (SUNDAY - timedelta(days=n) for n in (1, 2, 3, 4))
ON_ZALO = ("GV08", "GV09", "GV10", "GV06")

Open = Callable[..., School]


@pytest.fixture
def opened(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[Open]:
    """A school with some people on Zalo only, reminded as by default."""
    running: list[School] = []

    def build(**settings: object) -> School:
        school = make_school(zalo=zalo, **{"on_zalo": ON_ZALO, "reminders": Reminders(), **settings})
        school.start()
        running.append(school)
        return school

    yield build
    for school in running:
        school.checks()


def texts(member: Member) -> list[str]:
    return [m.text for m in member.messages()]


def test_one_tap_on_friday_and_one_on_saturday_bring_every_reminder_for_free(opened: Open) -> None:
    school = opened()
    teacher = school["GV09"]
    school.comes(THURSDAY, "10:00")
    teacher.says("/trangthai")
    teacher.hears("chưa nộp")
    school.comes(FRIDAY, "17:00")
    card = teacher.hears("Zalo chỉ cho em nhắn trong 48 giờ")
    assert "hạn nộp Tuần 13 là CN" in card.text
    assert card.buttons == ["👍 Đã rõ"]
    teacher.presses("Đã rõ", card)
    assert "tệp PDF giáo án" in teacher.hears("Tuần 13 em còn chờ").text
    school.comes(SATURDAY, "08:00")
    reminder = teacher.hears("còn 1 ngày nữa")
    assert reminder.buttons[0] == "👍 Đã rõ"
    teacher.presses("Đã rõ", reminder)
    school.comes(SUNDAY, "08:00")
    teacher.hears("Hôm nay, đến 23:59")
    school.comes(SUNDAY, "17:00")
    teacher.hears("Em nhắc nhẹ")


def test_who_is_silent_is_named_to_the_office_once_and_hears_it_all_after_a_word(opened: Open) -> None:
    school = opened()
    school.comes(FRIDAY, "17:00")
    school.comes(FRIDAY, "19:30")
    told = school.vice.hears("em không nhắn được cho")
    for key in ON_ZALO:
        assert f"{school[key].staff.name} (" in told.text
    assert "lâu chưa nhắn Zalo của trường" in told.text
    school.comes(SATURDAY, "08:00")
    school.comes(SUNDAY, "08:00")
    school.comes(SUNDAY, "19:00")
    assert len([t for t in texts(school.vice) if "không nhắn được" in t or "không gửi được tin" in t]) == 1
    assert texts(school["GV09"]) == []
    school["GV09"].says("em đây")
    school["GV09"].hears("em còn chờ KHBD Tuần 13|Hôm nay, đến 23:59")


def test_where_the_office_itself_is_silent_another_leader_hears_of_it(opened: Open) -> None:
    school = opened(on_zalo=("GV09", "PHT01"))
    school.comes(FRIDAY, "17:00")
    school.comes(FRIDAY, "19:30")
    assert school["GV09"].staff.name in school.principal.hears("em không nhắn được cho").text
    assert texts(school.vice) == []


def test_a_typed_answer_counts_and_who_handed_in_hears_that_nothing_waits(opened: Open, desk: Desk) -> None:
    school = opened()
    teacher = school["GV09"]
    school.comes(THURSDAY, "10:00")
    teacher.says("/trangthai")
    teacher.hears("chưa nộp")
    school.comes(FRIDAY, "17:00")
    teacher.hears("Zalo chỉ cho em nhắn")
    teacher.hands_in(desk.plan(13))
    teacher.says("Đã rõ ạ")
    teacher.hears("không còn gì chờ thầy/cô")
    school.comes(SATURDAY, "08:00")
    assert not any("còn 1 ngày" in text for text in texts(teacher))


def test_nobody_else_is_asked(opened: Open) -> None:
    """Who is on Telegram, who may not be written to any more, who has handed in."""
    school = opened()
    school.comes(FRIDAY, "17:00")
    school.comes(SATURDAY, "08:00")
    time.sleep(0.1)
    for key, member in school.members.items():
        assert not any("Đã rõ" in text for text in texts(member)), key


def test_a_head_is_asked_on_saturday_so_that_sunday_evening_arrives(opened: Open) -> None:
    school = opened()
    head = school["GV06"]
    school.comes(THURSDAY, "10:00")
    head.says("/choduyet")
    head.hears("chờ")
    school.comes(FRIDAY, "17:00")
    school.comes(SATURDAY, "08:00")
    head.presses("Đã rõ", head.hears("còn 1 ngày nữa"))
    school.comes(SUNDAY, "19:00")
    head.hears("Tuần 13.*đã nộp|chưa nộp")


def test_a_leader_who_handed_in_is_asked_on_saturday(opened: Open, desk: Desk) -> None:
    school = opened(on_zalo=("PHT01",))
    school.comes(THURSDAY, "10:00")
    school.vice.hands_in(desk.plan(13))
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.hears("trình ký")
    school.comes(FRIDAY, "17:00")
    assert not any("48 giờ" in text for text in texts(school.vice))
    school.comes(SATURDAY, "08:00")
    card = school.vice.hears("cuối tuần này em còn báo đ/c tình hình nộp hồ sơ Tuần 13")
    school.vice.presses("Đã rõ", card)
    assert "1 hồ sơ đang chờ đ/c" in school.vice.hears("đ/c không còn gì phải nộp").text
    school.comes(SUNDAY, "19:00")
    assert "Tuần 13" in school.vice.hears("đã nộp|chưa nộp|chờ đ/c").text


# --- the night ban -----------------------------------------------------------------------------------


def rejected_at_night(school: School, desk: Desk) -> Member:
    """A plan of a teacher on Zalo comes back at 22:30, while Zalo refuses everything."""
    assert school.oa
    teacher = school["GV09"]
    teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.oa.changes(night_ban=True)
    school.comes(WEDNESDAY, "22:30")
    school.head.rejects("Thiếu yêu cầu cần đạt ở bài hai")
    school.rests()
    assert not any("Thiếu yêu cầu" in text for text in texts(teacher))
    return teacher


def test_what_the_night_ban_refuses_is_said_at_six(opened: Open, desk: Desk) -> None:
    school = opened(on_zalo=("GV09",))
    teacher = rejected_at_night(school, desk)
    school.comes(THURSDAY, "05:30")
    assert not any("Thiếu yêu cầu" in text for text in texts(teacher))
    school.comes(THURSDAY, "06:01")
    teacher.hears("Thiếu yêu cầu cần đạt ở bài hai")


def test_who_writes_at_night_does_not_wait_behind_what_was_refused(opened: Open, desk: Desk) -> None:
    """Zalo bans some kinds only: an answer to who just wrote may well pass, and then all of it does."""
    school = opened(on_zalo=("GV09",))
    teacher = rejected_at_night(school, desk)
    assert school.oa
    school.oa.changes(night_ban=False)
    teacher.says("/trangthai")
    teacher.hears("Thiếu yêu cầu cần đạt ở bài hai")
    teacher.hears("Tuần 13")


def test_a_reminder_that_the_night_made_old_is_dropped(opened: Open) -> None:
    evening = Reminders(
        saturday="off", sunday=("23:00",), silent="off", summary="off", unreached="off", friday="off"
    )
    school = opened(on_zalo=("GV09",), reminders=evening, quiet="")
    teacher = school["GV09"]
    assert school.oa
    school.comes(SATURDAY - timedelta(days=1), "10:00")
    teacher.says("/trangthai")
    teacher.hears("chưa nộp")
    school.oa.changes(night_ban=True)
    school.comes(SUNDAY - timedelta(days=1), "20:00")
    teacher.says("/trangthai")
    teacher.hears("chưa nộp")
    school.comes(SUNDAY, "23:00")
    waiting = "SELECT count(*) FROM outbox WHERE state = 'todo' AND error LIKE 'Zalo -234%'"
    assert school.rows(waiting) == [(1,)]
    school.comes(week(13).first, "06:30")
    teacher.hears("chúc thầy/cô tuần mới nhiều niềm vui")
    assert not any("lần này nữa thôi" in text or "Hôm nay, đến" in text for text in texts(teacher))
