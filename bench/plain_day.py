"""The same kills for a plain bot (bench/plain_bot.py): people hand in, press, remember what came of it."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.day_of_kills import Crew
from tests.acceptance.mortal_bot import Mortal
from tests.fakes.telegram_sim import Heard, Person

from bench.plain_bot import CARD, DONE

PATIENCE = 8.0
SETTLES = 5.0


@dataclass(kw_only=True)
class PlainBot(Mortal):
    """The process; ready once it has asked for updates."""

    polls_before: int = 0

    def command(self) -> list[str]:
        return [sys.executable, str(Path(__file__).with_name("plain_bot.py"))]

    def environment(self) -> dict[str, str]:
        self.polls_before = self._calls("getUpdates")
        return {"TOKEN": self.world.token, "BASE_URL": self.world.base_url}

    def handled(self) -> int | None:
        return self._calls("sendMessage") if self._calls("getUpdates") > self.polls_before else None

    def _calls(self, method: str) -> int:
        return int(self.world.does("tally").get(method, 0))


@dataclass
class Pupil:
    """Somebody who sends a file, presses the button of its card, and goes on when nothing comes of it.

    owed: what each update (by id) must have brought into the chat.
    """

    phone: Person
    plan: bytes
    closing: threading.Event
    owed: dict[int, str] = field(default_factory=dict)

    def work(self) -> None:
        """Until told to close."""
        for number in itertools.count(1):
            if self.closing.is_set():
                return
            name = f"{number}.pdf"
            if card := self._after(self.phone.sends(self.plan, name), f"{CARD} {name}"):
                self._after(self.phone.taps("Trình ký", card), f"{DONE} {name}")

    def _after(self, done: dict[str, Any], owed: str) -> Heard | None:
        self.owed[int(done["update_id"])] = owed
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for heard in self.phone.messages():
                if heard.text == owed:
                    return heard
            revision = self.phone.world.transcript(self.phone.chat_id)["revision"]
            self.phone.world.transcript(self.phone.chat_id, revision, 1.0)
        return None


def play(bot: PlainBot, people: int, kills: int, plan: bytes) -> dict[str, Any]:
    """So many kills; what was acknowledged, what of it had no effect, what had two."""
    closing, crew, began = threading.Event(), Crew(), time.monotonic()
    pupils = [Pupil(bot.world.person(100 + at, f"Cô {at}"), plan, closing) for at in range(people)]
    bot.start()
    bot.wait_until_ready()
    threads = [crew.start(pupil.work) for pupil in pupils]
    for _ in range(kills):
        bot.live_a_little()
        bot.die()
        bot.start()
        crew.check()
    bot.wait_until_ready()
    closing.set()
    crew.join(threads)
    time.sleep(SETTLES)
    waiting = set(bot.world.does("waiting")["update_ids"])
    lost = doubled = acknowledged = 0
    for pupil in pupils:
        heard = Counter(message.text for message in pupil.phone.messages())
        mine = [owed for update, owed in pupil.owed.items() if update not in waiting]
        acknowledged += len(mine)
        lost += sum(not heard[owed] for owed in mine)
        doubled += sum(heard[owed] > 1 for owed in mine)
    return {
        "kills": kills,
        "seconds": time.monotonic() - began,
        "updates": acknowledged,
        "lost": lost,
        "doubled": doubled,
    }
