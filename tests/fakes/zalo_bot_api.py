"""A strict local Zalo Bot Platform: `python tests/fakes/zalo_bot_api.py --port 0`, a process of its own.

Prints {"port": n} when ready. Each token has its own world, made by the simulation:
    /bot{token}/{method}  the Bot API
    /media/{token}/{key}  people's photos
    /sim/{token}/{action}  the person's side, faults, transcript (see zalo_bot_person)
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from zalo_bot_person import ACTIONS
from zalo_bot_servers import Servers
from zalo_bot_world import World
from zalo_chats import Json, Message, Refused
from zalo_server import FakeServer, hang_up, main

LONGEST_POLL = 60.0
MAX_BODY = 2**20


class FakeZaloBot(FakeServer):
    """All bots behind one HTTP server."""

    actions = ACTIONS

    def make(self, key: str, session: aiohttp.ClientSession) -> tuple[World, Servers]:
        """A bot."""
        world = World(key)
        return world, Servers(world, session)

    def whole(self) -> web.Application:
        """The application."""
        app = self.app(MAX_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self.call)
        app.router.add_get("/media/{token}/{key}", self.media)
        return app

    # --- the Bot API -----------------------------------------------------------------------------

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Any method, by GET or POST, its parameters in the query, a form or JSON."""
        world = self.worlds.get(request.match_info["token"])
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
        return {**result, "verification": await self.sent[world.token].probe()}

    async def delete_webhook(self, world: World, _params: Json) -> Json:
        return world.delete_webhook()

    async def webhook_info(self, world: World, _params: Json) -> Json:
        return world.webhook_info()

    async def send_message(self, world: World, params: Json) -> Json:
        """A text; its links are looked at for a preview."""
        person, text = world.known(params), world.text_of(params, "text")
        if params.keys() - {"chat_id", "text", "parse_mode", "text_styles"}:
            raise world.wrong(f"sendMessage with {sorted(params)}")
        self.sent[world.token].preview(text)
        return _sent(world, world.add(person, by_bot=True, text=text))

    async def send_photo(self, world: World, params: Json) -> Json:
        """A picture that Zalo's own servers can download, and that is one."""
        person, caption = world.known(params), world.text_of(params, "caption", least=0)
        status, kind, body = await self.sent[world.token].picture(world.photo_link(params.get("photo")))
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
        fault = world.fault(lambda wished: wished in ("*", method))
        if not fault:
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
        return hang_up(request)

    async def media(self, request: web.Request) -> web.Response:
        """A person's photo, without any token."""
        body = self.worlds[request.match_info["token"]].files.get(request.match_info["key"])
        return (
            web.Response(status=404) if body is None else web.Response(body=body, content_type="image/jpeg")
        )

    # --- the person's side -----------------------------------------------------------------------

    def push(self, world: World, event: Json) -> None:
        """An event on its way to the bot."""
        self.sent[world.token].push(event)

    def url(self, world: World, key: str) -> str:
        """Where everybody finds a photo or a voice."""
        return f"http://127.0.0.1:{self.port}/media/{world.token}/{key}"

    def look(self, world: World) -> Json:
        """What the tests see of a world."""
        names = ("name", "hook", "calls", "strictness", "fetched", "deliveries", "lost", "polling")
        found = {name: getattr(world, name) for name in names}
        return {**found, "waiting": len(world.waiting) + world.delivering}

    def shown(self, world: World, message: Message) -> Json:
        """A message as the person's phone shows it."""
        return message.as_json({"file_name": message.file_name} if message.file_name else None)


def _sent(world: World, message: Message) -> Json:
    return {"message_id": f"{message.number:020x}", "date": int(world.now() * 1000)}


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
    body = {"ok": False, "description": refused.message, "error_code": code}
    return web.json_response(body, status=refused.code)


if __name__ == "__main__":
    zalo = FakeZaloBot()
    main(__doc__, zalo, zalo.whole())
