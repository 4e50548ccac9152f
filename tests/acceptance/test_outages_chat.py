"""`/suco`: an outage on record moves the deadline for everybody, for plans to come and in the figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week

from hoso_bot import cli
from hoso_bot.commands import options
from hoso_bot.desks.outages import OutageDesk
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.outages import Cause
from hoso_bot.settings import Reminders

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))
SUNDAY = week(13).usual_deadline.date()
MONDAY = SUNDAY + timedelta(days=1)


def records_the_evening(school: School) -> None:
    """The vice-principal puts Sunday evening's power cut on record."""
    school.vice.says("/suco")
    school.vice.hears("Đ/c ghi thêm sự cố nào")
    school.vice.presses("Mất điện hoặc mất mạng")
    school.vice.hears("từ lúc nào đến lúc nào")
    school.vice.says(f"19:00 - 22:00 {SUNDAY:%d/%m}")
    school.vice.hears(f"Tuần 13: hạn nộp CN {SUNDAY:%d/%m}, 23:59 → Thứ Hai {MONDAY:%d/%m}, 12:00")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã ghi: Mất điện hoặc mất mạng")


def test_everybody_hears_it_and_a_plan_of_monday_morning_is_on_time(school: School, desk: Desk) -> None:
    school.comes(MONDAY, "07:30")
    records_the_evening(school)
    school.ticks()
    for member in (school.teacher, school.head, school.principal):
        member.hears("hạn nộp lùi cho mọi người.*12:00.*được tính đúng hạn")
    assert not any("lùi cho mọi người" in heard.text for heard in school.vice.messages())
    school.passes(hours=2)
    school.teacher.hands_in(desk.plan(13))
    assert school.rows("SELECT minutes_late FROM versions") == [(0,)]


@pytest.fixture
def expected(
    school: School, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What `hoso-bot expected 13` prints, at the school's own time."""

    def run(*words: str) -> str:
        monkeypatch.setattr(options, "SystemClock", lambda: school.clock)
        argv = ["hoso-bot", "expected", "13", "--home", str(school.home), *words]
        monkeypatch.setattr(sys, "argv", argv)
        capsys.readouterr()
        with pytest.raises(SystemExit):
            cli.main()
        return capsys.readouterr().out

    return run


def test_a_late_mark_stays_and_no_longer_counts(
    school: School, desk: Desk, expected: Callable[..., str]
) -> None:
    school.comes(MONDAY, "09:00")
    school.teacher.hands_in(desk.plan(13))
    assert school.rows("SELECT minutes_late FROM versions") == [(541,)]
    school.teacher.says("/baocao 13")
    school.teacher.hears("trễ 9 giờ")
    assert "GV09\tTạ Thị Loan (Tổ 4-5)  late 541 min\n" in expected()
    school.vice.says("/suco")
    school.vice.presses("Mất điện hoặc mất mạng")
    school.vice.presses(f"Tối {SUNDAY:%d/%m}")
    school.vice.hears("1 hồ sơ nộp sau hạn cũ sẽ được tính đúng hạn")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã ghi")
    school.passes(hours=4)
    school.teacher.says("/baocao 13")
    shown = school.teacher.hears("^KHBD Tuần 13.*Chờ tổ trưởng")
    assert "Chờ tổ trưởng · không tính trễ: Mất điện hoặc mất mạng" in shown.text
    assert "đúng hạn 1, chưa nộp 12" in shown.text
    assert school.rows("SELECT minutes_late FROM versions") == [(541,)]
    assert "GV09\tTạ Thị Loan (Tổ 4-5)  excused 541 min (power)\n" in expected()
    (plan,) = (one for one in json.loads(expected("--json"))["people"] if one["staff_id"] == "GV09")
    assert (plan["minutes_late"], plan["minutes_excused"]) == (0, 541)


def test_it_can_be_taken_back_and_everybody_hears_that_too(school: School, desk: Desk) -> None:
    school.comes(MONDAY, "09:00")
    school.teacher.hands_in(desk.plan(13))
    records_the_evening(school)
    school.vice.presses("Bỏ ghi nhận")
    school.vice.hears("^Đã bỏ ghi nhận.*12:00 → CN")
    school.ticks()
    school.teacher.hears("bỏ ghi nhận sự cố.*Hạn nộp trở lại")
    school.teacher.says("/baocao 13")
    school.teacher.hears("trễ 9 giờ")
    assert [fact["cause"] for fact in school.audited("outage.undone")] == ["power"]


def test_an_outage_that_touched_no_deadline_is_recorded_and_told_to_nobody(school: School) -> None:
    school.vice.says("/suco")
    school.vice.presses("Cổng của ngành")
    school.vice.says(f"08:00 - 09:00 {SUNDAY - timedelta(days=5):%d/%m}")
    school.vice.hears("không hạn nào phải lùi")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã ghi: Cổng của ngành")
    school.ticks()
    assert school.rows("SELECT count(*) FROM announcements") == [(0,)]
    school.vice.says("/suco")
    school.vice.hears("Sự cố đã ghi trong năm học")
    school.vice.presses("Cổng của ngành")
    school.vice.says(f"08:00 - 09:00 {SUNDAY - timedelta(days=5):%d/%m}")
    school.vice.hears("đã được ghi rồi")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tối qua", "chưa đọc được giờ"),
        ("23:00 - 19:00 {day}", "đứng trước giờ bắt đầu"),
        ("08:00 01/10 - 08:00 {day}", "dài tối đa 14 ngày"),
        ("08:00 - 09:00 20/05/2099", "xa quá"),
    ],
)
def test_times_that_make_no_sense_are_asked_again(school: School, typed: str, said: str) -> None:
    school.vice.says("/suco")
    school.vice.presses("Trợ lý (bot)")
    school.vice.hears("từ lúc nào")
    school.vice.says(typed.format(day=f"{SUNDAY - timedelta(days=7):%d/%m}"))
    school.vice.hears(said)
    school.vice.presses("Để sau")
    school.vice.hears("chưa ghi gì")
    assert school.rows("SELECT count(*) FROM outages") == [(0,)]


