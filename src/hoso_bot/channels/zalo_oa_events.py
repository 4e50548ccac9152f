"""Webhooks of a Zalo Official Account as raw JSON become chat events. Pure: no network, no clock.

The words are Zalo's own: https://docs.zaloplatforms.com/docs/OA
What is known of them only by hearsay stands in docs/zalo.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
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

CHANNEL = "zalo_oa"
PAYLOAD = "#"
"""How the payload of our buttons begins; a tap comes back as a text that is the payload."""

_TOKEN = re.compile(re.escape(PAYLOAD) + r"([A-Za-z0-9_-]{8,64})")
_MAC = re.compile(r"\s*(?:mac\s*=\s*)?([0-9a-fA-F]{64})\s*")
_KINDS = {"image": "photo", "gif": "animation", "audio": "voice", "video": "video", "sticker": "sticker"}
_WITHOUT_FILE = ("user_send_link", "user_send_location", "user_send_business_card")
_OPENED = ("follow", "user_click_chatnow")

Raw = dict[str, Any]


def signature_matches(header: str | None, raw: bytes, app_id: str, secret: str) -> bool:
    """Whether X-ZEvent-Signature is `mac=` SHA-256 of app id, raw body, its timestamp and the OA secret key.

    Over the bytes as they came: written anew, the JSON has another sum. False for a body without timestamp.
    """
    found = _MAC.fullmatch(header or "")
    if found is None or not secret:
        return False
    try:
        timestamp = str(json.loads(raw)["timestamp"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    wanted = hashlib.sha256(app_id.encode() + raw + timestamp.encode() + secret.encode()).hexdigest()
    return hmac.compare_digest(found[1].lower(), wanted)


def arrival(raw: Raw, account_id: str | None = None) -> tuple[str, str] | None:
    """(external id, lane) of an event that is to be kept; None for echoes, receipts and the like.

    account_id: the OA's own id, where it is known; another OA's events are not ours.
    Raises KeyError, TypeError, ValueError or AttributeError for a malformed one.
    """
    name = raw["event_name"]
    if not isinstance(name, str) or not (name.startswith("user_send_") or name in (*_OPENED, "unfollow")):
        return None
    if name.startswith("user_send_group"):
        return None
    person, account = _person(raw), _account(raw)
    if account_id and account and account != account_id:
        return None
    sent_at = _moment(raw)
    message = raw["message"]["msg_id"] if name.startswith("user_send_") else f"{person}:{sent_at.timestamp()}"
    if not isinstance(message, str) or not message:
        raise ValueError("no msg_id")
    return f"{name}:{message}", f"{CHANNEL}:{person}"


def sent_at(raw: Raw) -> datetime:
    """Zalo's own time of the event. Raises KeyError, ValueError."""
    return _moment(raw)


def parse(raw: Raw) -> ChatEvent | None:
    """The event in a raw webhook; None for what is not for us.

    Raises KeyError, TypeError, ValueError or AttributeError for a malformed one.
    """
    if arrival(raw) is None:
        return None
    name, origin, at = raw["event_name"], Address(CHANNEL, _person(raw)), _moment(raw)
    if name == "unfollow":
        return ChatClosed(origin, at, "")
    if name in _OPENED:
        return ChatReopened(origin, at, "")
    message = raw["message"]
    place = (origin, at, message["msg_id"])
    answered = str(message.get("quote_msg_id") or "")
    if name == "user_send_text":
        token = _payload(message["text"])
        return ButtonTapped(*place, token) if token else written(*place, message["text"], answered)
    if name in _WITHOUT_FILE:
        return FileSent(*place, remote_id="", name="", kind="other")
    return _file(name.removeprefix("user_send_"), message, answered, *place)


def with_text(raw: Raw, text: str) -> Raw:
    """The event with other words in its message, and nothing left of the old ones."""
    return {**raw, "message": {"msg_id": raw["message"]["msg_id"], "text": text}}


def _payload(text: Any) -> str | None:
    """The token in a tap's payload: plain, or as the string of a JSON object; None for what people write."""
    if not isinstance(text, str):
        raise TypeError("text is no string")
    found = _TOKEN.fullmatch(text.strip())
    if found:
        return found[1]
    if text.lstrip().startswith("{") and len(text) < 1_000:
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return None
        for name in ("content", "payload"):
            if isinstance(inner.get(name), str) and (found := _TOKEN.fullmatch(inner[name].strip())):
                return found[1]
    return None


def _file(
    what: str, message: Raw, answered: str, origin: Address, at: datetime, message_ref: str
) -> FileSent:
    """What came with a link. Its MD5, where stated, goes along as the link's fragment, never sent."""
    first = message["attachments"][0]["payload"]
    url, checksum = str(first.get("url") or ""), str(first.get("checksum") or "")
    size = first.get("size")
    name = str(first.get("name") or "").strip() or "document"
    return FileSent(
        origin,
        at,
        message_ref,
        remote_id=f"{url}#{checksum}" if checksum and url else url,
        name=name,
        kind="document" if what == "file" else _KINDS.get(what, "other"),
        size=int(size) if isinstance(size, int | str) and str(size).isdigit() else None,
        caption=str(message.get("text") or ""),
        reply_to=answered,
    )


def _person(raw: Raw) -> str:
    name = raw["event_name"]
    if name in ("follow", "unfollow"):
        found = raw["follower"]["id"]
    else:
        found = raw["user_id"] if name == "user_click_chatnow" else raw["sender"]["id"]
    if not isinstance(found, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", found):
        raise ValueError("no user id")
    return found


def _account(raw: Raw) -> str:
    if "recipient" in raw:
        return str(raw["recipient"]["id"])
    return str(raw.get("oa_id") or "")


def _moment(raw: Raw) -> datetime:
    return datetime.fromtimestamp(int(raw["timestamp"]) / 1000, UTC)
