"""The Bot API's methods on one World: `perform(world, "sendMessage", params, uploads)`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from telegram_call import Call, Upload
from telegram_polling import delete_webhook, get_updates, get_webhook_info, set_webhook
from telegram_world import TAP_ANSWERABLE, Chat, ChatMessage, Json, Refused, StoredFile, World, units

MAX_TEXT, MAX_CAPTION, MAX_TAP_ANSWER = 4096, 1024, 200
MAX_UPLOAD, MAX_DOWNLOAD = 50_000_000, 20 << 20


# --- sending --------------------------------------------------------------------------------------


async def send_message(call: Call) -> Json:
    chat = call.chat()
    text = _checked_text(call.text("text"))
    message = call.world.new_message(chat, by_bot=True, text=text, **call.keyboard())
    message.silent = call.flag("disable_notification")
    return message.raw


def _checked_text(given: str) -> str:
    text = given.strip()
    if not text:
        raise Refused(400, "Bad Request: message text is empty")
    if units(text) > MAX_TEXT:
        raise Refused(400, "Bad Request: message is too long")
    return text


def _checked_caption(given: str) -> str:
    caption = given.strip()
    if units(caption) > MAX_CAPTION:
        raise Refused(400, "Bad Request: message caption is too long")
    return caption


async def send_document(call: Call) -> Json:
    chat = call.chat()
    file = _document(call)
    caption, keyboard = _checked_caption(call.text("caption")), call.keyboard()
    content = {"document": file.as_json(), **({"caption": caption} if caption else {}), **keyboard}
    message = call.world.new_message(chat, by_bot=True, **content)
    message.file, message.silent = file, call.flag("disable_notification")
    return message.raw


async def send_photo(call: Call) -> Json:
    chat = call.chat()
    file = _document(call, "photo")
    if not file.body.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    size = {key: file.as_json()[key] for key in ("file_id", "file_unique_id", "file_size")}
    caption = _checked_caption(call.text("caption"))
    content = {"photo": [{**size, "width": 800, "height": 1131}], **({"caption": caption} if caption else {})}
    message = call.world.new_message(chat, by_bot=True, **content, **call.keyboard())
    message.silent = call.flag("disable_notification")
    return message.raw


def _document(call: Call, field: str = "document") -> StoredFile:
    named = call.text(field)
    upload = call.uploads.get(named.removeprefix("attach://") if named else field)
    if upload is not None:
        name, mime, body = upload
        if not body:
            raise Refused(400, "Bad Request: file must be non-empty")
        if len(body) > MAX_UPLOAD:
            raise Refused(413, "Request Entity Too Large")
        return call.world.new_file(name, body, mime)
    if not named:
        raise Refused(400, f"Bad Request: there is no {field} in the request")
    if named not in call.world.files:
        raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
    return call.world.files[named]


async def send_chat_action(call: Call) -> bool:
    call.chat()
    if not call.text("action"):
        raise Refused(400, "Bad Request: wrong parameter action in request")
    return True


# --- changing -------------------------------------------------------------------------------------


async def edit_text(call: Call) -> Json:
    chat, message = _to_edit(call)
    if "text" not in message.raw:
        raise Refused(400, "Bad Request: there is no text in the message to edit")
    return _edited(call, chat, message, {"text": _checked_text(call.text("text")), **call.keyboard()})


async def edit_caption(call: Call) -> Json:
    chat, message = _to_edit(call)
    if "document" not in message.raw:
        raise Refused(400, "Bad Request: there is no caption in the message to edit")
    caption = _checked_caption(call.text("caption"))
    return _edited(call, chat, message, {**({"caption": caption} if caption else {}), **call.keyboard()})


async def edit_markup(call: Call) -> Json:
    chat, message = _to_edit(call)
    kept: Json = {key: message.raw[key] for key in ("text", "caption") if key in message.raw}
    return _edited(call, chat, message, {**kept, **call.keyboard()})


def _to_edit(call: Call) -> tuple[Chat, ChatMessage]:
    chat = call.chat()
    message = call.world.find(chat, call.whole("message_id"))
    if message is None:
        raise Refused(400, "Bad Request: message to edit not found")
    if not message.by_bot:
        raise Refused(400, "Bad Request: message can't be edited")
    return chat, message


def _edited(call: Call, chat: Chat, message: ChatMessage, new: Json) -> Json:
    changing = ("text", "caption", "reply_markup")
    if {key: message.raw[key] for key in changing if key in message.raw} == new:
        raise Refused(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message",
        )
    message.earlier.append(message.text)
    kept = {key: value for key, value in message.raw.items() if key not in changing}
    message.raw = {**kept, **new, "edit_date": int(call.world.now())}
    call.world.touch(chat, message)
    return message.raw


async def delete_message(call: Call) -> bool:
    chat = call.chat()
    message = call.world.find(chat, call.whole("message_id"))
    if message is None:
        raise Refused(400, "Bad Request: message to delete not found")
    if call.world.now() - message.raw["date"] > 48 * 3600:
        raise Refused(400, "Bad Request: message can't be deleted for everyone")
    message.deleted = True
    call.world.touch(chat, message)
    return True


# --- taps, files, the bot -------------------------------------------------------------------------


async def answer_callback_query(call: Call) -> bool:
    tap = call.world.taps.get(call.text("callback_query_id"))
    if tap is None or tap.answered is not None or call.world.now() - tap.at > TAP_ANSWERABLE:
        raise Refused(
            400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )
    if units(call.text("text")) > MAX_TAP_ANSWER:
        raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
    tap.answered = {"text": call.text("text"), "show_alert": call.flag("show_alert")}
    return True


async def get_file(call: Call) -> Json:
    file = call.world.files.get(call.text("file_id"))
    if file is None:
        raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if file.size > MAX_DOWNLOAD:
        raise Refused(400, "Bad Request: file is too big")
    shown = {key: file.as_json()[key] for key in ("file_id", "file_unique_id", "file_size")}
    return {**shown, "file_path": call.world.link(file)}


async def get_me(call: Call) -> Json:
    return call.world.bot


async def set_my_commands(call: Call) -> bool:
    call.world.commands = call.data("commands", [])
    if any(not re.fullmatch(r"[a-z0-9_]{1,32}", item.get("command", "")) for item in call.world.commands):
        raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
    return True


async def get_my_commands(call: Call) -> list[Json]:
    return call.world.commands


METHODS: dict[str, Callable[[Call], Awaitable[Any]]] = {
    "answercallbackquery": answer_callback_query,
    "deletemessage": delete_message,
    "deletewebhook": delete_webhook,
    "editmessagecaption": edit_caption,
    "editmessagereplymarkup": edit_markup,
    "editmessagetext": edit_text,
    "getfile": get_file,
    "getme": get_me,
    "getmycommands": get_my_commands,
    "getupdates": get_updates,
    "getwebhookinfo": get_webhook_info,
    "sendchataction": send_chat_action,
    "senddocument": send_document,
    "sendmessage": send_message,
    "sendphoto": send_photo,
    "setmycommands": set_my_commands,
    "setwebhook": set_webhook,
}


async def perform(world: World, method: str, params: dict[str, str], uploads: dict[str, Upload]) -> Any:
    """The method's `result`. Method names are not case-sensitive. Raises Refused."""
    if method.lower() not in METHODS:
        raise Refused(404, "Not Found: method not found")
    result = await METHODS[method.lower()](Call(world, params, uploads))
    await world.wake()
    return result
