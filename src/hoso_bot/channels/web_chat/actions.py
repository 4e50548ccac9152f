"""What a person does on a phone of the demo: shown at once, kept by the inbox, only then acknowledged."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from hoso_bot.channels.web_chat.parse import CHANNEL
from hoso_bot.channels.web_chat.shelf import FileCard
from hoso_bot.channels.web_chat.transcript import Bubble, Transcript
from hoso_bot.domain.errors import HosoError, outline
from hoso_bot.ports import Store

_log = structlog.get_logger()


class NotListening(HosoError):
    """Nobody keeps updates yet, or no longer."""


class NotKept(HosoError):
    """The inbox could not keep the update; the person may try again."""


class UnknownButton(HosoError):
    """No message of this chat ever had that button."""


@dataclass
class Actions:
    """Turns actions into raw updates. `store` is set while the channel listens."""

    transcript: Transcript
    now: Callable[[], datetime]
    store: Store | None = None

    async def say(self, chat: str, text: str, action: str = "", reply_to: str = "") -> Bubble:
        """A line of text; one that starts with `/` is a command. Raises NotListening, NotKept."""
        kind = "command" if text.startswith("/") else "text"
        answered = self._answered(chat, reply_to)
        return await self._speak(chat, action, {"kind": kind, "text": text, **answered}, text=text)

    async def hand_over(self, chat: str, file: FileCard, action: str = "", reply_to: str = "") -> Bubble:
        """A file that already lies on the shelf. Raises NotListening, NotKept."""
        announced = {"path": file.id, "name": file.name, "size": file.size, "mime": file.mime}
        answered = self._answered(chat, reply_to)
        return await self._speak(chat, action, {"kind": "file", "file": announced, **answered}, file=file)

    def _answered(self, chat: str, ref: str) -> dict[str, str]:
        """What the raw update says about the bubble that is answered; nothing about another phone's."""
        bubble = self.transcript.find(ref) if ref else None
        return {"reply_to": ref} if bubble and bubble.chat == chat else {}

    async def tap(self, chat: str, ref: str, token: str, action: str = "") -> Bubble:
        """A button, also one the bot has taken away since: whether it still counts is the bot's decision.

        Raises UnknownButton, NotListening, NotKept.
        """
        bubble = self.transcript.find(ref)
        if bubble is None or bubble.chat != chat or token not in bubble.known_keys:
            raise UnknownButton
        await self._keep(chat, action, {"kind": "tap", "message": ref, "token": token})
        bubble.used, bubble.chosen = (*bubble.used, token), bubble.known_keys[token]
        self.transcript.touch(bubble)
        return bubble

    async def _speak(self, chat: str, action: str, raw: dict[str, Any], **content: Any) -> Bubble:
        bubble = self.transcript.find_own(chat, action) if action else None
        if bubble is not None and bubble.state == "sent":
            return bubble
        if bubble is None:
            at = self.now().isoformat()
            quote = self.transcript.first_words(raw.get("reply_to", ""))
            bubble = self.transcript.new(
                chat, True, at, state="sending", action=action, quote=quote, **content
            )
        try:
            await self._keep(chat, action, {**raw, "message": bubble.id})
            bubble.state = "sent"
        except HosoError:
            bubble.state = "failed"
            raise
        finally:
            self.transcript.touch(bubble)
        return bubble

    async def _keep(self, chat: str, action: str, raw: dict[str, Any]) -> None:
        if self.store is None:
            raise NotListening
        update = {"id": action or uuid.uuid4().hex, "chat": chat, "at": self.now().isoformat(), **raw}
        self.transcript.set_typing(chat, True)
        try:
            await self.store([(update["id"], f"{CHANNEL}:{chat}", update)])
        except Exception as error:
            self.transcript.set_typing(chat, False)
            _log.warning("demo_update_not_kept", error=outline(error))
            raise NotKept from error
