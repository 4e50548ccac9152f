"""Zalo as people meet it: typing instead of tapping, short codes, silence, leaving, lost tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.zalo_people import get
from tests.conversation import Member, ZaloMember
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.pins import PIN, school_under_pins
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.errors import SettingsError

TRIO = ("GV09", "GV06", "PHT01")


@pytest.fixture
def school(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[School]:
    """A running school: teacher, head and vice-principal on Zalo, the others on Telegram."""
    running = make_school(zalo=zalo, on_zalo=TRIO)
    running.start()
    yield running
    running.checks()


def on_zalo(school: School, staff_id: str) -> ZaloMember:
    member = school[staff_id]
    assert isinstance(member, ZaloMember)
    return member


# --- typing ------------------------------------------------------------------------------------------


def test_a_number_is_good_for_one_message_of_one_chat(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    word, number = on_zalo(school, "GV06").typed_for("Ký duyệt", card)
    assert (word, len(number)) == ("DUYET", 4)
    school.vice.says(f"DUYET {number}")
    school.vice.hears("gửi tệp PDF|chờ|hỗ trợ|Em chưa hiểu|Thầy/cô")
    wrong = str((int(number) - 999) % 9000 + 1000)
    school.head.says(f"duyệt {wrong}")
    school.head.hears(f"không có số {wrong}.*xem /trangthai, /choduyet")
    school.head.says(f"trình ký {number}")
    school.head.hears_nothing(0.2, "Ký duyệt KHBD")
    assert school.step_states() == ["pending", "waiting"]
    school.head.says(f"  tỪ chỐi {number}")
    school.head.hears("nêu rõ điểm chưa đạt")


def test_an_old_number_says_that_it_is_old(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    _, number = on_zalo(school, "GV06").typed_for("Ký duyệt", card)
    school.head.approves()
    school.passes(seconds=11)
    school.head.says(f"DUYET {number}")
    school.head.hears("Nút này đã được dùng rồi")
    school.head.says(f"TUCHOI {number}")
    school.head.hears("Nút này đã được dùng rồi")
    school.head.says(f"HUY {number}")
    assert school.decisions() == 1


def test_a_known_word_with_another_messages_number_is_put_right(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    asked = school.head.hears("Chữ ký số được ghi vào tệp")
    _, number = on_zalo(school, "GV06").typed_for("Xác nhận", asked)
    school.head.says(f"DUYET {number}")
    school.head.hears(f"Với số {number}, thầy/cô gõ DESAU {number} hoặc XACNHAN {number}")
    assert school.decisions() == 0
    school.head.says(f"xac nhan {number}")
    school.head.hears("^Đã ký KHBD")


def test_a_reason_with_words_and_numbers_is_a_reason(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Từ chối")
    school.head.hears("nêu rõ điểm chưa đạt")
    school.head.says("sai ngay day 2026")
    school.head.hears("^Đã trả lại")
    assert "sai ngay day 2026" in school.teacher.hears("cần chỉnh sửa").text


def test_a_reason_may_stand_behind_the_number(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    assert "kèm lý do" in card.text
    _, number = on_zalo(school, "GV06").typed_for("Từ chối", card)
    school.head.says(f"tu choi {number}: thiếu hoạt động khởi động ở bài 2")
    school.head.hears("^Đã trả lại")
    assert '"thiếu hoạt động khởi động ở bài 2"' in school.teacher.hears("cần chỉnh sửa").text


def test_a_stolen_payload_is_worth_nothing_in_another_chat(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    card = school.head.gets_card()
    payload = card.raw["buttons"][0][0]["data"]
    for thief in (school.vice, school.teacher):
        thief.says(payload)
        thief.hears("Nút này không dành cho thầy/cô")
    assert school.step_states() == ["pending", "waiting"]


# --- deliveries --------------------------------------------------------------------------------------


def test_twice_delivered_is_done_once(school: School, desk: Desk) -> None:
    assert school.oa
    school.oa.changes(twice=True)
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.rests()
    assert len(school.rows("SELECT id FROM versions")) == 1
    assert school.decisions() == 1


def test_what_came_while_the_bot_was_down_is_delivered_later_and_in_time(school: School) -> None:
    school.stop()
    school.teacher.says("/trangthai")
    school.start()
    school.teacher.hears("chưa nộp|chưa có")
    assert school.oa
    answered = [d for d in school.oa.state()["deliveries"] if d["status"] == 200]
    assert max(delivery["seconds"] for delivery in answered) < 2


def test_echoes_and_receipts_leave_no_row(school: School) -> None:
    school.teacher.says("/huongdan")
    school.teacher.hears("Nộp KHBD")
    school.rests()
    kinds = {
        kind
        for (kind,) in school.rows(
            "SELECT json_extract(payload, '$.event_name') FROM inbox WHERE source = 'zalo_oa'"
        )
    }
    assert kinds == {"user_send_text"}
    assert len([d for d in school.oa.state()["deliveries"] if d["status"] == 200]) >= 2  # type: ignore[union-attr]


# --- files -------------------------------------------------------------------------------------------


def test_a_photo_instead_of_a_file_gets_the_usual_help(school: School) -> None:
    school.teacher.sends_photo()
    school.teacher.hears("ảnh")


def test_a_damaged_download_is_asked_for_again_by_itself(school: School, desk: Desk) -> None:
    assert school.oa
    school.oa.fault("garbage", "download")
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()


def test_a_link_to_a_neighbour_is_answered_kindly_and_not_followed(school: School) -> None:
    school.teacher.sends(b"%PDF-1.7", url=f"http://127.0.0.1:{school.app.port}/readyz")
    school.teacher.hears("không tải được|chưa tải được|gửi lại")


def test_a_big_signed_file_comes_as_a_link_for_its_reader_alone(
    make_school: MakeSchool, zalo: ZaloSim, desk: Desk, tmp_path: Path
) -> None:
    school = make_school(zalo=zalo, on_zalo=("GV06",))
    school.start()
    school.teacher.hands_in(with_noise(desk.plan(13), tmp_path))
    card = school.head.hears("trình ký KHBD.*Tải tệp KHBD-.*trinh-ky.pdf \\([67][,\\d]* MB\\)")
    assert re.search(r"Mở trang này để xem và bấm nút:\nhttp\S+/the/\S+", card.text)
    link = re.search(r"http\S+/f/\S+", card.text)
    assert link
    found = get(link[0])
    assert found[0] == 200
    assert found[1].startswith(b"%PDF-")
    assert get(link[0])[0] == 200  # looked at once by a previewer, it still opens
    assert school.audited("file.downloaded") and len(school.audited("file.downloaded")) == 1
    assert get(link[0] + "x")[0] == 404
    school.passes(hours=24, minutes=1)
    status, page = get(link[0])
    assert status == 404
    assert "không dùng được nữa" in page.decode()
    school.checks()


def with_noise(plan: Path, folder: Path) -> Path:
    """The same plan with a picture of six megabytes in it."""
    import os

    import pikepdf

    target = folder / plan.name
    with pikepdf.open(plan) as pdf:
        noise = pikepdf.Stream(pdf, os.urandom(6 * 2**20))
        noise["/Type"], noise["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
        noise["/Width"], noise["/Height"], noise["/BitsPerComponent"] = 2048, 1024, 8
        noise["/ColorSpace"] = pikepdf.Name.DeviceRGB
        pdf.pages[0].Resources["/XObject"] = pikepdf.Dictionary(Noise=noise)
        pdf.save(target)
    return target


# --- the office --------------------------------------------------------------------------------------


def test_lost_tokens_are_told_to_the_office_once_and_a_login_sends_what_waited(
    make_school: MakeSchool, zalo: ZaloSim, desk: Desk
) -> None:
    school = make_school(zalo=zalo, on_zalo=("GV06",))
    school.start()
    assert school.oa
    school.oa.does("revoke", refresh=True)
    school.teacher.hands_in(desk.plan(13))
    school.vice.hears("cần được cấp quyền lại.*hoso-bot zalo-oa login")
    school.vice.hears_nothing(0.3, "cấp quyền lại")
    log_in_by_page(school)
    school.passes(minutes=6)
    school.head.gets_card()
    school.checks()


def log_in_by_page(school: School) -> None:
    """`hoso-bot zalo-oa login`, the administrator agrees, the browser comes back to the bot's page."""
    from urllib.parse import parse_qs, quote, urlsplit

    from hoso_bot.zalo_account import ZaloAccount

    assert school.oa
    account = ZaloAccount.of(school.settings, school.app.db, school.clock)
    assert account
    asked = parse_qs(urlsplit(account.login_url()).query)
    agreed = school.oa.does("agree", challenge=asked["code_challenge"][0])
    page = f"{asked['redirect_uri'][0]}?code={quote(agreed['code'])}&oa_id={agreed['oa_id']}"
    assert get(f"{page}&state=wrong")[0] == 400
    status, body = get(f"{page}&state={asked['state'][0]}")
    assert status == 200
    assert "Đã kết nối" in body.decode()
    assert get(f"{page}&state={asked['state'][0]}")[0] == 400


