"""`/nop`: a file by a page, and on as one sent in the chat."""

from __future__ import annotations

import errno
import io
import zipfile

import pikepdf
import pytest
import sqlalchemy as sa
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.upload_page import PIECE, PUBLIC, Phone, asks_for_link, link_in

from hoso_bot.domain.page_upload import MOST_A_DAY, MOST_UNFINISHED
from hoso_bot.store.tables import accounts


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    school = make_school(web={"public_url": PUBLIC})
    school.start()
    return school


@pytest.fixture
def phone(school: School) -> Phone:
    phone = Phone(school, asks_for_link(school.teacher))
    phone.opens()
    return phone


# --- the whole way -----------------------------------------------------------------------------------


def test_a_file_by_the_page_is_handed_in_like_one_of_the_chat(school: School, desk: Desk) -> None:
    phone = Phone(school, asks_for_link(school.teacher))
    assert "Chọn tệp PDF của tuần" in phone.opens().text
    phone.sends(desk.plan(13).read_bytes())
    school.teacher.hears("Em đã nhận KHBD Tuan 13.pdf")
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    seen = phone.opens().text
    assert "chỉ còn trình ký" in seen and "mở lại Telegram" in seen
    assert "Thầy/cô xác nhận trình ký nhé?" in seen
    school.teacher.presses("Trình ký")
    school.teacher.hears("^Đã trình ký")
    school.head.gets_card()
    school.rests()
    assert phone.state() == "submitted"
    ((arrived,),) = school.rows("SELECT count(*) FROM audit WHERE action = 'upload.arrived_by_page'")
    assert arrived == 1


def test_a_file_too_large_for_the_chat_gets_the_way_at_once(school: School, desk: Desk) -> None:
    school.teacher.sends(b"%PDF-1.4" + bytes(21 * 2**20), "tuan 13.pdf")
    told = school.teacher.hears("tuan 13.pdf 21 MB.*chỉ chuyển được tệp đến 20 MB")
    phone = Phone(school, link_in(told.text))
    phone.sends(desk.heavy(size=21 * 2**20), "tuan 13.pdf")
    school.teacher.hears("Em đã nhận tuan 13.pdf \\(21")
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    assert phone.state() == "ready"


@pytest.mark.parametrize("typed", ["NOP", "nộp", "Nộp  bài", "/nop"])
def test_the_link_is_asked_for_in_any_way(school: School, typed: str) -> None:
    assert asks_for_link(school.teacher, typed).startswith("/nop/")


def test_without_a_public_address_the_chat_says_what_it_said_before(make_school: MakeSchool) -> None:
    school = make_school()
    school.start()
    school.teacher.says("/nop")
    school.teacher.hears("gửi tệp PDF của tuần ngay vào đây")
    school.teacher.sends(b"%PDF-1.4" + bytes(21 * 2**20), "tuan 13.pdf")
    assert "http" not in school.teacher.hears("vượt mức 20 MB").text


def test_nop_as_an_answer_to_a_question_is_the_answer(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Từ chối")
    school.head.hears("nêu rõ điểm chưa đạt")
    school.head.says("nộp")
    assert "/nop/" not in school.head.hears("lý do").text


def test_a_dry_run_by_the_page_hands_nothing_in(school: School, desk: Desk, phone: Phone) -> None:
    school.teacher.says("/kiemtra")
    school.teacher.hears("kiểm tra thử vào đây")
    phone.sends(desk.plan(13).read_bytes())
    school.teacher.hears("chưa nộp gì")
    school.rests()
    assert phone.state() == "answered"
    assert school.rows("SELECT id FROM uploads") == []


def test_what_blocks_is_on_the_page_in_the_words_of_the_chat(
    school: School, desk: Desk, phone: Phone
) -> None:
    phone.sends(desk.long())
    told = school.teacher.hears("vượt mức 500 trang")
    school.rests()
    seen = phone.opens().text
    assert phone.state() == "refused" and " ".join(told.text.split()) in seen
    phone.sends(desk.plan(13).read_bytes(), "ban sua.pdf")
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    assert phone.state() == "ready"


def test_who_was_asked_something_is_sent_to_the_chat(school: School, desk: Desk, phone: Phone) -> None:
    phone.sends(desk.without_week(), "ke hoach.pdf")
    school.teacher.hears("chọn tuần")
    school.rests()
    assert phone.state() == "ask"
    school.teacher.presses("Hủy")
    school.teacher.hears("Em đã bỏ")
    school.rests()
    assert phone.state() == "over"


# --- sent again, cut off, damaged --------------------------------------------------------------------


def test_it_goes_on_where_it_stopped_and_nothing_counts_twice(
    school: School, desk: Desk, phone: Phone
) -> None:
    data = desk.heavy()
    _, begun = phone.begins(data)
    assert begun == {"id": begun["id"], "have": 0, "piece": PIECE}
    assert phone.piece(begun["id"], 0, data[:PIECE]) == (200, {"have": PIECE})
    assert phone.piece(begun["id"], 0, data[:PIECE]) == (200, {"have": PIECE})
    assert phone.piece(begun["id"], 3 * PIECE, data[3 * PIECE :]) == (409, {"have": PIECE})
    assert phone.finishes(begun["id"], data)[0] == 400
    assert "đang gửi dở (" in phone.opens().text
    school.stop()
    school.start()
    assert phone.begins(data)[1] == {"id": begun["id"], "have": PIECE, "piece": PIECE}
    upload_id = phone.sends(data)
    assert upload_id == begun["id"]
    assert phone.finishes(upload_id, data) == (200, {"arrived": True})
    assert phone.piece(upload_id, 0, data[:PIECE]) == (200, {"have": len(data)})
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    assert school.rows("SELECT count(*), max(size) FROM uploads") == [(1, len(data))]
    assert not list((school.home / "parts").iterdir())


def test_another_sum_makes_it_come_again(school: School, desk: Desk, phone: Phone) -> None:
    data = desk.plan(13).read_bytes()
    _, begun = phone.begins(data)
    phone.piece(begun["id"], 0, data[:-7] + b"damaged")
    status, answer = phone.finishes(begun["id"], data)
    assert (status, answer["arrived"]) == (200, False)
    assert phone.begins(data)[1]["have"] == 0
    phone.sends(data)
    school.teacher.hears("xác nhận trình ký")


def test_the_form_of_a_browser_without_scripts_does_the_same(
    school: School, desk: Desk, phone: Phone
) -> None:
    data = desk.heavy()
    answer = phone.sends_form(data, form="so-1")
    assert (answer.status, answer.headers["location"]) == (303, phone.path.removeprefix("/nop/"))
    assert phone.sends_form(data, form="so-1").status == 303
    school.teacher.hears("xác nhận trình ký")
    school.rests()
    assert school.rows("SELECT count(*) FROM uploads") == [(1,)]
    assert "chỉ còn trình ký" in phone.opens().text


# --- refused -----------------------------------------------------------------------------------------


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "x")
    return made.getvalue()


