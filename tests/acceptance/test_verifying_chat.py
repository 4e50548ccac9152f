"""A signed file in the chat is verified, never handed in; `/hoso` gives the files to who may have them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import pikepdf
import pypdfium2
import pytest
from tests.acceptance.forgeries import ATTACKS
from tests.conversation import Heard
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.calendar import VN
from hoso_bot.workers.scheduler import Scheduler


@pytest.fixture(scope="module")
def shared(make_any_school: MakeSchool, desk: Desk) -> Iterator[tuple[School, bytes]]:
    """A school for tests that change nothing; the teacher's week 13 is approved."""
    running = make_any_school()
    running.start()
    yield running, approved_file(running, desk)
    running.checks()
    running.close()


def approved_file(school: School, desk: Desk) -> bytes:
    """The teacher's week 13 on its way through the chain; the file she gets."""
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()
    return school.teacher.hears("phê duyệt đủ").file()


def test_our_own_signed_file_is_verified_whoever_sends_it(shared: tuple[School, bytes]) -> None:
    """A colleague forwards it: who signed, when, unchanged, in force; nothing is handed in."""
    school, signed = shared
    colleague, before = school["GV08"], uploads(school)
    colleague.sends(signed, "da-ky.pdf")
    said = colleague.hears("HỢP LỆ").text
    assert "đúng từng byte với bản nhà trường đang lưu" in said
    assert re.search(r"✔ Bùi Thị Tuyết Nga \(Tổ trưởng – Tổ 4-5\), \d\d:\d\d:\d\d ngày \d\d/\d\d/\d{4}", said)
    assert "✔ Lương Quang Tùng (Phó hiệu trưởng)" in said
    assert "chuyên dùng, giá trị nội bộ" in said.lower()
    assert uploads(school) == before


def test_an_earlier_stage_coming_back_is_no_new_plan(shared: tuple[School, bytes]) -> None:
    school, signed = shared
    before = uploads(school)
    school.teacher.sends(ATTACKS["cut"](signed), "KHBD tuan 13.pdf")
    said = school.teacher.hears("THIẾU CHỮ KÝ").text
    assert "1/2 chữ ký" in said and "✘ Thiếu chữ ký của Lương Quang Tùng" in said
    assert uploads(school) == before


def test_kiemchung_judges_any_file_and_hands_nothing_in(shared: tuple[School, bytes], desk: Desk) -> None:
    school, signed = shared
    before = uploads(school)
    school.teacher.says("/kiemchung")
    school.teacher.hears("gửi .*tệp PDF cần kiểm tra chữ ký")
    school.teacher.says("tệp đâu nhỉ")
    school.teacher.hears("gửi .*tệp PDF cần kiểm tra chữ ký")
    school.teacher.sends(ATTACKS["annotated"](signed), "sua.pdf")
    school.teacher.hears("ĐÃ BỊ THÊM.*byte được thêm vào sau chữ ký cuối")
    school.teacher.sends(desk.plan(14), caption="/kiemchung")
    school.teacher.hears("KHÔNG CÓ CHỮ KÝ SỐ")
    assert uploads(school) == before
    school.teacher.sends(desk.plan(14))
    school.teacher.hears("xác nhận trình ký")


def test_a_file_with_foreign_signatures_can_be_checked_from_its_card(shared: tuple[School, bytes]) -> None:
    """What was changed after signing is a new upload, and its card offers the look at the signatures."""
    school, signed = shared
    school.teacher.sends(ATTACKS["appended"](signed), "KHBD tuan 13 sua.pdf")
    card = school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Kiểm tra chữ ký", card)
    school.teacher.hears("ĐÃ BỊ THÊM")


def test_a_replaced_version_says_so(school: School, desk: Desk) -> None:
    signed = approved_file(school, desk)
    school.teacher.hands_in(desk.mended(13))
    school.teacher.sends(signed, "cu.pdf")
    said = school.teacher.hears("ĐÃ THAY THẾ").text
    assert "bản 2" in said and "đang chờ duyệt" in said


def uploads(school: School) -> int:
    """How many files were taken for plans so far."""
    return int(school.rows("SELECT COUNT(*) FROM uploads")[0][0])


# --- /hoso -----------------------------------------------------------------------------------------------


