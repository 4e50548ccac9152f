"""A strict local Zalo Bot Platform: `python tests/fakes/zalo_bot_api.py --port 0`, a process of its own.

Prints {"port": n} when ready. Each token has its own world, made by the simulation:
    /bot{token}/{method}  the Bot API
    /media/{token}/{key}  people's photos
    /sim/{token}/{action}  the person's side, faults, transcript (see zalo_bot_person)
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from zalo_bot_person import ACTIONS
from zalo_bot_servers import Servers
from zalo_bot_world import Impossible, Json, Message, Person, Refused, World

LONGEST_POLL = 60.0


class FakeZaloBot:
    """All worlds behind one HTTP server."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}
        self._servers: dict[str, Servers] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None
        self.port = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/bot{token}/{method}", self.call)
        app.router.add_get("/media/{token}/{key}", self.media)
        app.router.add_get("/sim/{token}/state", self.state)
        app.router.add_get("/sim/{token}/wait", self.wait)
        app.router.add_post("/sim/{token}/{action}", self.simulate)
        app.cleanup_ctx.append(self._zalos_servers)
        return app

    async def _zalos_servers(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._session:
            yield
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _world(self, token: str) -> World:
        if token not in self._worlds:
            world = self._worlds[token] = World(token)
            assert self._session is not None
            self._servers[token] = Servers(world, self._session)
            self._tasks.append(asyncio.create_task(self._servers[token].run()))
        return self._worlds[token]

    # --- the Bot API -----------------------------------------------------------------------------

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Any method, by GET or POST, its parameters in the query, a form or JSON."""
        world = self._worlds.get(request.match_info["token"])
        if world is None:
            return _refusal(Refused(401, "Unauthorized"))
        method = request.match_info["method"]
        try:
            world.calls.append({"method": method})
            if answer := await self._fault(world, method, request):
                return answer
            known = self._methods().get(method)
            if known is None or request.method not in ("GET", "POST"):
                raise world.wrong(f"no method {method}", 404)
            world.count_call()
            result = await known(world, await _parameters(request))
        except Refused as refused:
            return _refusal(refused, world.stringy)
        await world.wake()
        if isinstance(result, web.StreamResponse):
            return result
        return web.json_response({"ok": True, "result": result, "error_code": 0})

    def _methods(self) -> dict[str, Callable[[World, Json], Awaitable[Any]]]:
        return {
            "getMe": self.get_me,
            "getUpdates": self.get_updates,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.webhook_info,
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendChatAction": self.send_action,
        }

    async def get_me(self, world: World, _params: Json) -> Json:
        """Who the bot is."""
        name = {"account_name": "bot.hoaphuong", "account_type": "BASIC", "display_name": world.name}
        return {"id": "1459232241454765289", "can_join_groups": False, **name}

    async def get_updates(self, world: World, params: Json) -> Any:
        """One update, taken off for ever; else nothing, in one of three forms."""
        if world.hook:
            raise Refused(400, "Bad Request: a webhook is set, delete it first")
        if params.keys() - {"timeout"}:
            raise world.wrong(f"getUpdates with {sorted(params)}")
        if world.polling:
            world.strictness.append("two poll at once")
        seconds = min(float(params.get("timeout", 30)), LONGEST_POLL)
        world.polling += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds), world.changed:
                    await world.changed.wait_for(lambda: bool(world.waiting) or bool(world.hook))
        finally:
            world.polling -= 1
        return world.waiting.popleft() if world.waiting else _nothing(next(world.empty_answers))

    async def set_webhook(self, world: World, params: Json) -> Json:
        """Saved even when the probe fails."""
        result = world.set_webhook(str(params.get("url", "")), str(params.get("secret_token", "")))
        return {**result, "verification": await self._servers[world.token].probe()}

    async def delete_webhook(self, world: World, _params: Json) -> Json:
        return world.delete_webhook()

    async def webhook_info(self, world: World, _params: Json) -> Json:
        return world.webhook_info()

    async def send_message(self, world: World, params: Json) -> Json:
        """A text; its links are looked at for a preview."""
        person, text = world.known(params), world.text_of(params, "text")
        if params.keys() - {"chat_id", "text", "parse_mode", "text_styles"}:
            raise world.wrong(f"sendMessage with {sorted(params)}")
        self._servers[world.token].preview(text)
        return _sent(world, world.add(person, by_bot=True, text=text))

    async def send_photo(self, world: World, params: Json) -> Json:
        """A picture that Zalo's own servers can download, and that is one."""
        person, caption = world.known(params), world.text_of(params, "caption", least=0)
        status, kind, body = await self._servers[world.token].picture(world.photo_link(params.get("photo")))
        if (
            status != 200
            or kind not in ("image/jpeg", "image/png")
            or not body.startswith((b"\xff\xd8", b"\x89"))
        ):
            raise world.wrong(f"photo cannot be downloaded: HTTP {status}, {kind or 'nothing'}")
        return _sent(world, world.add(person, by_bot=True, text=caption, photo=True))

    async def send_action(self, world: World, params: Json) -> Json:
        world.known(params)
        if params.get("action") != "typing":
            raise world.wrong(f"action {params.get('action')!r}")
        return {"ok": True}

    async def _fault(self, world: World, method: str, request: web.Request) -> web.StreamResponse | None:
        """What a test wished to go wrong. Raises Refused."""
        for fault in world.faults:
            if fault["times"] > 0 and fault["method"] in ("*", method):
                fault["times"] -= 1
                break
        else:
            return None
        match fault["kind"]:
            case "error":
                raise Refused(int(fault["code"]), "as the test wished")
            case "status":
                return web.Response(status=int(fault["status"]), text="<html>Bad gateway</html>")
            case "garbage":
                return web.Response(text="[]")
            case "slow":
                await asyncio.sleep(float(fault["seconds"]))
                return None
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def media(self, request: web.Request) -> web.Response:
        """A person's photo, without any token."""
        body = self._worlds[request.match_info["token"]].files.get(request.match_info["key"])
        return (
            web.Response(status=404) if body is None else web.Response(body=body, content_type="image/jpeg")
        )

    # --- the person's side -----------------------------------------------------------------------

    async def simulate(self, request: web.Request) -> web.Response:
        """One thing a person does, or a fault to come."""
        action, world = request.match_info["action"], self._world(request.match_info["token"])
        wish = await request.json()
        act = ACTIONS.get(action)
        if act is None:
            return web.json_response({"error": f"no such action; known: {sorted(ACTIONS)}"}, status=404)
        try:
            result = act(self, world, wish)
        except (Impossible, Refused, KeyError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=409)
        await world.wake()
        return web.json_response(result)

    def push(self, world: World, event: Json) -> None:
        """An event on its way to the bot."""
        self._servers[world.token].push(event)

    def url(self, world: World, key: str) -> str:
        """Where everybody finds a photo or a voice."""
        return f"http://127.0.0.1:{self.port}/media/{world.token}/{key}"

    async def state(self, request: web.Request) -> web.Response:
        """What the tests look at."""
        world = self._world(request.match_info["token"])
        names = ("name", "hook", "calls", "strictness", "fetched", "deliveries", "lost", "polling")
        found = {name: getattr(world, name) for name in names}
        return web.json_response({**found, "waiting": len(world.waiting) + world.delivering})

    async def wait(self, request: web.Request) -> web.Response:
        """The transcript of `chat` once its revision is above `revision`, or after `timeout` seconds."""
        world, query = self._world(request.match_info["token"]), request.query
        person, beyond = world.person(query["chat"]), int(query.get("revision", -1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(query.get("timeout", 10))), world.changed:
                await world.changed.wait_for(lambda: person.revision > beyond)
        return web.json_response(_transcript(person))


def _sent(world: World, message: Message) -> Json:
    return {"message_id": f"{message.number:020x}", "date": int(world.now() * 1000)}


def _transcript(person: Person) -> Json:
    return {"revision": person.revision, "messages": [_as_json(message) for message in person.messages]}


def _as_json(message: Message) -> Json:
    return {
        "message_id": message.number,
        "from": "bot" if message.by_bot else "person",
        "date": int(message.at),
        "text": message.text,
        "buttons": [],
        "document": {"file_name": message.file_name} if message.file_name else None,
        "photo": message.photo,
        "earlier": [],
        "silent": False,
        "deleted": False,
        "revision": message.revision,
    }


# --- HTTP --------------------------------------------------------------------------------------------


async def _parameters(request: web.Request) -> Json:
    """Those of the query and the body; a text where a number is meant is as good."""
    if request.method == "GET" or not request.can_read_body:
        return dict(request.query)
    if request.content_type == "application/json":
        return {**request.query, **await request.json()}
    return {**request.query, **await request.post()}


def _nothing(form: str) -> web.Response:
    if form == "ok and empty":
        return web.json_response({"ok": True, "result": {}})
    body = {"ok": False, "description": "Request timeout", "error_code": 408}
    return web.json_response(body, status=408 if form == "status 408" else 200)


def _refusal(refused: Refused, stringy: bool = False) -> web.Response:
    code = str(refused.code) if stringy else refused.code
    body = {"ok": False, "description": refused.description, "error_code": code}
    return web.json_response(body, status=refused.code)


async def serve(port: int) -> None:
    """Run on 127.0.0.1 until cancelled."""
    zalo = FakeZaloBot()
    runner = web.AppRunner(zalo.app(), access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    zalo.port = runner.addresses[0][1]
    sys.stdout.write(json.dumps({"port": zalo.port}) + "\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.parse_args().port))
