"""A parcel becomes one or more messages of a Zalo bot, which can send words and pictures by link only."""

from __future__ import annotations

import asyncio

import structlog

from hoso_bot.channels.file_by_link import LinkFor, with_file_link
from hoso_bot.channels.long_text import split
from hoso_bot.channels.zalo_bot_api import BotApi, BotRefused
from hoso_bot.channels.zalo_bot_errors import Meaning, meaning
from hoso_bot.domain.errors import outline
from hoso_bot.domain.messages import Parcel

log = structlog.get_logger(__name__)

MAX_TEXT = 2000


class Delivery:
    """How one bot's messages look; the last message's id is what a parcel is known by."""

    def __init__(self, api: BotApi, file_link: LinkFor, picture_link: LinkFor) -> None:
        self._api, self._file_link, self._picture_link = api, file_link, picture_link

    async def deliver(self, parcel: Parcel) -> str:
        """Picture, then the words, under them the link to a file and how to answer; the last message's id.

        Raises BotRefused, OSError (a retry says again what went out before it).
        """
        text = parcel.text
        if parcel.path:
            text = await asyncio.to_thread(with_file_link, parcel, self._file_link)
        ref = await self._picture(parcel) if parcel.picture else ""
        for piece in split(parcel.with_footer(text), MAX_TEXT):
            ref = await self._api.send_text(parcel.chat_id, piece)
        return ref

    async def _picture(self, parcel: Parcel) -> str:
        """Whatever Zalo has against a picture, the card goes out; trouble with the chat is the card's."""
        link = await asyncio.to_thread(self._picture_link, parcel)
        if not link:
            return ""
        try:
            return await self._api.send_photo(parcel.chat_id, link)
        except BotRefused as refused:
            if meaning(refused.code) not in (Meaning.BUG, Meaning.AGAIN):
                raise
            log.info("picture.left_out", code=refused.code)
        except OSError as error:
            log.info("picture.left_out", error=outline(error))
        return ""
