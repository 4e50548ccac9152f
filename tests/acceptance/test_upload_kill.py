"""SIGKILL while a file comes by the page: what was acknowledged stays, and nothing happens twice."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from tests.acceptance.day_of_kills import small_plan
from tests.acceptance.mortal_bot import Bot, linked, sample_bot
from tests.acceptance.test_pin_restarts import killed
from tests.fakes.telegram_sim import TelegramSim
from tests.upload_page import PIECE, PUBLIC, Phone, asks_for_link


@pytest.fixture
def bot(tmp_path: Path, telegram: TelegramSim) -> Iterator[Bot]:
    bot = sample_bot(tmp_path, telegram.world())
    with (bot.home / "hoso.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[web]\npublic_url = "{PUBLIC}"\n')
    bot.start()
    yield bot
    bot.die()


def heavy(tmp_path: Path, bot: Bot) -> bytes:
    """Next week's plan, in four pieces."""
    with pikepdf.open(io.BytesIO(small_plan(tmp_path, "Tạ Thị Loan", bot.weeks()[-1]))) as plan:
        plan.Root.Ballast = plan.make_stream(bytes(range(256)) * (3 * PIECE // 256))
        plan.save(tmp_path / "heavy.pdf", compress_streams=False)
    return (tmp_path / "heavy.pdf").read_bytes()


def test_what_was_acknowledged_outlives_every_kill(bot: Bot, tmp_path: Path) -> None:
    data = heavy(tmp_path, bot)
    teacher, _ = linked(bot)
    phone = Phone(SimpleNamespace(app=SimpleNamespace(port=bot.port)), asks_for_link(teacher))
    phone.opens()
    have = 0
    while have < len(data):
        status, begun = phone.begins(data)
        assert (status, begun["have"]) == (200, have)
        have = phone.piece(begun["id"], have, data[have : have + PIECE])[1]["have"]
        killed(bot)
    assert phone.finishes(begun["id"], data) == (200, {"arrived": True})
    killed(bot)
    assert phone.finishes(begun["id"], data) == (200, {"arrived": True})
    teacher.hears("xác nhận trình ký")
    teacher.presses("Trình ký")
    teacher.hears("^Đã trình ký")
    bot.leave()
    with sqlite3.connect(bot.home / "hoso.db") as db:
        assert db.execute("SELECT count(*) FROM uploads").fetchone() == (1,)
        assert db.execute("SELECT state FROM page_uploads").fetchall() == [("taken",)]
    assert not list((bot.home / "parts").iterdir())
