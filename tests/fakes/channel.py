"""A chat world in memory, for tests of the workers."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Any

from tests.school import NOW

from hoso_bot.domain.events import Address, ChatEvent, FileSent, TextSent
from hoso_bot.domain.messages import Abilities, Outcome, Parcel, Sent
from hoso_bot.ports import Store


class FakeChannel:
    """`ports.Channel`: parses `{"chat": …, "text": …}`, answers `send` with `outcomes`, then Sent."""

    name = "fake"
    max_file_bytes = 1000
    abilities = Abilities()

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.outcomes: dict[str, deque[Outcome]] = {}
        self.pause = 0.0
        self.at_once: set[str] = set()

    def parse(self, raw: dict[str, Any]) -> ChatEvent | None:
        """Raises KeyError without a chat."""
        return TextSent(Address(self.name, raw["chat"]), NOW, "1", raw["text"]) if "text" in raw else None

    async def listen(self, store: Store) -> None:
        """Nothing ever comes by itself."""
        await asyncio.Event().wait()

    async def fetch(self, file: FileSent, target: Path) -> None:
        """There are no files here."""
        raise OSError("no files")

    async def send(self, parcel: Parcel) -> Outcome:
        """Remember it; say what the test wants."""
        assert parcel.chat_id not in self.at_once, "two messages to one chat at once"
        self.at_once.add(parcel.chat_id)
        await asyncio.sleep(self.pause)
        self.at_once.discard(parcel.chat_id)
        self.parcels.append(parcel)
        waiting = self.outcomes.get(parcel.chat_id)
        return waiting.popleft() if waiting else Sent(f"ref{len(self.parcels)}")
