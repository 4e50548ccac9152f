"""Webhook delivery: as tdlib does it, order kept per chat, chats in parallel, repeated until any 2xx."""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar

import aiohttp
from telegram_world import Pending, World

ANSWER_WITHIN = 60.0
LONGEST_PAUSE = 60.0


class Deliveries:
    """Posts the waiting updates of one world to its webhook."""

    SECRET_HEADER: ClassVar[str] = "X-Telegram-Bot-Api-Secret-Token"

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world, self._session = world, session
        self._busy: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled: whenever something changed, start a delivery for each chat that has none."""
        while True:
            async with self._world.changed:
                await self._world.changed.wait_for(self._due)
            for item in self._due():
                if item.chat_id not in self._busy:
                    self._busy[item.chat_id] = asyncio.create_task(self._deliver(item))

    def _due(self) -> list[Pending]:
        if not self._world.webhook.get("url"):
            return []
        return [item for item in self._world.waiting() if item.chat_id not in self._busy]

    async def _deliver(self, item: Pending) -> None:
        """Post one update until acknowledged or expired; pauses 0, 1, 2, 4 … seconds."""
        try:
            tries = 0
            while self._world.webhook.get("url") and item in self._world.waiting():
                if await self._post(item):
                    with contextlib.suppress(ValueError):
                        self._world.pending.remove(item)
                    return
                await asyncio.sleep(min(LONGEST_PAUSE, 2.0 ** (tries - 1)) if tries else 0)
                tries += 1
        finally:
            del self._busy[item.chat_id]
            await self._world.wake()

    async def _post(self, item: Pending) -> bool:
        hook = self._world.webhook
        headers = {self.SECRET_HEADER: hook["secret"]} if hook.get("secret") else {}
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with self._session.post(
                hook["url"], json=item.update, headers=headers, timeout=timeout
            ) as answer:
                failed = (
                    None if answer.status // 100 == 2 else f"Wrong response from the webhook: {answer.status}"
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            failed = f"Connection failed: {type(error).__name__}"
        if failed:
            hook.update(last_error_date=int(self._world.now()), last_error_message=failed)
        return failed is None