def test_trouble_of_the_account_is_told_once_a_day(school: School) -> None:
    assert school.oa
    principal: Member = school.principal
    school.oa.fault("error", "cs", code=-224, times=1)
    school.teacher.says("/trangthai")
    school.vice.hears("không gửi được tin \\(mã -224\\).*hoso-bot doctor")
    school.passes(minutes=6)
    school.teacher.hears("chưa nộp|chưa có")
    assert principal.messages() == []


@pytest.mark.parametrize(
    ("zalo_oa", "web", "wanted"),
    [
        ({"app_id": "1"}, {}, "APP_SECRET"),
        ({"app_id": "1", "app_secret": "a", "oa_secret": "b"}, {}, "HOSO_WEB__PUBLIC_URL"),
    ],
)
def test_half_of_the_settings_does_not_start(
    make_school: MakeSchool, zalo_oa: dict[str, str], web: dict[str, str], wanted: str
) -> None:
    from hoso_bot.settings import ZaloOa

    with pytest.raises(SettingsError, match=wanted):
        make_school(zalo_oa=ZaloOa(**zalo_oa), web=web).start()  # type: ignore[arg-type]


def test_a_pin_is_typed_on_its_page_and_one_typed_in_the_chat_is_not_kept(
    make_school: MakeSchool, zalo: ZaloSim, desk: Desk
) -> None:
    school = school_under_pins(make_school, zalo=zalo, on_zalo=("GV06",))
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.presses("Xác nhận")
    asked = school.head.hears("/pin/")
    school.head.says(PIN)  # in the chat, against the advice: sealed before it is kept
    school.head.hears("không cho em xóa tin có mã PIN")
    school.rests()
    kept = b"".join(path.read_bytes() for path in school.home.glob("hoso.db*"))
    assert PIN.encode() not in kept
    link = re.search(r"http\S+/pin/\S+", asked.text)
    assert link
    assert get(link[0])[0] == 200
    school.checks()
