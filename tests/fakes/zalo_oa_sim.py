"""People on a fake Zalo, for tests that read like conversations: the same words as on the fake Telegram."""

from __future__ import annotations

import itertools
import secrets
from pathlib import Path
from typing import Any

from tests.fakes.telegram_sim import TelegramSim, World

_app_numbers = itertools.count(360_000_000_000 + secrets.randbelow(10**9))


class ZaloWorld(World):
    """One app and its Official Account on the fake server, seen from outside."""

    def __init__(self, base_url: str, app_id: str) -> None:
        super().__init__(base_url, app_id)
        self.app_id = app_id

    def transcript(self, chat_id: int, beyond: int = -1, timeout: float = 0) -> dict[str, Any]:
        """As people read it: the words right under a file are about that file."""
        found = super().transcript(chat_id, beyond, timeout)
        before: dict[str, Any] = {}
        for raw in found["messages"]:
            if raw["from"] == "bot" and raw["text"] and not raw["document"]:
                raw["document"] = None if before.get("text", "-") else before["document"]
            before = raw if raw["from"] == "bot" else {}
        return found

    def settings(self) -> dict[str, str]:
        """`[zalo_oa]` for a school, with a refresh token of an earlier login."""
        state = self.state()
        return {
            "app_id": self.app_id,
            "app_secret": state["app_secret"],
            "oa_secret": state["oa_secret"],
            "refresh_token": self.does("tokens")["refresh_token"],
            "base_url": self.base_url,
            "oauth_url": self.base_url,
            "business_url": self.base_url,
        }

    def changes(self, **wish: Any) -> None:
        """Set `hook`, `per_minute`, `says_calls_left`, `night_ban`, `stringify`, `twice`."""
        self.does("change", **wish)


class ZaloSim(TelegramSim):
    """The fake server as a process of its own."""

    server = Path(__file__).with_name("zalo_oa_api.py")

    def zalo(self) -> ZaloWorld:
        """A new app with a new OA that nobody wrote to yet."""
        return ZaloWorld(self.base_url, str(next(_app_numbers)))
