"""Missing and absent leaders (Q23, R61), and which signature is enough to teach by (Q6)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.signing_parts import pdfsig
from tests.plans_to_send import Desk
from tests.school import NOW, MakeSchool, School

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import RosterError
from hoso_bot.store.school import School as Record

TODAY = NOW.astimezone(VN).date()


def is_away(school: School, staff_id: str, **more: Any) -> None:
    """The office marks it from today on."""
    office = school.office()
    try:
        office.absent(staff_id, TODAY, TODAY, **more)
    finally:
        office.close()
    school.rests()


def test_an_absence_marked_at_the_command_line_is_told_like_one_in_chat(school: School) -> None:
    is_away(school, "GV06")
    for told in (school.head, school.vice):
        told.hears(f"Đã ghi Bùi Thị Tuyết Nga .tổ trưởng. vắng mặt từ {TODAY:%d/%m} đến hết {TODAY:%d/%m}")
    is_away(school, "GV06", undo=True)
    for told in (school.head, school.vice):
        told.hears("Bùi Thị Tuyết Nga .tổ trưởng. đã có mặt")
    with pytest.raises(RosterError, match="not marked absent"):
        is_away(school, "GV06", undo=True)
    assert school.teacher.messages() == []


def test_one_confirmation_of_the_vice_principal_makes_two_signatures(
    school: School, desk: Desk, tmp_path: Path
) -> None:
    is_away(school, "GV06")
    school.teacher.hands_in(desk.plan(13))
    card = school.vice.gets_card()
    assert "Bùi Thị Tuyết Nga (tổ trưởng) vắng mặt: đ/c duyệt thay" in card.text
    school.vice.presses("Ký duyệt")
    school.vice.hears("Đ/c ký thay Bùi Thị Tuyết Nga .*ký luôn bước của đ/c: một lần xác nhận, hai chữ ký")
    school.vice.presses("Xác nhận")
    done = school.teacher.hears("phê duyệt đủ.*ký thay Bùi Thị Tuyết Nga.*Lương Quang Tùng")
    signed = tmp_path / "signed.pdf"
    signed.write_bytes(done.file())
    said = pdfsig(signed, Record(school.app.db).row().ca_pem, tmp_path)
    assert re.findall(r"Signature Validation: (.*)", said) == ["Signature is Valid."] * 2
    assert said.count("Signer Certificate Common Name: Lương Quang Tùng") == 2
    assert [s["step"] for s in school.audited("step.signed")] == [1, 2]
    assert school.audited("step.approved")[1]["confirmed_with_step"] == 1
    school.head.hears("Lương Quang Tùng đã ký duyệt KHBD Tuần 13")


def test_a_waiting_plan_goes_to_the_stand_in_at_once_and_back(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    is_away(school, "GV06")
    school.vice.gets_card()
    is_away(school, "GV06", undo=True)
    school.vice.hears("không còn chờ thầy/cô duyệt")
    school.head.approves()
    school.vice.gets_card()


def test_a_delegate_comes_before_the_stand_in(school: School, desk: Desk) -> None:
    school.head.says("/uyquyen")
    for label in ("Trịnh Văn Khánh", "Hôm nay", "Cả tổ", "Xác nhận"):
        school.head.presses(label)
        school.head.hears("")
    school.head.hears("^Đã ủy nhiệm")
    is_away(school, "GV06")
    school.teacher.hands_in(desk.plan(13))
    school["GV07"].gets_card()
    school.rests()
    assert not any("Mời đ/c xem tệp" in heard.text for heard in school.vice.messages())


def test_the_principal_signs_for_an_absent_vice_principal(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    is_away(school, "PHT01")
    school.head.approves()
    school.principal.gets_card()
    school.principal.approves()
    school.teacher.hears(r"Vũ Thị Bích Hạnh \(hiệu trưởng\) – ký thay Lương Quang Tùng")


def test_an_absent_vice_principal_is_not_asked_for_new_plans(school: School, desk: Desk) -> None:
    is_away(school, "PHT01")
    school.teacher.sends(desk.plan(13))
    school.teacher.hears(r"1\) Bùi Thị Tuyết Nga .*2\) Vũ Thị Bích Hạnh")


def test_a_head_who_left_is_replaced_on_waiting_plans(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    with school.app.db.write() as connection:
        connection.exec_driver_sql("UPDATE people SET active = false WHERE staff_id = 'GV06'")
    school.vice.says("/choduyet")
    school.vice.presses("Tuần 13")
    school.vice.gets_card()
    school.vice.presses("Ký duyệt")
    school.vice.presses("Xác nhận")
    school.teacher.hears("phê duyệt đủ")


def test_before_the_week_begins_nobody_decides_for_a_present_head(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.vice.says("/choduyet")
    school.vice.hears("không có hồ sơ nào")


def test_once_the_week_has_begun_the_vice_principal_may_step_in(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.passes(days=5)  # Monday of week 13
    school.vice.says("/choduyet")
    school.vice.presses("Tuần 13")
    assert "chưa duyệt mà tuần dạy đã bắt đầu" in school.vice.gets_card().text
    school.vice.presses("Ký duyệt")
    school.vice.presses("Xác nhận")
    school.teacher.hears("phê duyệt đủ")


def test_a_head_says_so_in_chat_and_comes_back(school: School, desk: Desk) -> None:
    school.head.says("/vangmat")
    school.head.hears("vắng mặt trong thời gian nào")
    school.head.presses("Hôm nay")
    school.head.hears("Đã ghi Bùi Thị Tuyết Nga .* vắng mặt")
    school.vice.hears("Đã ghi Bùi Thị Tuyết Nga")
    school.head.says("/vangmat")
    school.head.presses("Đã có mặt")
    school.head.hears("đã có mặt")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    assert not any("Mời đ/c xem tệp" in heard.text for heard in school.vice.messages())


def test_the_office_marks_others_and_a_teacher_nobody(school: School) -> None:
    school.vice.says("/vangmat")
    school.vice.presses("Phan Thị Hồng Mai")
    school.vice.presses("Ngày mai")
    school.vice.hears("Đã ghi Phan Thị Hồng Mai")
    school.teacher.says("/vangmat")
    school.teacher.hears("dành cho người duyệt")
    assert len(school.rows("SELECT * FROM absences")) == 1


def test_the_command_line_marks_and_unmarks(make_school: MakeSchool) -> None:
    school = make_school()
    program = [str(Path(sys.executable).with_name("hoso-bot")), "staff", "absent"]
    env = {**os.environ, "HOSO_HOME": str(school.home)}

    def run(*words: str) -> int:
        return subprocess.run([*program, *words], env=env, capture_output=True, timeout=60).returncode

    assert run("GV06", "--from", "2031-10-12", "--to", "2031-10-14") == 0
    assert school.rows("SELECT first, last FROM absences") == [("2031-10-12", "2031-10-14")]
    assert run("GV06", "--to", "2031-10-14", "--undo") == 0
    assert school.rows("SELECT id FROM absences WHERE ended_at IS NULL") == []
    assert run("XX99") == 1
    assert run("GV06", "--from", "2020-10-12", "--to", "2020-10-14") == 2


def test_the_first_signature_may_be_enough_to_teach_by(make_school: MakeSchool, desk: Desk) -> None:
    school = make_school(rules={"effective_after_step": "first"})
    school.start()
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    told = school.teacher.hears("Bùi Thị Tuyết Nga đã ký duyệt.*được dùng để lên lớp")
    assert told.file().startswith(b"%PDF-")
    school.vice.gets_card()
    school.vice.approves()
    school.teacher.hears("phê duyệt đủ")
    school.checks()


def test_by_default_all_signatures_are_needed(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    told = school.teacher.hears("Bùi Thị Tuyết Nga đã ký duyệt")
    assert "lên lớp" not in told.text and told.file_name is None
