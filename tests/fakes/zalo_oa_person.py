"""The person's side of a World: writing, sending files, tapping, following; and faults to come."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Protocol

from zalo_chats import Impossible, Json
from zalo_oa_templates import Template
from zalo_oa_webhook import sent_by, signature
from zalo_oa_world import Person, Stored, World


class Zalo(Protocol):
    """What the server does for a person."""

    def push(self, world: World, event: Json) -> Json:
        """An event on its way to the webhook."""
        ...

    def url(self, world: World, key: str, name: str) -> str:
        """Where the bot finds a person's file."""
        ...


def _open_chat(world: World, wish: Json) -> Person:
    person = world.person(str(wish["chat_id"]), wish.get("name", ""))
    if person.blocked:
        raise Impossible("this person has left the OA")
    world.interacts(person)
    return person


def _message_id() -> str:
    return secrets.token_hex(10)


def writes(zalo: Zalo, world: World, wish: Json) -> Json:
    """`text`, answering the OA's message `reply_to` if given."""
    person = _open_chat(world, wish)
    shown = world.add(person, by_bot=False, text=str(wish["text"]))
    message = {"msg_id": _message_id(), "text": str(wish["text"])}
    if wish.get("reply_to"):
        message["quote_msg_id"] = f"oa{wish['reply_to']}"
    zalo.push(world, sent_by(person, world, "text", message))
    return {"message_id": shown.number, "update_id": message["msg_id"]}


def sends_document(zalo: Zalo, world: World, wish: Json) -> Json:
    """A file from `base64`; `checksum`, `size` state what is not so; `url` leads elsewhere."""
    person, body = _open_chat(world, wish), base64.b64decode(wish.get("base64", ""))
    name, key = str(wish.get("file_name", "file.pdf")), secrets.token_urlsafe(16)
    world.files[key] = Stored(name, body, "sent", world.now())
    shown = world.add(person, by_bot=False, file_id=key)
    payload = {
        "url": wish.get("url") or zalo.url(world, key, name),
        "name": name,
        "size": str(wish.get("size", len(body))),
        "type": name.rpartition(".")[2],
        "checksum": wish.get("checksum", hashlib.md5(body, usedforsecurity=False).hexdigest()),
    }
    attachments = [{"type": "file", "payload": payload}]
    message = {"msg_id": _message_id(), "attachments": attachments}
    zalo.push(world, sent_by(person, world, "file", message))
    return {"message_id": shown.number, "update_id": message["msg_id"]}


def sends_photo(zalo: Zalo, world: World, wish: Json) -> Json:
    """A photo instead of a file."""
    person, key = _open_chat(world, wish), secrets.token_urlsafe(16)
    world.files[key] = Stored("anh.jpg", b"\xff\xd8\xff\xe0 a photo", "sent", world.now())
    shown = world.add(person, by_bot=False, photo=True)
    url = zalo.url(world, key, "anh.jpg")
    attachments = [{"type": "image", "payload": {"thumbnail": url, "url": url}}]
    zalo.push(world, sent_by(person, world, "image", {"msg_id": _message_id(), "attachments": attachments}))
    return {"message_id": shown.number}


def taps(zalo: Zalo, world: World, wish: Json) -> Json:
    """The newest button whose title contains `label` (of `message_id`); it comes back as a text."""
    person, label = _open_chat(world, wish), str(wish.get("label", "")).casefold()
    seen = []
    for message in reversed(person.messages):
        if wish.get("message_id") and message.number != int(wish["message_id"]):
            continue
        for button in message.buttons:
            if label in button["title"].casefold():
                return _tapped(zalo, world, person, button)
            seen.append(button["title"])
    raise Impossible(f"no button {wish.get('label')!r}; the chat shows {seen}")


def _tapped(zalo: Zalo, world: World, person: Person, button: Json) -> Json:
    payload = button["payload"]
    if button["type"] == "oa.query.show":
        world.add(person, by_bot=False, text=str(payload))
    if world.stringify and isinstance(payload, str):
        payload = {"content": payload}
    text = payload if isinstance(payload, str) else json.dumps(payload)
    zalo.push(world, sent_by(person, world, "text", {"msg_id": _message_id(), "text": text}))
    return {"data": text}