def test_only_the_office_and_the_principal_may(school: School) -> None:
    for member in (school.teacher, school.head):
        member.says("/suco")
        member.hears("dành cho Phó hiệu trưởng phụ trách hồ sơ và Hiệu trưởng")
    school.principal.says("/suco")
    school.principal.hears("Đ/c ghi thêm sự cố nào")


def test_reminders_know_the_moved_deadline(make_school: MakeSchool) -> None:
    school = make_school(reminders=Reminders())
    school.start()
    school.comes(SUNDAY, "20:45")
    records_the_evening(school)
    school.comes(MONDAY, "06:31")
    early = [m.text for m in school.teacher.messages()]
    assert not any("Em chưa nhận đủ" in text for text in early)
    school.comes(MONDAY, "08:01")
    school.teacher.hears("nhận đến 12:00 hôm nay")
    school.comes(MONDAY + timedelta(days=1), "06:31")
    school.teacher.hears("Em chưa nhận đủ KHBD Tuần 13")


def test_what_the_command_line_records_is_told_by_the_bot(school: School) -> None:
    school.comes(MONDAY, "09:00")
    desk = OutageDesk(school.settings, school.clock)
    outage, _ = desk.add(Cause.BOT, start_of(SUNDAY, 19), start_of(SUNDAY, 22))
    school.ticks()
    school.teacher.hears("Trợ lý .bot. không hoạt động.*hạn nộp lùi cho mọi người")
    school.vice.hears("hạn nộp lùi cho mọi người")
    desk.undo(outage.id)
    desk.close()
    school.ticks()
    school.teacher.hears("bỏ ghi nhận sự cố")


def start_of(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=VN)


def test_the_command_line_does_the_same(make_school: MakeSchool) -> None:
    home = make_school().home

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [HOSO_BOT, "outage", *words, "--home", str(home)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    times = ("--from", f"{SUNDAY}T19:00", "--to", f"{SUNDAY}T22:00")
    added = run("add", "power", *times)
    assert "week 13: deadline" in added.stdout
    assert "1 deadlines moved" in added.stdout
    assert "on record already" in run("add", "power", *times).stderr
    assert run("add", "power", "--from", "gestern", "--to", "heute").returncode == 2
    (known,) = json.loads(run("list", "--json").stdout)
    assert known["cause"] == "power"
    assert "1 deadlines moved" in run("undo", known["id"]).stdout
    assert run("undo", known["id"]).returncode == 1
    assert run("list").stdout == ""


def test_a_card_of_a_mended_version_no_longer_calls_the_first_one_late(school: School, desk: Desk) -> None:
    school.comes(MONDAY, "09:00")
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    assert "sau hạn 9 giờ" in card.text
    school.head.rejects("Thiếu yêu cầu cần đạt của bài thứ hai")
    records_the_evening(school)
    school.teacher.hands_in(desk.plan(13, lessons=2))
    again = school.head.gets_card()
    assert "bản đầu nộp đúng hạn" in again.text
