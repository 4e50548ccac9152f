"""Pages of a plan as pictures: drawn in the sandbox, once, and forgotten again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.fakes.clock import FakeClock
from tests.plans_to_send import Desk
from tests.school import NOW

from hoso_bot.domain.errors import SandboxFailed
from hoso_bot.ports import Inspector
from hoso_bot.store.files import FolderStore
from hoso_bot.web.message_page import pictures
from hoso_bot.web.message_page.pictures import PagePictures


class Counting:
    """Draws a few bytes, and counts."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def draw_page(self, path: Path, number: int, target: Path) -> bool:
        self.asked.append(number)
        target.write_bytes(b"half a picture")
        if number == 13:
            raise SandboxFailed("out of time")
        return number < 20


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def kept(store: FolderStore, tmp_path: Path) -> str:
    source = tmp_path / "plan.pdf"
    source.write_bytes(b"%PDF-1.7 any")
    return store.put(source)


def in_the_making(store: FolderStore) -> int:
    return len(list((store.root / "tmp").iterdir()))


def test_a_page_is_drawn_once_and_forgotten_after_a_day(store: FolderStore, tmp_path: Path) -> None:
    inspector: Any = Counting()
    clock = FakeClock(NOW)
    drawn, sha256 = PagePictures(store, inspector, clock), kept(store, tmp_path)
    first = drawn.of(sha256, 1)
    assert first == drawn.of(sha256, 1)
    assert inspector.asked == [1]
    clock.skip(pictures.KEPT)
    clock.skip(pictures.KEPT)
    assert drawn.of(sha256, 2)
    assert first and not first.exists()
    drawn.close()
    assert in_the_making(store) == 0


def test_what_cannot_be_drawn_leaves_nothing_behind(store: FolderStore, tmp_path: Path) -> None:
    inspector: Any = Counting()
    drawn, sha256 = PagePictures(store, inspector, FakeClock(NOW)), kept(store, tmp_path)
    assert drawn.of(sha256, 13) is None
    assert drawn.of(sha256, 20) is None
    assert in_the_making(store) == 0
    with pytest.raises(FileNotFoundError):
        drawn.of("0" * 64, 1)


def test_only_so_many_are_kept(store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST", 3)
    inspector: Any = Counting()
    drawn, sha256 = PagePictures(store, inspector, FakeClock(NOW)), kept(store, tmp_path)
    for number in (1, 2, 3, 1, 4):
        assert drawn.of(sha256, number)
    assert in_the_making(store) == 3
    assert drawn.of(sha256, 1)
    assert inspector.asked == [1, 2, 3, 4]  # the page longest unread went


def test_the_sandbox_draws_a_page_for_a_phone(inspector: Inspector, desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "page.jpg"
    begun = time.monotonic()
    assert inspector.draw_page(desk.plan(13), 2, target)
    assert time.monotonic() - begun < 5
    with Image.open(target) as picture:
        assert (picture.format, picture.width) == ("JPEG", 1000)
    assert target.stat().st_size < 250_000
    for number in (0, 99):
        assert not inspector.draw_page(desk.plan(13), number, target)


def test_a_broken_file_is_no_picture(inspector: Inspector, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + b"\x00" * 500)
    with pytest.raises(SandboxFailed):
        inspector.draw_page(broken, 1, tmp_path / "page.jpg")
