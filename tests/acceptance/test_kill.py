"""SIGKILL at random moments while a school works: nothing acknowledged is lost, nothing is done twice.

HOSO_KILLS=100 HOSO_SEED=7 pytest -s tests/acceptance/test_kill.py     # repeatable; 500: make bench-kills
HOSO_TEST_ENGINE=postgresql pytest -s tests/acceptance/test_kill.py    # the same on a server
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.day_of_kills import DayOfKills
from tests.acceptance.mortal_bot import Bot, Orphans, hoso_bot, sample_bot
from tests.fakes.telegram_sim import TelegramSim, World
from tests.postgres import ON_POSTGRES, PostgresServer

KILLS = int(os.environ.get("HOSO_KILLS", "40"))
SEED = int(os.environ.get("HOSO_SEED", secrets.randbelow(10**6)))


@pytest.fixture
def orphans() -> Iterator[Orphans]:
    """Watches over the workers of killed bots."""
    with Orphans().watched() as watched:
        yield watched


@pytest.fixture
def world() -> Iterator[World]:
    """A bot on a fake Telegram of its own, which outlives every kill."""
    with TelegramSim() as telegram:
        yield telegram.world()


@pytest.fixture
def bot(request: pytest.FixtureRequest, tmp_path: Path, world: World, orphans: Orphans) -> Iterator[Bot]:
    """The sample school's bot, not yet started."""
    bot = sample_bot(tmp_path, world, SEED)
    if ON_POSTGRES:
        server: PostgresServer = request.getfixturevalue("postgres")
        hoso_bot("migrate-to", server.url(server.create()), "--use", "--home", str(bot.home))
        (bot.home / "hoso.db").unlink()
    yield bot
    bot.die()


def test_kills_at_random_moments_lose_nothing_and_double_nothing(bot: Bot, orphans: Orphans) -> None:
    say(f"HOSO_KILLS={KILLS} HOSO_SEED={SEED}")
    day = DayOfKills(bot, orphans, SEED)
    day.begin()
    for number in range(KILLS):
        if number == KILLS // 2:
            day.back_up()
        day.kill()
    day.end()
    found = day.judged()
    assert found.is_kept, found.broken
    assert found.repeated <= KILLS
    say(str(found))
    assert "chain intact" in day.restored()


def say(line: str) -> None:
    """For `pytest -s`."""
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()
