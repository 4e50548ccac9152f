"""What Zalo knows of one bot of its Bot Platform: its webhook, people, messages. No HTTP here.

Behaviour follows the fact sheet behind docs/zalo.md; what the sheet calls wrong is refused and noted in
`strictness`, so that a test fails even where the program under test swallowed the refusal.
"""

from __future__ import annotations

import ipaddress
import itertools
import secrets
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import zalo_chats
from zalo_chats import Chats, Json, Refused

MAX_TEXT = 2_000
SECRET_LENGTHS = range(8, 257)
EMPTY_ANSWERS = ("status 408", "200 with 408", "ok and empty")
"""The forms in which a poll says that nobody wrote; all of them were seen."""


@dataclass
class Person(zalo_chats.Person):
    """wrote: whether the bot can know of them."""

    wrote: bool = False


class World(Chats):
    """One bot. Made by the simulation; its token is known to the test.

    local_ok: webhooks and photos may lie on this machine, which Zalo allows nobody. lossy: what arrives while
    nobody polls is gone. wrapped: webhooks come as `{"ok", "result"}`. photo_field: where a photo's link is.
    stringy: error_code as text. twice: every event comes two times. per_minute: calls, then 429.
    """

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token, self.name = token, "Bot Hoa Phượng"
        self.hook = self.secret = ""
        self.hook_at = 0
        self.people: dict[str, Person] = {}
        self.waiting: deque[Json] = deque()
        self.delivering = 0
        self.polling = 0
        self.lost: list[Json] = []
        self.fetched: list[Json] = []
        self.deliveries: list[Json] = []
        self.local_ok = self.lossy = self.wrapped = self.stringy = self.twice = False
        self.per_minute, self.photo_field = 10_000, "photo_url"
        self.empty_answers = itertools.cycle(EMPTY_ANSWERS)
        self.files: dict[str, bytes] = {}
        self._minute: list[float] = []

    def wrong(self, why: str, code: int = 400) -> Refused:
        """What the sheet says is wrong: noted, to be raised."""
        return self.noted(code, why)

    def count_call(self) -> None:
        """Raises Refused when the quota is used up."""
        now = time.monotonic()
        self._minute = [at for at in self._minute if now - at < 60]
        if len(self._minute) >= self.per_minute:
            raise Refused(429, "Quota exceeded")
        self._minute.append(now)

    # --- people ----------------------------------------------------------------------------------

    def person(self, chat_id: str, name: str = "") -> Person:
        """Somebody with a Zalo account; the bot knows them by an opaque id."""
        user_id = f"{int(chat_id):020x}"
        return self.people.setdefault(user_id, Person(user_id, name or chat_id))

    def event(self, person: Person, kind: str, **content: Any) -> Json:
        """What the bot is told; the date is in milliseconds."""
        message = {
            "message_id": secrets.token_hex(10),
            "date": int(self.now() * 1000),
            "chat": {"id": person.user_id, "chat_type": "PRIVATE"},
            "from": {"id": person.user_id, "display_name": person.name, "is_bot": False},
            **content,
        }
        return {"event_name": f"message.{kind}.received", "message": message}

    # --- methods ---------------------------------------------------------------------------------

    def set_webhook(self, url: str, secret: str) -> Json:
        """setWebhook. Raises Refused."""
        if not secret:
            raise self.wrong("The secret_token must not be empty")
        if len(secret) not in SECRET_LENGTHS:
            raise self.wrong(f"secret_token of {len(secret)} characters")
        if not self.local_ok:
            self._reachable(url)
        self.hook, self.secret, self.hook_at = url, secret, int(self.now() * 1000)
        return {"url": url, "updated_at": self.hook_at}

    def delete_webhook(self) -> Json:
        """deleteWebhook, also where there is none."""
        self.hook = self.secret = ""
        return {"url": "", "updated_at": int(self.now() * 1000)}

    def webhook_info(self) -> Json:
        """getWebhookInfo. Raises Refused without one."""
        if not self.hook:
            raise Refused(404, "Not Found")
        return {"url": self.hook, "updated_at": self.hook_at}

    def known(self, params: Json) -> Person:
        """Whose chat this is. Raises Refused for who never wrote."""
        chat_id = params.get("chat_id")
        if not isinstance(chat_id, str):
            raise self.wrong(f"chat_id {chat_id!r}")
        person = self.people.get(chat_id)
        if person is None or not person.wrote:
            raise Refused(404, "Not Found")
        return person

    def text_of(self, params: Json, name: str, least: int = 1) -> str:
        """A text of at most 2000 units. Raises Refused."""
        text = params.get(name, "")
        if not isinstance(text, str) or not least <= len(text.encode("utf-16-le")) // 2 <= MAX_TEXT:
            raise self.wrong(f"{name} is not of {least} to {MAX_TEXT} characters")
        return text

    def _reachable(self, url: str) -> None:
        """Zalo calls https addresses of the world only. Raises Refused."""
        found = urlsplit(url)
        host = found.hostname or ""
        try:
            inside = not ipaddress.ip_address(host).is_global
        except ValueError:
            inside = host == "localhost" or "." not in host
        if found.scheme != "https" or inside:
            raise self.wrong(f"Bad webhook: {url} is not a public https address")

    def photo_link(self, url: Any) -> str:
        """A photo's address. Raises Refused."""
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise self.wrong(f"photo {url!r} is no link")
        if not self.local_ok:
            self._reachable(url)
        return url
