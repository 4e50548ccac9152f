"""The person's side of a World: writing, sending what the bot cannot see, and faults to come."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Protocol

from zalo_bot_world import Person, World
from zalo_chats import Impossible, Json

KNOBS = ("name", "local_ok", "lossy", "wrapped", "photo_field", "stringy", "twice", "per_minute")


class Zalo(Protocol):
    """What the server does for a person."""

    def push(self, world: World, event: Json) -> None:
        """An event on its way to the bot."""
        ...

    def url(self, world: World, key: str) -> str:
        """Where everybody finds a photo or a voice."""
        ...


def _writer(world: World, wish: Json) -> Person:
    person = world.person(str(wish["chat_id"]), wish.get("name", ""))
    person.wrote = True
    return person


def writes(zalo: Zalo, world: World, wish: Json) -> Json:
    """`text`; in a group with `chat_type`."""
    person, text = _writer(world, wish), str(wish["text"])
    shown = world.add(person, by_bot=False, text=text)
    event = world.event(person, "text", text=text)
    event["message"]["chat"]["chat_type"] = wish.get("chat_type", "PRIVATE")
    zalo.push(world, event)
    return {"message_id": shown.number, "update_id": event["message"]["message_id"]}


def sends_document(zalo: Zalo, world: World, wish: Json) -> Json:
    """A file: the bot is told that something came, mostly not even from whom (`named`: it is)."""
    person = _writer(world, wish)
    shown = world.add(person, by_bot=False, file_name=str(wish.get("file_name", "file.pdf")))
    event = world.event(person, "unsupported")
    zalo.push(world, event if wish.get("named", True) else {"event_name": event["event_name"]})
    return {"message_id": shown.number}


def sends_photo(zalo: Zalo, world: World, wish: Json) -> Json:
    """A photo, with a link to it; `field` names where the link stands."""
    person, key = _writer(world, wish), secrets.token_urlsafe(16)
    world.files[key] = base64.b64decode(wish["base64"]) if "base64" in wish else b"\xff\xd8\xff\xe0 a photo"
    shown = world.add(person, by_bot=False, photo=True)
    link = {wish.get("field", world.photo_field): zalo.url(world, key), "message_type": "CHAT_PHOTO"}
    caption = {"caption": wish["caption"]} if wish.get("caption") else {}
    zalo.push(world, world.event(person, "image", **link, **caption))
    return {"message_id": shown.number}


def sends_voice(zalo: Zalo, world: World, wish: Json) -> Json:
    """A voice message."""
    person = _writer(world, wish)
    world.add(person, by_bot=False)
    link = f"{zalo.url(world, 'voice')}.aac"
    zalo.push(world, world.event(person, "voice", voice_url=link, message_type="CHAT_VOICE"))
    return {}


def sends_sticker(zalo: Zalo, world: World, wish: Json) -> Json:
    """A sticker."""
    person = _writer(world, wish)
    world.add(person, by_bot=False)
    zalo.push(world, world.event(person, "sticker", sticker="46991", url="https://stickers.zaloapp.com/x"))
    return {}


def taps(_zalo: Zalo, _world: World, wish: Json) -> Json:
    """Nobody can: there are no buttons."""
    raise Impossible(f"no button {wish.get('label')!r}: this chat has none")


def raw_event(zalo: Zalo, world: World, wish: Json) -> Json:
    """Any event as it is."""
    zalo.push(world, dict(wish["update"]))
    return dict(wish["update"])


def interacted(_zalo: Zalo, world: World, wish: Json) -> Json:
    """Somebody wrote long ago, without an event now."""
    _writer(world, wish)
    return {}


def leaves(_zalo: Zalo, world: World, wish: Json) -> Json:
    """The chat is not there any more; the bot is not told."""
    world.person(str(wish["chat_id"])).wrote = False
    return {}


def changes(_zalo: Zalo, world: World, wish: Json) -> Json:
    """One of the knobs of a World."""
    for name in KNOBS:
        if name in wish:
            setattr(world, name, wish[name])
    return {}


def elapses(_zalo: Zalo, world: World, wish: Json) -> Json:
    """Move this world's clock ahead by `seconds`."""
    world.skipped += float(wish["seconds"])
    return {"now": world.now()}


def schedules_fault(_zalo: Zalo, world: World, wish: Json) -> Json:
    """The next `times` calls of `method` fail: kind error (with `code`), status, lost, garbage or slow."""
    world.faults.append({"times": 1, "method": "*", **wish})
    return {}


def heals(_zalo: Zalo, world: World, _wish: Json) -> Json:
    """No more faults."""
    world.faults.clear()
    return {}


_Act = Callable[[Zalo, World, Json], Json]
ACTIONS: dict[str, _Act] = {
    "message": writes,
    "document": sends_document,
    "photo": sends_photo,
    "voice": sends_voice,
    "sticker": sends_sticker,
    "tap": taps,
    "block": leaves,
    "unblock": interacted,
    "raw": raw_event,
    "interacted": interacted,
    "change": changes,
    "elapse": elapses,
    "fault": schedules_fault,
    "heal": heals,
}
