"""People on a fake Zalo Bot Platform, for tests that read like conversations."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from typing import Any

from tests.fakes.telegram_sim import TelegramSim, World

_FILE = re.compile(r"Tải tệp (?P<name>\S+) .*?(?P<link>https?://\S+/f/\S+)", re.DOTALL)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ZaloBotWorld(World):
    """One bot on the fake server, seen from outside."""

    def transcript(self, chat_id: int, beyond: int = -1, timeout: float = 0) -> dict[str, Any]:
        """As people use it: behind a link of the bot's lies the file it names."""
        found = super().transcript(chat_id, beyond, timeout)
        for raw in found["messages"]:
            if raw["from"] == "bot" and (file := _FILE.search(raw["text"])):
                raw["document"] = {"file_name": file["name"], "file_id": file["link"]}
        return found

    def bytes_of(self, file_id: str) -> bytes:
        """What the link of a file opens, as a phone's browser asks for it."""
        request = urllib.request.Request(file_id, headers={"Sec-Fetch-Mode": "navigate"})
        with _OPENER.open(request, timeout=20) as answer:
            return bytes(answer.read())

    def settings(self) -> dict[str, str]:
        """`[zalo_bot]` for a school."""
        self.changes(local_ok=True)
        return {"token": self.token, "base_url": self.base_url}

    def changes(self, **wish: Any) -> None:
        """Turn a knob of the fake's World."""
        self.does("change", **wish)


class ZaloBotSim(TelegramSim):
    """The fake server as a process of its own."""

    server = Path(__file__).with_name("zalo_bot_api.py")

    def world(self, token: str | None = None) -> ZaloBotWorld:
        """A new bot that nobody wrote to yet."""
        return ZaloBotWorld(self.base_url, token or super().world().token)