def pages(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def test_hoso_gives_the_signed_file_and_a_print_that_claims_nothing(shared: tuple[School, bytes]) -> None:
    school, signed = shared
    school.teacher.says("/hoso")
    answer = school.teacher.hears("Tuần 13: đã duyệt")
    school.teacher.presses("Bản đã duyệt Tuần 13", answer)
    assert school.teacher.hears("^Bản đã duyệt KHBD Tuần 13").file() == signed
    school.teacher.presses("Bản in Tuần 13", answer)
    got = school.teacher.hears("^Bản in KHBD Tuần 13")
    assert_is_a_print(got, signed, school)


def assert_is_a_print(got: Heard, signed: bytes, school: School) -> None:
    assert got.file_name and got.file_name.endswith("-ban-in.pdf")
    data = got.file()
    ((sha256, code),) = school.rows("SELECT current_sha256, lookup_code FROM versions")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/AcroForm" not in pdf.Root and b"/ByteRange" not in data
    shown = pages(data)
    assert len(shown) == len(pages(signed))
    for text in shown:
        flat = " ".join(text.split())
        assert "BẢN IN từ tệp PDF đã ký số; tờ giấy này không mang chữ ký số" in flat
        assert sha256 in flat and code[:4] in flat
    assert "Đã duyệt: Lương Quang Tùng" in shown[-1]


def test_hoso_by_week_and_for_other_people(shared: tuple[School, bytes]) -> None:
    school, signed = shared
    school.teacher.says("/hoso 12")
    school.teacher.hears("chưa có hồ sơ nào ở đây")
    school.vice.says("/hoso GV09 13")
    answer = school.vice.hears("Hồ sơ của Tạ Thị Loan:.*Tuần 13: đã duyệt")
    school.vice.presses("Bản đã duyệt Tuần 13", answer)
    assert school.vice.hears("^Bản đã duyệt KHBD Tuần 13").file() == signed
    assert "signed" in [facts["what"] for facts in school.audited("copy.read")]


def test_the_head_finds_the_groups_plans_by_buttons(shared: tuple[School, bytes]) -> None:
    school, _ = shared
    school.head.says("/hoso")
    school.head.presses("Hồ sơ của người khác", school.head.hears("chưa có hồ sơ"))
    whose = school.head.hears("Hồ sơ của ai")
    assert "Tạ Thị Loan" in whose.buttons and "Lương Quang Tùng" not in whose.buttons
    school.head.presses("Tạ Thị Loan", whose)
    school.head.presses("Bản in Tuần 13", school.head.hears("Tuần 13: đã duyệt"))
    school.head.hears("^Bản in KHBD Tuần 13")


def test_nobody_else_gets_a_plan_by_code_or_by_a_forged_button(shared: tuple[School, bytes]) -> None:
    school, _ = shared
    colleague, other_head, read = school["GV08"], school["GV01"], len(school.audited("copy.read"))
    for person in (colleague, other_head):
        person.says("/hoso GV09")
        person.hears("chưa tìm được hồ sơ")
    colleague.says("/hoso")
    assert "Hồ sơ của người khác" not in colleague.hears("chưa có hồ sơ nào ở đây").buttons
    school.teacher.says("/hoso")
    mine = school.teacher.hears("Tuần 13: đã duyệt")
    token = next(k["data"] for row in mine.raw["buttons"] for k in row if "Bản in" in k["label"])
    colleague.presses_token(token, mine)
    colleague.hears("không dành cho thầy/cô")
    assert len(school.audited("copy.read")) == read


def test_the_board_may_look_at_what_still_waits(school: School, waiting: Heard) -> None:
    school.principal.says("/hoso GV09")
    answer = school.principal.hears("Tuần 13: đang chờ")
    school.principal.presses("Bản đang trình Tuần 13", answer)
    got = school.principal.hears("^Bản đang trình ký KHBD Tuần 13, chưa duyệt đủ")
    assert got.file() == waiting.file()
    school.teacher.says("/hoso")
    assert school.teacher.hears("Tuần 13: đang chờ").buttons == []


# --- the archive by night --------------------------------------------------------------------------------


def test_the_night_finds_a_file_that_rotted_and_tells_the_office(school: School, desk: Desk) -> None:
    signed = approved_file(school, desk)
    ((sha256,),) = school.rows("SELECT current_sha256 FROM versions")
    kept = school.home / "files" / sha256[:2] / sha256
    the_clock_strikes(school, days=1)
    assert school.audited("archive.checked")[-1]["doubted"] == 0
    kept.write_bytes(signed[:-9] + b"x" + signed[-8:])
    the_clock_strikes(school, days=1)
    told = school.vice.hears("thấy 1 tệp không còn nguyên vẹn").text
    assert "-T13-GV09-1" in told and "khôi phục từ bản sao lưu" in told
    ((doubts,),) = school.rows("SELECT doubts FROM versions")
    assert json.loads(doubts) == ["the signed file is not in the archive as it was kept"]
    kept.write_bytes(signed)
    the_clock_strikes(school, days=1)
    assert school.audited("archive.checked")[-1]["doubted"] == 0


def the_clock_strikes(school: School, days: int) -> None:
    """So many days pass, to 2:00 in the morning; the scheduler's next tick would come within 30 seconds."""
    local = school.clock.now().astimezone(VN)
    hours = (26 - local.hour) % 24 + 24 * (days - 1) or 24 * days
    school.passes(hours=hours)
    Scheduler(school.app.premises.inbox, school.clock, school.app.works.bell).tick()
    school.rests()
