"""One request to the Bot API: its world, its parameters as text, its file parts."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from telegram_world import Chat, Json, Refused, World

MAX_DATA_BYTES = 64

Upload = tuple[str, str, bytes]
"""(file name, content type, bytes) of a multipart part."""


class Call:
    """Reads parameters the lenient way the real server does: what is no number counts as 0."""

    def __init__(self, world: World, params: dict[str, str], uploads: dict[str, Upload]) -> None:
        self.world, self.params, self.uploads = world, params, uploads

    def text(self, name: str) -> str:
        return self.params.get(name, "")

    def whole(self, name: str, default: int = 0) -> int:
        if not self.text(name):
            return default
        with contextlib.suppress(ValueError):
            return int(self.text(name))
        return 0

    def between(self, name: str, default: int, least: int, most: int) -> int:
        return min(max(self.whole(name, default), least), most)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes")

    def data(self, name: str, default: Any) -> Any:
        """A JSON-encoded parameter."""
        if not self.text(name):
            return default
        try:
            return json.loads(self.text(name))
        except ValueError:
            raise Refused(400, f"Bad Request: can't parse {name}: invalid JSON") from None

    def chat(self) -> Chat:
        """The chat the call names; refused for a person who never wrote, or who blocked the bot."""
        if not self.text("chat_id"):
            raise Refused(400, "Bad Request: chat_id is empty")
        chat = self.world.chats.get(self.whole("chat_id"))
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        if chat.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def keyboard(self) -> Json:
        """`reply_markup` as it is shown on a message: only inline keyboards are."""
        markup = self.data("reply_markup", None)
        if not markup or "inline_keyboard" not in markup:
            return {}
        rows = [[_button(key) for key in row] for row in markup["inline_keyboard"] if row]
        return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _button(key: Json) -> Json:
    if not key.get("text"):
        raise Refused(400, "Bad Request: inline keyboard button text is empty")
    if "callback_data" in key and not 1 <= len(key["callback_data"].encode()) <= MAX_DATA_BYTES:
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    if not set(key) - {"text"}:
        raise Refused(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return key