def follows(zalo: Zalo, world: World, wish: Json) -> Json:
    """Begin to follow, or come back."""
    person = world.person(str(wish["chat_id"]), wish.get("name", ""))
    person.blocked = False
    world.interacts(person)
    event = {"event_name": "follow", "oa_id": world.oa_id, "follower": {"id": person.user_id}}
    return zalo.push(world, {**event, "source": "oa_profile", "user_id_by_app": f"9{person.user_id}"})


def leaves(zalo: Zalo, world: World, wish: Json) -> Json:
    """Unfollow; the OA reaches them no more."""
    person = world.person(str(wish["chat_id"]), wish.get("name", ""))
    person.blocked = True
    event = {"event_name": "unfollow", "oa_id": world.oa_id, "follower": {"id": person.user_id}}
    return zalo.push(world, {**event, "source": "oa_profile", "user_id_by_app": f"9{person.user_id}"})


def raw_event(zalo: Zalo, world: World, wish: Json) -> Json:
    """Any event as it is."""
    return zalo.push(world, dict(wish["update"]))


def interacted(_zalo: Zalo, world: World, wish: Json) -> Json:
    """Somebody wrote long ago, without an event now."""
    world.interacts(world.person(str(wish["chat_id"]), wish.get("name", "")))
    return {}


def signs(_zalo: Zalo, world: World, wish: Json) -> Json:
    """The signature Zalo would put on a body."""
    body = base64.b64decode(wish["base64"])
    return {"signature": signature(world, body, str(wish["timestamp"]))}


def changes(_zalo: Zalo, world: World, wish: Json) -> Json:
    """hook, per_minute, says_calls_left, night_ban, stringify, twice, wallet, daily_quota.

    Of a person `muted`, `phone`.
    """
    if "muted" in wish:
        world.person(str(wish["chat_id"])).muted = bool(wish["muted"])
    if "phone" in wish:
        world.person(str(wish["chat_id"])).phone = str(wish["phone"])
    for name in (
        "hook",
        "per_minute",
        "says_calls_left",
        "night_ban",
        "stringify",
        "twice",
        "wallet",
        "daily_quota",
    ):
        if name in wish:
            setattr(world, name, wish[name])
    return {}


def has_template(_zalo: Zalo, world: World, wish: Json) -> Json:
    """A template of the OA: id, blanks, approved, old."""
    template = Template(**wish)
    world.templates[template.id] = template
    return {}


def elapses(_zalo: Zalo, world: World, wish: Json) -> Json:
    """Move this world's clock ahead by `seconds`."""
    world.skipped += float(wish["seconds"])
    return {"now": world.now()}


def agrees(_zalo: Zalo, world: World, wish: Json) -> Json:
    """The administrator agrees on the permission page; the code in the answer."""
    return {"code": world.new_code(str(wish["challenge"])), "oa_id": world.oa_id}


def gives_tokens(_zalo: Zalo, world: World, _wish: Json) -> Json:
    """A pair from an earlier login."""
    return world.new_pair()


def revokes(_zalo: Zalo, world: World, wish: Json) -> Json:
    """Access tokens are removed; with `refresh`, so are refresh tokens."""
    world.access = dict.fromkeys(world.access, 0.0)
    if wish.get("refresh"):
        world.refresh.clear()
    return {}


def schedules_fault(_zalo: Zalo, world: World, wish: Json) -> Json:
    """The next `times` calls whose path contains `method` fail: kind error, status, lost, slow, garbage…"""
    world.faults.append({"times": 1, **wish})
    return {}


_Act = Callable[[Zalo, World, Json], Json]
ACTIONS: dict[str, _Act] = {
    "message": writes,
    "document": sends_document,
    "photo": sends_photo,
    "tap": taps,
    "block": leaves,
    "unblock": follows,
    "raw": raw_event,
    "interacted": interacted,
    "sign": signs,
    "change": changes,
    "elapse": elapses,
    "template": has_template,
    "agree": agrees,
    "tokens": gives_tokens,
    "revoke": revokes,
    "fault": schedules_fault,
}
