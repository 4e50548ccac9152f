"""Zalo's own servers at work: they post webhooks, download photos, and look at links for a preview."""

from __future__ import annotations

import asyncio
import json
import re

import aiohttp
from zalo_bot_world import World
from zalo_chats import Json

ANSWER_WITHIN = 5.0
AGENT = {"User-Agent": "Java/17.0.9"}
_LINK = re.compile(r"https?://[^\s<>\"']+")


class Servers:
    """One world's. A webhook that is not answered with 200 is lost: nobody wrote down that Zalo repeats."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world, self._session = world, session
        self._queue: asyncio.Queue[Json] = asyncio.Queue()
        self._previews: set[asyncio.Task[None]] = set()

    def push(self, event: Json) -> None:
        """An event on its way: to the webhook, to who polls, or lost where nobody does."""
        world = self._world
        for _ in range(2 if world.twice else 1):
            if world.hook:
                world.delivering += 1
                self._queue.put_nowait(event)
            elif world.lossy and not world.polling:
                world.lost.append(event)
            else:
                world.waiting.append(event)

    async def run(self) -> None:
        """Post events in the order they happened, until cancelled."""
        while True:
            event = await self._queue.get()
            body = {"ok": True, "result": event} if self._world.wrapped else event
            if await self.post(json.dumps(body, ensure_ascii=False).encode()) != 200:
                self._world.lost.append(event)
            self._world.delivering -= 1
            await self._world.wake()

    async def post(self, body: bytes, signed: bool = True) -> int:
        """POST to the webhook; the status, 0 for none."""
        secret = {"X-Bot-Api-Secret-Token": self._world.secret} if signed else {}
        headers = {"Content-Type": "application/json", **AGENT, **secret}
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with self._session.post(
                self._world.hook, data=body, headers=headers, timeout=timeout
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self._world.deliveries.append({"status": status, "bytes": len(body)})
        return status

    async def probe(self) -> Json:
        """What setWebhook does first: a request with an empty body. The address is saved all the same."""
        status = await self.post(b"", signed=False)
        if status == 200:
            return {"ok": True, "status_code": 200, "outcome": "DELIVERED", "hint": ""}
        return {"ok": False, "status_code": status, "outcome": "REJECTED", "hint": "answer 200"}

    async def picture(self, url: str) -> tuple[int, str, bytes]:
        """Download a photo as Zalo does: status (0 for none), content type, bytes."""
        found = await self._get(url)
        self._world.fetched.append({"why": "photo", "url": url, "status": found[0], "type": found[1]})
        return found

    def preview(self, text: str) -> None:
        """Look at every link of a message, as chats do before a person sees it."""
        for url in _LINK.findall(text):
            task = asyncio.create_task(self._preview(url))
            self._previews.add(task)
            task.add_done_callback(self._previews.discard)

    async def _preview(self, url: str) -> None:
        status, kind, _ = await self._get(url)
        self._world.fetched.append({"why": "preview", "url": url, "status": status, "type": kind})

    async def _get(self, url: str) -> tuple[int, str, bytes]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with self._session.get(url, headers=AGENT, timeout=timeout) as answer:
                return answer.status, answer.content_type, await answer.read()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0, "", b""
