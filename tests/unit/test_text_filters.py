"""How numbers, pages and moments are told in Vietnamese."""

from __future__ import annotations

from typing import Any

import pytest

from hoso_bot import texts


def said(template: str, **facts: Any) -> str:
    return texts._environment().from_string(template).render(**facts)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 phút"),
        (59, "59 phút"),
        (60, "1 giờ"),
        (125, "2 giờ 5 phút"),
        (1440, "1 ngày"),
        (3485, "2 ngày 10 giờ"),
    ],
)
def test_how_late(minutes: int, words: str) -> None:
    assert said("{{ n|tre }}", n=minutes) == words


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([3], "trang 3"),
        ([7, 5, 6, 3], "trang 3, 5–7"),
        ([1, 2], "trang 1–2"),
        ([1, 1, 1], "trang 1"),
        (list(range(1, 30, 2)), "trang 1, 3, 5, 7, 9, 11, …"),
    ],
)
def test_pages(pages: list[int], words: str) -> None:
    assert said("{{ p|trang }}", p=pages) == words


@pytest.mark.parametrize(("number", "words"), [(20, "20"), (1.5, "1,5"), (20.0, "20"), (0.1, "0,1")])
def test_numbers_have_a_comma(number: float, words: str) -> None:
    assert said("{{ n|so }}", n=number) == words


def test_moments_are_told_in_vietnam() -> None:
    assert said("{{ m|luc }}", m="2025-11-30T16:59:59+00:00") == "23:59 CN 30/11"
    assert said("{{ m|han }}", m="2025-11-30T23:59:59+07:00") == "CN 30/11, 23:59"
