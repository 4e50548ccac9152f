"""The Zalo bot as people meet it: no file, no button, a reason in one line, codes, pictures by link."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from tests.acceptance.zalo_people import get, short_code
from tests.conversation import ZaloBotMember
from tests.fakes.zalo_bot_sim import ZaloBotSim, ZaloBotWorld
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.pins import PIN, school_under_pins
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School
from tests.upload_page import Phone, asks_for_link, link_in

from hoso_bot.domain.errors import SettingsError

REASON = "Bài 2 tiết 3 thiếu hoạt động khởi động (trang 4)"


@pytest.fixture
def school(make_school: MakeSchool, zalo_bot: ZaloBotSim) -> Iterator[School]:
    """A running school: head and another teacher on the Zalo bot, the others on Telegram."""
    running = make_school(bots=zalo_bot, on_zalo_bot=("GV06", "GV08"))
    running.start()
    yield running
    running.checks()


def world(school: School) -> ZaloBotWorld:
    assert school.bot
    return school.bot


# --- deciding ----------------------------------------------------------------------------------------


def test_a_card_says_what_to_type_and_brings_picture_and_file_by_link(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    assert re.search(r"Để trả lời, gõ: DUYET \d{4} hoặc TUCHOI \d{4} kèm lý do$", card.text)
    looked_at(school, card.raw["document"]["file_id"])
    assert [look["link_of"] for look in school.audited("file.previewed")] == ["GV06"]
    assert school.audited("file.downloaded") == []
    assert card.file().startswith(b"%PDF-")
    assert len(school.audited("file.downloaded")) == 1
    picture = school.head.messages()[0]
    assert picture.raw["photo"] and not picture.text
    (photo,) = [look for look in world(school).state()["fetched"] if look["why"] == "photo"]
    assert (photo["status"], photo["type"]) == (200, "image/jpeg")
    assert school.audited("card.opened") == []
    assert get(f"{photo['url']}x")[0] == 404
    assert get(photo["url"])[0] == 200
    school.passes(minutes=15, seconds=1)
    assert get(photo["url"])[0] == 404


def test_a_reason_may_stand_in_the_same_line(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    _, number = typed_for(school, "Từ chối")
    school.head.says(f"từ chối {number} ngắn")
    school.head.hears("lý do|cụ thể")
    school.head.says(f"Từ chối {number}: {REASON}")
    school.head.hears("^Đã trả lại")
    assert REASON in school.teacher.hears("cần chỉnh sửa").text
    school.passes(seconds=11)
    school.head.says(f"TUCHOI {number} {REASON}")
    school.head.hears("Nút này đã được dùng rồi|không còn")
    assert school.decisions() == 1
    assert card.text


def test_words_behind_an_approval_decide_nothing(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    _, number = typed_for(school, "Ký duyệt")
    school.head.says(f"Duyệt {number} thế nào được khi thiếu trang")
    school.head.hears("Có 1 hồ sơ đang chờ")
    assert school.step_states() == ["pending", "waiting"]


def test_a_number_is_good_in_its_own_chat_only(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    _, number = typed_for(school, "Ký duyệt")
    school["GV08"].says(f"DUYET {number}")
    school["GV08"].hears(".")
    assert school.step_states() == ["pending", "waiting"]


def typed_for(school: School, label: str) -> tuple[str, str]:
    head = school.head
    assert isinstance(head, ZaloBotMember)
    return head.typed_for(label)


# --- what does not arrive ----------------------------------------------------------------------------


def test_a_file_that_zalo_does_not_bring_is_answered_with_the_way_in(school: School, desk: Desk) -> None:
    loan = school["GV08"]
    loan.sends(b"%PDF-1.7 a plan", in_chat=True)
    answer = loan.hears("Zalo không cho em thấy")
    assert "vào đây" not in answer.text
    Phone(school, link_in(answer.text)).sends(desk.plan(13).read_bytes())
    loan.hears("xác nhận trình ký")
    loan.sends(b"%PDF-1.7 a plan", in_chat=True, named=False)
    school.rests()
    loan.hears_nothing(0.2)
    page = get(f"http://127.0.0.1:{school.app.port}/metrics")[1].decode()
    assert 'hoso_messages_faceless{channel="zalo_bot"} 1.0' in page


def test_a_photo_a_voice_and_a_sticker_are_told_what_counts(school: School) -> None:
    loan = school["GV08"]
    loan.sends_photo()
    assert "/nop" in loan.hears("Em nhận được ảnh").text
    for kind in ("voice", "sticker"):
        world(school).does(kind, chat_id=loan.chat_id)
        assert "/nop" in loan.hears("Em chỉ nhận KHBD là tệp PDF").text


@pytest.mark.parametrize(("command", "verdict"), [("/kiemtra", "chưa nộp gì"), ("/kiemchung", "chữ ký")])
def test_a_file_to_look_at_comes_by_the_page_too(
    school: School, desk: Desk, command: str, verdict: str
) -> None:
    loan = school["GV08"]
    loan.says(command)
    assert "/nop" in loan.hears("tệp PDF cần kiểm tra").text
    loan.sends(desk.plan(13))
    loan.hears(verdict)
    school.rests()
    assert school.rows("SELECT id FROM uploads") == []


def test_a_photo_reaches_the_support_contact(school: School) -> None:
    loan = school["GV08"]
    loan.says("/hotro")
    loan.hears("ngay vào đây")
    loan.sends_photo(base64="/9j/4AAQSkZJRg==")
    school.vice.hears("Cô|hỏi|#1")
    assert any(message.file_name for message in school.vice.messages())


@pytest.mark.parametrize("words", ["/huongdan", "/trangthai", "/hoso", "chào em"])
def test_nobody_is_told_to_send_a_file_here(school: School, words: str) -> None:
    school["GV08"].says(words)
    said = school["GV08"].hears(".")
    assert "vào đây" not in said.text
    assert "/nop" in said.text


# --- linking -----------------------------------------------------------------------------------------


def test_a_short_code_links_here_and_the_greeting_names_the_page(
    make_school: MakeSchool, zalo_bot: ZaloBotSim
) -> None:
    school = make_school(linked=("PHT01",), bots=zalo_bot)
    school.start()
    lan, thief = school.zalo_bot_member("GV09"), school.zalo_bot_member("GV01")
    code = short_code(school, "GV09")
    thief.says(code.replace("GV09", "GV01"))
    thief.hears("Mã chưa đúng")
    lan.says(code.lower())
    lan.hears("Thầy/cô đồng ý không ạ.*Để trả lời, gõ: DONGY \\d{4}")
    lan.presses("Đồng ý")
    greeting = lan.hears("Đã liên kết: Tạ Thị Loan")
    assert "Tệp gửi thẳng vào đây không tới được em.\nThầy/cô gõ /nop" in greeting.text
    school.vice.hears("Tạ Thị Loan .* vừa liên kết tài khoản Zalo Bot")
    other = short_code(school, "GV08")
    for _ in range(5):
        thief.says("GV08 0000 0000" if other != "GV08 0000 0000" else "GV08 0000 0001")
        thief.hears("Mã chưa đúng|nhập sai")
    thief.says(other)
    thief.hears("nhập sai mã nhiều lần")
    school.passes(hours=48, minutes=1)
    school.zalo_bot_member("GV08").says(other)
    school.zalo_bot_member("GV08").hears("Mã chưa đúng, đã dùng hoặc hết hạn")
    school.checks()


def test_one_code_is_good_for_the_account_or_the_bot(
    make_school: MakeSchool, zalo: ZaloSim, zalo_bot: ZaloBotSim
) -> None:
    school = make_school(linked=("PHT01",), zalo=zalo, bots=zalo_bot)
    school.start()
    for member in (school.zalo_member("GV09"), school.zalo_bot_member("GV08")):
        member.says(short_code(school, member.staff.staff_id))
        member.hears("Thầy/cô đồng ý không ạ")
        member.presses("Đồng ý")
        member.hears("Đã liên kết")
    school.checks()


# --- links and previews ------------------------------------------------------------------------------


def test_a_preview_uses_no_link_up(make_school: MakeSchool, zalo_bot: ZaloBotSim, desk: Desk) -> None:
    school = school_under_pins(make_school, bots=zalo_bot, on_zalo_bot=("GV06",))
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.presses("Xác nhận")
    asked = school.head.hears("/pin/")
    link = re.search(r"http\S+/pin/\S+", asked.text)
    assert link
    looked_at(school, link[0])
    assert get(link[0])[0] == 200
    school.head.says(PIN)  # in the chat, against the advice: sealed before it is kept
    school.head.hears("không cho em xóa tin có mã PIN")
    school.rests()
    kept = b"".join(path.read_bytes() for path in school.home.glob("hoso.db*"))
    assert PIN.encode() not in kept
    school.checks()


def looked_at(school: School, link: str) -> None:
    """Wait until Zalo's preview has opened this link."""
    for _ in range(200):
        looks = world(school).state()["fetched"]
        if any(look["url"] == link and look["why"] == "preview" for look in looks):
            return
        time.sleep(0.02)
    raise AssertionError(f"no preview of {link}")


