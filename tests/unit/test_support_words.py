"""What may be passed on from one person to another, and as what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.channels.telegram_text import MAX_TEXT, units
from hoso_bot.domain.support import MARK, Ticket, first_words, inert, is_pdf, passed_on_name, plain, quoted

JOINER = "\N{WORD JOINER}"


@pytest.mark.parametrize(
    "text",
    [
        "/choduyet",
        "gõ /start ma-lien-ket",
        "(/huy)",
        "https://t.me/bot?start=1",
        "tg://resolve?domain=x",
        "xem evil.example nhé",
        "@thay_tung",
        "thu@truong.example",
    ],
)
def test_what_a_chat_would_make_tappable_is_broken_but_reads_the_same(text: str) -> None:
    made = inert(text)
    assert made != text
    assert made.replace(JOINER, "") == text


@pytest.mark.parametrize(
    "text", ["Tuần 5/10, tiết 3", "12/10/2025", "Lớp 5A/5B", "3.5 tiết", "Em chào thầy 👩‍🏫!"]
)
def test_what_teachers_write_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202egnp.exe", "agnp.exe"),
        ("a\x00\x1b[31mb", "a[31mb"),
        ("một\r\nhai\u2028ba", "một\nhai\nba"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("e\u0302\u0301", "ế"),
        ("\ud800x", "x"),
    ],
)
def test_nothing_invisible_is_passed_on(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(max_size=6000))
def test_every_line_is_marked_and_every_piece_fits_a_chat(text: str) -> None:
    pieces = quoted(text)
    assert all(line.startswith(MARK) for piece in pieces for line in piece.split("\n"))
    assert all(units(piece) <= MAX_TEXT - 500 for piece in pieces)
    said = "".join(line.removeprefix(MARK) for piece in pieces for line in piece.split("\n"))
    assert said == inert(text).replace("\n", "")


def test_ten_thousand_letters_come_in_order() -> None:
    pieces = quoted("".join(f"{n:04d} " for n in range(2000)))
    numbers = "".join(piece.replace(MARK, "").replace("\n", "") for piece in pieces).split()
    assert numbers == [f"{n:04d}" for n in range(2000)]


@pytest.mark.parametrize(
    ("name", "kind", "given_name"),
    [
        ("KHBD tuần 13.pdf", "document", "KHBD tuần 13.pdf"),
        ("ẢNH.PNG", "photo", "ẢNH.png"),
        ("document", "photo", "anh.jpg"),
        ("document", "voice", "ghi-am.ogg"),
        ("../../etc/x.docx", "document", "x.docx"),
        ("C:\\may\\bai.xlsx", "document", "bai.xlsx"),
        ("a\u202ecod.exe", "document", None),
        ("cai-dat.apk", "document", None),
        ("trang.html", "document", None),
        ("pdf", "document", None),
        ("x" * 300 + ".pdf", "document", "x" * 80 + ".pdf"),
        ("hinh.svg", "photo", "anh.jpg"),
        ("sticker", "sticker", None),
    ],
)
def test_a_file_keeps_a_clean_name_and_programs_are_not_passed_on(
    name: str, kind: str, given_name: str | None
) -> None:
    assert passed_on_name(name, kind) == given_name


def test_a_pdf_is_known_by_its_name_or_its_beginning() -> None:
    assert (
        is_pdf("KHBD.PDF", b"") and is_pdf("document", b"\n\n%PDF-1.7") and not is_pdf("anh.jpg", b"\xff\xd8")
    )


def test_the_list_shows_the_beginning_of_a_question() -> None:
    assert first_words("Em  chào\nthầy") == "Em chào thầy"
    assert first_words("dài " * 40).endswith("…") and len(first_words("dài " * 40)) <= 60


NOW = datetime(2025, 11, 26, 3, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "takes"), [(23, True), (24, False)])
def test_a_closed_ticket_takes_more_for_a_day(hours: int, takes: bool) -> None:
    ticket = Ticket("t", 1, "p", NOW, closed_at=NOW)
    assert ticket.takes_more(NOW + timedelta(hours=hours)) is takes
