"""Pieces of files on disk, and the rows that know them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hoso_bot.store.file_parts import FileParts, Gap


@pytest.fixture
def parts(tmp_path: Path) -> FileParts:
    return FileParts(tmp_path / "parts")


def test_pieces_become_one_file_however_often_they_come(parts: FileParts) -> None:
    assert (parts.size("a"), parts.ids()) == (0, [])
    assert parts.add("a", 0, b"0123") == 4
    assert parts.add("a", 0, b"0123") == 4
    assert parts.add("a", 2, b"2345") == 6
    with pytest.raises(Gap) as gap:
        parts.add("a", 8, b"89")
    assert gap.value.have == 6
    assert parts.add("a", 6, b"") == 6
    assert parts.path("a").read_bytes() == b"012345"
    parts.drop("a")
    parts.drop("a")
    assert (parts.size("a"), parts.ids()) == (0, [])


def test_the_same_piece_at_the_same_time_is_written_once(parts: FileParts) -> None:
    piece = bytes(range(256)) * 512
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: parts.add("a", at, piece), [0] * 16))
    assert parts.path("a").read_bytes() == piece


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 65])
def test_no_name_leads_out_of_the_folder(parts: FileParts, name: str) -> None:
    with pytest.raises(ValueError, match="no id"):
        parts.add(name, 0, b"x")
