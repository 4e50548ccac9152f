"""A parcel becomes one or more Telegram messages, and Telegram's refusals become outcomes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Message
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError

from hoso_bot.channels.telegram_text import MAX_CAPTION, shortened, split, units
from hoso_bot.domain.errors import outline
from hoso_bot.domain.messages import Gone, Key, Later, Outcome, Parcel

log = structlog.get_logger(__name__)

MAX_UPLOAD_BYTES = 50_000_000
# A preview would make Telegram's servers open a one-time link before the person does.
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_ALREADY_SO = ("message is not modified", "message to edit not found", "message_id_invalid")
_NO_SUCH_CHAT = ("chat not found", "user not found", "peer_id_invalid", "user_is_blocked", "user_deactivated")


async def deliver(bot: Bot, parcel: Parcel) -> str:
    """Send or edit; the id of the (last) message.

    A text over 4096 units becomes several messages; with a file, a text over 1024 units goes before it, and a
    retry then repeats it. Buttons belong to the last message. An edit of what is gone or already so is done.
    With `path` a parcel is always a new message: our edits change words and buttons, never files.
    Raises telegram.error.TelegramError, OSError (the file cannot be read), ValueError (it never can be sent).
    """
    if parcel.erases:
        await _erase(bot, parcel.chat_id, int(parcel.erases))
        return parcel.erases
    if parcel.edits and not parcel.path:
        await _edit(bot, parcel, int(parcel.edits))
        return parcel.edits
    if parcel.picture and not parcel.edits:
        await _send_picture(bot, parcel, Path(parcel.picture))
    message = await (_send_file(bot, parcel, Path(parcel.path)) if parcel.path else _send_texts(bot, parcel))
    return str(message.message_id)


def outcome_of(error: Exception, why: str) -> Outcome:
    """Who has to act: wait (Later), or nobody can deliver this (Gone). A lost answer is unknown, so Later.

    A refused token is Later too: what waits goes out once the office has mended it.
    """
    match error:
        case RetryAfter():
            return Later(why, after=seconds(error))
        case Forbidden():
            return Gone(why, person_left=True)
        case BadRequest():
            return Gone(why, person_left=any(sign in why.lower() for sign in _NO_SUCH_CHAT))
        case ValueError():
            return Gone(why)
    return Later(why)


def safe(error: Exception, token: str) -> str:
    """The error for a log: without the bot's token, which stands in every URL, and without people's words."""
    words = str(error) if isinstance(error, TelegramError | aiohttp.ClientError) else outline(error)
    return words.replace(token, "***") or type(error).__name__


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


async def _send_texts(bot: Bot, parcel: Parcel) -> Message:
    *first, last = split(parcel.text) or [parcel.text]
    for piece in first:
        await _send_text(bot, parcel, piece, None)
    return await _send_text(bot, parcel, last, _keyboard(parcel.keys))


async def _send_text(bot: Bot, parcel: Parcel, text: str, keyboard: InlineKeyboardMarkup | None) -> Message:
    return await bot.send_message(
        parcel.chat_id,
        text,
        reply_markup=keyboard,
        disable_notification=parcel.silent,
        link_preview_options=_NO_PREVIEW,
    )


async def _send_file(bot: Bot, parcel: Parcel, path: Path) -> Message:
    if path.stat().st_size > MAX_UPLOAD_BYTES:
        raise ValueError(f"file over {MAX_UPLOAD_BYTES} bytes")
    caption = parcel.text
    if units(caption) > MAX_CAPTION:
        caption = ""
        for piece in split(parcel.text):
            await _send_text(bot, parcel, piece, None)
    with path.open("rb") as handle:
        return await bot.send_document(
            parcel.chat_id,
            InputFile(handle, filename=parcel.file_name or path.name, read_file_handle=False),
            caption=caption or None,
            reply_markup=_keyboard(parcel.keys),
            disable_notification=parcel.silent,
            disable_content_type_detection=True,
            read_timeout=60,
        )


async def _send_picture(bot: Bot, parcel: Parcel, path: Path) -> None:
    """Soundless, before the card. Whatever Telegram has against a picture, the card goes out."""
    try:
        with path.open("rb") as handle:
            photo = InputFile(handle, filename="trang-1.jpg", read_file_handle=False)
            await bot.send_photo(parcel.chat_id, photo, disable_notification=True, read_timeout=30)
    except (RetryAfter, Forbidden):
        raise
    except (TelegramError, OSError) as error:
        log.info("picture.left_out", error=safe(error, bot.token))


async def _edit(bot: Bot, parcel: Parcel, message_id: int) -> None:
    """Changing an old card is a courtesy: a server that does not know the method must not hold the chat."""
    try:
        await _change(bot, parcel, message_id)
    except InvalidToken as error:  # how the library reads both 401 and 404
        if "unauthorized" in str(error).lower():
            raise
        log.info("edit.left_out", error=safe(error, bot.token))
    except BadRequest as error:
        if not any(sign in str(error).lower() for sign in _ALREADY_SO):
            raise


async def _erase(bot: Bot, chat_id: str, message_id: int) -> None:
    """Bots may delete what a person wrote in a private chat, within 48 hours; gone already is as good."""
    try:
        await bot.delete_message(chat_id, message_id)
    except InvalidToken as error:  # how the library reads both 401 and 404
        if "unauthorized" in str(error).lower():
            raise
        log.info("erase.left_out", error=safe(error, bot.token))
    except BadRequest as error:
        log.info("erase.refused", error=safe(error, bot.token))


async def _change(bot: Bot, parcel: Parcel, message_id: int) -> None:
    """Text, else caption (the message is a file), or only the buttons when the parcel has no text."""
    where: dict[str, Any] = {"chat_id": parcel.chat_id, "message_id": message_id}
    keyboard = _keyboard(parcel.keys)
    if not parcel.text:
        await bot.edit_message_reply_markup(reply_markup=keyboard, **where)
        return
    try:
        text = shortened(parcel.text)
        await bot.edit_message_text(text, reply_markup=keyboard, link_preview_options=_NO_PREVIEW, **where)
    except BadRequest as error:
        if "no text in the message" not in str(error):
            raise
        caption = shortened(parcel.text, MAX_CAPTION)
        await bot.edit_message_caption(caption=caption, reply_markup=keyboard, **where)


def _keyboard(keys: tuple[tuple[Key, ...], ...]) -> InlineKeyboardMarkup | None:
    if not keys:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(key.label, callback_data=key.token) for key in row] for row in keys]
    )
