"""The way from the bot to a platform, on which calls get lost, refused, delayed and garbled, each as told.

    with FaultyLine(telegram.base_url).working() as line:
        line.faults["sendMessage"] = ["lost", "502"]   # the first call, the second; later ones pass
        ... a bot whose base URL is line.url ...
        line.calls                                     # [("sendMessage", "lost"), …]

Performed, then: `lost` (cut before the answer), `drip` (its end comes a byte at a time, too slowly).
Never performed: `refused`, `slow` (no answer in time), `429`, `500`, `502`, `garbage` (no JSON), `half` (JSON
that breaks off), `hollow` (a good answer without what was asked for).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterator

import aiohttp
from aiohttp import web
from tests.fakes.crash_points import method_of

KINDS = ("lost", "refused", "429", "500", "502", "garbage", "half", "hollow", "slow", "drip")
PERFORMED = ("lost", "drip")
SLOW_SECONDS, DRIP_SECONDS, DRIPS = 1.0, 0.5, 3
_TOO_MANY = {"description": "Too Many Requests: retry after 0", "parameters": {"retry_after": 0}}
_BODIES = {
    "429": (429, json.dumps({"ok": False, "error_code": 429, **_TOO_MANY})),
    "500": (500, '{"ok":false,"error_code":500,"description":"Internal Server Error"}'),
    "502": (502, "<html>502 Bad Gateway</html>"),
    "garbage": (200, "<html>not the API</html>"),
    "hollow": (200, '{"ok":true,"result":{},"error":0,"data":{}}'),
}
_PASSED_ON = ("Content-Type", "Content-Length", "Date")


class FaultyLine:
    """One way, to `target`. faults: by method, what hits its next calls in turn, '' for nothing."""

    def __init__(self, target: str) -> None:
        self._target = target.rstrip("/")
        self.url = ""
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.calls: list[tuple[str, str]] = []
        """(method, fault or '') of every call."""

    @contextlib.contextmanager
    def working(self) -> Iterator[FaultyLine]:
        """On a thread of its own."""
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._run, args=(started,), name="faulty line", daemon=True)
        thread.start()
        assert started.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ended.set)
            thread.join(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(started))
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _serve(self, started: threading.Event) -> None:
        self._ended = asyncio.Event()
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._pass)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            started.set()
            await self._ended.wait()
            await runner.cleanup()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        method, body = method_of(request.path), await request.read()
        waiting = self.faults.get(method) or []
        kind = waiting.pop(0) if waiting else ""
        self.calls.append((method, kind))
        if kind and kind not in PERFORMED:
            return await self._instead(request, kind)
        answer = await self._performed(request, body)
        if kind == "lost":
            return _cut(request)
        return await _dripping(request, answer) if kind == "drip" else answer

    async def _instead(self, request: web.Request, kind: str) -> web.StreamResponse:
        if kind == "refused":
            return _cut(request)
        if kind == "slow":
            await asyncio.sleep(SLOW_SECONDS)
            return _cut(request)
        if kind == "half":
            broken = web.StreamResponse(headers={"Content-Length": "200", "Content-Type": "application/json"})
            await broken.prepare(request)
            await broken.write(b'{"ok":true,"result":{"message')
            return _cut(request)
        status, text = _BODIES[kind]
        kinds = "text/html" if text.startswith("<") else "application/json"
        return web.Response(status=status, text=text, content_type=kinds)

    async def _performed(self, request: web.Request, body: bytes) -> web.Response:
        headers = {key: value for key, value in request.headers.items() if key.lower() != "host"}
        url = f"{self._target}{request.raw_path}"
        async with self._session.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            found = await answer.read()
            passed = {key: answer.headers[key] for key in _PASSED_ON if key in answer.headers}
            return web.Response(status=answer.status, body=found, headers=passed)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def _dripping(request: web.Request, answer: web.Response) -> web.StreamResponse:
    body = bytes(answer.body) if isinstance(answer.body, bytes) else b""
    slow = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(body))})
    await slow.prepare(request)
    with contextlib.suppress(ConnectionError):
        await slow.write(body[:-DRIPS])
        for at in range(max(0, len(body) - DRIPS), len(body)):
            await asyncio.sleep(DRIP_SECONDS)
            await slow.write(body[at : at + 1])
    return slow
