"""The week table in chat: everybody sees it, the office and the principal change it, all hear of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.conversation import Member
from tests.plans_to_send import Desk
from tests.school import NOW, WEEKS, School, week

from hoso_bot.domain.calendar import default_weeks
from hoso_bot.school_year import SchoolYear

DAY = timedelta(days=1)


def d(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def dm(day: date) -> str:
    return f"{day:%d/%m}"


def table(school: School) -> dict[int, tuple[date, ...]]:
    office = school.office()
    try:
        return {w.number: w.days for w in office.weeks()}
    finally:
        office.close()


def closes(member: Member, number: int) -> None:
    """The whole week is off, confirmed."""
    member.says(f"/lich nghi {d(week(number).first)} {d(week(number).last)}")
    member.hears("lịch sẽ đổi như sau")
    member.presses("Xác nhận")
    member.hears("^Đã đổi lịch")


# --- looking -----------------------------------------------------------------------------------------


def test_a_teacher_sees_the_coming_weeks_and_no_way_to_change_them(school: School) -> None:
    school.teacher.says("/lich")
    shown = school.teacher.hears("Tuần 12")
    for number in (12, 13, 14, 15):
        assert f"Tuần {number}: {dm(week(number).first)} – {dm(week(number).last)}" in shown.text
        assert f"hạn nộp CN {dm(week(number).deadline.date())}, 23:59" in shown.text
    assert "/lich nghi" not in shown.text
    assert shown.buttons == ["Xem các tuần sau"]
    school.teacher.presses("Xem các tuần sau")
    school.teacher.hears("Tuần 16: ")


def test_after_the_last_week_there_is_nothing_ahead(school: School) -> None:
    school.passes(days=(WEEKS[-1].last - NOW.date()).days + 2)
    school.teacher.says("/lich")
    school.teacher.hears("không còn tuần nào phía trước")


# --- changing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("staff_id", ["GV09", "GV06", "GV07", "NV01"])
def test_teachers_heads_and_staff_may_not_change_it(school: School, staff_id: str) -> None:
    school[staff_id].says(f"/lich nghi {d(week(13).first)}")
    school[staff_id].hears("Phó hiệu trưởng phụ trách hồ sơ hoặc Hiệu trưởng thay đổi")
    school.rests()
    assert table(school)[13] == week(13).days
    assert school.audited("calendar.changed") == []


@pytest.mark.parametrize("staff_id", ["PHT01", "HT01"])
def test_the_office_and_the_principal_close_a_storm_week(school: School, staff_id: str) -> None:
    closes(school[staff_id], 13)
    news = school.teacher.hears("Nhà trường vừa đổi lịch tuần")
    assert f"Tuần 13: {dm(week(13).first)} – {dm(week(13).last)} → {dm(week(14).first)}" in news.text
    assert f"hạn nộp CN {dm(week(14).deadline.date())}" in news.text
    assert "đến Tuần 35" in news.text
    assert table(school)[13] == week(14).days
    (entry,) = school.audited("calendar.changed")
    assert len(entry["moves"]) == 23


def test_everybody_concerned_hears_of_it_once(school: School) -> None:
    closes(school.vice, 13)
    school.rests()
    for staff_id, member in school.members.items():
        told = [m for m in member.messages() if "vừa đổi lịch" in m.text]
        assert len(told) == (0 if staff_id in ("PHT01", "NV01") else 1), staff_id


def test_a_button_closes_a_shown_week(school: School) -> None:
    school.vice.says("/lich")
    school.vice.hears("Đổi lịch: /lich nghi")
    school.vice.presses("Nghỉ cả Tuần 14")
    school.vice.hears("lịch sẽ đổi như sau.*Tuần 14")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã đổi lịch")
    assert table(school)[13] == week(13).days
    assert table(school)[14] == week(15).days


def test_a_week_gets_exactly_the_days_that_were_typed(school: School) -> None:
    saturday = week(13).last + DAY
    days = [*week(13).days, saturday]
    school.vice.says(f"/lich tuan 13 {' '.join(map(dm, days))}")
    school.vice.hears(r"Tuần 13: .*hạn nộp .*\(không đổi\)")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã đổi lịch")
    assert table(school)[13] == tuple(days)
    school.teacher.hears("vừa đổi lịch")


def test_accents_and_commas_are_understood(school: School) -> None:
    school.vice.says(f"/lich nghỉ {d(week(13).first)}, {d(week(13).first + DAY)}")
    school.vice.hears("lịch sẽ đổi như sau")


def test_de_sau_changes_nothing(school: School) -> None:
    school.vice.says(f"/lich nghi {d(week(13).first)}")
    school.vice.hears("Đ/c xác nhận nhé")
    school.vice.presses("Để sau")
    school.vice.hears("giữ nguyên lịch")
    assert table(school)[13] == week(13).days


def test_a_confirmation_is_about_the_table_that_was_shown(school: School) -> None:
    school.vice.says(f"/lich nghi {d(week(13).first)}")
    school.vice.hears("Đ/c xác nhận nhé")
    closes(school.principal, 15)
    school.vice.presses("Xác nhận đổi lịch")
    school.vice.hears("vừa được thay đổi sau khi em gửi thẻ này")
    assert table(school)[13] == week(13).days


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/lich nghi", "chưa hiểu"),
        ("/lich nghi mai", "chưa hiểu"),
        ("/lich tuan 13", "chưa hiểu"),
        ("/lich tuan x 05/02", "chưa hiểu"),
        ("/lich gì đó", "chưa hiểu"),
        (f"/lich nghi {d(week(13).first)} {d(week(14).first)} {d(week(15).first)}", "chưa hiểu"),
        (f"/lich nghi {d(week(13).last)} {d(week(13).first)}", "Ngày cuối đứng trước ngày đầu"),
        (f"/lich nghi {d(week(13).last + 2 * DAY)}", "không có tiết học nào"),
        (f"/lich tuan 13 {d(week(14).first)}", "đang thuộc Tuần 14"),
        (f"/lich tuan 99 {d(week(14).first)}", "Số tuần phải từ 0 đến 60"),
        ("/lich nghi 05/02/2090", "quá xa"),
        (f"/lich tuan 13 {' '.join(map(d, week(13).days))}", "đúng như vậy rồi"),
    ],
)
def test_what_cannot_be_done_is_answered(new_school: School, typed: str, answer: str) -> None:
    new_school.vice.says(typed)
    new_school.vice.hears(answer)
    new_school.rests()
    assert new_school.audited("calendar.changed") == []


# --- a storm and what was handed in ----------------------------------------------------------------------


def test_a_storm_turns_no_finished_submission_late(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    before = school.rows("SELECT minutes_late, submitted_at FROM versions")
    assert before[0][0] == 0
    earlier = [
        week(12).last + DAY,
        *week(13).days,
    ]  # week 13 now begins the day after week 12: its deadline is over
    school.vice.says(f"/lich tuan 13 {' '.join(map(d, earlier))}")
    school.vice.hears("lịch sẽ đổi")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã đổi lịch")
    school.rests()
    assert school.rows("SELECT minutes_late, submitted_at FROM versions") == before


def test_who_hands_in_after_the_storm_is_judged_by_the_new_deadline(school: School, desk: Desk) -> None:
    closes(school.vice, 13)
    school.teacher.hears("vừa đổi lịch")
    school.passes(days=(week(13).first - NOW.date()).days + 1)  # Tuesday: late by the old table
    done = school.teacher.hands_in(desk.without_week(), "KHBD Tuần 13.pdf")
    assert "sau hạn" not in done.text
    assert school.rows("SELECT minutes_late FROM versions") == [(0,)]


# --- a change at the command line -----------------------------------------------------------------------


def test_a_change_at_the_command_line_is_told_in_chat(school: School) -> None:
    desk = SchoolYear(school.settings, school.clock)
    desk.skip(week(13).first, week(13).last)
    desk.close()
    school.teacher.hears("Nhà trường vừa đổi lịch tuần")
    school.vice.hears("Nhà trường vừa đổi lịch tuần")


# --- a new school year -----------------------------------------------------------------------------------


def test_the_first_event_of_a_new_year_makes_its_table(school: School) -> None:
    year = f"{NOW.year + 1}-{NOW.year + 2}"
    school.passes(days=(date(NOW.year + 1, 8, 20) - NOW.date()).days)
    school.teacher.says("/lich")
    first = default_weeks(year)[0]
    school.teacher.hears(f"Tuần 1: {dm(first.first)} – {dm(first.last)}")
    school.rests()
    assert school.audited("calendar.made") == [{"weeks": 35}]
    assert school.rows("SELECT count(*) FROM weeks WHERE year = ?", year) == [(35,)]
