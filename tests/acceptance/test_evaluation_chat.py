"""Figures for emulation in chat: frozen, seen by their owners first, disputed, answered, then exported."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from pypdf import PdfReader
from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import WEEKS, School, week

from hoso_bot.domain.evaluation import working_day_after
from hoso_bot.store.tables import evaluation_rows

LAST = week(18).first
DAY = timedelta(days=1)


def menu(member: Member) -> Heard:
    """`/baocao`, then `Thi đua`."""
    member.says("/baocao")
    member.hears("^KHBD Tuần")
    member.presses("Thi đua")
    return member.hears("^Số liệu thi đua năm học")


def freezes(school: School) -> None:
    """The vice-principal freezes the first semester on the Tuesday of its last week."""
    if school.clock.now().date() < LAST:
        school.comes(LAST + DAY, "09:00")
    menu(school.vice)
    school.vice.presses("Chốt số liệu học kỳ 1")
    school.vice.hears("góp ý đến hết .*Bảng chỉ có số liệu, không tự cho điểm")
    school.vice.presses("Xác nhận")
    school.vice.hears("^Đã chốt số liệu thi đua học kỳ 1 .* cho 13 người")
    school.ticks()


def disagrees(school: School, words: str = "Tuần 12 tôi đi công tác, đã báo tổ trưởng") -> None:
    """The teacher looks at the own figures and says a word about them."""
    school.teacher.hears("Nhà trường đã chốt số liệu hồ sơ học kỳ 1")
    school.teacher.presses("Số liệu học kỳ 1 của tôi")
    school.teacher.hears("^Số liệu của thầy/cô, học kỳ 1")
    school.teacher.presses("Tôi có ý kiến")
    school.teacher.hears("viết giúp em điều chưa đúng")
    school.teacher.says(words)
    school.teacher.hears("Em đã ghi nguyên văn ý kiến")


def sheet_of(member: Member) -> tuple[str, bytes]:
    """The workbook as the menu gives it: the bot's words and the file."""
    menu(member)
    member.presses("Bảng học kỳ 1")
    heard = member.hears("^Thi đua học kỳ 1")
    return heard.text, heard.file()


def test_it_is_too_early_while_the_last_week_has_not_begun(school: School) -> None:
    heard = menu(school.vice)
    assert "Chưa chốt kỳ nào" in heard.text
    assert not heard.buttons


