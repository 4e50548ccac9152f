"""Several approvals with one confirmation: only what was opened, each as if it stood alone (R31)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conversation import Heard, Member
from tests.fakes.foreign_authority import ForeignAuthority, written
from tests.pins import PIN, chooses, school_under_pins
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.handlers import queue
from hoso_bot.pdf.outside_certificate import read_outside_key

TEACHERS = {
    "GV08": "Mai Thị Diệp",
    "GV09": "Tạ Thị Loan",
    "GV11": "Dương Minh Cường",
    "GV10": "Hà Thị Vân Anh",
}


def hand_in(school: School, desk: Desk, *codes: str) -> None:
    """These teachers' plans of week 13 wait for their head."""
    for code in codes:
        school[code].hands_in(desk.plan(13))
        school.head.gets_card()


def opens(school: School, leader: Member, *codes: str) -> None:
    """The leader opens them from the list and reads a while."""
    for code in codes:
        leader.says("/choduyet")
        shown = leader.hears("hồ sơ đang chờ đ/c duyệt")
        leader.presses(TEACHERS[code], shown)
        leader.gets_card(f"{TEACHERS[code]}.*")
    school.rests()
    school.passes(seconds=11)


def asks(leader: Member, answer: str = r"Ký duyệt \d hồ sơ đ/c đã xem") -> Heard:
    leader.says("/choduyet")
    leader.presses("Duyệt các hồ sơ đã xem", leader.hears("hồ sơ đang chờ"))
    return leader.hears(answer)


def lines(heard: Heard) -> list[str]:
    return [line for line in heard.text.splitlines() if line]


