"""What every phone of the demo shows, in memory, with a revision number for each change."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from hoso_bot.channels.web_chat.shelf import FileCard


@dataclass
class Bubble:
    """One message on one phone.

    state: `sending`, `sent` or `failed` (the person's own). action: the browser's id of what made it.
    keys: rows of (label, token). used: tokens that were tapped. chosen: label of the last tap, which
    stays when the bot takes the keys away. changed: revision of the last change. quote: how the bubble begins
    that this one answers.
    """

    id: str
    chat: str
    mine: bool
    at: str
    text: str = ""
    keys: tuple[tuple[tuple[str, str], ...], ...] = ()
    file: FileCard | None = None
    state: str = "sent"
    action: str = ""
    used: tuple[str, ...] = ()
    chosen: str = ""
    quote: str = ""
    edited: bool = False
    changed: int = 0
    known_keys: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The bubble as the page reads it."""
        data = asdict(self)
        del data["known_keys"]
        return data


class Transcript:
    """Bubbles in order of appearance. `epoch` names this run; refs and revisions of another mean nothing."""

    def __init__(self) -> None:
        self.epoch = uuid.uuid4().hex[:8]
        self.revision = 0
        self.closed = False
        self._bubbles: dict[str, Bubble] = {}
        self._typing: dict[str, int] = {}
        self._quiet: dict[str, int] = {}
        self._changed = asyncio.Event()

    def new(self, chat: str, mine: bool, at: str, **content: Any) -> Bubble:
        """Append a bubble and tell everyone who watches."""
        bubble = Bubble(f"{self.epoch}-{len(self._bubbles) + 1}", chat, mine, at, **content)
        self._bubbles[bubble.id] = bubble
        self.touch(bubble)
        return bubble

    def find(self, ref: str) -> Bubble | None:
        """The bubble with this id, None for one of an earlier run."""
        return self._bubbles.get(ref)

    def find_own(self, chat: str, action: str) -> Bubble | None:
        """The person's own bubble that this browser already announced (a repeated request)."""
        mine = (b for b in self._bubbles.values() if b.mine and b.chat == chat)
        return next((b for b in mine if b.action == action), None)

    def first_words(self, ref: str) -> str:
        """The beginning of a bubble on one line, empty for an unknown one."""
        bubble = self._bubbles.get(ref)
        words = " ".join((bubble.text or (bubble.file.name if bubble.file else "")).split()) if bubble else ""
        return words if len(words) <= 60 else words[:59] + "…"

    def file_name(self, file_id: str) -> str | None:
        """The name people see of a file on the shelf."""
        cards = (b.file for b in self._bubbles.values() if b.file)
        return next((card.name for card in cards if card.id == file_id), None)

    def touch(self, bubble: Bubble) -> None:
        """Give a changed bubble a new revision."""
        bubble.known_keys.update({token: label for row in bubble.keys for label, token in row})
        bubble.changed = self._next()

    def set_typing(self, chat: str, on: bool) -> None:
        """Show or hide that the bot owes this chat an answer."""
        here, there = (self._typing, self._quiet) if on else (self._quiet, self._typing)
        there.pop(chat, None)
        if chat not in here:
            here[chat] = self._next()

    def since(self, revision: int) -> dict[str, Any]:
        """Everything that changed after `revision` (0: all), as plain data."""
        bubbles = [b.to_json() for b in self._bubbles.values() if b.changed > revision]
        typing = {c: True for c, at in self._typing.items() if at > revision}
        quiet = {c: False for c, at in self._quiet.items() if at > revision}
        return {"epoch": self.epoch, "revision": self.revision, "bubbles": bubbles, "typing": typing | quiet}

    async def wait_beyond(self, revision: int, seconds: float) -> bool:
        """True as soon as something is newer than `revision` or all is closed; False after `seconds`."""
        if self.revision > revision or self.closed:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Let every watcher go."""
        self.closed = True
        self._changed.set()

    def _next(self) -> int:
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()
        return self.revision