def test_the_whole_way_from_the_freeze_to_the_final_sheet(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    freezes(school)
    disagrees(school)
    for member in (school.vice, school.principal):
        member.hears(f'{school.teacher.name} có ý kiến.*"Tuần 12 tôi đi công tác, đã báo tổ trưởng"')
    text, draft = sheet_of(school.principal)
    assert "BẢN NHÁP" in text and "Còn 1 ý kiến chưa trả lời" in text
    first = load_workbook(io.BytesIO(draft)).worksheets[0]
    assert first["A3"].value.startswith("BẢN NHÁP: góp ý đến hết")
    assert first.oddHeader.center.text == "BẢN NHÁP"
    school.vice.presses(f"Ý kiến của {school.teacher.name}")
    school.vice.hears("Số đang tính: phải nộp 18, đúng hạn 1, trễ 0, chưa nộp 17")
    school.vice.presses("Điều chỉnh")
    school.vice.hears("Điều chỉnh số nào")
    school.vice.presses("Chưa nộp: 17")
    school.vice.hears("Chưa nộp đang là 17")
    school.vice.says("16 vì tuần 12 đi công tác theo quyết định của trường")
    school.vice.hears("Chưa nộp: 17 → 16.*Lý do: vì tuần 12 đi công tác")
    school.vice.presses("Xác nhận")
    school.vice.hears("Đã điều chỉnh số liệu")
    school.teacher.hears("điều chỉnh.*Lý do: vì tuần 12 đi công tác")
    school.teacher.presses("Số liệu học kỳ 1 của tôi")
    school.teacher.hears(r"chưa nộp 16.*Điều chỉnh: Chưa nộp: 17 → 16 \(Lương Quang Tùng")
    assert "BẢN NHÁP" in sheet_of(school.principal)[0]  # the window is still open
    school.passes(days=9)
    text, final = sheet_of(school.principal)
    assert "bảng chính thức" in text
    book = load_workbook(io.BytesIO(final))
    assert book.sheetnames == [book.sheetnames[0], "Chi tiết", "Người duyệt", "Điều chỉnh", "Định nghĩa"]
    assert book.worksheets[0].oddHeader.center.text in (None, "")
    lines = list(book["Điều chỉnh"].iter_rows(min_row=6, values_only=True))
    assert lines[0][:5] == (
        school.teacher.name,
        "Chưa nộp",
        17,
        16,
        "vì tuần 12 đi công tác theo quyết định của trường",
    )
    school.rests()
    assert [fact["final"] for fact in school.audited("evaluation.exported")] == [False, False, True]
    (frozen,) = school.audited("evaluation.frozen")
    assert school.rows("SELECT fingerprint FROM evaluations") == [(frozen["fingerprint"],)]


def test_why_shows_the_weeks_behind_a_figure(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    freezes(school)
    teacher = school.teacher
    teacher.says("/baocao")
    teacher.hears("^KHBD Tuần")
    teacher.presses("Số liệu học kỳ 1 của tôi")
    own = teacher.hears("Phải nộp 18: đúng hạn 1 .6 %., trễ 0, chưa nộp 17")
    assert "Kịp giờ dạy 0/18; 1 không kịp do chờ duyệt, không tính cho thầy/cô" in own.text
    teacher.presses("Vì sao: đúng hạn, trễ")
    why = teacher.hears("^Vì sao: đúng hạn, trễ")
    assert "• Đúng hạn (1): Tuần 13" in why.text and "• Chưa nộp (17): Tuần 1, Tuần 2," in why.text
    teacher.presses("Vì sao: kịp giờ dạy")
    assert "do chờ duyệt (không tính cho thầy/cô) (1): Tuần 13" in teacher.hears("^Vì sao: kịp").text
    school.head.says("/baocao")
    school.head.hears("^KHBD Tuần")
    school.head.presses("Số liệu học kỳ 1 của tôi")
    school.head.hears("^Số liệu của thầy/cô")


def test_an_answer_may_be_to_keep_the_figure_and_needs_a_reason(school: School) -> None:
    freezes(school)
    disagrees(school)
    principal = school.principal
    menu(principal)
    principal.presses("Ý kiến học kỳ 1")
    principal.hears('"Tuần 12 tôi đi công tác, đã báo tổ trưởng" → chờ trả lời')
    principal.presses(f"Ý kiến của {school.teacher.name}")
    principal.hears("Số đang tính")
    principal.presses("Giữ nguyên")
    principal.hears("viết lý do giữ nguyên")
    principal.says("ok")
    principal.hears("Lý do cần rõ hơn")
    principal.says("Không có quyết định cử đi công tác tuần 12")
    principal.hears("giữ nguyên số liệu")
    school.teacher.hears("giữ nguyên.*Lý do: Không có quyết định cử đi công tác tuần 12")
    school.vice.hears("có ý kiến")
    school.vice.presses(f"Ý kiến của {school.teacher.name}")
    assert not school.vice.hears("Đã trả lời: Giữ nguyên").buttons


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("sửa giúp em", "Em cần một số và lý do"),
        ("16", "Em cần một số và lý do"),
        ("16 ok", "Em cần một số và lý do"),
        ("18 vì nhật ký ghi thiếu", "nhiều hơn Phải nộp"),
        ("17 vì nhật ký ghi thiếu", "nhiều hơn Phải nộp|đã là 17|đã là 18"),
        ("99999 vì nhật ký ghi thiếu", "Em cần một số và lý do"),
    ],
)
def test_numbers_that_make_no_sense_are_asked_again(
    school: School, desk: Desk, typed: str, said: str
) -> None:
    school.teacher.hands_in(desk.plan(13))
    freezes(school)
    disagrees(school)
    school.vice.hears("có ý kiến")
    school.vice.presses(f"Ý kiến của {school.teacher.name}")
    school.vice.presses("Điều chỉnh")
    school.vice.presses("Chưa nộp: 17")
    school.vice.hears("Chưa nộp đang là 17")
    school.vice.says(typed)
    school.vice.hears(said)
    assert school.rows("SELECT count(*) FROM adjustments") == [(0,)]


