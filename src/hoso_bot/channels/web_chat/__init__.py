"""The demo's chat world: several phones on one local page.

It lets whoever opens the page be anyone, so it exists only in demo mode on this machine (design section 6).
A person's action is kept by the inbox before it is acknowledged, like in any other chat.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from hoso_bot.channels.web_chat.actions import Actions
from hoso_bot.channels.web_chat.pages import Pages, Phone
from hoso_bot.channels.web_chat.parse import CHANNEL, parse
from hoso_bot.channels.web_chat.shelf import FileCard, Shelf, copy_durably
from hoso_bot.channels.web_chat.transcript import Transcript
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import ChatEvent, FileSent
from hoso_bot.domain.messages import Abilities, Later, Outcome, Parcel, Sent
from hoso_bot.ports import Store

__all__ = ["Phone", "WebChat", "parse"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WebChat:
    """ports.Channel whose chats are phones on a page (`routes()` serves it).

    files: a directory for uploads and sent files. phones: the first one is where the samples are offered.
    samples: PDFs the page offers to send, or a function that lists them. commands: (name without slash,
    meaning) for the menu beside the text box. max_file_bytes: larger uploads are answered with `too_big`.
    Construct it anywhere; use it inside one event loop.
    """

    name = CHANNEL
    abilities = Abilities()

    def __init__(
        self,
        files: Path,
        phones: Sequence[Phone],
        samples: Sequence[Path] | Callable[[], Sequence[Path]] = (),
        commands: Sequence[tuple[str, str]] = (),
        max_file_bytes: int = 20 * 1024 * 1024,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.max_file_bytes = max_file_bytes
        self._phones = tuple(phones)
        self._samples = samples
        self._commands = tuple(commands)
        self._now = now
        self._transcript = Transcript()
        self._shelf = Shelf(files)
        self._actions = Actions(self._transcript, now)

    def routes(self) -> list[web.RouteDef]:
        """The page, its files, the live state and what people do, for an aiohttp application."""
        return Pages(
            phones=self._phones,
            transcript=self._transcript,
            shelf=self._shelf,
            actions=self._actions,
            samples=self._offered,
            commands=self._commands,
            max_file_bytes=self.max_file_bytes,
        ).routes()

    def parse(self, raw: dict[str, Any]) -> ChatEvent | None:
        """The event in a raw update; see `web_chat.parse.parse`."""
        return parse(raw)

    async def listen(self, store: Store) -> None:
        """Accept what people do on the page until cancelled; then let the open pages go."""
        self._actions.store = store
        try:
            await asyncio.Event().wait()
        finally:
            self._actions.store = None
            self._transcript.close()

    async def fetch(self, file: FileSent, target: Path) -> None:
        """Copy an uploaded file to `target`. Raises FileRefused when it is no longer there."""
        try:
            source = self._shelf.path(file.remote_id)
        except FileNotFoundError as gone:
            raise FileRefused("file.fetch_failed", name=file.name) from gone
        await asyncio.to_thread(copy_durably, source, target)

    async def send(self, parcel: Parcel) -> Outcome:
        """Show one message on a phone, or change one (`edits`). The file is copied: it may vanish later."""
        if parcel.erases:
            return self._erase(parcel.erases)
        try:
            card = await self._card(parcel)
        except OSError as error:
            return Later(f"attachment: {error}")
        if parcel.picture and not parcel.edits:
            await self._show_picture(parcel, Path(parcel.picture))
        keys = tuple(tuple((key.label, key.token) for key in row) for row in parcel.keys)
        words = parcel.with_footer(parcel.text)
        bubble = self._transcript.find(parcel.edits) if parcel.edits else None
        if bubble is None:
            at = self._now().isoformat()
            bubble = self._transcript.new(parcel.chat_id, False, at, text=words, keys=keys, file=card)
        else:
            bubble.text, bubble.keys, bubble.edited = words or bubble.text, keys, True
            bubble.file = card or bubble.file
            self._transcript.touch(bubble)
        self._transcript.set_typing(parcel.chat_id, False)
        return Sent(bubble.id)

    def _erase(self, ref: str) -> Outcome:
        bubble = self._transcript.find(ref)
        if bubble:
            bubble.text = "•••"
            self._transcript.touch(bubble)
        return Sent(ref)

    async def _show_picture(self, parcel: Parcel, path: Path) -> None:
        """A bubble of its own before the message; a picture that is gone is left out."""
        with contextlib.suppress(OSError):
            card = await asyncio.to_thread(self._shelf.copy, path, "trang-1.jpg")
            self._transcript.new(parcel.chat_id, False, self._now().isoformat(), file=card)

    async def _card(self, parcel: Parcel) -> FileCard | None:
        if parcel.path is None:
            return None
        source = Path(parcel.path)
        return await asyncio.to_thread(self._shelf.copy, source, parcel.file_name or source.name)

    def _offered(self) -> dict[str, Path]:
        found = self._samples() if callable(self._samples) else self._samples
        return {path.name: path for path in found}
