"""The invite sheet as a real PDF: its words, its pages, and QR codes that lead where they should."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from hoso_bot.pdf.invite_sheet import (
    MARGIN_LEFT,
    MARGIN_TOP,
    PADDING,
    QR_SIZE,
    Invite,
    SheetWords,
    write_sheet,
)

SCHOOL = "Trường Tiểu học Hoa Phượng Đỏ"
WORDS = SheetWords(
    scan_steps=(
        "Mở máy ảnh hoặc Zalo, quét mã bên trái.",
        "Bấm Bắt đầu trong Telegram.",
        "Bấm Đồng ý. Thấy bot chào đúng tên là xong.",
    ),
    type_steps=(
        "Mở Telegram, tìm {bot} (hỏi văn phòng nếu chưa thấy).",
        "Gõ và gửi: /start {code}",
        "Bấm Đồng ý. Thấy bot chào đúng tên là xong.",
    ),
    any_bot="bot của trường",
    code="Mã:",
    expires="Dùng một lần, đến hết ngày {date}. Đừng cho người khác xem phiếu này.",
)
SCALE = 4
PIXELS = SCALE * 72 / 25.4  # per millimetre
EXPIRES = date(2026, 11, 30)


def invite(n: int = 1, *, name: str = "Đỗ Thị Kim Oanh", linked: bool = True) -> Invite:
    code = f"k7Qm_{n:03d}-Zx81LwPa0OIl1vB"
    link = f"https://t.me/hoaphuong_khbd_bot?start={code}" if linked else None
    return Invite(f"GV{n:02d}", name, "Tổ 1-2-3", code, link, EXPIRES)


def sheet(tmp_path: Path, *invites: Invite, bot_name: str | None = "hoaphuong_khbd_bot") -> Path:
    target = tmp_path / "invites.pdf"
    write_sheet(target, SCHOOL, bot_name, invites, WORDS)
    return target


def rendered(path: Path) -> Image.Image:
    return pypdfium2.PdfDocument(path)[0].render(scale=SCALE).to_pil().convert("L")


def words_on(path: Path, page: int = 0) -> str:
    return " ".join(PdfReader(path).pages[page].extract_text().split())


def test_a_card_says_who_how_and_until_when(tmp_path: Path) -> None:
    text = words_on(sheet(tmp_path, invite()))
    for expected in (SCHOOL, "Đỗ Thị Kim Oanh", "Tổ 1-2-3", invite().code, "Bấm Đồng ý", "30/11/2026"):
        assert expected in text


def test_without_a_link_the_card_says_what_to_type(tmp_path: Path) -> None:
    text = words_on(sheet(tmp_path, invite(linked=False), bot_name=None))
    assert f"/start {invite().code}" in text
    assert "bot của trường" in text


def test_a_known_bot_is_named_once_with_its_at_sign(tmp_path: Path) -> None:
    assert "tìm @khbd_bot (" in words_on(sheet(tmp_path, invite(linked=False), bot_name="@khbd_bot"))


@pytest.mark.parametrize(("people", "pages"), [(1, 1), (8, 1), (9, 2), (60, 8)])
def test_eight_cards_to_a_page(tmp_path: Path, people: int, pages: int) -> None:
    path = sheet(tmp_path, *(invite(n) for n in range(people)))
    assert len(PdfReader(path).pages) == pages


def test_every_person_is_on_the_sheet_once(tmp_path: Path) -> None:
    path = sheet(tmp_path, *(invite(n) for n in range(19)))
    text = " ".join(words_on(path, page) for page in range(3))
    assert [text.count(invite(n).code) for n in range(19)] == [1] * 19


@pytest.mark.parametrize(
    "name", ["Nguyễn Hoàng Thị Phương Khánh Quỳnh Như " * 2, "Ẵ" * 100], ids=["two full names", "widest"]
)
def test_long_names_stay_inside_their_card(tmp_path: Path, name: str) -> None:
    image = rendered(sheet(tmp_path, invite(name=name.strip())))
    neighbour = image.crop(tuple(int(side * PIXELS) for side in (106, 12, 199, 78)))
    assert neighbour.getextrema()[0] > 250  # the place of the next card is still white


def test_the_printed_qr_code_is_the_one_of_the_link(tmp_path: Path) -> None:
    image = rendered(sheet(tmp_path, invite()))
    link = invite().telegram_link
    assert link
    expected = [[bool(dark) for dark in line] for line in segno.make_qr(link, error="m").matrix]
    left, top = MARGIN_LEFT + PADDING, MARGIN_TOP + PADDING + 17
    module = QR_SIZE / len(expected)

    def is_dark(x: int, y: int) -> bool:
        spot = ((left + (x + 0.5) * module) * PIXELS, (top + (y + 0.5) * module) * PIXELS)
        return bool(image.getpixel((int(spot[0]), int(spot[1]))) < 128)

    size = range(len(expected))
    assert [[is_dark(x, y) for x in size] for y in size] == expected


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    assert stat.S_IMODE(sheet(tmp_path, invite()).stat().st_mode) == 0o600


def test_no_invites_no_sheet(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        sheet(tmp_path)
