"""A person at the demo's phones, over HTTP like a browser: sends, presses, reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from hoso_bot.domain.errors import HosoError

Bubble = dict[str, Any]
PATIENCE = 60.0


class NobodyAnswers(HosoError):
    """The bot did not say what the story needs."""

    exit_code = 1


@dataclass
class Visitor:
    """All phones of the demo at once; `told` gets every new bubble in order."""

    base: str
    session: aiohttp.ClientSession
    told: Callable[[Bubble], None]
    seen: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)

    async def says(self, chat: str, text: str, reply_to: Bubble | None = None) -> None:
        """Type a line, perhaps as an answer to a bubble."""
        answered = {"reply_to": reply_to["id"]} if reply_to else {}
        await self._post(f"/demo/{chat}/text", json={"text": text, **answered})

    async def sends(self, chat: str, path: Path, mime: str = "application/pdf") -> None:
        """Send a file."""
        with path.open("rb") as file:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", file, filename=path.name, content_type=mime)
            await self._post(f"/demo/{chat}/file", data=form)

    async def presses(self, chat: str, label: str) -> None:
        """Press the newest button whose label contains `label`, as soon as there is one."""
        bubble, token = await self._until(lambda bubbles: _button(bubbles, chat, label), f"button {label!r}")
        await self._post(f"/demo/{chat}/tap", json={"message": bubble["id"], "token": token})

    async def hears(self, chat: str, *words: str, file: bool = False) -> Bubble:
        """The next message to this phone with one of `words` (any, without words), and a file if asked."""
        found: Bubble = await self._until(
            lambda bubbles: _heard(bubbles, chat, words, file, self.heard), f"{chat}: {' / '.join(words)}"
        )
        for bubble in await self._bubbles():
            if bubble["chat"] == chat:
                self.heard.add(bubble["id"])
            if bubble["id"] == found["id"]:
                break
        return found

    async def download(self, bubble: Bubble) -> bytes:
        """The bytes of a bubble's file."""
        async with self.session.get(f"{self.base}/demo/file/{bubble['file']['id']}") as answer:
            answer.raise_for_status()
            return await answer.read()

    async def _post(self, path: str, **content: Any) -> None:
        async with self.session.post(self.base + path, **content) as answer:
            if answer.status != 200:
                raise NobodyAnswers(f"{path}: {answer.status} {await answer.text()}")

    async def _until(self, find: Callable[[list[Bubble]], Any], what: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            while True:
                bubbles = await self._bubbles()
                if found := find(bubbles):
                    return found
                await asyncio.sleep(0.05)
        raise NobodyAnswers(what)

    async def _bubbles(self) -> list[Bubble]:
        async with self.session.get(self.base + "/demo/state") as answer:
            bubbles: list[Bubble] = (await answer.json())["bubbles"]
        for bubble in bubbles:
            if bubble["id"] not in self.seen:
                self.seen.add(bubble["id"])
                self.told(bubble)
        return bubbles


@asynccontextmanager
async def visitor(port: int, told: Callable[[Bubble], None]) -> AsyncIterator[Visitor]:
    """A visitor of the demo on this machine's `port`."""
    async with aiohttp.ClientSession() as session:
        yield Visitor(f"http://127.0.0.1:{port}", session, told)


def _button(bubbles: list[Bubble], chat: str, label: str) -> tuple[Bubble, str] | None:
    for bubble in reversed(bubbles):
        if bubble["chat"] != chat or bubble["mine"]:
            continue
        for row in bubble["keys"]:
            for words, token in row:
                if label in words and token not in bubble["used"]:
                    return bubble, token
    return None


def _heard(
    bubbles: list[Bubble], chat: str, words: tuple[str, ...], file: bool, heard: set[str]
) -> Bubble | None:
    for bubble in bubbles:
        if bubble["chat"] != chat or bubble["mine"] or bubble["id"] in heard:
            continue
        if not bubble["text"]:
            continue  # a picture goes with the message after it
        if (not words or any(word in bubble["text"] for word in words)) and (bubble["file"] or not file):
            return bubble
    return None
