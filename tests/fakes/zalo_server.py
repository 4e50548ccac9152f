"""The HTTP side that both fakes of Zalo share: their worlds, what tests do to them, and running."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web
from zalo_chats import Impossible, Json, Message, Refused


class FakeServer:
    """All worlds behind one server: /sim/{key}/{action} does something in one, /sim/{key}/wait looks."""

    actions: Mapping[str, Callable[[Any, Any, Json], Json]]

    def __init__(self) -> None:
        self.worlds: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}
        self.port = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    def make(self, key: str, session: aiohttp.ClientSession) -> tuple[Any, Any]:
        """A new world, and what posts its events while it runs."""
        raise NotImplementedError

    def look(self, world: Any) -> Json:
        """What the tests see of a world."""
        raise NotImplementedError

    def shown(self, world: Any, message: Message) -> Json:
        """A message as the person's phone shows it."""
        raise NotImplementedError

    def app(self, most_bytes: int) -> web.Application:
        """The application, with the simulation's routes."""
        app = web.Application(client_max_size=most_bytes)
        app.router.add_get("/sim/{key}/state", self._state)
        app.router.add_get("/sim/{key}/wait", self._wait)
        app.router.add_post("/sim/{key}/{action}", self._simulate)
        app.cleanup_ctx.append(self._zalos_own_calls)
        return app

    async def _zalos_own_calls(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._session:
            yield
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def world(self, key: str) -> Any:
        """The world of this key, a new one the first time."""
        if key not in self.worlds:
            assert self._session is not None
            self.worlds[key], self.sent[key] = self.make(key, self._session)
            self._tasks.append(asyncio.create_task(self.sent[key].run()))
        return self.worlds[key]

    async def _simulate(self, request: web.Request) -> web.Response:
        """One thing a person does, or a fault to come."""
        action, world = request.match_info["action"], self.world(request.match_info["key"])
        act = self.actions.get(action)
        if act is None:
            return web.json_response({"error": f"no such action; known: {sorted(self.actions)}"}, status=404)
        try:
            result = act(self, world, await request.json())
        except (Impossible, Refused, KeyError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=409)
        await world.wake()
        return web.json_response(result)

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.look(self.world(request.match_info["key"])))

    async def _wait(self, request: web.Request) -> web.Response:
        """The transcript of `chat` once its revision is above `revision`, or after `timeout` seconds."""
        world, query = self.world(request.match_info["key"]), request.query
        person, beyond = world.person(query["chat"]), int(query.get("revision", -1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(query.get("timeout", 10))), world.changed:
                await world.changed.wait_for(lambda: person.revision > beyond)
        messages = [self.shown(world, message) for message in person.messages]
        return web.json_response({"revision": person.revision, "messages": messages})


def hang_up(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def main(about: str | None, server: FakeServer, app: web.Application) -> None:
    """Run on 127.0.0.1 until interrupted; `--port`, 0 for any free one, is printed as {"port": n}."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(server, app, options.parse_args().port))


async def _serve(server: FakeServer, app: web.Application, port: int) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    server.port = runner.addresses[0][1]
    sys.stdout.write(json.dumps({"port": server.port}) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
