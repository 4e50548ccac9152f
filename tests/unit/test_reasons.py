"""R29: what is, and what is not, a reason for a rejection."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.reasons import MAX_CHARACTERS, clean, reason_problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Thiếu mục tiêu bài Toán ở trang 3.", None),  # says what is wrong
        ("thieu phan 4 dieu chinh", None),  # typed without accents
        ("Thiếu ký tên", None),  # exactly ten letters
        ("Thiếu ký tê", "short"),  # nine
        (unicodedata.normalize("NFD", "Thiếu ký tê"), "short"),  # accents of an iPhone are not letters
        ("Sai tuần", "short"),
        ("chưađạtyêucầu", None),  # one long word, no repetition
        ("Thiếu mục tiêu\nThiếu mục tiêu", None),  # sent twice: still a reason
        ("", "empty"),
        ("   \n\t\n ", "empty"),
        ("\u200b\u200b\u2060\ufeff", "empty"),  # only invisible characters
        ("\u00a0\u3000\u2003", "empty"),  # only exotic spaces
        ("\u0301\u0301", "empty"),  # only accents without a letter
        ("ok", "short"),
        ("OK 👍", "short"),
        ("👍👍👍👍👍👍👍👍👍👍", "no_words"),  # emoji
        ("..........", "no_words"),
        ("1234567890 1234567890", "no_words"),  # digits
        ("aaaaaaaaaaaa", "no_words"),  # one letter
        ("a a a a a a a a a a a", "no_words"),
        ("ok ok ok ok ok ok", "no_words"),  # one word
        ("Ok, OK. ok! oK ok ok", "no_words"),  # whatever its case and punctuation
        ("okokokokokok", "no_words"),
        ("hahahahahaha", "no_words"),
        ("asdfasdfasdf", "no_words"),  # fewer than ten letters over and over
        ("sửa lại sửa lại sửa lại", "no_words"),
        ("aaaaaaaaaaab", "no_words"),  # hardly different letters
    ],
)
def test_a_reason_says_something(text: str, problem: str | None) -> None:
    assert reason_problem(text) == problem


@given(st.text(max_size=60))
def test_what_is_accepted_has_ten_letters_left_after_cleaning(text: str) -> None:
    if reason_problem(text) is None:
        assert sum(c.isalpha() for c in clean(text)) >= 10


@given(st.text(alphabet=st.characters(exclude_categories=["L"]), max_size=60))
def test_nothing_without_letters_is_accepted(text: str) -> None:
    assert reason_problem(text) in ("empty", "no_words")


@given(st.characters(categories=["Ll", "Lu"]), st.integers(1, 60))
def test_one_letter_is_never_a_reason(letter: str, times: int) -> None:
    assert reason_problem(letter * times) is not None


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_a_clean_text_is_normal_and_bounded(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= MAX_CHARACTERS
    assert not any(unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\u200d" for c in cleaned)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Trang 1: thiếu.\nTrang 2: sai.", "Trang 1: thiếu.\nTrang 2: sai."),  # newlines stay
        ("một\r\nhai\u2028ba", "một\nhai\nba"),  # every kind of line end
        ("không \u202eđạt\u202c \u200fyêu cầu", "không đạt yêu cầu"),  # nothing turns the text around
        ("a\x00b\x1b[31mc", "ab[31mc"),  # nothing colours a terminal
        (unicodedata.normalize("NFD", "Tiết"), "Tiết"),
        ("👩‍🏫 xem lại", "👩‍🏫 xem lại"),  # a composed emoji stays whole
    ],
)
def test_cleaning_keeps_the_words_and_drops_the_tricks(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_novel_is_cut() -> None:
    assert len(clean("x" * 5_000)) == MAX_CHARACTERS
