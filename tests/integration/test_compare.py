"""What changed between two versions, by page."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.comparison import PageChanges, compare_pages
from hoso_bot.domain.errors import FileRefused
from hoso_bot.pdf.font import FILES, FOLDER, REGULAR
from hoso_bot.pdf.sandbox import Sandbox

A, B, C = (
    "Bài 1: Yêu cầu cần đạt của tiết học",
    "Bài 2: Đồ dùng dạy học của cô",
    "Bài 3: Các hoạt động chính",
)


def write(path: Path, *pages: str) -> Path:
    pdf = FPDF()
    pdf.add_font("plain", fname=str(FOLDER / FILES[REGULAR]))
    for words in pages:
        pdf.add_page()
        pdf.set_font("plain", size=13)
        if words.startswith("#"):
            pdf.rect(20, 20, int(words[1:]), 40, style="F")
        else:
            pdf.multi_cell(0, 8, words)
    pdf.output(str(path))
    return path


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([A, B], [A, B], PageChanges()),
        ([A, B, C], [A, B + " sửa", C], PageChanges(changed=(2,))),
        ([A, B], ["Trang bìa của kế hoạch bài dạy tuần", A, B], PageChanges(added=(1,))),
        ([A, B, C], [A, C], PageChanges(removed=(2,))),
        (["#20", A], ["#20", A], PageChanges()),
        (["#20", A], ["#90", A], PageChanges(changed=(1,))),
    ],
    ids=["same", "changed", "added in front", "removed", "same scan", "another scan"],
)
def test_pages_are_compared(tmp_path: Path, old: list[str], new: list[str], expected: PageChanges) -> None:
    before, after = write(tmp_path / "old.pdf", *old), write(tmp_path / "new.pdf", *new)
    with Sandbox() as sandbox:
        assert sandbox.compare(before, after) == expected


def test_a_file_that_does_not_open_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7 nothing")
    with Sandbox() as sandbox, pytest.raises(FileRefused):
        sandbox.compare(tmp_path / "no.pdf", write(tmp_path / "new.pdf", A))


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_every_page_is_accounted_for(old: list[str], new: list[str]) -> None:
    found = compare_pages(old, new)
    assert len(new) - len(old) == len(found.added) - len(found.removed)
    assert (found == PageChanges()) == (old == new)
    assert PageChanges.from_json(found.to_json()) == found
