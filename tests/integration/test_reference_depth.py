"""Files whose resources lead on and on: refused before anybody signs them, while real ones go through."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from tests import pdf_bombs
from tests.plan_makers import word_plan

from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.signing import Box, ReviewCopyOrder
from hoso_bot.pdf import reference_depth
from hoso_bot.pdf.reference_depth import DEEPEST, goes_too_deep
from hoso_bot.pdf.review_copy import make_review_copy


@pytest.mark.parametrize("length", [DEEPEST // 2, DEEPEST + 50])
@pytest.mark.parametrize("link", [b"<</A %d 0 R>>", b"[%d 0 R]"])
def test_a_chain_is_measured(link: bytes, length: int) -> None:
    data = pdf_bombs._chained(b"/Properties<</P 5 0 R>>", link, length)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert goes_too_deep(pdf) is (length > DEEPEST)


@pytest.mark.parametrize("name", ["a chain in resources", "a chain of arrays in resources"])
def test_no_review_copy_is_made_of_it(tmp_path: Path, name: str) -> None:
    source = tmp_path / "plan.pdf"
    source.write_bytes(pdf_bombs.STRUCTURE[name]())
    order = ReviewCopyOrder(source, tmp_path / "copy.pdf", (Box("Buoc1", "TỔ TRƯỞNG"),), "KHBD", "C")
    with pytest.raises(FileRefused) as refused:
        make_review_copy(order)
    assert refused.value.text_key == "file.unreadable"


def test_a_plan_is_far_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_depth, "DEEPEST", 10)
    path = word_plan(tmp_path / "plan.pdf", ["KHBD tuần 12"])
    with pikepdf.open(path) as pdf:
        assert not goes_too_deep(pdf)
