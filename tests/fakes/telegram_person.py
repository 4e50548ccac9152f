"""The person's side of a World: writing, sending files, tapping, blocking, as the official apps would."""

from __future__ import annotations

import base64
import random
from pathlib import Path
from typing import Any

from telegram_world import TAP_KEPT, Chat, ChatMessage, Impossible, Json, StoredFile, Tap, World

Wish = dict[str, Any]
"""What the test asks for, as JSON: always with `chat_id`, `name` when the person is new."""


def person(wish: Wish) -> Json:
    """The `from` of the update: a private chat has the id of the person."""
    known = {key: wish[key] for key in ("last_name", "username") if wish.get(key)}
    name = wish.get("name") or f"Person {wish['chat_id']}"
    return {"id": int(wish["chat_id"]), "is_bot": False, "first_name": name, "language_code": "vi", **known}


def _open_chat(world: World, wish: Wish) -> Chat:
    known = world.chats.get(int(wish["chat_id"]))
    chat = world.chat_with(known.person if known and not wish.get("name") else person(wish))
    if chat.blocked:
        raise Impossible("this person has blocked the bot and must unblock it first")
    return chat


def _arrive(world: World, wish: Wish, content: Json, file: StoredFile | None = None) -> Json:
    """A message of the person, in the transcript and as an update."""
    chat = _open_chat(world, wish)
    message = world.new_message(chat, by_bot=False, date=wish.get("date"), **content)
    message.file = file
    if wish.get("forward_date"):
        origin = {"type": "hidden_user", "sender_user_name": "Ai đó", "date": wish["forward_date"]}
        message.raw["forward_origin"] = origin
    if wish.get("reply_to"):
        message.raw["reply_to_message"] = _answered(world, chat, int(wish["reply_to"]))
    update = world.push("message", message.raw, chat.id)
    return {"message_id": message.raw["message_id"], "update_id": update and update["update_id"]}


def _answered(world: World, chat: Chat, message_id: int) -> Json:
    """The message that is answered, as the update shows it: without what it answered itself."""
    answered = world.find(chat, message_id)
    if answered is None:
        raise Impossible(f"no message {message_id} to answer in this chat")
    return {key: value for key, value in answered.raw.items() if key != "reply_to_message"}


def writes(world: World, wish: Wish) -> Json:
    """`text`, answering the message `reply_to` if given; a leading /word becomes a bot_command entity."""
    text = str(wish["text"])
    entities: Json = {}
    if text.startswith("/"):
        entities = {"entities": [{"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}]}
    return _arrive(world, wish, {"text": text, **entities})


def sends_document(world: World, wish: Wish, body: bytes | None = None) -> Json:
    """A file from the multipart body, `path` or `base64`; `claimed_size` states a size without such bytes."""
    file = _new_file(world, wish, body)
    content = {"document": file.as_json(), **_caption(wish)}
    return _arrive(world, wish, content, file)


def _new_file(world: World, wish: Wish, body: bytes | None) -> StoredFile:
    name = wish.get("file_name") or (Path(wish["path"]).name if wish.get("path") else "file")
    if body is None:
        body = (
            Path(wish["path"]).read_bytes() if wish.get("path") else base64.b64decode(wish.get("base64", ""))
        )
    return world.new_file(name, body, wish.get("mime_type"), wish.get("claimed_size"))


def _caption(wish: Wish) -> Json:
    return {"caption": wish["caption"]} if wish.get("caption") else {}


def sends_photo(world: World, wish: Wish, body: bytes | None = None) -> Json:
    """A photo: Telegram keeps no name and offers several sizes."""
    file = world.new_file(
        "photo.jpg", body or base64.b64decode(wish.get("base64", "")) or b"\xff\xd8\xff\xd9"
    )
    sizes = [{**_size(file), "width": width, "height": width} for width in (90, 320, 1280)]
    return _arrive(world, wish, {"photo": sizes, **_caption(wish)}, file)


def _size(file: StoredFile) -> Json:
    return {key: file.as_json()[key] for key in ("file_id", "file_unique_id", "file_size")}


def sends_album(world: World, wish: Wish) -> Json:
    """Several documents at once: one message and one update each, joined only by media_group_id."""
    group = str(random.getrandbits(53))
    arrived = []
    for item in wish["items"]:
        file = _new_file(world, item, None)
        content = {"document": file.as_json(), "media_group_id": group, **_caption(item)}
        arrived.append(_arrive(world, {**wish, **item}, content, file))
    return {"items": arrived}


def taps(world: World, wish: Wish) -> Json:
    """A tap on the newest button whose label contains `label` (or has `data`), in `message_id` if given."""
    chat = world.chat(int(wish["chat_id"]))
    if chat.blocked:
        raise Impossible("this person has blocked the bot")
    message, data = _button(chat, wish)
    query_id = str(random.getrandbits(63))
    world.taps[query_id] = Tap(chat.id, data, world.now())
    instance = str(abs(hash((world.token, chat.id))))
    query = {
        "id": query_id,
        "from": chat.person,
        "message": message.raw,
        "chat_instance": instance,
        "data": data,
    }
    update = world.push("callback_query", query, chat.id, TAP_KEPT)
    return {"query_id": query_id, "data": data, "update_id": update and update["update_id"]}


def _button(chat: Chat, wish: Wish) -> tuple[ChatMessage, str]:
    label, data = str(wish.get("label", "")).casefold(), wish.get("data")
    seen = []
    for message in reversed(chat.messages):
        if message.deleted or wish.get("message_id") not in (None, message.raw["message_id"]):
            continue
        for key in (key for row in message.buttons for key in row if "callback_data" in key):
            if (data and key["callback_data"] == data) or (not data and label in key["text"].casefold()):
                return message, key["callback_data"]
            seen.append(key["text"])
    raise Impossible(f"no button {wish.get('label', data)!r}; the chat shows {seen}")


def blocks(world: World, wish: Wish) -> Json:
    """Block the bot."""
    return _membership(world, wish, blocked=True)


def unblocks(world: World, wish: Wish) -> Json:
    """Let the bot back in."""
    return _membership(world, wish, blocked=False)


def _membership(world: World, wish: Wish, *, blocked: bool) -> Json:
    chat = (
        world.chat_with(world.chats[int(wish["chat_id"])].person)
        if int(wish["chat_id"]) in world.chats
        else None
    )
    chat = chat or world.chat_with(person(wish))
    before, after = ("member", "kicked") if blocked else ("kicked", "member")
    chat.blocked = blocked
    change = {
        "chat": chat.as_chat,
        "from": chat.person,
        "date": int(world.now()),
        "old_chat_member": {"user": world.bot, "status": before, **({} if blocked else {"until_date": 0})},
        "new_chat_member": {"user": world.bot, "status": after, **({"until_date": 0} if blocked else {})},
    }
    update = world.push("my_chat_member", change, chat.id)
    return {"update_id": update and update["update_id"]}


def raw_update(world: World, wish: Wish) -> Json:
    """Any update as it is: `update` (its update_id is added when missing)."""
    return world.push_raw(dict(wish["update"]), int(wish.get("chat_id", 0)))


def skips_time(world: World, wish: Wish) -> Json:
    """Move this bot's clock ahead by `seconds`."""
    world.skipped += float(wish["seconds"])
    return {"now": world.now()}
