"""Who is missing, and who is exempt: for heads their group, for the board the school, for nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.plans_to_send import Desk
from tests.school import NOW, School, week

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.roster import RosterRow
from hoso_bot.school_year import SchoolYear

GROUP_45 = ("GV06", "GV07", "GV08", "GV09", "GV10", "GV11")
GROUP_123 = ("GV01", "GV02", "GV03", "GV04", "GV05")


# --- /thieu ----------------------------------------------------------------------------------------------


def test_a_head_sees_the_missing_of_the_own_group(school: School) -> None:
    school.head.says("/thieu")
    shown = school.head.hears("Tuần 13 .*0/6 đã nộp")
    assert all(code in shown.text for code in GROUP_45)
    assert not any(code in shown.text for code in (*GROUP_123, "HT01", "PHT01"))


@pytest.mark.parametrize("staff_id", ["PHT01", "HT01"])
def test_the_board_sees_the_school(school: School, staff_id: str) -> None:
    school[staff_id].says("/thieu 12")
    shown = school[staff_id].hears("Tuần 12 .*0/13 đã nộp")
    assert all(code in shown.text for code in (*GROUP_45, *GROUP_123, "HT01", "PHT01"))
    assert "NV01" not in shown.text


@pytest.mark.parametrize("staff_id", ["GV09", "GV07", "NV01"])
def test_teachers_deputies_and_staff_see_nobody(school: School, staff_id: str) -> None:
    for command in ("/thieu", "/thieu 13", "/miennop GV08 13 nghỉ ốm"):
        school[staff_id].says(command)
        school[staff_id].hears("dành cho tổ trưởng và Ban giám hiệu")
    school.rests()
    assert school.rows("SELECT * FROM exemptions") == []


def test_who_handed_in_is_missing_no_more(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.says("/thieu 13")
    shown = school.head.hears("1/6 đã nộp")
    assert "GV09" not in shown.text


def test_a_plan_that_was_sent_back_is_named_as_such(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.rejects("Thiếu yêu cầu cần đạt ở bài hai")
    school.head.says("/thieu 13")
    shown = school.head.hears("1/6 đã nộp")
    assert "GV09" in shown.text.split("Đã trả lại, chưa có bản sửa:")[1]


def test_another_week_is_one_tap_away(school: School) -> None:
    school.head.says("/thieu 13")
    school.head.hears("Tuần 13 ")
    school.head.presses("Tuần 14 ")
    school.head.hears("^Tuần 14 ")


@pytest.mark.parametrize("typed", ["/thieu 99", "/thieu mười", "/thieu 1 2"])
def test_a_week_that_does_not_exist(school: School, typed: str) -> None:
    school.head.says(typed)
    school.head.hears("có tuần 1 đến 35")


def test_people_without_a_chat_are_marked(new_school: School) -> None:
    new_school.vice.says("/thieu 13")
    shown = new_school.vice.hears("Tuần 13 ")
    assert "(GV09, Tổ 4-5) – chưa liên kết" in shown.text
    assert "(PHT01, Ban giám hiệu) – chưa" not in shown.text


def test_before_the_effective_week_nobody_is_missing(make_school: object) -> None:
    from hoso_bot.settings import Rules

    school: School = make_school(rules=Rules(effective_week=13))  # type: ignore[operator]
    school.start()
    school.head.says("/thieu 12")
    school.head.hears("0/0 đã nộp.*Không ai thiếu")
    school.head.says("/thieu 13")
    school.head.hears("0/6 đã nộp")
    school.checks()


# --- /miennop --------------------------------------------------------------------------------------------


def test_a_head_exempts_a_teacher_who_is_told(school: School) -> None:
    school.head.says("/miennop gv09 13-14 nghỉ ốm")
    school.head.hears("Đã miễn nộp cho Tạ Thị Loan: Tuần 13, 14 .nghỉ ốm.")
    school.teacher.hears("được miễn nộp KHBD Tuần 13, 14 .nghỉ ốm., người quyết định: Bùi Thị Tuyết Nga")
    school.head.says("/thieu 13")
    assert "GV09): nghỉ ốm" in school.head.hears("0/5 đã nộp").text
    assert school.audited("exemption.made") == [{"weeks": [13, 14], "year": week(13).year}]


def test_an_exemption_can_be_taken_back(school: School) -> None:
    school.head.says("/miennop GV09 13 nghỉ ốm")
    school.head.hears("Đã miễn nộp")
    school.head.presses("Bỏ miễn nộp")
    school.head.hears("Đã bỏ miễn nộp cho Tạ Thị Loan: Tuần 13")
    school.teacher.hears("không còn được miễn nộp")
    school.rests()
    assert school.rows("SELECT * FROM exemptions") == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/miennop GV03 13 nghỉ ốm", "Em không tìm thấy GV03"),  # another group: as if nobody had the code
        ("/miennop GV99 13 nghỉ ốm", "Em không tìm thấy GV99"),
        ("/miennop GV06 13 nghỉ ốm", "Em không tìm thấy GV06"),  # not oneself
        ("/miennop GV09 13", "Ví dụ: /miennop"),
        ("/miennop GV09 13 🙂", "Ví dụ: /miennop"),
        ("/miennop GV09 99 nghỉ ốm", "Ví dụ: /miennop"),
        ("/miennop GV09 14-13 nghỉ ốm", "Ví dụ: /miennop"),
        ("/miennop GV09 1-35 nghỉ", "Ví dụ: /miennop"),
        ("/miennop", "Ví dụ: /miennop"),
    ],
)
def test_what_a_head_may_not_exempt(school: School, typed: str, answer: str) -> None:
    school.head.says(typed)
    school.head.hears(answer)
    school.rests()
    assert school.rows("SELECT * FROM exemptions") == []


def test_the_board_exempts_anybody_and_the_exempt_may_still_hand_in(school: School, desk: Desk) -> None:
    school.vice.says("/miennop GV09 13 đi tập huấn")
    school.vice.hears("Đã miễn nộp")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()


# --- the staff list changes -------------------------------------------------------------------------------


def rows_of(school: School, *without: str) -> tuple[RosterRow, ...]:
    return tuple(
        RosterRow(p.staff_id, p.name, p.role, p.group, p.classes, p.subjects, p.periods, p.phone)
        for p in school.staff.values()
        if p.staff_id not in without
    )


def standing(school: School, number: int) -> dict[str, str]:
    desk = SchoolYear(school.settings, school.clock)
    try:
        return {due.person.staff_id: due.standing.value for due in desk.expected(number).dues}
    finally:
        desk.close()


def test_newcomers_and_leavers_owe_their_own_weeks_only(school: School) -> None:
    role = school.teacher.staff.role
    newcomer = RosterRow("GV12", "Người Mới Đến", role, "Tổ 4-5", ("5B",), ("Toán",), 20)
    office = school.office()
    office.import_staff((*rows_of(school, "GV09"), newcomer))
    office.close()
    assert "GV09" in standing(school, 12) and "GV12" not in standing(school, 12)
    assert "GV09" not in standing(school, 13) and standing(school, 13)["GV12"] == "missing"


def test_who_comes_back_owes_again(school: School) -> None:
    office = school.office()
    office.import_staff(rows_of(school, "GV09"))
    school.passes(days=14)
    office.import_staff(rows_of(school))
    office.close()
    owed = [number for number in range(11, 18) if "GV09" in standing(school, number)]
    assert owed == [11, 12, 15, 16, 17]


def with_changes(school: School, staff_id: str, **changes: object) -> tuple[RosterRow, ...]:
    """Today's list with one row changed."""
    return tuple(
        replace(row, **changes) if row.staff_id == staff_id else row  # type: ignore[arg-type]
        for row in rows_of(school)
    )


