"""Telegram updates as raw JSON become chat events. Pure: no network, no clock.

The words are Telegram's own: https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hoso_bot.channels.written import written
from hoso_bot.domain.events import (
    Address,
    ButtonTapped,
    ChatClosed,
    ChatEvent,
    ChatReopened,
    FileSent,
)

CHANNEL = "telegram"
WANTED_UPDATES = ("message", "callback_query", "my_chat_member")
NO_PLATFORM_TIME = datetime.fromtimestamp(0, UTC)
"""`sent_at` of a tap: a callback query carries no time of its own, only the date of its card."""

# A GIF comes as `animation` with a `document` twin for old clients, so `document` is asked last.
_MEDIA = ("animation", "photo", "video", "video_note", "voice", "audio", "sticker", "document")
_WITHOUT_FILE = ("contact", "location", "venue", "poll", "dice", "game", "story", "paid_media", "checklist")

Raw = dict[str, Any]


def is_update(raw: Any) -> bool:
    """Whether it has the one field without which nothing can be kept or confirmed."""
    return isinstance(raw, dict) and type(raw.get("update_id")) is int


def lane_of(raw: Raw) -> str:
    """The lane of an update: `telegram:<chat id>`, its own lane when no chat can be read. Never raises."""
    try:
        return f"{CHANNEL}:{int(_chat(raw)['id'])}"
    except Exception:  # an update nobody can read must block nobody
        return f"{CHANNEL}:update-{raw.get('update_id') if isinstance(raw, dict) else None}"


def parse(raw: Raw) -> ChatEvent | None:
    """The event in a raw update; None for groups, edits and service messages.

    Raises KeyError, TypeError, ValueError or AttributeError for a malformed update.
    """
    if "message" in raw:
        return _from_message(raw["message"])
    if "callback_query" in raw:
        return _from_tap(raw["callback_query"])
    if "my_chat_member" in raw:
        return _from_membership(raw["my_chat_member"])
    return None


def with_text(raw: Raw, text: str) -> Raw:
    """The update with other words in its message, and nothing left of the old ones."""
    message = {key: value for key, value in raw["message"].items() if key != "entities"}
    return {**raw, "message": {**message, "text": text}}


def _chat(raw: Raw) -> Raw:
    if "callback_query" in raw:
        query = raw["callback_query"]
        return dict(query["message"]["chat"] if "message" in query else query["from"])
    for kind, body in raw.items():
        if kind != "update_id":
            return dict(body["chat"])
    raise KeyError("chat")


def _from_message(message: Raw) -> ChatEvent | None:
    if message["chat"]["type"] != "private":
        return None
    place = (_address(message["chat"]), _moment(message["date"]), str(message["message_id"]))
    answered = _answered(message)
    if "text" in message:
        return _from_text(message["text"], answered, *place)
    for kind in _MEDIA:
        if kind in message:
            return _from_media(kind, message[kind], message.get("caption", ""), answered, *place)
    if any(kind in message for kind in _WITHOUT_FILE):
        return FileSent(*place, remote_id="", name="", kind="other")
    return None


def _answered(message: Raw) -> str:
    """The id of the message this one answers; an answer to another chat's (`external_reply`) has none."""
    answered = message.get("reply_to_message")
    here = message["chat"]["id"]
    if not isinstance(answered, dict) or answered.get("chat", {}).get("id") != here:
        return ""
    return str(answered["message_id"])


def _from_text(text: str, answered: str, origin: Address, sent_at: datetime, message_ref: str) -> ChatEvent:
    return written(origin, sent_at, message_ref, text, answered)


def _from_media(
    kind: str, media: Any, caption: str, answered: str, origin: Address, sent_at: datetime, message_ref: str
) -> FileSent:
    file = media[-1] if kind == "photo" else media  # a photo is a list of sizes, the largest last
    return FileSent(
        origin,
        sent_at,
        message_ref,
        remote_id=file["file_id"],
        name=file.get("file_name") or _name_for(file.get("mime_type")),
        kind=kind,
        size=file.get("file_size"),
        caption=caption,
        reply_to=answered,
    )


def _name_for(mime_type: str | None) -> str:
    return "document.pdf" if mime_type == "application/pdf" else "document"


def _from_tap(query: Raw) -> ButtonTapped | None:
    message, data = query.get("message"), query.get("data")
    if not message or not data or message["chat"]["type"] != "private":
        return None
    if query["from"]["id"] != message["chat"]["id"]:  # a private chat has its person's id: this is forged
        return None
    return ButtonTapped(_address(message["chat"]), NO_PLATFORM_TIME, str(message["message_id"]), data)


def _from_membership(change: Raw) -> ChatEvent | None:
    if change["chat"]["type"] != "private":
        return None
    place = (_address(change["chat"]), _moment(change["date"]), "")
    match change["new_chat_member"]["status"]:
        case "kicked":
            return ChatClosed(*place)
        case "member":
            return ChatReopened(*place)
    return None


def _address(chat: Raw) -> Address:
    return Address(CHANNEL, str(chat["id"]))


def _moment(date: int) -> datetime:
    return datetime.fromtimestamp(date, UTC)
