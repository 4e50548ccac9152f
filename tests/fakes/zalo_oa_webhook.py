"""How Zalo delivers events: signed over the raw bytes, two seconds to answer, repeated, then never again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

import aiohttp
from zalo_chats import Json
from zalo_oa_world import Person, World

ANSWER_WITHIN = 2.0
PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2)
"""In life 30 s, 5 min, 15 min, 30 min, 1 h."""


def signature(world: World, body: bytes, timestamp: str) -> str:
    """X-ZEvent-Signature of a body."""
    text = world.app_id.encode() + body + timestamp.encode() + world.oa_secret.encode()
    return f"mac={hashlib.sha256(text).hexdigest()}"


class Deliveries:
    """Posts one world's events, in the order they happened, each until it is answered or given up."""

    def __init__(self, world: World, session: aiohttp.ClientSession) -> None:
        self._world, self._session = world, session
        self._queue: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue()

    def push(self, event: Json) -> Json:
        """Queue an event; the JSON is spaced oddly on purpose, so that rewriting it breaks the signature."""
        whole = {"app_id": self._world.app_id, "timestamp": str(int(self._world.now() * 1000)), **event}
        body = json.dumps(whole, ensure_ascii=False, separators=(", ", " : ")).encode()
        for _ in range(2 if self._world.twice else 1):
            self._world.waiting += 1
            self._queue.put_nowait((body, whole["timestamp"]))
        return whole

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            body, timestamp = await self._queue.get()
            await self._deliver(body, timestamp)
            self._world.waiting -= 1
            await self._world.wake()

    async def _deliver(self, body: bytes, timestamp: str) -> None:
        while not self._world.hook:
            await asyncio.sleep(0.05)
        headers = {"Content-Type": "application/json"}
        headers["X-ZEvent-Signature"] = signature(self._world, body, timestamp)
        for number, pause in enumerate((0.0, *PAUSES)):
            if not self._world.subscribed:
                return
            await asyncio.sleep(pause)
            if await self._post(body, headers if not number else {**headers, "num_retry": str(number)}):
                return
        self._world.subscribed = False

    async def _post(self, body: bytes, headers: dict[str, str]) -> bool:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        began = asyncio.get_running_loop().time()
        try:
            async with self._session.post(
                self._world.hook, data=body, headers=headers, timeout=timeout
            ) as answer:
                status: Any = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            status = type(error).__name__
        took = asyncio.get_running_loop().time() - began
        self._world.deliveries.append({"status": status, "seconds": took, "retry": "num_retry" in headers})
        return bool(status == 200)


def sent_by(person: Person, world: World, kind: str, message: Json) -> Json:
    """A `user_send_*` event."""
    return {
        "event_name": f"user_send_{kind}",
        "sender": {"id": person.user_id},
        "user_id_by_app": f"9{person.user_id}",
        "recipient": {"id": world.oa_id},
        "message": message,
    }


def echo(person: Person, world: World, kind: str, message: Json) -> Json:
    """The `oa_send_*` event that follows what the OA sent."""
    return {
        "event_name": f"oa_send_{kind}",
        "sender": {"id": world.oa_id},
        "recipient": {"id": person.user_id},
        "user_id_by_app": f"9{person.user_id}",
        "message": message,
    }