def imports(school: School, rows: tuple[RosterRow, ...]) -> None:
    office = school.office()
    office.import_staff(rows)
    office.close()


def groups(school: School, table_week: Week) -> dict[str, str]:
    """Staff id and group of everybody who owes that week."""
    desk = SchoolYear(school.settings, school.clock)
    try:
        return {due.person.staff_id: due.person.group for due in desk.obligations.dues(table_week)}
    finally:
        desk.close()


def test_a_group_change_leaves_the_weeks_gone_by_to_the_old_head(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(12))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    school.teacher.hears("phê duyệt đủ")
    before = school.rows("SELECT number, role, signer_id, state FROM steps")
    imports(school, with_changes(school, "GV09", group="Tổ 1-2-3"))
    assert groups(school, week(12))["GV09"] == "Tổ 4-5"
    assert groups(school, week(13))["GV09"] == "Tổ 1-2-3"
    school.head.says("/thieu 12")
    school.head.hears("1/6 đã nộp")
    school.head.says("/thieu 13")
    assert "GV09" not in school.head.hears("0/5 đã nộp").text
    assert school.rows("SELECT number, role, signer_id, state FROM steps") == before
    school.teacher.hands_in(desk.plan(13))
    school["GV01"].gets_card("Tạ Thị Loan .Tổ 1-2-3.")


def test_a_new_assignment_counts_from_the_next_deadline_on(school: School) -> None:
    imports(school, with_changes(school, "GV09", periods=0.0))
    assert "GV09" in standing(school, 12) and "GV09" not in standing(school, 13)
    imports(school, rows_of(school))  # it was a mistake, mended the same day
    assert standing(school, 13)["GV09"] == "missing"
    school.passes(days=14)
    imports(school, with_changes(school, "GV09", periods=0.0))
    assert [n for n in range(11, 18) if "GV09" in standing(school, n)] == [11, 12, 13, 14]


def test_a_new_school_year_is_carried_over_and_leaves_the_old_one_alone(school: School) -> None:
    """One command, then a new list: moves, leavers and newcomers of August change nothing of last year."""
    before = {number: groups(school, week(number)) for number in (1, 12, 35)}
    school.passes(days=(week(35).last - NOW.date()).days + 40)
    desk = SchoolYear(school.settings, school.clock)
    prepared = desk.new_year()
    desk.close()
    first = prepared.weeks[0]
    assert (prepared.made, groups(school, first)) == (True, before[35])
    moved = with_changes(school, "GV08", group="Tổ 1-2-3", classes=("1B",))
    newcomer = replace(moved[0], staff_id="GV12", name="Người Mới Đến", role=school.teacher.staff.role)
    imports(school, (*(row for row in moved if row.staff_id != "GV09"), newcomer))
    assert {number: groups(school, week(number)) for number in (1, 12, 35)} == before
    now = groups(school, first)
    assert now["GV08"] == "Tổ 1-2-3" and "GV12" in now and "GV09" not in now


def test_an_import_of_the_same_list_changes_no_duty(school: School) -> None:
    office = school.office()
    office.import_staff(rows_of(school))
    office.close()
    assert school.rows("SELECT * FROM stays") == []
    assert school.rows("SELECT * FROM posts") == []
