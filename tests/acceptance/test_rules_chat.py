"""Rules and registers that the office changes reach the teachers' chats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import NOW, School, week

from hoso_bot.domain.calendar import VN
from hoso_bot.school_year import SchoolYear

TODAY = NOW.astimezone(VN).date()


@pytest.fixture
def office(school: School) -> Iterator[SchoolYear]:
    desk = SchoolYear(school.settings, school.clock)
    yield desk
    desk.close()


# --- a change of the rules ---------------------------------------------------------------------------------


def test_a_change_is_told_to_everybody_and_asked_to_be_read(school: School, office: SchoolYear) -> None:
    office.set_rules(["open_weeks=3"], TODAY, "Theo kết luận họp hội đồng ngày 20/11.")
    for member in (school.teacher, school.head, school.vice, school["NV01"]):
        news = member.hears("Quy định nộp KHBD của nhà trường thay đổi từ ngày")
        assert "Số tuần được nộp trước (chưa dạy xong): 2 → 3" in news.text
        assert "Theo kết luận họp hội đồng" in news.text
    school.teacher.presses("Đã đọc")
    school.teacher.hears("đã ghi nhận thầy/cô đã đọc")
    school.rests()
    (reading,) = office.readings()
    assert (reading.read, reading.asked) == (1, 14)
    assert len(school.audited("rules.read")) == 1


def test_reading_twice_counts_once(school: School, office: SchoolYear) -> None:
    office.set_rules(["open_weeks=3"], TODAY, "")
    news = school.teacher.hears("Quy định nộp KHBD")
    school.teacher.presses("Đã đọc")
    school.teacher.hears("đã ghi nhận")
    school.teacher.presses_token(news.raw["buttons"][0][0]["data"], news)
    school.rests()
    assert office.readings()[0].read == 1


def links(school: School, staff_id: str) -> Member:
    """Somebody new opens the chat with a code and consents."""
    member = school[staff_id]
    member.says(f"/start {school.invites(staff_id)}")
    member.presses("Đồng ý")
    member.hears("^Đã liên kết")
    return member


def test_who_links_after_an_announcement_gets_the_change_in_force_once(new_school: School) -> None:
    office = SchoolYear(new_school.settings, new_school.clock)
    for count in (3, 4):
        office.set_rules([f"open_weeks={count}"], TODAY, f"Lần {count}")
        new_school.vice.hears(f"→ {count}")
        new_school.passes(seconds=1)
    teacher = links(new_school, "GV09")
    news = teacher.hears("Quy định nộp KHBD")
    assert "Số tuần được nộp trước (chưa dạy xong): 3 → 4" in news.text  # the version before it is history
    teacher.presses("Đã đọc", news)
    teacher.hears("đã ghi nhận")
    new_school.rests()
    assert sum("Quy định nộp KHBD" in m.text for m in teacher.messages()) == 1
    assert office.readings()[-1].read == 1
    office.close()


def test_a_change_made_while_somebody_links_is_told_once(new_school: School) -> None:
    office = SchoolYear(new_school.settings, new_school.clock)
    new_school.teacher.says(f"/start {new_school.invites('GV09')}")
    new_school.teacher.hears("đồng ý")
    new_school.stop()  # both wait for the same moment
    office.set_rules(["open_weeks=3"], TODAY, "")
    new_school.teacher.presses("Đồng ý")
    new_school.start()
    new_school.teacher.hears("Quy định nộp KHBD")
    new_school.rests()
    assert sum("Quy định nộp KHBD" in m.text for m in new_school.teacher.messages()) == 1
    office.close()


def test_the_rules_of_today_can_be_asked_for_with_what_is_unread(school: School, office: SchoolYear) -> None:
    school.teacher.says("/quydinh")
    school.teacher.hears(r"Số tuần được nộp trước \(chưa dạy xong\): 2")
    office.set_rules(["deadline=18:00"], TODAY, "")
    school.teacher.hears("23:59 → 18:00")
    school.teacher.says("/quydinh")
    school.teacher.hears("Giờ hết hạn ngày Chủ nhật: 18:00.*chưa đọc")
    school.teacher.hears("23:59 → 18:00")
    school.teacher.presses("Đã đọc")
    school.teacher.hears("đã ghi nhận")
    school.teacher.says("/quydinh")
    assert "chưa đọc" not in school.teacher.hears("hôm nay").text


def test_a_third_open_week_follows_its_version(school: School, office: SchoolYear, desk: Desk) -> None:
    office.set_rules(["open_weeks=1"], week(14).first, "")
    for number in (12, 13):
        school.teacher.hands_in(desk.plan(number))
    school.teacher.sends(desk.plan(14))
    school.teacher.hears("KHBD của 1 tuần chưa dạy xong, nên Tuần 14 nộp được từ")


def test_an_earlier_hour_makes_a_moment_late(school: School, office: SchoolYear, desk: Desk) -> None:
    office.set_rules(["deadline=18:00"], week(13).first, "")
    school.teacher.hears("Giờ hết hạn ngày Chủ nhật: 23:59 → 18:00")
    evening = week(13).deadline.replace(hour=20, minute=0, second=0)
    school.passes(seconds=(evening - NOW).total_seconds())
    school.teacher.sends(desk.plan(13))
    assert f"{week(13).deadline:%d/%m}, 18:00" in school.teacher.hears("xác nhận trình ký").text
    school.teacher.presses("Trình ký")
    school.teacher.hears("sau hạn 2 giờ")


def test_backfill_is_never_late(school: School, office: SchoolYear, desk: Desk) -> None:
    """R42-R44, by a rule version instead of hoso.toml."""
    office.set_rules(["effective_week=13"], TODAY - timedelta(days=60), "")
    done = school.teacher.hands_in(desk.plan(12))
    assert "sau hạn" not in done.text


# --- registers ------------------------------------------------------------------------------------


def test_with_one_register_nobody_is_asked(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    assert "Đầu sổ" not in school.teacher.hears("xác nhận trình ký").text


def test_a_second_open_register_is_asked_and_has_its_own_code(
    school: School, office: SchoolYear, desk: Desk
) -> None:
    office.open_register("KHDH", "Kế hoạch dạy học", "15/HD-PGD")
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("thuộc đầu sổ nào")
    school.teacher.presses("KHDH")
    assert "Đầu sổ: Kế hoạch dạy học" in school.teacher.hears("xác nhận trình ký").text
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký.*Mã hồ sơ KHDH-.*-T13-GV09.*Đang chờ Lương Quang Tùng")
    school.vice.gets_card("trình ký Kế hoạch dạy học Tuần 13")  # R35: the board alone
    assert school.head.messages() == []
    school.vice.presses("Ký duyệt")
    school.vice.hears("Ký duyệt Kế hoạch dạy học Tuần 13")
    school.vice.presses("Xác nhận")
    done = school.teacher.hears("^Kế hoạch dạy học Tuần 13 .*phê duyệt đủ")
    assert "KHBD" not in done.text
    assert school.rows("SELECT register FROM plans") == [("KHDH",)]


def test_the_same_week_has_a_place_in_each_register(school: School, office: SchoolYear, desk: Desk) -> None:
    office.open_register("KHDH", "Kế hoạch dạy học", "15/HD-PGD")
    for code, file in (("KHDH", desk.plan(13)), ("KHBD", desk.mended(13))):
        school.teacher.sends(file)
        school.teacher.hears("thuộc đầu sổ nào")
        school.teacher.presses(f"({code})")
        school.teacher.hears("xác nhận trình ký")
        school.teacher.presses("Trình ký")
        school.teacher.hears(f"^Đã trình ký.*{code}-")
    school.rests()
    assert len(school.rows("SELECT * FROM plans")) == 2


def test_other_registers_are_never_missing(school: School, office: SchoolYear, desk: Desk) -> None:
    office.open_register("KHDH", "Kế hoạch dạy học", "15/HD-PGD")
    school.teacher.sends(desk.plan(13))
    school.teacher.presses("(KHDH)")
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")
    school.head.says("/thieu 13")
    school.head.hears("0/6 đã nộp")


def test_a_register_that_closed_meanwhile_takes_nothing(
    school: School, office: SchoolYear, desk: Desk
) -> None:
    office.open_register("KHDH", "Kế hoạch dạy học", "15/HD-PGD")
    school.teacher.sends(desk.plan(13))
    school.teacher.presses("(KHDH)")
    school.teacher.hears("Đầu sổ: Kế hoạch dạy học")
    office.close_register("KHDH")
    school.teacher.presses("Trình ký")
    school.teacher.hears("Đầu sổ KHDH vừa đóng")
    school.teacher.hears(r"^(?!.*Đầu sổ).*xác nhận trình ký")
    school.rests()
    assert school.rows("SELECT * FROM plans") == []
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký.*KHBD-")
