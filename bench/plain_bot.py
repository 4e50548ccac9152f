"""A bot as the tutorial of python-telegram-bot writes one: what it was told lives in its memory.

    TOKEN=… BASE_URL=… python bench/plain_bot.py

It does what a school's bot does, in small: a file is fetched and looked at and gets a card, a press is
answered and gets its words. `bench/kills.py` kills it.
"""

from __future__ import annotations

import os
import time
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters

WORK_SECONDS = 0.1
"""What looking at a file, or signing one, costs."""
CARD, DONE = "Đã nhận", "Đã trình ký"


async def receive(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    """A file becomes a card with a button."""
    message = update.message
    assert message
    assert message.document
    file = await message.document.get_file()
    await file.download_as_bytearray()
    time.sleep(WORK_SECONDS)
    keys = InlineKeyboardMarkup(
        [[InlineKeyboardButton("Trình ký", callback_data=message.document.file_name)]]
    )
    await message.reply_text(f"{CARD} {message.document.file_name}", reply_markup=keys)


async def press(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A press is answered, and its words follow."""
    query = update.callback_query
    assert query
    assert update.effective_chat
    await query.answer()
    time.sleep(WORK_SECONDS)
    await context.bot.send_message(update.effective_chat.id, f"{DONE} {query.data}")


def main() -> None:
    """Until it is ended, one way or another."""
    base: Any = os.environ["BASE_URL"]
    application = (
        Application.builder()
        .token(os.environ["TOKEN"])
        .base_url(f"{base}/bot")
        .base_file_url(f"{base}/file/bot")
        .build()
    )
    application.add_handler(MessageHandler(filters.Document.ALL, receive))
    application.add_handler(CallbackQueryHandler(press))
    application.run_polling()


if __name__ == "__main__":
    main()
