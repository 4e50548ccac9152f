"""A weekend with the bot: who is missing hears of it at the right hours, who is not is left in peace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from tests.conversation import PATIENCE, Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week
from tests.waiting import wait_for

from hoso_bot.settings import Reminders

SUNDAY = week(13).deadline.date()
SATURDAY, MONDAY = SUNDAY - timedelta(days=1), week(13).first
REMINDER = "còn 1 ngày nữa|Hôm nay, đến|Em nhắc nhẹ|lần này nữa thôi|tuần mới nhiều niềm vui"


@pytest.fixture
def school(make_school: MakeSchool) -> Iterator[School]:
    """A running school in which everybody is linked and reminded."""
    running = make_school(reminders=Reminders())
    running.start()
    yield running
    running.checks()


def d(day: date) -> str:
    return f"{day:%d/%m}"


def reminders(member: Member) -> list[str]:
    """Every reminder in a person's chat, in order."""
    kinds = REMINDER.split("|")
    return [m.text for m in member.messages() if any(kind in m.text for kind in kinds)]


def test_a_weekend_of_somebody_who_forgets_and_somebody_who_does_not(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.comes(SATURDAY, "08:00")
    heard = school["GV08"].hears("KHBD Tuần 13 nhận đến CN .*23:59, còn 1 ngày nữa")
    assert heard.buttons == ["⏰ Nhắc tôi sau 2 giờ", "Tuần này tôi nghỉ"]
    school.ticks()
    school.comes(SUNDAY, "08:00")
    school["GV08"].hears("Hôm nay, đến 23:59, là hạn nộp KHBD Tuần 13")
    school.comes(SUNDAY, "17:00")
    school["GV08"].hears("còn khoảng 7 giờ nữa")
    school["GV08"].hands_in(desk.plan(13))
    school.comes(SUNDAY, "20:30")
    last = school["GV10"].hears("Trước hạn, em chỉ nhắc thầy/cô lần này nữa thôi")
    assert last.buttons == ["Tuần này tôi nghỉ"]
    school.comes(MONDAY, "06:30")
    school["GV10"].hears("chúc thầy/cô tuần mới nhiều niềm vui. Em chưa nhận đủ KHBD Tuần 13")
    assert reminders(school.teacher) == []
    assert len(reminders(school["GV08"])) == 3
    assert len(reminders(school["GV10"])) == len(set(reminders(school["GV10"]))) == 5
    assert reminders(school["NV01"]) == []
    told = "SELECT person_id, kind, subject FROM reminders WHERE message_key <> ''"
    twice = f"{told} GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert school.rows(twice) == []
    school.checks()


def test_a_plan_that_came_back_is_reminded_of_with_its_reason(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.rejects("Thiếu yêu cầu cần đạt ở bài hai")
    school.comes(SATURDAY, "08:00")
    heard = school.teacher.hears("KHBD Tuần 13 đang chờ bản sửa của thầy/cô")
    assert f'{school.head.staff.name} góp ý "Thiếu yêu cầu cần đạt ở bài hai"' in heard.text
    assert "hạn nộp" not in heard.text
    school.teacher.hands_in(desk.mended(13))
    school.comes(SUNDAY, "08:00")
    school["GV10"].hears("Hôm nay, đến 23:59")
    assert "bản sửa" not in school.teacher.messages()[-1].text


def test_a_file_nobody_confirmed_is_asked_about_within_the_hour(school: School, desk: Desk) -> None:
    school.comes(SUNDAY, "17:30")
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    school.passes(minutes=59)
    school.ticks()
    school.passes(minutes=2)
    school.ticks()
    heard = school.teacher.hears("Em đã nhận tệp KHBD_Tuan_13.*chỉ còn thiếu một lần bấm")
    assert "Bấm trước 05:30 Thứ Hai" in heard.text and heard.buttons[0] == "Mở lại thẻ Trình ký"
    school.teacher.presses("Mở lại thẻ", heard)
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("✅ Trình ký")
    school.teacher.hears("^Đã trình ký")
    school.comes(SUNDAY, "20:30")
    school["GV10"].hears("lần này nữa thôi")
    assert not any("lần này nữa" in m.text for m in school.teacher.messages())


def test_two_hours_more_but_never_at_night(school: School) -> None:
    school.comes(SATURDAY, "08:00")
    school.teacher.hears("còn 1 ngày nữa")
    school.teacher.presses("Nhắc tôi sau 2 giờ")
    school.teacher.hears("em sẽ nhắc lại lúc 10:00 Thứ Bảy")
    school.passes(hours=2, minutes=1)
    school.ticks()
    again = school.teacher.hears("Em nhắc lại như thầy/cô đã hẹn: KHBD Tuần 13")
    school.comes(SATURDAY, "20:00")
    school.teacher.presses("Nhắc tôi sau 2 giờ", again)
    school.teacher.hears("em sẽ nhắc lại lúc 06:30 CN")
    school.comes(SATURDAY, "22:01")
    school.comes(SUNDAY, "06:29")
    before = len(school.teacher.messages())
    school.comes(SUNDAY, "06:30")
    school.teacher.hears("như thầy/cô đã hẹn")
    assert len(school.teacher.messages()) == before + 1


def test_a_week_off_is_the_heads_to_grant(school: School) -> None:
    school.comes(SATURDAY, "08:00")
    for code in ("GV09", "GV08"):
        school[code].hears("còn 1 ngày nữa")
        school[code].presses("Tuần này tôi nghỉ")
        school[code].hears("em đã hỏi Bùi Thị Tuyết Nga")
    cards = [school.head.hears(f"{school[c].staff.name} .*báo nghỉ Tuần 13") for c in ("GV09", "GV08")]
    school.head.presses("Đồng ý", cards[0])
    school.head.hears("Đã miễn nộp cho Tạ Thị Loan: Tuần 13")
    school.teacher.hears("được miễn nộp KHBD Tuần 13")
    school.head.presses("Từ chối", cards[1])
    school["GV08"].hears("chưa đồng ý miễn nộp Tuần 13")
    school.head.presses_token(cards[1].raw["buttons"][0][0]["data"], cards[1])
    school.head.hears("đã được trả lời: Tuần 13 vẫn cần nộp")
    school.comes(SUNDAY, "08:00")
    school["GV08"].hears("Hôm nay, đến 23:59")
    assert len(reminders(school.teacher)) == 1
    assert len(school.audited("exemption.made")) == 1


def test_who_waits_for_an_answer_about_a_week_off_is_left_alone(school: School) -> None:
    school.comes(SATURDAY, "08:00")
    school.teacher.hears("còn 1 ngày nữa")
    school.teacher.presses("Tuần này tôi nghỉ")
    school.teacher.hears("em đã hỏi")
    school.teacher.presses("Tuần này tôi nghỉ")
    school.teacher.hears("đang chờ Bùi Thị Tuyết Nga trả lời")
    school.comes(SUNDAY, "17:00")
    school["GV10"].hears("Em nhắc nhẹ|em còn chờ")
    assert len(reminders(school.teacher)) == 1
    assert len([m for m in school.head.messages() if "báo nghỉ" in m.text]) == 1


def test_after_a_weekend_without_the_bot_there_is_one_kind_line(school: School) -> None:
    school.comes(MONDAY, "09:17")
    school.teacher.hears("chúc thầy/cô tuần mới nhiều niềm vui")
    school.ticks()
    assert len(reminders(school.teacher)) == 1


def test_a_bot_that_was_off_until_sunday_noon_catches_up_once(school: School) -> None:
    school.comes(SUNDAY, "12:10")
    school.teacher.hears("em còn chờ KHBD Tuần 13, hạn nộp CN .*23:59")
    kinds = school.rows("SELECT DISTINCT kind FROM reminders WHERE kind <> 'unreached'")
    assert sorted(kinds) == [("day_first",), ("eve",)]
    assert len(school.rows("SELECT DISTINCT message_key FROM reminders WHERE message_key <> ''")) == 13


def test_the_office_hears_once_whom_reminders_do_not_reach(make_school: MakeSchool) -> None:
    school = make_school(linked=("PHT01", "GV06", "GV08"), reminders=Reminders())
    school.start()
    school.comes(SATURDAY, "08:00")
    line = school.vice.hears("không nhắn được cho 10 người")
    assert "Tạ Thị Loan" in line.text and "Hà Thị Vân Anh" in line.text
    school.comes(SUNDAY, "08:00")
    school["GV08"].hears("Hôm nay, đến")
    assert len([m for m in school.vice.messages() if "không nhắn được" in m.text]) == 1
    assert school.audited("message.unreachable") == []
    school.checks()


def test_a_reminder_on_its_way_does_not_overtake_a_submission(school: School, desk: Desk) -> None:
    """Telegram is down when it is due; the plan comes first, the reminder not at all."""
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    school.comes(SATURDAY, "07:59")
    school.world.fault("429", "sendMessage", chat_id=str(school.teacher.chat_id), retry_after=120)
    school.passes(minutes=1)
    school.app.works.scheduler.tick()
    school["GV10"].hears("còn 1 ngày nữa")
    until(lambda: school.rows("SELECT 1 FROM outbox WHERE state = 'todo' AND error IS NOT NULL"))
    school.teacher.presses("Trình ký")
    until(lambda: school.audited("plan.submitted"))
    school.passes(minutes=3)
    school.teacher.hears("^Đã trình ký")
    school.rests()
    assert reminders(school.teacher) == []
    assert school.rows("SELECT state, error FROM outbox WHERE error = 'taken back'") == [
        ("gone", "taken back")
    ]
    school.ticks()
    assert reminders(school.teacher) == []


def until(happened: Callable[[], object]) -> None:
    """Wait for what shows only in the database."""
    wait_for(happened, PATIENCE)


def test_a_power_cut_is_told_when_the_night_is_over(school: School) -> None:
    school.comes(SATURDAY - timedelta(days=1), "21:40")
    school.vice.says(f"/catdien {d(MONDAY)} buổi sáng")
    school.vice.hears(f"ngày {MONDAY:%d/%m/%Y} .buổi sáng. có lịch cắt điện")
    school.vice.presses("Xác nhận")
    school.vice.hears("em nhắn 12 thầy/cô lúc 06:30 Thứ Bảy")
    school.comes(SATURDAY, "06:29")
    assert not any("cắt điện" in m.text for m in school.teacher.messages())
    school.comes(SATURDAY, "06:30")
    school.teacher.hears("có lịch cắt điện. Thầy/cô in sẵn KHBD đã duyệt")
    school.ticks()
    assert len([m for m in school.teacher.messages() if "cắt điện" in m.text]) == 1
    school.teacher.says("/catdien 26/11")
    school.teacher.hears("dành cho Phó hiệu trưởng")
