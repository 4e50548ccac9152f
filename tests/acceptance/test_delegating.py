"""A group head lets somebody else decide for some days (R34, Q12)."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
from tests.conversation import Member
from tests.integration.signing_parts import pdfsig
from tests.plans_to_send import Desk
from tests.school import NOW, MakeSchool, School

from hoso_bot.doctor import _signers
from hoso_bot.domain.calendar import VN
from hoso_bot.store.school import School as Record

TODAY = NOW.astimezone(VN).date()


@pytest.fixture
def deputy(school: School) -> Member:
    """The deputy of group 4-5."""
    return school["GV07"]


def delegates(
    school: School, days: str = "Hôm nay", to: str = "Trịnh Văn Khánh", scope: str = "Cả tổ"
) -> None:
    """The head arranges it by buttons; `days` with a digit first is typed."""
    head = school.head
    head.says("/uyquyen")
    head.hears("ủy nhiệm ai duyệt")
    head.presses(to)
    head.hears("trong thời gian nào")
    if days[0].isdigit():
        head.says(days)
    else:
        head.presses(days)
    head.hears("duyệt KHBD của ai")
    head.presses(scope)
    head.hears("Ký thay: Bùi Thị Tuyết Nga")
    head.presses("Xác nhận")
    head.hears("^Đã ủy nhiệm")


def shown(path: Path) -> str:
    """The words of the last page with its stamps."""
    document = pypdfium2.PdfDocument(path)
    try:
        document.init_forms()
        page = document[len(document) - 1]
        page.flatten()
        return str(document[len(document) - 1].get_textpage().get_text_bounded())
    finally:
        document.close()


def test_while_delegated_the_deputy_sees_and_excuses_the_heads_group(school: School, deputy: Member) -> None:
    delegates(school)
    deputy.says("/thieu 13")
    assert "GV09" in deputy.hears("Tuần 13 .*0/6 đã nộp").text
    deputy.says("/miennop GV09 13 nghỉ ốm")
    deputy.hears("Đã miễn nộp cho Tạ Thị Loan")
    deputy.says("/miennop GV06 13 nghỉ ốm")
    deputy.hears("Em không tìm thấy GV06")  # not who gave the right
    school.passes(days=1)
    deputy.says("/thieu 13")
    deputy.hears("dành cho tổ trưởng và Ban giám hiệu")


def test_everybody_concerned_hears_of_a_delegation_at_once(school: School, deputy: Member) -> None:
    delegates(school)
    deputy.hears(
        f"được Bùi Thị Tuyết Nga ủy nhiệm duyệt KHBD của Tổ 4-5 từ {TODAY:%d/%m} đến hết {TODAY:%d/%m}"
    )
    school.vice.hears(r"Bùi Thị Tuyết Nga \(Tổ 4-5\) ủy nhiệm Trịnh Văn Khánh")
    school.vice.says("/uyquyen")
    school.vice.hears("Tổ 4-5: Bùi Thị Tuyết Nga → Trịnh Văn Khánh")
    (entry,) = school.audited("delegation.made")
    assert entry["giver"] == "GV06"


def test_a_delegate_signs_for_the_head_with_an_own_certificate(
    school: School, deputy: Member, desk: Desk, tmp_path: Path
) -> None:
    delegates(school)
    school.teacher.hands_in(desk.plan(13))
    card = deputy.gets_card()
    assert "duyệt thay Bùi Thị Tuyết Nga (tổ trưởng) theo ủy nhiệm" in card.text
    deputy.presses("Ký duyệt")
    deputy.hears(r"Đ/c ký thay Bùi Thị Tuyết Nga \(tổ trưởng\)\.")
    deputy.presses("Xác nhận")
    school.teacher.hears(r"Trịnh Văn Khánh đã ký duyệt KHBD Tuần 13 \(ký thay Bùi Thị Tuyết Nga\)")
    school.vice.gets_card()
    school.vice.approves()
    done = school.teacher.hears(r"Trịnh Văn Khánh \(tổ phó\) – ký thay Bùi Thị Tuyết Nga")
    signed = tmp_path / "signed.pdf"
    signed.write_bytes(done.file())
    words = " ".join(shown(signed).split())
    assert "Đã duyệt: Trịnh Văn Khánh" in words and "Ký thay: Bùi Thị Tuyết Nga" in words
    said = pdfsig(signed, Record(school.app.db).row().ca_pem, tmp_path)
    assert re.findall(r"Signature Validation: (.*)", said) == ["Signature is Valid."] * 2
    assert "Trịnh Văn Khánh" in said and "Bùi Thị Tuyết Nga" not in said
    (decision, _) = school.audited("step.approved")
    (signature, _) = school.audited("step.signed")
    assert decision["on_behalf_of"] == signature["on_behalf_of"] == "GV06" and signature["signer"] == "GV07"


def test_the_first_decision_wins_and_the_other_card_says_whose(
    school: School, deputy: Member, desk: Desk
) -> None:
    delegates(school)
    school.teacher.hands_in(desk.plan(13))
    deputy.gets_card()
    school.head.gets_card()
    deputy.approves()
    school.head.hears("Trịnh Văn Khánh đã ký duyệt KHBD Tuần 13 .* Thẻ này không còn hiệu lực")
    assert len(school.audited("step.signed")) == 1


def test_the_heads_own_card_stays_good(school: School, deputy: Member, desk: Desk) -> None:
    delegates(school)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    deputy.hears("Bùi Thị Tuyết Nga đã ký duyệt")
    (entry,) = school.audited("step.signed")
    assert "on_behalf_of" not in entry


def test_a_waiting_plan_goes_to_the_delegate_at_once(school: School, deputy: Member, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    delegates(school)
    deputy.gets_card()
    deputy.says("/choduyet")
    deputy.hears("1 hồ sơ đang chờ đ/c duyệt")
    deputy.rejects("Bài hai thiếu hoạt động khởi động")
    school.teacher.hears(r"Trịnh Văn Khánh \(tổ phó\) góp ý")
    school.head.hears("Trịnh Văn Khánh đã trả lại KHBD Tuần 13")


def test_nobody_decides_on_their_own_plan_as_a_delegate(school: School, deputy: Member, desk: Desk) -> None:
    delegates(school)
    deputy.hears("ủy nhiệm duyệt")
    deputy.hands_in(desk.plan(13))
    school.head.gets_card()
    deputy.says("/choduyet")
    deputy.hears("không có hồ sơ nào")
    school.head.approves()
    school.vice.gets_card()


def test_cancelling_takes_the_cards_back(school: School, deputy: Member, desk: Desk) -> None:
    delegates(school)
    school.teacher.hands_in(desk.plan(13))
    card = deputy.gets_card()
    school.head.says("/uyquyen")
    school.head.hears("đang ủy nhiệm Trịnh Văn Khánh")
    school.head.presses("Hủy ủy nhiệm")
    school.head.hears("Đã hủy ủy nhiệm")
    deputy.hears("đã kết thúc ủy nhiệm")
    deputy.hears("không còn chờ thầy/cô duyệt")
    token = card.raw["buttons"][0][0]["data"]
    school.passes(seconds=11)
    deputy.presses_token(token, card)
    deputy.hears("Nút này đã được dùng")
    school.head.approves()


def days_from_today(first: int, last: int) -> str:
    from datetime import timedelta

    return f"{TODAY + timedelta(first):%d/%m} - {TODAY + timedelta(last):%d/%m}"


@pytest.mark.parametrize(
    ("passed", "may"),
    [
        ({"hours": 13, "minutes": 58}, False),
        ({"hours": 14, "minutes": 1}, True),
        ({"hours": 61, "minutes": 58}, True),
    ],
    ids=["the minute before its first day", "from its first minute", "until its last minute"],
)
def test_the_days_are_inclusive(
    school: School, deputy: Member, desk: Desk, passed: dict[str, float], may: bool
) -> None:
    delegates(school, days_from_today(1, 2))  # made at 10:00: tomorrow and the day after
    school.passes(**passed)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.rests()
    got = any("trình ký KHBD" in heard.text for heard in deputy.messages())
    assert got is may


def test_it_ends_by_itself_at_midnight(school: School, deputy: Member, desk: Desk) -> None:
    delegates(school, "Hôm nay")
    school.teacher.hands_in(desk.plan(13))
    deputy.gets_card()
    deputy.presses("Ký duyệt")
    question = deputy.hears("Chữ ký số được ghi vào tệp")
    school.passes(hours=14, minutes=1)
    deputy.hears("không còn chờ thầy/cô duyệt")
    deputy.presses("Xác nhận", question)
    deputy.hears("Ủy nhiệm của Bùi Thị Tuyết Nga không còn hiệu lực")
    assert school.audited("step.approved") == []
    school.head.approves()


def test_a_waiting_card_comes_on_the_first_day(school: School, deputy: Member, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    delegates(school, "Ngày mai")
    school.rests()
    assert not any("Mời đ/c xem tệp" in heard.text for heard in deputy.messages())
    school.passes(hours=14, minutes=1)
    deputy.gets_card()


def test_one_teachers_plans_only(school: School, deputy: Member, desk: Desk) -> None:
    delegates(school, scope="Chỉ Mai Thị Diệp")
    deputy.hears(r"ủy nhiệm duyệt KHBD của Mai Thị Diệp")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school["GV08"].hands_in(desk.plan(13))
    assert "Mai Thị Diệp" in deputy.gets_card().text
    deputy.says("/choduyet")
    deputy.hears("1 hồ sơ đang chờ")


def test_without_a_deputy_another_member_gets_a_certificate(school: School, desk: Desk) -> None:
    with school.app.db.write() as connection:
        connection.exec_driver_sql("UPDATE people SET role = 'teacher' WHERE staff_id = 'GV07'")
    delegates(school, to="Mai Thị Diệp")
    assert school.audited("certificate.issued")[-1]
    school.teacher.hands_in(desk.plan(13))
    school["GV08"].gets_card()
    school["GV08"].approves()
    school.vice.gets_card()
    school.vice.approves()
    school.teacher.hears(r"Mai Thị Diệp \(giáo viên\) – ký thay Bùi Thị Tuyết Nga")


def test_under_pins_a_delegate_without_a_certificate_is_named_at_once_and_enrolled_by_the_office(
    make_school: MakeSchool, desk: Desk
) -> None:
    school = make_school(signing={"custody": "pin"})
    school.start()
    with school.app.db.write() as connection:
        connection.exec_driver_sql("UPDATE people SET role = 'teacher' WHERE staff_id = 'GV07'")
    delegates(school, to="Mai Thị Diệp")
    (made,) = [heard.text for heard in school.head.messages() if heard.text.startswith("Đã ủy nhiệm")]
    assert "chưa có chứng thư chữ ký" in made and "hoso-bot staff enrol GV08" in made
    school.vice.hears(r"Mai Thị Diệp \(GV08\) chưa có chứng thư.*hoso-bot staff enrol GV08")
    school["GV08"].hears("ủy nhiệm duyệt KHBD .* Đ/c chưa có chứng thư")
    office = school.office()
    assert [p.staff_id for p in office.signers.delegates_without_key()] == ["GV08"]
    assert [f.what for f in _signers(school.settings, office) if "delegated" in f.what and not f.ok]
    office.signers.enrol_anew(office.person("GV08"))
    assert office.signers.delegates_without_key() == []
    office.close()
    school.teacher.hands_in(desk.plan(13))
    school["GV08"].gets_card()
    school["GV08"].presses("Ký duyệt")
    school["GV08"].presses("Xác nhận")
    school["GV08"].hears("đặt mã PIN")
    school.checks()


@pytest.mark.parametrize("who", ["GV07", "GV09", "NV01"])
def test_only_a_head_delegates(school: School, who: str) -> None:
    delegates(school)
    school[who].says("/uyquyen")
    school[who].hears("Chỉ tổ trưởng ủy nhiệm được.*không ủy nhiệm tiếp")
    assert len(school.audited("delegation.made")) == 1


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("tuần sau nhé", "chưa hiểu ngày"), ("32/13", "chưa hiểu ngày"), (days_from_today(-5, -1), "đã qua")],
)
def test_days_that_cannot_be_are_asked_again(school: School, typed: str, answer: str) -> None:
    school.head.says("/uyquyen")
    school.head.presses("Trịnh Văn Khánh")
    school.head.hears("trong thời gian nào")
    school.head.says(typed)
    school.head.hears(answer)
    school.head.presses("Hôm nay")
    school.head.hears("duyệt KHBD của ai")


def test_thoi_arranges_nothing(school: School) -> None:
    school.head.says("/uyquyen")
    school.head.presses("Trịnh Văn Khánh")
    school.head.hears("trong thời gian nào")
    school.head.presses("Thôi")
    school.head.hears("em chưa làm gì")
    school.head.says("12/10")
    school.head.hears("Em nhận KHBD là tệp PDF")
    assert school.rows("SELECT * FROM delegations") == []
