"""What makes a PIN, and how wrong tries close the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.pin import (
    PAUSE,
    TRIES_ELSEWHERE,
    Tries,
    looks_like_foreign_pin,
    looks_like_pin,
    may_be_foreign_pin,
    may_be_pin,
    normal,
    pin_problem,
)

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PINS = st.from_regex(r"[0-9]{6}", fullmatch=True)


@pytest.mark.parametrize("pin", ["000000", "123456", "654321", "890123", "121212", "407407", "987654"])
def test_easy_numbers_are_no_pins(pin: str) -> None:
    assert pin_problem(pin) == "pin.weak"


@pytest.mark.parametrize("phone", ["0912 407 193", "+84 912407193", "0407193555"])
def test_a_part_of_the_telephone_number_is_no_pin(phone: str) -> None:
    assert pin_problem("407193", (phone,)) == "pin.weak"


@pytest.mark.parametrize("typed", ["", "40719", "4071933", "40719a", "٤٠٧١٩٣"])
def test_a_pin_has_six_ascii_digits(typed: str) -> None:
    assert pin_problem(typed) == "pin.shape"


def test_most_numbers_are_good_pins() -> None:
    good = sum(pin_problem(f"{number:06}") is None for number in range(0, 1_000_000, 97))
    assert good > 0.99 * 1_000_000 / 97


@given(pin=PINS)
def test_however_it_is_spaced_a_pin_is_kept_from_the_inbox(pin: str) -> None:
    for typed in (pin, f"{pin[:3]} {pin[3:]}", "-".join(pin), f" {pin}. "):
        assert looks_like_pin(typed)
        assert may_be_pin(typed)
        assert normal(typed) == pin


@pytest.mark.parametrize(
    "typed", ["26/11 30/11", "5/2 - 6/2", "Tuần 12", "sửa bài 3 trang 12 giúp em", "nghỉ 05/02"]
)
def test_dates_and_sentences_are_no_pins(typed: str) -> None:
    assert not may_be_pin(typed)


def test_five_wrong_tries_pause_and_ten_block() -> None:
    tries, lefts = Tries(), []
    for _ in range(10):
        tries = tries.one_more(NOW)
        lefts.append(tries.left)
    assert lefts == [4, 3, 2, 1, 5, 4, 3, 2, 1, 0]
    assert tries.blocked
    assert not tries.may_try(NOW + timedelta(days=365))


def test_a_pause_ends_by_itself() -> None:
    paused = Tries(4).one_more(NOW)
    assert not paused.may_try(NOW + PAUSE - timedelta(seconds=1))
    assert paused.may_try(NOW + PAUSE)


def test_a_token_that_counts_itself_is_given_two_tries_and_no_pause() -> None:
    tries, seen = Tries(before_block=TRIES_ELSEWHERE), []
    for _ in range(2):
        tries = tries.one_more(NOW)
        seen.append((tries.left, tries.blocked, tries.may_try(NOW)))
    assert seen == [(1, False, True), (0, True, False)]


@pytest.mark.parametrize("typed", ["1234", "Tuyet-Nga_4071", "vuong-8265+551203", "P@ss.word/9"])
def test_a_foreign_pin_is_one_word_of_any_letters(typed: str) -> None:
    assert looks_like_foreign_pin(typed) and may_be_foreign_pin(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("123", False), ("mậtkhẩu", False), ("x" * 33, False), ("em chưa rõ", True), ("/hotro", True)],
)
def test_a_mistyped_word_is_dropped_and_a_sentence_or_command_stays(typed: str, kept: bool) -> None:
    assert may_be_foreign_pin(typed) is not kept
    assert not may_be_foreign_pin(typed) or not looks_like_foreign_pin(typed)