# --- deliveries and trouble --------------------------------------------------------------------------


def test_twice_delivered_is_done_once(school: School, desk: Desk) -> None:
    world(school).changes(twice=True)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.rests()
    assert school.decisions() == 1


def test_a_refused_token_is_told_to_the_office_once(school: School, desk: Desk) -> None:
    world(school).fault("error", "sendMessage", code=401)
    school["GV08"].says("/trangthai")
    school.vice.hears("mã 401.*hoso-bot doctor")
    school.vice.hears_nothing(0.3, "hoso-bot doctor")
    school.passes(minutes=6)
    school["GV08"].hears(".")


def test_who_is_gone_is_told_to_the_office(school: School, desk: Desk) -> None:
    school.head.blocks()
    school.teacher.hands_in(desk.plan(13))
    school.vice.hears("không gửi được tin cho Bùi Thị Tuyết Nga")


@pytest.mark.parametrize(
    ("bot", "web", "wanted"),
    [
        ({"token": "1:a"}, {}, "HOSO_WEB__PUBLIC_URL"),
        ({"token": "1:a", "mode": "webhook"}, {"public_url": "https://x.example"}, "HOSO_ZALO_BOT__SECRET"),
    ],
)
def test_half_of_the_settings_does_not_start(
    make_school: MakeSchool, bot: dict[str, str], web: dict[str, str], wanted: str
) -> None:
    from hoso_bot.settings import ZaloBot

    with pytest.raises(SettingsError, match=wanted):
        make_school(zalo_bot=ZaloBot(**bot), web=web).start()  # type: ignore[arg-type]


# --- handing in --------------------------------------------------------------------------------------


def test_a_plan_comes_by_the_page_and_is_handed_in_on_the_page_of_its_card(
    school: School, desk: Desk
) -> None:
    teacher = school["GV08"]
    phone = Phone(school, asks_for_link(teacher, "nộp"))
    assert "Chọn tệp PDF" in phone.opens().text
    phone.sends(desk.plan(13).read_bytes())
    teacher.hears("xác nhận trình ký")
    school.rests()
    seen = phone.opens()
    assert "mở lại Zalo" in seen.text and "Trình ký ngay" in seen.text
    answer = phone.asks("/tra-loi", b"", "application/x-www-form-urlencoded")
    assert answer.status == 303
    assert re.fullmatch(r"/the/[\w-]{22}", answer.headers["location"])
    teacher.presses("Trình ký")
    teacher.hears("^Đã trình ký")
    school.rests()
    assert phone.state() == "submitted"
    assert phone.asks("/tra-loi", b"").headers["location"] == phone.path.removeprefix("/nop/")
