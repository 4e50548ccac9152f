"""The code a file claims to carry is found wherever it stands, and no file is held in memory for it."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from hoso_bot.store.archive import own_code

PIECE = 2**20
CODE = "KHBD-2627-T13-GV09-1"
WRITTEN = f"/HosoCode ({CODE})".encode()


@pytest.mark.parametrize("before", [0, 10, PIECE - len(WRITTEN), PIECE - 20, PIECE - 1, PIECE, 3 * PIECE + 5])
def test_a_code_is_found_across_the_pieces_a_file_is_read_in(tmp_path: Path, before: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * before + WRITTEN + b"y" * 100)
    assert own_code(tmp_path / "file") == CODE


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"/HosoCode (" + b"A" * 61 + b")", WRITTEN[:-1]])
def test_what_is_no_code_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert own_code(tmp_path / "file") is None


def test_the_longest_code_is_found_across_pieces(tmp_path: Path) -> None:
    longest = b"/HosoCode (" + b"A" * 60 + b")"
    for before in range(PIECE - len(longest), PIECE + 1):
        (tmp_path / "file").write_bytes(b"x" * before + longest)
        assert own_code(tmp_path / "file") == "A" * 60


def test_a_large_file_costs_a_few_pieces(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(200 * PIECE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert own_code(tmp_path / "file") is None
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
