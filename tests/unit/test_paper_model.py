"""A paper before it is a file: numbers of headings, and text a page can hold."""

from __future__ import annotations

import pytest

from hoso_bot.reports.paper import Heading, Paragraph, numbered, printable


def test_chapters_count_in_roman_numbers_and_sections_begin_again_in_each() -> None:
    blocks = [Heading("a"), Heading("b", 2), Paragraph("c"), Heading("d", 2), Heading("e"), Heading("f", 2)]
    texts = [block.text for block in numbered(blocks) if isinstance(block, Heading | Paragraph)]
    assert texts == ["I. a", "1. b", "c", "2. d", "II. e", "1. f"]


def test_many_chapters_keep_their_roman_numbers() -> None:
    labels = [block.text for block in numbered([Heading("x")] * 14) if isinstance(block, Heading)]
    assert (labels[3], labels[8], labels[13]) == ("IV. x", "IX. x", "XIV. x")


CLEANED = [
    ("Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt"),
    ("a\x00b\x0bc\ud800d\u202ee\ufffe", "abcde"),
    ("một\r\nhai\tba", "một\nhai ba"),
    ("👩\u200d🏫 ❤️", "👩\u200d🏫 ❤️"),
]


@pytest.mark.parametrize(("text", "kept"), CLEANED)
def test_what_no_page_can_hold_is_taken_out_and_nothing_else(text: str, kept: str) -> None:
    assert printable(text) == kept
