"""The code on paper: random, spelled in fours, read however it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain import lookup_code

SOME = st.binary(min_size=10, max_size=10)


@given(SOME)
def test_what_was_spelled_is_read_again(random: bytes) -> None:
    code = lookup_code.made_of(random)
    assert len(code) == 16
    for typed in (code, lookup_code.spelled(code), lookup_code.spelled(code).upper(), f" {code} "):
        assert lookup_code.read(typed) == code


@given(SOME, SOME)
def test_other_bytes_make_another_code(one: bytes, other: bytes) -> None:
    assert (one == other) == (lookup_code.made_of(one) == lookup_code.made_of(other))


def test_letters_that_look_alike_are_taken_for_one() -> None:
    assert lookup_code.read("OOOO-iiii-LLLL-oooo") == lookup_code.read("0000-1111-1111-0000")


@pytest.mark.parametrize(
    "typed", ["", "abc", "KHBD-2627-T13-GV09", "uuuu-uuuu-uuuu-uuuu", "0" * 17, "é" * 16]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert lookup_code.read(typed) is None


@pytest.mark.parametrize("random", [b"", bytes(9), bytes(11)])
def test_fewer_random_bytes_make_no_code(random: bytes) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        lookup_code.made_of(random)


@pytest.mark.parametrize("typed", ["KHBD-2627-T13-GV09", "khbd-2627-t13-gv09-1", "KHDH-2526-T01-PHT01-12"])
def test_a_record_code_is_told_from_a_lookup_code(typed: str) -> None:
    assert lookup_code.is_record_code(typed) and lookup_code.read(typed) is None
