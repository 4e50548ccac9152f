"""The group head signs with a tool and certificate of her own; the vice-principal signs here."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from tests.conversation import Heard
from tests.fakes.foreign_authority import ForeignAuthority, Holder, written
from tests.integration.signing_parts import pdfsig
from tests.plans_to_send import Desk
from tests.school import School

from hoso_bot.pdf.outside_certificate import read_outside_key
from hoso_bot.record import against_record
from hoso_bot.store.revocations import Revocations

AUTHORITY = ForeignAuthority()


@pytest.fixture
def card(school: School, tmp_path: Path) -> Holder:
    """The head's own certificate, registered by the office."""
    holder = AUTHORITY.certifies(school.head.name)
    key = read_outside_key(written(tmp_path, "head.p7b", holder.p7b()), None, school.clock.now())
    office = school.office()
    office.signers.register(school.head.staff, key)
    office.close()
    return holder


@pytest.fixture
def sent_out(school: School, desk: Desk, card: Holder) -> Heard:
    """A plan waits for the head, who wants to sign it with her own tool."""
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    return school.head.hears("bằng chữ ký số riêng:.*Chưa có gì được quyết định")


def test_the_head_signs_elsewhere_and_the_vice_principal_here(
    school: School, sent_out: Heard, card: Holder, tmp_path: Path
) -> None:
    assert sent_out.file_name == "KHBD-2627-T13-GV09-v1-trinh-ky.pdf".replace("2627", year_of(sent_out))
    school.head.says("/choduyet")
    school.head.hears("1 hồ sơ đang chờ.*Tạ Thị Loan: đang chờ đ/c ký bằng chữ ký số riêng")
    school.teacher.says("/trangthai")
    school.teacher.hears("Tuần 13: đang chờ Bùi Thị Tuyết Nga ký bằng chữ ký số riêng")
    assert school.step_states() == ["pending", "waiting"]

    signed = card.signs(sent_out.file(), "Step1", school.clock.now())
    school.head.sends(signed, "KHBD da ky.pdf")
    school.head.hears("Đã nhận tệp đ/c ký: KHBD Tuần 13")
    school.head.hears("^Đã ký KHBD Tuần 13")
    school.teacher.hears("Bùi Thị Tuyết Nga đã ký duyệt KHBD Tuần 13")
    school.vice.gets_card()
    school.vice.approves()
    delivered = written(tmp_path, "delivered.pdf", school.teacher.hears("phê duyệt đủ").file())

    assert delivered.read_bytes().startswith(signed)
    found = verified(school, delivered)
    assert (found["valid"], found["known"], found["problems"]) == (True, True, [])
    said = pdfsig(delivered, AUTHORITY.root.pem(), tmp_path)
    assert said.count("Signature is Valid.") == 2 and said.count("Certificate is Trusted.") == 1
    assert "Total document signed" in said
    school.teacher.sends(delivered)
    school.teacher.hears("HỢP LỆ")
    school.checks()


def test_a_tool_that_makes_its_own_field(
    school: School, sent_out: Heard, card: Holder, tmp_path: Path
) -> None:
    signed = card.signs(sent_out.file(), "Signature1", school.clock.now(), (40, 700, 200, 760))
    school.head.sends(signed)
    school.head.hears("^Đã ký KHBD Tuần 13")
    school.vice.gets_card()
    school.vice.approves()
    delivered = written(tmp_path, "delivered.pdf", school.teacher.hears("phê duyệt đủ").file())
    found = verified(school, delivered)
    assert (found["valid"], found["problems"]) == (True, [])
    assert [s["trusted"] for s in found["signatures"]] == [True, True]
    school.head.sends(delivered)
    school.head.hears("HỢP LỆ.*✔ Bùi Thị Tuyết Nga \\(Tổ trưởng")
    school.checks()


def test_wrong_files_are_refused_and_the_step_keeps_waiting(
    school: School, sent_out: Heard, card: Holder
) -> None:
    sent, now = sent_out.file(), school.clock.now()
    school.head.sends(sent, "chua-ky.pdf")
    school.head.hears("chưa có chữ ký mới nào")
    school.head.sends(saved_anew(sent), f"{sent_out.file_name}".replace(".pdf", "_signed.pdf"))
    school.head.hears("ghi lại toàn bộ tệp")
    school.head.sends(AUTHORITY.certifies(school.head.name).signs(sent, "Step1", now))
    school.head.hears("không phải bằng chứng thư nhà trường đã ghi nhận")
    school.teacher.sends(card.signs(sent, "Step1", now))
    school.teacher.hears("thuộc lượt ký của Bùi Thị Tuyết Nga")
    assert school.step_states() == ["pending", "waiting"] and school.decisions() == 0
    school.head.presses("Hủy")
    school.head.hears("không chờ tệp ký của KHBD Tuần 13 nữa")
    school.teacher.says("/trangthai")
    assert "riêng" not in school.teacher.hears("Tuần 13: đang chờ").text
    school.checks()


def test_a_file_of_a_version_that_was_replaced_says_so(
    school: School, desk: Desk, sent_out: Heard, card: Holder
) -> None:
    school.teacher.hands_in(desk.mended(13))
    school.head.gets_card("bản 2")
    school.head.sends(card.signs(sent_out.file(), "Step1", school.clock.now()))
    school.head.hears("đã gửi bản mới cho Tuần 13")
    assert school.decisions() == 0
    school.checks()


def test_a_late_file_needs_no_second_signature(school: School, sent_out: Heard, card: Holder) -> None:
    signed = card.signs(sent_out.file(), "Step1", school.clock.now())
    school.passes(days=4)
    school.head.sends(signed)
    school.head.hears("Đã quá hạn chờ tệp ký")
    school.head.presses("Ký duyệt")
    school.head.hears("bằng chữ ký số riêng")
    school.head.sends(signed)
    school.head.hears("^Đã ký KHBD Tuần 13")


def year_of(sent_out: Heard) -> str:
    """The school year as the record code has it; tests run in any year."""
    assert sent_out.file_name
    return sent_out.file_name.split("-")[1]


def verified(school: School, path: Path) -> dict[str, object]:
    report = school.inspector.verify(path, Revocations(school.app.db).trust())
    return against_record(path, report, school.settings)


def saved_anew(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
