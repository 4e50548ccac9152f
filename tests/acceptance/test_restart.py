"""Ten restarts while the outside calls: with deploy/hoso-bot.socket nobody is turned away."""

from __future__ import annotations

import http.client
import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.acceptance.aftermath import Aftermath
from tests.acceptance.day_of_kills import Crew, small_plan, until_quiet
from tests.acceptance.mortal_bot import Bot, by_webhook, linked, sample_bot
from tests.fakes.hostile_webhooks import TELEGRAM, Letter, SecretLetters, telegram_update
from tests.fakes.telegram_sim import TelegramSim

RESTARTS = 10
SECRET = "secret-of-the-webhook"
CALLERS = 4
PATIENCE = 90.0
GRACE = 10.0


@pytest.fixture
def bot(tmp_path: Path, telegram: TelegramSim) -> Iterator[Bot]:
    """The sample school by webhook, at a socket that this test keeps open as systemd would."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]
        settings = {
            **by_webhook(port, SECRET),
            "HOSO_WEB__PORT": "1",  # where nobody may listen: the inherited socket counts
        }
        bot = sample_bot(tmp_path, telegram.world(), port=port, settings=settings, listener=listener)
        bot.start()
        yield bot
        bot.die()


@dataclass
class Caller:
    """Says one thing after the other until each is acknowledged, and reads a page in between.

    outcomes: 'refused' would be a connection nobody took; 'cut' one that ended without an answer.
    """

    port: int
    chat: int
    numbers: Iterator[int]
    enough: threading.Event
    acknowledged: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def calls(self) -> None:
        """Until it is enough."""
        letters = SecretLetters(TELEGRAM, SECRET)
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            while not self.enough.is_set():
                number = next(self.numbers)
                update = telegram_update(number, self.chat, "/hotro", time.time())
                self._until_answered(connection, "POST", "/webhook/telegram", letters.signed(update))
                self.acknowledged.append(number)
                self._until_answered(connection, "GET", "/healthz", (b"", {}))
                time.sleep(0.02)

    def _until_answered(
        self, connection: http.client.HTTPConnection, method: str, path: str, letter: Letter
    ) -> None:
        began = time.monotonic()
        while (outcome := outcome_of(connection, method, path, letter)) != "200":
            self.outcomes[outcome] += 1
            assert time.monotonic() < began + PATIENCE, f"{path}: {self.outcomes}"
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


def outcome_of(connection: http.client.HTTPConnection, method: str, path: str, letter: Letter) -> str:
    """The status, or how the connection ended."""
    try:
        connection.request(method, path, *letter)
        answer = connection.getresponse()
        answer.read()
        return str(answer.status)
    except ConnectionRefusedError:
        return "refused"
    except (OSError, http.client.HTTPException):
        connection.close()
        return "cut"


def test_restarts_delay_callers_and_turn_nobody_away(bot: Bot) -> None:
    bot.wait_until_ready()
    numbers, enough = itertools.count(10**10), threading.Event()
    callers = [Caller(bot.port, 901 + at, numbers, enough) for at in range(CALLERS)]
    for caller in callers:
        bot.world.person(caller.chat, "Loan").says("/start")
    crew = Crew()
    threads = [crew.start(caller.calls) for caller in callers]
    cut_by_leaving = 0
    for number in range(RESTARTS):
        time.sleep(bot.random.uniform(0.3, 1.0))
        if number % 2:
            bot.die()
        else:
            before = cut(callers)
            assert seconds_to_leave(bot) < GRACE
            cut_by_leaving += cut(callers) - before
        bot.start()
        bot.wait_until_ready()
    enough.set()
    crew.join(threads)
    aftermath = Aftermath(bot.home, bot.world)
    until_quiet(aftermath)
    outcomes = sum((caller.outcomes for caller in callers), Counter[str]())
    assert set(outcomes) <= {"200", "cut"}, outcomes
    assert cut_by_leaving == 0
    assert outcomes["cut"] <= CALLERS * RESTARTS / 2, "only a kill cuts, and only what was in hand"
    acknowledged = [number for caller in callers for number in caller.acknowledged]
    assert len(acknowledged) > 20 * RESTARTS
    stored = aftermath.stored_updates()
    assert all(stored[number] == 1 for number in acknowledged)
    assert aftermath.left_undone() == []
    bot.leave()


def cut(callers: list[Caller]) -> int:
    return sum(caller.outcomes["cut"] for caller in callers)


def seconds_to_leave(bot: Bot) -> float:
    began = time.monotonic()
    bot.leave()
    return time.monotonic() - began


def test_work_in_hand_is_given_back_when_it_stops(bot: Bot) -> None:
    """SIGTERM while a file is looked at or a card is made: the next process goes on, nothing comes twice."""
    bot.wait_until_ready()
    teacher, _ = linked(bot)
    plan = small_plan(bot.room, "Tạ Thị Loan", bot.weeks()[0])
    for number, pause in enumerate((0.0, 0.05, 0.2)):
        teacher.sends(plan + b"%% %d\n" % number, f"lan {number}.pdf")
        time.sleep(pause)
        assert seconds_to_leave(bot) < GRACE
        bot.start()
        teacher.hears("xác nhận trình ký")
    aftermath = Aftermath(bot.home, bot.world)
    until_quiet(aftermath)
    assert len(aftermath.rows("SELECT id FROM uploads")) == 3
    assert (aftermath.left_undone(), aftermath.unseen_messages()) == ([], [])
    assert aftermath.repeated_messages() == []
    bot.wait_until_ready()
    bot.leave()
