"""Letters to the webhooks: genuine ones as the platforms write them, and all known ways to spoil one.

Pure: bodies and headers only; whoever posts them says where.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Letter = tuple[bytes, dict[str, str]]
"""Body and headers."""

ZALO_OA, TELEGRAM, ZALO_BOT = (
    "X-ZEvent-Signature",
    "X-Telegram-Bot-Api-Secret-Token",
    "X-Bot-Api-Secret-Token",
)
TWO_MEGABYTES = 2 * 2**20
NO_JSON = (b"[]", b"null", b"5", b"\xff\xfe", b"{", b'{"a":1}', b'{"timestamp": "1"}')

MALFORMED_OA: tuple[dict[str, Any], ...] = (
    {"message": None},
    {"message": []},
    {"message": {"text": "no id"}},
    {"message": {"msg_id": "no text"}},
    {"message": {"msg_id": "m", "text": 5}},
    {"event_name": "user_send_file", "message": {"msg_id": "m", "attachments": []}},
    {"event_name": "user_send_file", "message": {"msg_id": "m", "attachments": [{"payload": "x"}]}},
    {"sender": {"id": ["x"]}},
    {"sender": None},
    {"timestamp": "9" * 40},
    {"timestamp": "-1"},
    {"timestamp": {}},
    {"event_name": 7},
    {"event_name": "user_send_text\u0000"},
    {"event_name": "oa_send_text"},
    {"event_name": "user_seen_message"},
)


@dataclass(frozen=True)
class OaLetters:
    """To `/webhook/zalo-oa`, signed as Zalo does where they are asked to be. at: seconds since the epoch."""

    app_id: str
    secret: str
    oa_id: str
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def body(self, chat: str, text: str, msg_id: str, at: float, **changes: Any) -> bytes:
        """Something a person wrote, as raw bytes."""
        whole = {
            "app_id": self.app_id,
            "event_name": "user_send_text",
            "sender": {"id": chat},
            "recipient": {"id": self.oa_id},
            "message": {"msg_id": msg_id, "text": text},
            "timestamp": str(int(at * 1000)),
        }
        return json.dumps({**whole, **changes}, separators=(" ,", ": ")).encode()

    def mac(self, body: bytes, secret: str | None = None, app_id: str | None = None) -> str:
        """`mac=…` over these bytes."""
        try:
            timestamp = str(json.loads(body)["timestamp"])
        except (ValueError, KeyError, TypeError):
            timestamp = ""
        text = (app_id or self.app_id).encode() + body + timestamp.encode()
        return f"mac={hashlib.sha256(text + (secret or self.secret).encode()).hexdigest()}"

    def signed(self, body: bytes) -> Letter:
        """A body with Zalo's own signature."""
        return body, {ZALO_OA: self.mac(body)}

    def forged(self, chat: str, at: float) -> Iterator[Letter]:
        """Endless: a signature that is not Zalo's for the body, of every kind that is known."""
        while True:
            body = self.body(chat, "/hotro", f"f{self.chance.random()}", at)
            other = self.body(chat, "/trangthai", f"g{self.chance.random()}", at)
            good, hashed = self.mac(body), hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            for wrong in (
                None,
                "mac=",
                f"mac={self.chance.randbytes(32).hex()}",
                self.mac(body, secret="app-secret-instead-of-the-oas"),
                self.mac(body, app_id=self.oa_id),
                f"mac={hashed}",
                good[:-1] + ("0" if good[-1] != "0" else "1"),
            ):
                yield body, {} if wrong is None else {ZALO_OA: wrong}
            yield b"", {}
            yield other, {ZALO_OA: good}
            yield body.replace(b"hotro", b"hoso "), {ZALO_OA: good}
            yield json.dumps(json.loads(body)).encode(), {ZALO_OA: good}  # the same JSON, other bytes
            yield self.chance.randbytes(200), {ZALO_OA: f"mac={self.chance.randbytes(32).hex()}"}

    def malformed(self, chat: str, at: float) -> list[Letter]:
        """Signed nonsense."""
        bodies = [self.body(chat, "/hotro", "m", at, **changes) for changes in MALFORMED_OA]
        return [self.signed(body) for body in (*bodies, *NO_JSON)]

    def oversized(self, chat: str, at: float) -> Letter:
        """Two megabytes, signed."""
        return self.signed(self.body(chat, "x" * TWO_MEGABYTES, "big", at))


@dataclass(frozen=True)
class SecretLetters:
    """To a webhook that is known by a secret in a header."""

    header: str
    secret: str

    def signed(self, update: Any) -> Letter:
        """An update (JSON, or raw bytes) with the secret."""
        body = update if isinstance(update, bytes) else json.dumps(update, ensure_ascii=False).encode()
        return body, {self.header: self.secret}

    def forged(self, update: Any) -> Iterator[Letter]:
        """Endless: without the secret, or with one that is nearly it."""
        body, _ = self.signed(update)
        secrets = (None, "", self.secret[:-1], f"{self.secret}x", self.secret.swapcase(), f" {self.secret}x")
        while True:
            for wrong in secrets:
                yield body, {} if wrong is None else {self.header: wrong}
            yield body, {"Authorization": f"Bearer {self.secret}"}
            yield b"{", {self.header: "x" * 200}


def telegram_update(number: int, chat: int, text: str, at: float) -> dict[str, Any]:
    """Something a person wrote to the Telegram bot."""
    person = {"id": chat, "is_bot": False, "first_name": "Loan"}
    place = {"id": chat, "type": "private", "first_name": "Loan"}
    message = {"message_id": number, "from": person, "chat": place, "date": int(at), "text": text}
    return {"update_id": number, "message": message}


def zalo_bot_update(message_id: Any, chat: str, text: Any, at: float, /, **changes: Any) -> dict[str, Any]:
    """Something a person wrote to the bot of Zalo's Bot Platform."""
    message = {
        "message_id": message_id,
        "date": int(at * 1000),
        "chat": {"id": chat, "chat_type": "PRIVATE"},
        "from": {"id": chat, "display_name": "Loan", "is_bot": False},
        "text": text,
    }
    return {"event_name": "message.text.received", "message": {**message, **changes}}