def test_three_opened_plans_are_signed_with_one_confirmation(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09", "GV11", "GV10")
    opens(school, school.head, "GV08", "GV09", "GV11")
    question = asks(school.head)
    assert question.text.startswith("Ký duyệt 3 hồ sơ")
    for code in ("GV08", "GV09", "GV11"):
        assert f"Tuần 13 – {TEACHERS[code]}, " in question.text
    assert "Hà Thị Vân Anh: đ/c chưa mở xem" in question.text
    assert school.decisions() == 0
    school.head.presses("Xác nhận", question)
    school.head.hears("Đã ký đủ 3 hồ sơ")
    school.rests()
    result = [m for m in school.head.messages() if "hồ sơ.\n" in m.text and "Đã ký" in m.text]
    assert len(result) == 1, "one message tells of all of them"
    assert lines(result[0])[1:] == [f"✔ Tuần 13 – {TEACHERS[c]}: đã ký" for c in ("GV08", "GV09", "GV11")]
    assert len(school.audited("step.signed")) == 3
    assert [entry["together"] for entry in school.audited("step.approved")] == [True] * 3
    assert school.audited("bulk.approved") == [{"taken": 3, "of": 3}]
    for code in ("GV08", "GV09", "GV11"):
        school[code].hears("Bùi Thị Tuyết Nga đã ký duyệt KHBD Tuần 13")
    school.head.says("/choduyet")
    assert "Hà Thị Vân Anh" in school.head.hears("1 hồ sơ đang chờ").text


def test_a_dealt_card_alone_is_no_look(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09")
    school.passes(hours=2)
    school.head.says("/choduyet")
    shown = school.head.hears("2 hồ sơ đang chờ")
    assert "đã xem" not in shown.text and not any("Duyệt các hồ sơ" in b for b in shown.buttons)
    opens(school, school.head, "GV08", "GV09")
    school.head.says("/choduyet")
    shown = school.head.hears("2 hồ sơ đang chờ")
    assert shown.text.count("· đã xem") == 2 and "Duyệt các hồ sơ đã xem (2)" in shown.buttons[-1]


def test_what_was_opened_a_moment_ago_waits(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09", "GV11")
    opens(school, school.head, "GV08", "GV09")
    school.head.says("/choduyet")
    shown = school.head.hears("3 hồ sơ đang chờ")
    school.head.presses("Dương Minh Cường", shown)
    school.head.gets_card("Dương Minh Cường.*")
    question = asks(school.head)
    assert "Ký duyệt 2 hồ sơ" in question.text
    assert "Dương Minh Cường: đ/c vừa mở" in question.text


def test_a_version_that_changed_meanwhile_is_left_out_and_said(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09", "GV11")
    opens(school, school.head, "GV08", "GV09", "GV11")
    question = asks(school.head)
    school["GV09"].hands_in(desk.mended(13))
    school.head.gets_card("bản 2")
    school["GV08"].says("/thuhoi")
    school["GV08"].presses("Thu hồi")
    school["GV08"].presses("Xác nhận thu hồi")
    school["GV08"].hears("Đã thu hồi")
    school.head.presses("Xác nhận", question)
    told = school.head.hears("Đã ký 1/3 hồ sơ")
    assert "✖ Tuần 13 – Tạ Thị Loan: chưa ký, giáo viên vừa gửi bản mới" in told.text
    assert "✖ Tuần 13 – Mai Thị Diệp: chưa ký, giáo viên đã thu hồi" in told.text
    assert "✔ Tuần 13 – Dương Minh Cường: đã ký" in told.text
    assert len(school.audited("step.signed")) == 1


def test_confirming_twice_signs_once(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09")
    opens(school, school.head, "GV08", "GV09")
    first, second = asks(school.head), asks(school.head)
    school.head.presses("Xác nhận", first)
    school.head.hears("Đã ký đủ 2 hồ sơ")
    school.head.presses("Xác nhận", second)
    told = school.head.hears("Em chưa ký hồ sơ nào")
    assert told.text.count("đã được quyết định") == 2
    assert len(school.audited("step.signed")) == 2


def test_signing_for_somebody_else_is_never_in_a_bulk(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09")
    school.passes(days=5)  # Monday of week 13: the vice-principal may step in for the silent head
    opens(school, school.vice, "GV08", "GV09")
    school.vice.says("/choduyet")
    shown = school.vice.hears("2 hồ sơ đang chờ")
    assert "ký thay Bùi Thị Tuyết Nga" in shown.text
    assert not any("Duyệt các hồ sơ" in label for label in shown.buttons)


def test_the_last_signer_too_gets_one_message_and_nobody_a_burst(school: School, desk: Desk) -> None:
    hand_in(school, desk, "GV08", "GV09")
    opens(school, school.head, "GV08", "GV09")
    school.head.presses("Xác nhận", asks(school.head))
    for _ in range(2):
        school.vice.gets_card()
    opens(school, school.vice, "GV08", "GV09")
    school.vice.presses("Xác nhận", asks(school.vice))
    school.vice.hears("Đã ký đủ 2 hồ sơ")
    for code in ("GV08", "GV09"):
        school[code].hears("phê duyệt đủ")
    school.rests()
    assert not any("đã ký đủ. Mã" in m.text for m in school.vice.messages())
    finished = [m for m in school.head.messages() if "đã ký đủ. Mã" in m.text]
    assert len(finished) == 2 and all(school.head.silently_heard(m) for m in finished)


def test_who_signs_with_an_own_tool_signs_one_by_one(school: School, desk: Desk, tmp_path: Path) -> None:
    authority = ForeignAuthority()
    holder = authority.certifies(school.head.name)
    key = read_outside_key(written(tmp_path, "head.p7b", holder.p7b()), None, school.clock.now())
    office = school.office()
    office.signers.register(school.head.staff, key)
    office.close()
    hand_in(school, desk, "GV08", "GV09")
    opens(school, school.head, "GV08", "GV09")
    asks(school.head, "phần mềm riêng nên mỗi hồ sơ cần ký một lần")
    assert school.decisions() == 0


def test_a_long_queue_is_shown_in_parts(school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "SHOWN", 2)
    hand_in(school, desk, "GV08", "GV09", "GV11")
    school.passes(minutes=90)
    school.head.says("/choduyet")
    first = school.head.hears("3 hồ sơ đang chờ đ/c duyệt .từ 1 đến 2.")
    assert "1. Tuần 13 – Mai Thị Diệp: chờ 1 giờ 30 phút" in first.text
    school.head.presses("Phần sau", first)
    second = school.head.hears("từ 3 đến 3")
    assert "3. Tuần 13 – Dương Minh Cường: chờ" in second.text
    school.head.presses("Phần trước", second)
    school.head.hears("từ 1 đến 2")
    school.head.presses("Phần sau", first)
    school.head.presses("Dương Minh Cường", school.head.hears("từ 3 đến 3"))
    card = school.head.gets_card("Dương Minh Cường.*")
    school.head.presses("Về danh sách chờ", card)
    school.head.hears("từ 1 đến 2")
    school.head.presses("Ký duyệt", card)
    school.head.presses("Xác nhận")
    school.head.hears("^Đã ký KHBD")
    school.head.presses("Phần sau", first)
    school.head.hears("2 hồ sơ đang chờ đ/c duyệt, chờ lâu nhất")


@pytest.fixture
def guarded(make_school: MakeSchool) -> School:
    """A school in which each key opens with its signer's PIN only."""
    return school_under_pins(make_school)


def test_one_pin_is_enough_for_all_of_them(guarded: School, desk: Desk) -> None:
    hand_in(guarded, desk, "GV08", "GV09")
    opens(guarded, guarded.head, "GV08", "GV09")
    guarded.head.presses("Xác nhận", asks(guarded.head))
    chooses(guarded.head)
    guarded.head.hears("Đúng mã PIN. Đến ")
    guarded.head.hears("Đã ký đủ 2 hồ sơ")
    hand_in(guarded, desk, "GV11", "GV10")
    guarded.passes(minutes=11)
    opens(guarded, guarded.head, "GV11", "GV10")
    guarded.head.presses("Xác nhận", asks(guarded.head))
    asked = guarded.head.hears("nhập mã PIN")
    assert "và 1 hồ sơ nữa" in asked.text
    guarded.head.says("907193")
    guarded.head.hears("Mã PIN chưa đúng")
    guarded.head.says(PIN)
    guarded.head.hears("Đã ký đủ 2 hồ sơ")
    guarded.checks()
    assert len(guarded.audited("step.signed")) == 4


def test_what_changed_while_the_pin_was_asked_is_left_out(guarded: School, desk: Desk) -> None:
    hand_in(guarded, desk, "GV08", "GV09")
    opens(guarded, guarded.head, "GV08", "GV09")
    guarded.head.presses("Xác nhận", asks(guarded.head))
    guarded.head.hears("đặt mã PIN")
    guarded["GV08"].hands_in(desk.mended(13))
    guarded.head.gets_card("bản 2")
    guarded.head.says(PIN)
    guarded.head.hears("một lần nữa")
    guarded.head.says(PIN)
    told = guarded.head.hears("Đã ký 1/2 hồ sơ")
    assert "Mai Thị Diệp: chưa ký, giáo viên vừa gửi bản mới" in told.text
    guarded.checks()
