"""What leaders are told by the clock: the evening before a week, several cards in one, how a week begins."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import NOW, MakeSchool, School, week

from hoso_bot.domain.calendar import VN
from hoso_bot.settings import Reminders

TODAY = NOW.astimezone(VN).date()
SUNDAY = week(13).deadline.date()
SATURDAY, MONDAY = SUNDAY - timedelta(days=1), week(13).first
FIRST = r"\d+/\d+ đã nộp Tuần 13|hồ sơ đang chờ đ/c duyệt\."


@pytest.fixture
def school(make_school: MakeSchool) -> Iterator[School]:
    """A running school with the hours of the default, but for silent heads."""
    running = make_school(reminders=Reminders(silent="off", silent_hours=0))
    running.start()
    yield running
    running.checks()


def summaries(member: Member) -> list[str]:
    return [m.text for m in member.messages() if re.match(rf"[^\n]*({FIRST})", m.text)]


def delegates(school: School, scope: str = "Cả tổ", days: str = "Đến hết tuần này") -> None:
    """The head of group 4-5 lets the deputy decide."""
    school.head.says("/uyquyen")
    for label in ("Trịnh Văn Khánh", days, scope, "Xác nhận"):
        school.head.presses(label)
        school.head.hears("")
    school.head.hears("^Đã ủy nhiệm")


# --- Sunday evening --------------------------------------------------------------------------------


def test_on_sunday_evening_a_head_hears_who_is_missing_and_what_waits(school: School, desk: Desk) -> None:
    for code in ("GV09", "GV08"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    school["GV10"].sends(desk.plan(13))
    school["GV10"].hears("xác nhận trình ký")
    school.comes(SUNDAY, "18:59")
    assert summaries(school.head) == []
    school.comes(SUNDAY, "19:00")
    told = school.head.hears("^Tổ 4-5: 2/6 đã nộp Tuần 13, 2 hồ sơ đang chờ đ/c duyệt")
    assert "Hà Thị Vân Anh – có tệp, chưa bấm Trình ký" in told.text
    assert "Chưa nộp: Bùi Thị Tuyết Nga; Trịnh Văn Khánh;" in told.text
    assert "• Tuần 13 – Tạ Thị Loan: chờ từ 10:00 Thứ Tư" in told.text
    assert told.buttons[:2] == ["Tuần 13 – Tạ Thị Loan", "Tuần 13 – Mai Thị Diệp"]
    school.head.presses("Tạ Thị Loan", told)
    school.head.gets_card("Tạ Thị Loan.*")
    school["GV01"].hears("^Tổ 1-2-3: 0/5 đã nộp Tuần 13")
    school.ticks()
    for leader in (school.head, school["GV01"]):
        assert len(summaries(leader)) == 1
    for other in ("GV02", "GV07", "GV09", "PHT01", "HT01", "NV01"):
        assert summaries(school[other]) == [], other


def test_the_last_signer_hears_what_waits_for_him(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.comes(SUNDAY, "19:00")
    told = school.vice.hears("^Toàn trường: 1/13 đã nộp Tuần 13, 1 hồ sơ đang chờ đ/c duyệt")
    assert "Chưa nộp" not in told.text and told.buttons == ["Tuần 13 – Tạ Thị Loan"]
    assert summaries(school.principal) == []


def test_a_group_that_is_ready_says_nothing(school: School, desk: Desk) -> None:
    for code in ("GV06", "GV07", "GV08", "GV09", "GV10", "GV11"):
        school[code].hands_in(desk.plan(13))
        signer = school.vice if code == "GV06" else school.head
        signer.gets_card()
        signer.approves()
    school.comes(SUNDAY, "19:00")
    assert summaries(school.head) == []


def test_a_deputy_hears_only_what_was_delegated(school: School, desk: Desk) -> None:
    delegates(school, scope="Chỉ Tạ Thị Loan")
    for code in ("GV09", "GV08"):
        school[code].hands_in(desk.plan(13))
    school.comes(SUNDAY, "19:00")
    told = school["GV07"].hears("^Theo ủy nhiệm của Bùi Thị Tuyết Nga: 1/1 đã nộp Tuần 13, 1 hồ sơ")
    assert "Tạ Thị Loan" in told.text and "Mai Thị Diệp" not in told.text
    assert "Trịnh Văn Khánh" not in told.text
    school.head.hears("^Tổ 4-5: 2/6 đã nộp Tuần 13, 2 hồ sơ")


def test_what_is_seen_can_be_approved_from_the_summary(school: School, desk: Desk) -> None:
    for code in ("GV09", "GV08"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    school.head.says("/choduyet")
    for name in ("Tạ Thị Loan", "Mai Thị Diệp"):
        school.head.presses(name)
        school.head.gets_card(f"{name}.*")
    school.rests()
    school.comes(SUNDAY, "19:00")
    told = school.head.hears("^Tổ 4-5: 2/6 đã nộp")
    assert told.text.count("· đã xem") == 2 and told.buttons[-1] == "✍️ Duyệt các hồ sơ đã xem (2)"
    school.head.presses("Duyệt các hồ sơ đã xem", told)
    school.head.presses("Xác nhận", school.head.hears("Ký duyệt 2 hồ sơ"))
    school.head.hears("Đã ký đủ 2 hồ sơ")


def test_a_bot_that_was_off_in_the_evening_says_it_in_the_morning_before_the_lesson(
    make_school: MakeSchool,
) -> None:
    for hour, said in (("06:40", 1), ("07:10", 0)):
        school = make_school(reminders=Reminders(silent="off", silent_hours=0))
        school.start()
        school.comes(MONDAY, hour)
        assert len(summaries(school.head)) == said, hour
        school.checks()


def test_the_hours_are_settings_and_off_is_off(make_school: MakeSchool) -> None:
    school = make_school(reminders=Reminders(summary="18:15", board="off"))
    school.start()
    school.comes(SUNDAY, "18:15")
    school.head.hears("^Tổ 4-5: 0/6 đã nộp")
    school.comes(MONDAY, "06:45")
    assert not any("Nhật ký:" in m.text for m in school.principal.messages())
    school.checks()


def test_a_summary_that_is_no_longer_true_is_made_anew(school: School, desk: Desk) -> None:
    """Telegram is down at seven; when it is back a plan has come in between."""
    school.comes(SUNDAY, "18:59")
    school.world.fault("429", "sendMessage", chat_id=str(school.head.chat_id), retry_after=120)
    school.passes(minutes=1)
    school.app.works.scheduler.tick()
    school["GV01"].hears("^Tổ 1-2-3: 0/5 đã nộp")
    school.teacher.hands_in(desk.plan(13))
    school.passes(minutes=3)
    school.head.gets_card()
    school.rests()
    school.passes(minutes=1)
    school.ticks()
    school.head.hears("^Tổ 4-5: 1/6 đã nộp Tuần 13, 1 hồ sơ đang chờ")
    assert len(summaries(school.head)) == 1


# --- several cards ---------------------------------------------------------------------------------


def test_several_cards_ring_twice_and_one_list_says_the_rest(school: School, desk: Desk) -> None:
    cards = []
    for code in ("GV07", "GV08", "GV09", "GV10"):
        school[code].hands_in(desk.plan(13))
        cards.append(school.head.gets_card())
    assert [school.head.silently_heard(card) for card in cards] == [False, False, True, True]
    school.passes(minutes=14)
    school.ticks()
    assert not any("hồ sơ đang chờ" in m.text for m in school.head.messages())
    school.passes(minutes=2)
    school.ticks()
    told = school.head.hears("^4 hồ sơ đang chờ đ/c duyệt:")
    assert not school.head.silently_heard(told) and len(told.buttons) == 4
    school["GV11"].hands_in(desk.plan(13))
    assert school.head.silently_heard(school.head.gets_card())
    school.passes(minutes=50)
    school.ticks()
    assert sum("hồ sơ đang chờ" in m.text for m in school.head.messages()) == 1
    school.passes(minutes=15)
    school.ticks()
    school.head.hears("^5 hồ sơ đang chờ đ/c duyệt:")
    school.passes(hours=3)
    school.ticks()
    assert sum("hồ sơ đang chờ" in m.text for m in school.head.messages()) == 2


def test_what_was_decided_before_the_list_is_due_is_not_listed(school: School, desk: Desk) -> None:
    for code in ("GV08", "GV09", "GV10"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    for name in ("Mai Thị Diệp", "Tạ Thị Loan", "Hà Thị Vân Anh"):
        school.head.says("/choduyet")
        school.head.presses(name, school.head.hears("hồ sơ đang chờ"))
        school.head.gets_card(f"{name}.*")
        school.head.approves()
    before = len(school.head.messages())
    school.passes(minutes=20)
    school.ticks()
    assert len(school.head.messages()) == before
    mine = "SELECT message_key FROM reminders WHERE kind = 'digest' AND person_id = ?"
    assert school.rows(mine, school.head.staff.id) == [("",)]


def test_cards_of_the_night_are_listed_in_the_morning(school: School, desk: Desk) -> None:
    school.comes(TODAY, "21:30")
    for code in ("GV08", "GV09", "GV10"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    school.passes(hours=3)
    school.ticks()
    assert not any("hồ sơ đang chờ" in m.text for m in school.head.messages())
    school.comes(TODAY + timedelta(days=1), "06:30")
    school.head.hears("^3 hồ sơ đang chờ đ/c duyệt")


def test_a_deputy_who_takes_over_a_queue_hears_no_burst(school: School, desk: Desk) -> None:
    for code in ("GV08", "GV09", "GV10", "GV11"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    delegates(school)
    cards = [school["GV07"].gets_card() for _ in range(4)]
    assert [school["GV07"].silently_heard(card) for card in cards] == [False, False, True, True]
    school.passes(minutes=16)
    school.ticks()
    school["GV07"].hears("^4 hồ sơ đang chờ đ/c duyệt.*ký thay Bùi Thị Tuyết Nga")


# --- Monday morning --------------------------------------------------------------------------------


def root_of(text: str) -> str:
    found = re.search(r"--root (\d+:[0-9a-f]{16})", text)
    assert found, text
    return found[1]


def audit_verify(school: School, *more: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("hoso-bot"))
    command = [program, "audit", "verify", "--home", str(school.home), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_on_monday_the_board_reads_who_is_not_ready_and_the_logs_root(school: School, desk: Desk) -> None:
    for code in ("GV08", "GV09", "GV11"):
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()
    school.head.says("/choduyet")
    for name in ("Mai Thị Diệp", "Tạ Thị Loan"):
        school.head.presses(name, school.head.hears("hồ sơ đang chờ"))
        school.head.gets_card(f"{name}.*")
        school.head.approves()
        school.vice.gets_card()
        school.head.says("/choduyet")
    school.vice.approves()
    school.head.presses("Dương Minh Cường")
    school.head.gets_card("Dương Minh Cường.*")
    school.head.rejects("Thiếu yêu cầu cần đạt ở bài hai")
    school.comes(MONDAY, "06:30")
    told = school.principal.hears(r"^Tuần 13 .*: 1/13 KHBD đã được duyệt")
    assert "\nTổ 1-2-3\n• Phan Thị Hồng Mai: chưa nộp\n" in told.text
    assert re.search(r"• (Mai Thị Diệp|Tạ Thị Loan): chờ Lương Quang Tùng từ \d\d:\d\d Thứ Tư", told.text)
    assert "• Dương Minh Cường: đang sửa" in told.text
    school.vice.hears(r"^Tuần 13 .*: 1/13 KHBD đã được duyệt")
    assert not any("Nhật ký:" in m.text for m in school.head.messages())
    school.ticks()
    assert sum("Nhật ký:" in m.text for m in school.principal.messages()) == 1
    school.principal.presses("Bảng Tuần 13", told)
    school.principal.hears("1/13 đã duyệt")

    root = root_of(told.text)
    assert f"mã {' '.join(re.findall('....', root.partition(':')[2]))}" in told.text
    proved = audit_verify(school, "--root", root)
    assert proved.returncode == 0 and "is the one you wrote down" in proved.stdout
    number, _, digest = root.partition(":")
    for wrong in (f"{number}:{digest[::-1]}", f"{int(number) - 1}:{digest}", f"99999:{digest}"):
        refused = audit_verify(school, "--root", wrong)
        assert refused.returncode == 1 and "not" in refused.stdout, wrong
    for odd in ("abc", f"{number}:12", f"{number}:{digest[:-1]}x"):
        assert audit_verify(school, "--root", odd).returncode == 2, odd


def test_a_week_that_is_ready_is_one_kind_line(make_school: MakeSchool, desk: Desk) -> None:
    school = make_school(reminders=Reminders(silent="off", silent_hours=0))
    with_one = "UPDATE people SET subjects = '[]' WHERE staff_id <> 'GV06'"
    school.start()
    with school.app.db.write() as connection:
        connection.exec_driver_sql(with_one)
    school.head.hands_in(desk.plan(13))
    school.vice.gets_card()
    school.vice.approves()
    school.comes(MONDAY, "06:30")
    told = school.principal.hears("^Tuần 13: tất cả 1 KHBD đã được duyệt")
    assert "•" not in told.text and root_of(told.text)
    school.checks()
