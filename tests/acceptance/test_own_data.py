"""`/dulieu`: what is held, taking the consent back, and coming back (Law 91/2025/QH15)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import NOW, MakeSchool, School
from typer.testing import CliRunner

from hoso_bot.cli import app
from hoso_bot.domain.calendar import VN
from hoso_bot.reports import own_data

POLITE = "Chào thầy/cô! Em là trợ lý hồ sơ"


def withdraws(person: Member) -> Heard:
    """Ask, read, tap once more; the last thing this chat hears."""
    person.says("/dulieu")
    person.presses("Rút đồng ý", person.hears("Nhà trường đang lưu về thầy/cô"))
    person.presses("Rút đồng ý ngay", person.hears("Dừng ngay.*Nhà trường còn giữ"))
    return person.hears("Em đã rút đồng ý của thầy/cô")


def comes_back(person: Member, school: School) -> None:
    person.says(f"/start {school.invites(person.staff.staff_id)}")
    person.presses("Đồng ý", person.hears("Thầy/cô đồng ý không ạ"))
    person.hears("Đã liên kết")


# --- looking -------------------------------------------------------------------------------------


def test_a_teacher_sees_what_is_held_in_plain_words(school: School, desk: Desk) -> None:
    teacher = school.teacher
    teacher.hands_in(desk.plan(13))
    teacher.says("/hotro Em hỏi cách ký.")
    teacher.hears("đã chuyển câu hỏi #1")
    teacher.says("/dulieu")
    card = teacher.hears("Nhà trường đang lưu về thầy/cô").text
    for part in (
        "Tạ Thị Loan – mã GV09",
        "Giáo viên, Tổ 4-5",
        "Telegram: liên kết",
        "lời số 2",
        "1 hồ sơ, 1 bản",
        "Câu hỏi hỗ trợ: 1; yêu cầu về dữ liệu: 0 (1 tin, 0 tệp)",
        "máy chủ ở nước ngoài",
        "giữ 30 ngày",
    ):
        assert part in card, card
    assert "Lần duyệt" not in card
    assert school.audited("data.shown") == [{}]


def test_an_approver_sees_decisions_and_the_certificate(school: School, waiting: Heard) -> None:
    school.head.approves()
    school.head.says("/dulieu")
    school.head.hears("Lần duyệt: 1; chứng thư chữ ký: 1")


def test_a_stranger_hears_truthfully_what_is_held(new_school: School) -> None:
    stranger = new_school.visitor()
    stranger.says("/dulieu")
    heard = stranger.hears("em không có hồ sơ nào")
    assert "mã liên kết" not in heard.text and "(1 tin)" in heard.text and "giữ 30 ngày" in heard.text
    stranger.says("/start AAAAAAAAAAAAAAAAAAAAAA")
    stranger.hears("Mã chưa đúng")
    stranger.says("/dulieu")
    stranger.hears("1 lần nhập mã liên kết chưa đúng")


# --- taking it back ------------------------------------------------------------------------------


def test_withdrawing_ends_the_chat_at_once_and_tells_the_office(school: School, desk: Desk) -> None:
    teacher = school.teacher
    teacher.hands_in(desk.plan(13))
    withdraws(teacher)
    school.vice.hears("Tạ Thị Loan .*vừa rút đồng ý.*staff invite GV09")
    assert school.rows("SELECT * FROM accounts WHERE chat_id = ?", str(teacher.chat_id)) == []
    assert school.audited("consent.withdrawn") == [{"chats": 1, "consent": ["consent-2"]}]
    teacher.says("/trangthai")
    teacher.hears(POLITE)


def test_reading_the_explanation_changes_nothing(school: School) -> None:
    teacher = school.teacher
    teacher.says("/dulieu")
    teacher.presses("Rút đồng ý")
    teacher.presses("Thôi, giữ nguyên", teacher.hears("Dừng ngay"))
    teacher.hears("mọi việc giữ nguyên")
    teacher.says("/trangthai")
    teacher.hears("chưa nộp KHBD nào")


def test_old_buttons_questions_and_invitations_are_dead_even_after_coming_back(
    school: School, desk: Desk
) -> None:
    teacher, code = school.teacher, school.invites("GV09")
    teacher.sends(desk.plan(13))
    card = teacher.hears("xác nhận trình ký")
    teacher.says("/hotro")
    teacher.hears("viết câu hỏi")
    withdraws(teacher)
    teacher.presses_as_it_was("Trình ký", card)
    teacher.hears("Nút này không dành cho thầy/cô|Nút này không còn hiệu lực|đã được dùng")
    teacher.says(f"/start {code}")
    teacher.hears("Mã chưa đúng")
    comes_back(teacher, school)
    school.passes(minutes=1)
    teacher.presses_as_it_was("Trình ký", card)
    teacher.hears("Nút này đã được dùng rồi")
    teacher.says("Em hỏi thêm ạ.")
    teacher.hears("Em nhận KHBD là tệp PDF")
    assert school.rows("SELECT * FROM plans") == []


def test_nothing_more_is_said_to_a_chat_that_withdrew(school: School, waiting: Heard) -> None:
    teacher = school.teacher
    withdraws(teacher)
    school.head.approves()  # the teacher would have heard it
    school.rests()
    teacher.hears_nothing(0)
    assert "không gửi được tin cho Tạ Thị Loan" in school.vice.chat()


# --- leaders -------------------------------------------------------------------------------------


def test_cards_of_a_head_who_withdraws_go_to_who_stands_in(school: School, waiting: Heard) -> None:
    head, vice = school.head, school.vice
    head.says("/dulieu")
    head.presses("Rút đồng ý")
    assert "1 hồ sơ đang chờ thầy/cô duyệt" in head.hears("Dừng ngay").text
    head.presses("Rút đồng ý ngay")
    head.hears("Em đã rút đồng ý")
    vice.gets_card()
    vice.presses("Ký duyệt")
    vice.hears("Chữ ký số được ghi vào tệp")
    vice.presses("Xác nhận")
    school.teacher.hears("đã ký đủ|đã được ký duyệt|Bản đã duyệt")
    assert school.step_states() == ["signed", "signed"]


def test_a_head_who_comes_back_gets_the_card_again(school: School, waiting: Heard) -> None:
    head, vice = school.head, school.vice
    withdraws(head)
    vice.gets_card()
    comes_back(head, school)
    head.gets_card()
    head.approves()
    assert school.step_states()[0] == "signed"


def test_when_the_office_itself_withdraws_the_principal_hears_it(school: School) -> None:
    withdraws(school.vice)
    school.principal.hears("vừa rút đồng ý dùng trợ lý")


# --- words that changed --------------------------------------------------------------------------


def old_consent(school: School) -> None:
    school.rows("UPDATE accounts SET consent_text = 'consent-1'")


def test_who_agreed_to_older_words_is_asked_once_and_the_answer_is_proved(make_school: MakeSchool) -> None:
    school = make_school(linked=("GV09", "PHT01"))
    old_consent(school)
    school.start()
    tomorrow = (school.clock.now() + timedelta(days=1)).date()
    school.comes(tomorrow, "16:01")
    teacher = school.teacher
    asked = teacher.hears("Lời đồng ý của nhà trường đã được viết lại")
    teacher.presses("Đồng ý", asked)
    teacher.hears("Em đã ghi lại sự đồng ý này")
    (proof,) = school.audited("consent.renewed")
    assert proof["consent"] == "consent-2" and len(proof["words"]) == 64
    school.comes(tomorrow + timedelta(days=1), "16:01")
    teacher.hears_nothing(0)
    school.vice.hears("Lời đồng ý của nhà trường đã được viết lại")
    school.vice.hears_nothing(0)
    school.checks()


def test_a_no_to_the_newer_words_leads_to_the_explanation(make_school: MakeSchool) -> None:
    school = make_school(linked=("GV09",))
    old_consent(school)
    school.start()
    school.comes((school.clock.now() + timedelta(days=1)).date(), "16:01")
    school.teacher.presses("Không đồng ý", school.teacher.hears("Lời đồng ý"))
    school.teacher.hears("Nếu thầy/cô rút đồng ý")
    school.checks()


# --- taking it along -----------------------------------------------------------------------------


def unzipped(heard: Heard) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(heard.file())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_teacher_takes_the_own_data_along(school: School, desk: Desk) -> None:
    teacher = school.teacher
    teacher.hands_in(desk.plan(13))
    teacher.says("/hotro Em hỏi <cách> ký.")
    teacher.hears("đã chuyển câu hỏi #1")
    teacher.says("/dulieu")
    teacher.presses("Tải dữ liệu của tôi")
    sent = teacher.hears("mở du-lieu-cua-toi.html để đọc")
    assert sent.file_name == "du-lieu-GV09.zip"
    inside = unzipped(sent)
    assert inside["tep/KHBD-2627-T13-GV09-v1-ban-goc.pdf"] == desk.plan(13).read_bytes()
    page = inside["du-lieu-cua-toi.html"].decode()
    assert "Tạ Thị Loan" in page and "Em hỏi &lt;cách&gt; ký." in page and "KHBD-2627-T13-GV09" in page
    assert f"{NOW.astimezone(VN):%H:%M %d/%m/%Y}" in page
    data = json.loads(inside["du-lieu-cua-toi.json"])
    assert data["records"]["people"][0]["staff_id"] == "GV09"
    assert [line["text"] for line in data["records"]["ticket_lines"]] == ["Em hỏi <cách> ký."]
    assert {row["person_id"] for row in data["records"]["uploads"]} == {teacher.staff.id}
    assert not any(word in str(data) for word in ("wrapped", "code_hash", "token"))
    assert school.audited("data.exported") == [{"left_out": 0}]


def test_files_beyond_what_a_chat_takes_are_left_for_the_office(
    school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_data, "LARGEST", 1000)
    school.teacher.hands_in(desk.plan(13))
    school.teacher.says("/dulieu")
    school.teacher.presses("Tải dữ liệu của tôi")
    sent = school.teacher.hears("2 tệp cũ hơn chưa kèm.*privacy export GV09")
    assert not [name for name in unzipped(sent) if name.endswith(".pdf")]


def test_the_office_writes_it_with_every_file(school: School, desk: Desk, tmp_path: Path) -> None:
    school.teacher.hands_in(desk.plan(13))
    target = tmp_path / "loan.zip"
    done = CliRunner().invoke(app, ["privacy", "export", "gv09", str(target), "--home", str(school.home)])
    assert done.exit_code == 1 and "nobody has the staff id" in str(done.exception)
    done = CliRunner().invoke(app, ["privacy", "export", "GV09", str(target), "--home", str(school.home)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(target) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".pdf")]) == 2
