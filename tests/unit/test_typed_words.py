"""What people type instead of pressing: accents, case, spaces and order do not matter."""

from __future__ import annotations

import pytest

from hoso_bot.domain.typed_words import TypedWord, read


@pytest.mark.parametrize(
    "text",
    [
        "DUYET 4821",
        "duyet 4821",
        "Duyệt 4821",
        "DUYỆT  4821.",
        "duye\u0323\u0302t 4821",
        "duyet4821",
        "duyệt: 4821",
        "(DUYET) 4821!",
        "4821 duyệt",
        "4821DUYET",
        "Du yet 4821",
        "DUYET-4821",
    ],
)
def test_carelessly_typed_is_still_typed(text: str) -> None:
    assert read(text) == TypedWord("DUYET", "4821")


def test_a_word_may_end_with_a_digit() -> None:
    assert read("chon2 4821") == read("Chọn 2 4821") == TypedWord("CHON2", "4821")
    assert read("4821 chọn 12") == TypedWord("CHON12", "4821")
    assert read("DUYET 48213") == TypedWord("DUYET", "48213")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4821",
        "duyệt",
        "DUYET 482",
        "DUYET 482133",
        "12 4821",
        "/duyet 4821",
        "Em gửi lại kế hoạch tuần 13, năm 2026 2027 ạ, nhờ cô xem",
        "duyet 4821 ✅",
        "DUYET 48 21",
        "x" * 50 + " 4821",
    ],
)
def test_other_words_are_other_words(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "TUCHOI 4821 thiếu mục tiêu bài 3",
        "tuchoi 4821: thiếu mục tiêu bài 3",
        "Từ chối 4821 – thiếu mục tiêu bài 3  ",
        "từ chối 4821\nthiếu mục tiêu bài 3",
        "Từ chối: 4821, thiếu mục tiêu bài 3",
    ],
)
def test_words_may_stand_behind_it(text: str) -> None:
    assert read(text) == TypedWord("TUCHOI", "4821", "thiếu mục tiêu bài 3")
