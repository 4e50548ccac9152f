"""A weekend with the bot: who is missing hears of it at the right hours, who is not is left in peace."""

from __future__ import annotations

from datetime import date, timedelta

from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import School, week

SUNDAY = week(13).deadline.date()
SATURDAY, MONDAY = SUNDAY - timedelta(days=1), week(13).first
REMINDER = "còn 1 ngày nữa|Hôm nay, đến|Em nhắc nhẹ|lần này nữa thôi|tuần mới nhiều niềm vui"


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
    ledger = school.rows("SELECT person_id, kind, count(*) FROM reminders GROUP BY 1, 2 HAVING count(*) > 1")
    assert ledger == []
    school.checks()
