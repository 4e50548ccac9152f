"""PINs and the real process: a new school as `init` makes it, SIGKILL between tries, a thief's copy."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.day_of_kills import small_plan
from tests.acceptance.mortal_bot import HOSO_BOT, Bot, linked, sample_bot
from tests.fakes.telegram_sim import TelegramSim
from tests.pins import PIN, WRONG, chooses, confirms

from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import PinRefused, SettingsError, SigningFailed
from hoso_bot.domain.signing import PinOrder, SigningKey
from hoso_bot.office import Office
from hoso_bot.pdf import keys
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.settings import load


@pytest.fixture
def bot(tmp_path: Path, telegram: TelegramSim) -> Iterator[Bot]:
    """The made-up school of `init --sample`, running with the settings it was made with."""
    bot = sample_bot(tmp_path, telegram.world(), custody="pin")
    bot.start()
    yield bot
    bot.die()


def killed(bot: Bot) -> None:
    bot.die()
    bot.start()
    bot.wait_until_ready()


def test_a_kill_closes_the_window_and_gives_no_free_try(bot: Bot, tmp_path: Path) -> None:
    weeks = bot.weeks()[-2:]
    first, second = (small_plan(tmp_path, "Tạ Thị Loan", week) for week in weeks)
    teacher, head = linked(bot)
    teacher.hands_in(first, "mot.pdf")
    head.gets_card()
    confirms(head)
    chooses(head)
    head.hears("^Đã ký KHBD")
    killed(bot)
    teacher.hands_in(second, "hai.pdf")
    head.gets_card()
    for lefts in ((4, 3), (2,)):
        confirms(head, "nhập mã PIN")
        for left in lefts:
            head.says(WRONG)
            head.hears(f"còn {left} lần thử")
        killed(bot)
    confirms(head, "nhập mã PIN")
    head.says(PIN)
    head.hears("^Đã ký KHBD")
    bot.leave()
    the_thief_signs_nothing(bot.home, tmp_path / "stolen")


def the_thief_signs_nothing(home: Path, stolen: Path) -> None:
    """Everything but the master key was copied, and the PIN was seen over a shoulder."""
    shutil.copytree(home, stolen, ignore=shutil.ignore_patterns("master.key", "lock", "bell"))
    done = subprocess.run(
        [HOSO_BOT, "run", "--home", str(stolen)], capture_output=True, text=True, timeout=60, env={}
    )
    assert done.returncode == 2 and "no master key" in done.stderr
    with pytest.raises(SettingsError):
        load(stolen).master()
    guess = keys.new_master_key()
    (stolen / "master.key").write_text(keys.master_key_to_text(guess), encoding="ascii")
    office = Office(load(stolen), SystemClock())
    with pytest.raises(SigningFailed):
        office.signers.ensure_keys()
    office.close()
    with SigningDesk(guess, workers=1) as desk, pytest.raises(PinRefused):
        desk.unlock(stolen_order(stolen, desk))


def stolen_order(stolen: Path, desk: SigningDesk) -> PinOrder:
    """The head's key and closed secret as the database holds them, and the right PIN."""
    query = (
        "SELECT k.id, k.certificate_pem, k.wrapped_key, p.closed, p.salt FROM signing_keys k"
        " JOIN pins p USING (person_id) WHERE p.set_at IS NOT NULL AND k.retired_at IS NULL"
    )
    connection = sqlite3.connect(stolen / "hoso.db")
    ((key_id, certificate, wrapped, closed, salt),) = connection.execute(query).fetchall()
    connection.close()
    key = SigningKey(key_id, certificate, certificate, wrapped, "pin")
    return PinOrder(key, closed, salt, desk.seal(PIN), SystemClock().now() + timedelta(minutes=10))
