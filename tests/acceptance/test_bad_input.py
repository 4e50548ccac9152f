"""What goes wrong on phones gets a clear sentence with the next step, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.plans_to_send import Desk
from tests.school import School

BAD_FILES: dict[str, tuple[str, Callable[[Desk], bytes], str]] = {
    "words": ("ke hoach.pdf", lambda d: "Kế hoạch bài dạy tuần 13".encode(), "pdf chưa phải PDF"),
    "empty": ("tuan 13.pdf", lambda d: b"", "rỗng .0 byte.*lưu lại PDF rồi gửi lại"),
    "half": ("tuan 13.pdf", Desk.cut, "tệp bị lỗi hoặc chưa tải đủ.*gửi lại"),
    "password": ("tuan 13.pdf", Desk.locked, "đặt mật khẩu.*không đặt mật khẩu, rồi gửi lại"),
    "1000 pages": ("tuan 13.pdf", Desk.long, "Tệp có 1000 trang, vượt mức 500 trang"),
    "docx": ("KHBD tuần 13.docx", Desk.docx, "là tệp Word, chưa phải PDF.*Lưu thành → PDF"),
    "docx named pdf": ("KHBD tuần 13.pdf", Desk.docx, "là tệp Word, chưa phải PDF"),
}


@pytest.mark.parametrize(("name", "make", "answer"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_explained_and_the_next_good_one_goes_through(
    school: School, desk: Desk, name: str, make: Callable[[Desk], bytes], answer: str
) -> None:
    school.teacher.sends(make(desk), name)
    school.teacher.hears(answer)
    assert school.rows("SELECT * FROM plans") == []
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()


def test_twenty_one_megabytes_are_refused_before_they_are_fetched(school: School, desk: Desk) -> None:
    school.teacher.sends(b"%PDF-1.7", "tuan 13.pdf", claimed_size=21 * 2**20)
    school.teacher.hears("tuan 13.pdf 21 MB, vượt mức 20 MB.*gửi lại")
    assert school.world.calls("getFile") == []
    school.teacher.hands_in(desk.plan(13))


def test_a_photo_is_told_how_to_become_a_pdf(school: School, desk: Desk) -> None:
    school.teacher.sends_photo()
    school.teacher.hears("nhận được ảnh, chưa phải tệp PDF.*Lưu thành → PDF")
    school.teacher.hands_in(desk.plan(13))


def test_a_sticker_or_voice_is_told_what_is_needed(school: School) -> None:
    voice = {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}
    me = {"id": school.teacher.chat_id, "is_bot": False, "first_name": "Loan"}
    chat = {"id": school.teacher.chat_id, "type": "private"}
    school.world.pushes({"message": {"message_id": 77, "date": 1, "chat": chat, "from": me, **voice}})
    school.teacher.hears("chỉ nhận KHBD là tệp PDF")


def test_an_album_of_three_files_is_three_plans(school: School, desk: Desk) -> None:
    school.teacher.sends_album(desk.plan(11), desk.plan(12), desk.plan(13))
    cards = [school.teacher.hears(f"KHBD Tuần {n} .*xác nhận trình ký") for n in (11, 12, 13)]
    for card in cards:
        school.teacher.presses("Trình ký", card)
        school.teacher.hears("^Đã trình ký")
    assert [number for (number,) in school.rows("SELECT week FROM plans ORDER BY week")] == [11, 12, 13]


def test_two_files_in_a_row_get_a_card_each(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(12))
    school.teacher.sends(desk.plan(13))
    first = school.teacher.hears("KHBD Tuần 12 .*xác nhận trình ký")
    school.teacher.hears("KHBD Tuần 13 .*xác nhận trình ký")
    school.teacher.presses("Trình ký", first)
    school.teacher.hears("^Đã trình ký KHBD Tuần 12")
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký KHBD Tuần 13")


def test_a_file_while_the_last_one_is_still_checked_takes_its_place(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13, lessons=12))
    school.teacher.sends(desk.mended(13))
    school.rests()
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")
    mended = school.rows("SELECT sha256 FROM uploads WHERE state = 'submitted'")
    assert mended == school.rows("SELECT original_sha256 FROM versions")
    assert school.rows("SELECT count(*) FROM uploads WHERE state = 'replaced'") == [(1,)]


def test_a_confirmation_card_of_yesterday_still_works(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    school.passes(days=1)
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")


def test_a_review_card_of_yesterday_still_works(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.passes(days=3)
    school.head.approves()


def test_a_tap_on_yesterdays_spent_card_is_explained(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    card = school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")
    school.passes(days=1)
    school.teacher.presses_as_it_was("Trình ký", card)
    school.teacher.hears("Nút này đã được dùng.*/trangthai")


def test_words_instead_of_trinh_ky_name_the_waiting_file(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("xác nhận trình ký")
    school.teacher.says("ok em")
    school.teacher.hears('chưa trình ký: KHBD_Tuan_13.*bấm "Trình ký"')
    assert school.rows("SELECT * FROM plans") == []


def test_words_instead_of_ky_duyet_decide_nothing(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.says("Đồng ý ký duyệt nhé")
    school.head.hears("Có 1 hồ sơ đang chờ đ/c duyệt.*/choduyet")
    assert school.audited("step.approved") == []


def test_words_instead_of_xac_nhan_sign_nothing(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.says("Xác nhận")
    school.head.hears("đang chờ đ/c duyệt")
    assert school.audited("step.approved") == []


@pytest.mark.parametrize("words", ["😀" * 500, "a" * 4096, "' OR 1=1; --", "{{ 7*7 }} <b>&amp;", "\u202etxt"])
def test_strange_words_are_just_words(school: School, words: str) -> None:
    school.teacher.says(words)
    school.teacher.hears("Em nhận KHBD là tệp PDF")


def test_a_strange_file_name_is_shown_as_it_is(school: School, desk: Desk) -> None:
    school.teacher.sends(desk.plan(13), "../../{{ 7*7 }} <b>KHBD</b> 'tuần' 13.pdf")
    card = school.teacher.hears("xác nhận trình ký")
    assert "{{ 7*7 }} <b>KHBD</b>" in card.text
    school.teacher.presses("Trình ký")
    school.head.gets_card()
