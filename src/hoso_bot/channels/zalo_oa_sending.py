"""A parcel becomes one or more messages of an Official Account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import structlog

from hoso_bot import texts
from hoso_bot.channels.file_by_link import LinkFor, with_file_link
from hoso_bot.channels.long_text import fitting, split, units
from hoso_bot.channels.zalo_oa_api import OaApi, ZaloRefused
from hoso_bot.channels.zalo_oa_errors import Meaning, meaning
from hoso_bot.channels.zalo_oa_events import PAYLOAD
from hoso_bot.domain.messages import Key, Parcel

log = structlog.get_logger(__name__)

MAX_TEXT = 2000
MAX_BUTTONS = 5
MAX_TITLE = 100
MAX_SENT_BYTES = 5 * 2**20
MAX_IMAGE_BYTES = 2**20
UPLOADED_TYPES = (".pdf", ".doc", ".docx")


class Delivery:
    """How one OA's messages look; the last message's id is what a parcel is known by."""

    def __init__(
        self,
        api: OaApi,
        template_type: str,
        payload_style: Literal["text", "object"],
        link_for: LinkFor,
    ) -> None:
        self._api, self._link_for = api, link_for
        self._template_type, self._payload_style = template_type, payload_style

    async def deliver(self, access: str, parcel: Parcel) -> str:
        """Picture, file, then the words with the buttons under the last of them; the last message's id.

        A file over 5 MB becomes a link where there is one. Raises ZaloRefused, OSError (a retry says again
        what went out before it).
        """
        ref = ""
        if parcel.picture:
            ref = await self._picture(access, parcel.chat_id, Path(parcel.picture))
        text = parcel.text
        if parcel.path:
            if await asyncio.to_thread(_can_be_sent, parcel):
                ref = await self._file(access, parcel)
            else:
                text = await asyncio.to_thread(with_file_link, parcel, self._link_for)
        for message in self._messages(parcel.with_footer(text), [key for row in parcel.keys for key in row]):
            ref = await self._api.send(access, parcel.chat_id, message)
        return ref

    def pieces(self, parcel: Parcel) -> int:
        """How many messages of Zalo's a parcel becomes at most, its picture aside.

        A file is one of its own, or a link that may make the words one message longer.
        """
        keys = [key for row in parcel.keys for key in row]
        return len(self._messages(parcel.with_footer(parcel.text), keys)) + bool(parcel.path)

    async def _picture(self, access: str, chat_id: str, path: Path) -> str:
        """Whatever Zalo has against a picture, the card goes out; trouble with the chat is the card's."""
        try:
            if path.stat().st_size > MAX_IMAGE_BYTES:
                return ""
            attachment = await self._api.upload_image(access, path, "trang-1.jpg")
            element = {"media_type": "image", "attachment_id": attachment}
            payload = {"template_type": "media", "elements": [element]}
            template = {"attachment": {"type": "template", "payload": payload}}
            return await self._api.send(access, chat_id, template)
        except ZaloRefused as refused:
            if meaning(refused.code) not in (Meaning.BUG, Meaning.AGAIN, Meaning.REUPLOAD):
                raise
            log.info("picture.left_out", code=refused.code)
        except OSError as error:
            log.info("picture.left_out", error=repr(error))
        return ""

    async def _file(self, access: str, parcel: Parcel) -> str:
        """Uploaded right before it is sent, and once more when Zalo says its token is stale."""
        try:
            return await self._send_file(access, parcel)
        except ZaloRefused as refused:
            if meaning(refused.code) is not Meaning.REUPLOAD:
                raise
        return await self._send_file(access, parcel)

    async def _send_file(self, access: str, parcel: Parcel) -> str:
        path = Path(parcel.path or "")
        token = await self._api.upload_file(access, path, parcel.file_name or path.name)
        message = {"attachment": {"type": "file", "payload": {"token": token}}}
        return await self._api.send(access, parcel.chat_id, message)

    def _messages(self, text: str, keys: Sequence[Key]) -> list[dict[str, Any]]:
        """The words in pieces of 2000, five buttons under the last, further ones under short messages."""
        pieces = split(text, MAX_TEXT)
        rows = [keys[at : at + MAX_BUTTONS] for at in range(0, len(keys), MAX_BUTTONS)]
        plain = [{"text": piece} for piece in (pieces[:-1] if rows else pieces)]
        last = pieces[-1] if pieces else texts.render("zalo.more")
        return plain + [
            self._with_buttons(last if at == 0 else texts.render("zalo.more"), row)
            for at, row in enumerate(rows)
        ]

    def _with_buttons(self, text: str, keys: Sequence[Key]) -> dict[str, Any]:
        payload: dict[str, Any] = {"buttons": [self._button(key) for key in keys]}
        if self._template_type:
            payload["template_type"] = self._template_type
        return {"text": text, "attachment": {"type": "template", "payload": payload}}

    def _button(self, key: Key) -> dict[str, Any]:
        token = f"{PAYLOAD}{key.token}"
        payload: Any = {"content": token} if self._payload_style == "object" else token
        title = key.label if units(key.label) <= MAX_TITLE else key.label[: fitting(key.label, MAX_TITLE)]
        return {"title": title, "type": "oa.query.hide", "payload": payload}


def _can_be_sent(parcel: Parcel) -> bool:
    path = Path(parcel.path or "")
    name = (parcel.file_name or path.name).lower()
    return path.stat().st_size <= MAX_SENT_BYTES and name.endswith(UPLOADED_TYPES)