def locked() -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(made, encryption=pikepdf.Encryption(owner="a", user="b"))
    return made.getvalue()


BAD = {
    "photo": (b"\xff\xd8\xff" + b"x" * 9000, "IMG_2041.jpg", "là ảnh, chưa phải PDF"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + b"x" * 9000, "IMG_2041.HEIC", "là ảnh, chưa phải PDF"),
    "word": (zipped(), "tuan 13.docx", "là tệp Word"),
    "nothing": (b"", "tuan 13.pdf", "rỗng"),
    "locked": (locked(), "tuan 13.pdf", "đặt mật khẩu"),
    "cut": (b"%PDF-1.7" + b"x" * 9000, "tuan 13.pdf", "lỗi hoặc chưa tải đủ"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_plan_is_told_before_it_is_sent(phone: Phone, what: str) -> None:
    data, name, words = BAD[what]
    status, answer = phone.begins(data, name)
    assert status == 422 and words in answer["text"] and answer["final"]
    form = phone.sends_form(data, name)
    assert form.status == 422 and words in form.text
    assert phone.school.rows("SELECT id FROM page_uploads") == []
    assert not (phone.school.home / "parts").exists()


def test_too_much_of_everything(school: School, desk: Desk, phone: Phone) -> None:
    data = desk.plan(13).read_bytes()
    assert "vượt mức 45 MB" in phone.begins(data, size=45 * 2**20 + 1)[1]["text"]
    assert phone.sends_form(b"%PDF-1.7" + bytes(45 * 2**20), "to.pdf").status == 422
    begun = [phone.begins(data, mark=f"{n}")[1]["id"] for n in range(MOST_UNFINISHED + 1)]
    assert school.rows("SELECT count(*) FROM page_uploads WHERE state = 'receiving'") == [(MOST_UNFINISHED,)]
    assert phone.piece(begun[0], 0, data)[0] == 400
    assert phone.piece(begun[1], 0, data + b"x")[0] == 400
    assert phone.piece(begun[1], 0, bytes(PIECE + 1))[0] == 400
    for number in range(MOST_UNFINISHED + 1, MOST_A_DAY):
        phone.begins(data, mark=f"{number}")
    assert "rất nhiều tệp" in phone.begins(data, mark="last")[1]["text"]
    school.passes(hours=23, minutes=59)
    other = Phone(school, asks_for_link(school.teacher))
    assert other.begins(data, mark="last")[0] == 422
    school.passes(minutes=2)
    assert other.begins(data, mark="last")[0] == 200


def test_a_full_disk_takes_nothing(school: School, desk: Desk, phone: Phone) -> None:
    school.app.front.uploads.free = lambda: 2**30
    status, answer = phone.begins(desk.plan(13).read_bytes())
    assert status == 422 and "sắp hết chỗ" in answer["text"]


NONSENSE = [
    b"",
    b"no json",
    b"[]",
    b"{}",
    b'{"name": "a.pdf", "size": "x", "mark": "", "head": "", "tail": ""}',
    b'{"name": "a.pdf", "size": -1, "mark": "", "head": "", "tail": ""}',
    b'{"name": "a.pdf", "size": 9, "mark": "", "head": "%%", "tail": ""}',
    b'{"name": "a.pdf", "size": 9, "mark": "' + b"x" * 201 + b'", "head": "", "tail": ""}',
    b'{"name": "a.pdf", "size": 9, "mark": "", "head": 1, "tail": null}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_gets_a_sentence_and_leaves_nothing(school: School, phone: Phone, body: bytes) -> None:
    seen = phone.asks("/bat-dau", body)
    assert seen.status in (400, 422) and "text" in seen.body.decode()
    assert school.rows("SELECT id FROM page_uploads") == []


def test_other_ways_to_ask_wrongly(school: School, desk: Desk, phone: Phone) -> None:
    data = desk.plan(13).read_bytes()
    _, begun = phone.begins(data)
    for below in (
        f"/phan/{begun['id']}",
        f"/phan/{begun['id']}?tu=x",
        f"/phan/{begun['id']}?tu=-1",
        "/phan/x?tu=0",
    ):
        assert phone.asks(below, data).status == 400, below
    assert phone.asks(f"/xong/{begun['id']}", b"nothing").status == 400
    assert phone.asks("/xong/x", {"sha256": ""}).status == 400
    assert phone.asks("", b"no form").status == 422
    assert phone.asks("", b"x", "multipart/form-data").status == 422
    assert phone.asks("", b"x", "multipart/form-data; boundary=y").status == 422
    assert phone.asks("/bat-dau", {}, Sec_Fetch_Site="cross-site").status == 403
    assert Phone(school, "/nop").asks("/tinh/board.db").status == 404


# --- whose link it is --------------------------------------------------------------------------------


def test_looking_uses_nothing_up_and_the_first_sender_keeps_the_link(
    school: School, desk: Desk, phone: Phone
) -> None:
    preview = Phone(school, phone.path)
    assert preview.opens().status == 200
    preview.cookies.clear()
    phone.sends(desk.plan(13).read_bytes())
    other = Phone(school, phone.path)
    seen = other.opens()
    assert seen.status == 403 and "trình duyệt khác" in seen.text and "/nop" in seen.text
    assert "Tuan 13" not in seen.text and school.teacher.staff.name not in seen.text
    assert other.begins(b"")[0] == 403
    assert phone.opens().status == 200
    school.teacher.hears("xác nhận trình ký")


def test_a_browser_that_keeps_no_cookie_can_send_too(school: School, desk: Desk, phone: Phone) -> None:
    phone.cookies.clear()
    phone.sends(desk.plan(13).read_bytes())
    school.teacher.hears("xác nhận trình ký")


def test_a_link_that_is_over_or_none_helps_on(school: School, desk: Desk, phone: Phone) -> None:
    for path in ("/nop/" + "x" * 22, "/nop/x", "/nop/" + "%00" * 5):
        seen = Phone(school, path).opens()
        assert seen.status == 404 and "/nop" in seen.text
    data = desk.heavy()
    _, begun = phone.begins(data)
    phone.piece(begun["id"], 0, data[:PIECE])
    school.passes(hours=24, minutes=1)
    assert phone.opens().status == 404
    assert phone.piece(begun["id"], PIECE, data[PIECE : 2 * PIECE])[0] == 404
    assert school.app.front.uploads.sweep() == 1
    assert not list((school.home / "parts").iterdir())
    assert school.rows("SELECT state FROM page_uploads") == [("dropped",)]


def test_many_guesses_have_to_wait_while_good_links_go_on(school: School, phone: Phone) -> None:
    answers = {Phone(school, f"/nop/{number:022}").opens().status for number in range(40)}
    assert answers == {404, 429}
    assert phone.opens().status == 200


def test_the_link_ends_with_the_chat(school: School, phone: Phone) -> None:
    office = school.office()
    with office.db.write() as connection:
        gone = sa.delete(accounts).where(accounts.c.person_id == school.teacher.staff.id)
        connection.execute(gone)
    office.close()
    assert phone.opens().status == 404


def test_nothing_on_the_page_leaves_it_or_is_kept(phone: Phone) -> None:
    seen = phone.opens()
    policy = seen.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["referrer-policy"] == "no-referrer"
    fresh = Phone(phone.school, phone.path).opens().headers["set-cookie"]
    assert "HttpOnly" in fresh and "SameSite=Lax" in fresh and "Secure" in fresh


def test_a_disk_that_fills_up_meanwhile_is_told(
    school: School, desk: Desk, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = desk.plan(13).read_bytes()
    _, begun = phone.begins(data)
    monkeypatch.setattr(school.app.front.uploads.parts, "add", full)
    status, answer = phone.piece(begun["id"], 0, data)
    assert status == 507 and "sắp hết chỗ" in answer["text"]
    monkeypatch.setattr(school.app.front.uploads, "take_whole", full)
    form = phone.sends_form(data)
    assert form.status == 422 and "sắp hết chỗ" in form.text