def test_words_too_short_are_asked_again_and_may_be_dropped(school: School) -> None:
    freezes(school)
    school.teacher.hears("đã chốt số liệu")
    school.teacher.presses("Số liệu học kỳ 1 của tôi")
    school.teacher.presses("Tôi có ý kiến")
    school.teacher.hears("viết giúp em")
    school.teacher.says("😡😡😡")
    school.teacher.hears("viết rõ hơn")
    school.teacher.presses("Thôi")
    school.teacher.hears("chưa ghi ý kiến nào")
    assert school.rows("SELECT count(*) FROM disputes") == [(0,)]


def test_after_the_window_nobody_disagrees_any_more(school: School) -> None:
    freezes(school)
    school.teacher.hears("đã chốt số liệu")
    school.teacher.presses("Số liệu học kỳ 1 của tôi")
    card = school.teacher.hears("^Số liệu của thầy/cô")
    school.passes(days=9)
    school.teacher.presses("Tôi có ý kiến", card)
    school.teacher.hears("Thời gian góp ý đã hết")


def test_nobody_answers_the_own_words(school: School) -> None:
    freezes(school)
    vice = school.vice
    vice.says("/baocao")
    vice.hears("^KHBD Tuần")
    vice.presses("Số liệu học kỳ 1 của tôi")
    vice.presses("Tôi có ý kiến")
    vice.hears("viết giúp em")
    vice.says("Tuần 7 tôi trực thay hiệu trưởng")
    vice.hears("Em đã ghi nguyên văn")
    assert not any("có ý kiến về số liệu" in heard.text for heard in vice.messages())
    menu(vice)
    vice.presses("Ý kiến học kỳ 1")
    heard = vice.hears("Tuần 7 tôi trực thay hiệu trưởng.*chờ trả lời")
    assert not heard.buttons
    opened = school.principal.hears("có ý kiến về số liệu")
    assert opened.buttons


def test_who_has_not_looked_is_reminded_once_before_the_end(school: School) -> None:
    freezes(school)
    school.teacher.hears("đã chốt số liệu")
    school.teacher.presses("Số liệu học kỳ 1 của tôi")
    school.teacher.hears("^Số liệu của thầy/cô")
    school.head.hears("đã chốt số liệu")
    closes = date.fromisoformat(school.rows("SELECT closes_on FROM evaluations")[0][0])
    school.comes(working_day_after(closes, -1, WEEKS), "16:31")
    school.head.hears(f"chưa xem số liệu thi đua học kỳ 1.*{closes:%d/%m}")
    assert not any("chưa xem số liệu" in heard.text for heard in school.teacher.messages())


def test_only_the_board_sees_the_sheet_and_only_the_deciders_freeze(school: School) -> None:
    freezes(school)
    for member in (school.teacher, school.head):
        member.says("/baocao")
        assert "🧾 Thi đua" not in member.hears("^KHBD Tuần").buttons
    assert not any("Chốt số liệu" in label for label in menu(school.vice).buttons)  # once only


def test_the_print_is_a_pdf_with_places_to_sign(school: School) -> None:
    freezes(school)
    menu(school.principal)
    school.principal.presses("Bản in học kỳ 1")
    pdf = PdfReader(io.BytesIO(school.principal.hears("^Thi đua học kỳ 1").file()))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert "BẢN NHÁP" in text and "HIỆU TRƯỞNG" in text and school.teacher.name in text
    assert pdf.pages[0].mediabox.width > pdf.pages[0].mediabox.height


def test_a_figure_changed_behind_the_program_stops_the_sheet(school: School) -> None:
    freezes(school)
    school.rests()
    with school.app.db.write() as connection:
        rows = evaluation_rows.c
        for person_id, row in connection.execute(sa.select(rows.person_id, rows.row)).all():
            better = json.loads(json.dumps(row).replace('"missing": 18', '"missing": 0'))
            connection.execute(
                sa.update(evaluation_rows).where(rows.person_id == person_id).values(row=better)
            )
    menu(school.principal)
    school.principal.presses("Bảng học kỳ 1")
    school.principal.hears("số liệu đã chốt không còn đúng như lúc chốt")
