"""Updates of a Zalo bot as raw JSON become chat events. Pure: no network, no clock.

The words are Zalo's own: https://bot.zaloplatforms.com/docs
What is known of them only by hearsay stands in docs/zalo.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from hoso_bot.channels.written import written
from hoso_bot.domain.events import UNSEEN, Address, ChatEvent, FileSent

CHANNEL = "zalo_bot"
UNSUPPORTED = "message.unsupported.received"
_TEXT = "message.text.received"
_KINDS = {
    "message.image.received": "photo",
    "message.voice.received": "voice",
    "message.sticker.received": "sticker",
    UNSUPPORTED: UNSEEN,
}
_LINKS = {"message.image.received": ("photo_url", "photo"), "message.voice.received": ("voice_url",)}
"""Where the link stands; for photos the documents and the recorded traffic name different fields."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Raw = dict[str, Any]


def is_faceless(raw: Raw) -> bool:
    """Whether something came of which Zalo says nothing, not even from whom: mostly a file."""
    update = _update(raw)
    return update.get("event_name") == UNSUPPORTED and not update.get("message")


def arrival(raw: Raw) -> tuple[str, str] | None:
    """(external id, lane) of an update that is to be kept; None for groups, other bots, unknown kinds.

    Raises KeyError, TypeError, ValueError or AttributeError for a malformed one.
    """
    update = _update(raw)
    name = update["event_name"]
    if name != _TEXT and name not in _KINDS:
        return None
    message = update["message"]
    chat, sender = message["chat"], message.get("from") or {}
    if chat.get("chat_type", "PRIVATE") != "PRIVATE" or sender.get("is_bot"):
        return None
    chat_id, message_id = chat["id"], message["message_id"]
    for one in (chat_id, message_id):
        if not isinstance(one, str) or not _ID.fullmatch(one):
            raise ValueError("no id")
    return f"{name}:{message_id}", f"{CHANNEL}:{chat_id}"


def parse(raw: Raw) -> ChatEvent | None:
    """The event in an update; None for what is not for us, and for what came from nobody.

    Raises KeyError, TypeError, ValueError or AttributeError for a malformed one.
    """
    if is_faceless(raw) or arrival(raw) is None:
        return None
    update = _update(raw)
    name, message = update["event_name"], update["message"]
    place = (Address(CHANNEL, message["chat"]["id"]), _moment(message), message["message_id"])
    if name == _TEXT:
        if not isinstance(message["text"], str):
            raise TypeError("text is no string")
        return written(*place, message["text"])
    link = next((str(message[field]) for field in _LINKS.get(name, ()) if message.get(field)), "")
    return FileSent(*place, link, "", _KINDS[name], caption=str(message.get("caption") or ""))


def with_text(raw: Raw, text: str) -> Raw:
    """The update with other words in its message, and nothing left of the old ones."""
    update = _update(raw)
    kept = {name: update["message"][name] for name in ("message_id", "date", "chat")}
    return {"event_name": update["event_name"], "message": {**kept, "text": text}}


def _update(raw: Raw) -> Raw:
    """A webhook's body comes flat or as `{"ok", "result"}`."""
    update = raw.get("result", raw)
    if not isinstance(update, dict):
        raise TypeError("no update")
    return update


def _moment(message: Raw) -> datetime:
    """Zalo's own time, in milliseconds."""
    return datetime.fromtimestamp(int(message["date"]) / 1000, UTC)
