"""`/baocao`: to each what they may see, from one definition, as words and a picture."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from openpyxl import load_workbook
from tests.plans_to_send import Desk
from tests.school import School


def test_the_board_sees_the_week_by_groups_and_may_look_at_the_next(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.principal.says("/baocao")
    this_week = school.principal.hears("^KHBD Tuần 12 .*0/13 đã duyệt, 13 chưa nộp")
    assert "• Tổ 4-5: 0/6 đã duyệt, 6 chưa nộp" in this_week.text
    school.principal.presses("Tuần sau (13)")
    next_week = school.principal.hears("^KHBD Tuần 13 .*0/13 đã duyệt, 1 chờ duyệt, 12 chưa nộp")
    assert "• Tổ 4-5: 0/6 đã duyệt, 1 chờ duyệt, 5 chưa nộp" in next_week.text
    school.rests()
    chat = school.world.transcript(school.principal.chat_id)["messages"]
    assert sum(bool(message["photo"]) for message in chat) == 2
    assert school.audited("report.read") == [{"lines": 13}, {"lines": 13}]


def test_a_head_sees_the_own_group_only(school: School) -> None:
    school.head.says("/baocao 13")
    shown = school.head.hears("^KHBD Tuần 13 .*0/6 đã duyệt, 6 chưa nộp")
    assert "Tổ 1-2-3" not in shown.text and "Ban giám hiệu" not in shown.text


def test_a_teacher_sees_the_own_plan_and_who_has_it(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.passes(hours=3)
    school.teacher.says("/baocao 13")
    shown = school.teacher.hears(r"Chờ tổ trưởng \(đang ở Bùi Thị Tuyết Nga, 3 giờ")
    assert "13 chưa nộp" not in shown.text and "Tổ" not in shown.text
    assert "Học kỳ 1 đến nay: phải nộp 12, đúng hạn 0, chưa nộp 12; duyệt kịp giờ dạy 0/12." in shown.text


@pytest.mark.parametrize("typed", ["/baocao GV08", "/baocao 99", "/baocao 13 GV08"])
def test_nobody_asks_for_somebody_else(school: School, typed: str) -> None:
    school.teacher.says(typed)
    assert "GV08" not in school.teacher.hears("có tuần 1 đến 35").text


def test_the_board_takes_a_week_along_and_says_when_it_is_on_the_portal(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    principal = school.principal
    principal.says("/baocao 13")
    principal.hears("1/13 đã duyệt, 12 chưa nộp")
    principal.presses("Excel Tuần 13")
    book = load_workbook(io.BytesIO(principal.hears("Bảng Excel KHBD Tuần 13").file()))
    assert book.sheetnames == ["KHBD Tuần 13", "Theo tổ", "Người duyệt", "Định nghĩa"]
    principal.presses("Hồ sơ đã duyệt Tuần 13 (ZIP)")
    principal.hears("của:")
    principal.presses("Tổ 4-5")
    sent = principal.hears("T13-TO45.zip")
    with zipfile.ZipFile(io.BytesIO(sent.file())) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("-T13-GV09-v1-da-ky.pdf"))
        signed = archive.read(name)
    recorded = "SELECT current_sha256 FROM versions"
    assert school.rows(recorded) == [(hashlib.sha256(signed).hexdigest(),)]
    principal.hears("1 hồ sơ đã duyệt trong 1 tệp ZIP.*Em không nối với cổng của ngành")
    principal.presses("Tôi đã đưa lên cổng")
    principal.hears("Đã ghi: 1 hồ sơ")
    principal.says("/baocao 13")
    principal.hears("Đã đánh dấu đưa lên cổng: 1")
    school.rests()
    assert [fact["plans"] for fact in school.audited("bundle.exported")] == [1]
    assert school.rows("SELECT marked_by FROM portal_marks") == [("HT01",)]


def test_a_month_a_semester_or_a_year_in_words(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.principal.says("/baocao")
    school.principal.hears("^KHBD Tuần 12")
    school.principal.presses("Tháng, học kỳ, năm")
    school.principal.hears("của kỳ nào")
    school.principal.presses("Học kỳ 1")
    whole = school.principal.hears(r"^Số liệu học kỳ 1.*phải nộp 156: đúng hạn 0 .0 %., chưa nộp 156")
    assert "• Tổ 4-5: phải nộp 72" in whole.text and "T1 0 % · T2 0 %" in whole.text
    school.head.says("/baocao hk1")
    own_group = school.head.hears("^Số liệu học kỳ 1.*phải nộp 72")
    assert "Tổ 1-2-3" not in own_group.text and not own_group.buttons
    school.teacher.says("/baocao cả năm")
    own = school.teacher.hears("^Số liệu cả năm học.*phải nộp 12: đúng hạn 0")
    assert "Thấy chưa đúng" in own.text and not own.buttons
    school.teacher.says("/baocao thang 5")
    school.teacher.hears("^Tháng 5 năm học .* chưa có tuần nào bắt đầu")
    school.rests()
    assert school.audited("report.read")[-1] == {"lines": 72}


def test_the_council_gets_its_report_as_files(school: School) -> None:
    principal = school.principal
    principal.says("/baocao hk1")
    principal.hears("^Số liệu học kỳ 1")
    principal.presses("Báo cáo hội đồng (Word)")
    word = principal.hears("^Báo cáo học kỳ 1").file()
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        document = archive.read("word/document.xml").decode()
    assert "Nhận xét, đề nghị của hội đồng" in document and school.teacher.name not in document
    principal.presses("Báo cáo hội đồng (PDF)")
    assert principal.hears("^Báo cáo học kỳ 1").file()[:5] == b"%PDF-"
    school.rests()
    assert [fact["kind"] for fact in school.audited("report.exported")] == ["docx", "pdf"]
