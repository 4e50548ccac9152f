"""A strict local Telegram Bot API: `python tests/fakes/telegram_api.py --port 0`.

Its own process, so it outlives a killed bot; prints {"port": n} when ready. Each token has its own world:
    /bot{token}/{method}      the Bot API
    /file/bot{token}/{path}   downloads
    /sim/{token}/{action}     the person's side, faults, transcript (see _SIM)
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import telegram_person as person
from aiohttp import web
from telegram_call import Upload
from telegram_faults import before, clear_faults, half, hang_up, next_fault, schedule_fault
from telegram_methods import perform
from telegram_webhook import Deliveries
from telegram_world import TOKEN, Impossible, Json, Refused, World

MAX_BODY = 120 * 2**20


class FakeTelegram:
    """All worlds behind one HTTP server."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}
        self._deliveries: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self.bot_api)
        app.router.add_get("/file/bot{token}/{path:.+}", self.download)
        app.router.add_get("/sim/{token}/state", self.state)
        app.router.add_get("/sim/{token}/wait", self.wait)
        app.router.add_get("/sim/{token}/file/{file_id}", self.file)
        app.router.add_post("/sim/{token}/{action}", self.simulate)
        app.cleanup_ctx.append(self._webhooks)
        return app

    async def _webhooks(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._session:
            yield
            for task in self._deliveries:
                task.cancel()
            await asyncio.gather(*self._deliveries, return_exceptions=True)

    def _world(self, request: web.Request) -> World:
        token = request.match_info["token"]
        if not TOKEN.fullmatch(token):
            raise Refused(401, "Unauthorized: invalid token specified")
        if token not in self._worlds:
            world = self._worlds[token] = World(token)
            assert self._session is not None
            self._deliveries.append(asyncio.create_task(Deliveries(world, self._session).run()))
        return self._worlds[token]

    # --- the bot's side --------------------------------------------------------------------------

    async def bot_api(self, request: web.Request) -> web.StreamResponse:
        """One method call: parameters from query, form, multipart or JSON; unknown ones are ignored."""
        method = request.match_info["method"]
        try:
            world = self._world(request)
            params, uploads = await _parameters(request)
            call: Json = {"method": method, "at": time.time(), "params": params, "files": list(uploads)}
            world.calls.append(call)
            return await self._performed(request, world, call, uploads)
        except Refused as refused:
            return _refusal(refused)
        except ConnectionResetError:  # the bot died in the middle of a word
            return hang_up(request)

    async def _performed(
        self, request: web.Request, world: World, call: Json, uploads: dict[str, Upload]
    ) -> web.StreamResponse:
        fault = next_fault(world, call)
        try:
            answer = await before(fault, request)
            if answer is None:
                result = await perform(world, call["method"], call["params"], uploads)
                answer = web.json_response({"ok": True, "result": result})
            call["ok"] = answer.status == 200
        except Refused as refused:
            call.update(ok=False, error=refused.description)
            answer = _refusal(refused)
        finally:
            await world.wake()
        if fault.get("kind") == "lost":
            call["lost"] = True
            return hang_up(request)
        return answer

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes behind a `file_path`."""
        try:
            world = self._world(request)
        except Refused as refused:
            return _refusal(refused)
        call = {"method": "download", "at": time.time(), "params": {"path": request.match_info["path"]}}
        world.calls.append(call)
        fault = next_fault(world, call)
        try:
            answer = await before(fault, request)
        except Refused as refused:
            return _refusal(refused)
        file = world.linked(request.match_info["path"])
        if answer is not None or file is None:
            return answer or _refusal(Refused(404, "Not Found"))
        if fault.get("kind") == "lost":
            return await half(request, file.body)
        return web.Response(body=file.body, content_type="application/octet-stream")

    # --- the person's side -----------------------------------------------------------------------

    async def simulate(self, request: web.Request) -> web.Response:
        """One thing a person does, or a fault to come."""
        action = request.match_info["action"]
        if action not in _SIM:
            return web.json_response({"error": f"no such action; known: {sorted(_SIM)}"}, status=404)
        try:
            world = self._world(request)
            wish, body = await _wish(request)
            result = _SIM[action](world, wish, body)
        except (Impossible, Refused, KeyError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=409)
        await world.wake()
        return web.json_response(result)

    async def state(self, request: web.Request) -> web.Response:
        """Everything: chats with transcripts, calls, taps nobody answered, waiting updates, webhook."""
        world = self._world(request)
        unanswered = [
            {"id": key, "data": tap.data} for key, tap in world.taps.items() if tap.answered is None
        ]
        answered = {key: tap.answered for key, tap in world.taps.items() if tap.answered is not None}
        return web.json_response(
            {
                "me": world.bot,
                "chats": {str(chat_id): _transcript(world, chat_id) for chat_id in world.chats},
                "calls": world.calls,
                "unanswered": unanswered,
                "answered": answered,
                "pending_updates": [item.update for item in world.waiting()],
                "webhook": world.webhook,
                "commands": world.commands,
                "allowed_updates": world.allowed_updates,
            }
        )

    async def wait(self, request: web.Request) -> web.Response:
        """The transcript of `chat` once its revision is above `revision`, or after `timeout` seconds."""
        world, query = self._world(request), request.query
        chat_id, beyond = int(query["chat"]), int(query.get("revision", -1))

        def moved() -> bool:
            return chat_id in world.chats and world.chats[chat_id].revision > beyond

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(query.get("timeout", 10))), world.changed:
                await world.changed.wait_for(moved)
        return web.json_response(_transcript(world, chat_id))

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of any file of this world."""
        stored = self._world(request).files.get(request.match_info["file_id"])
        if stored is None:
            return web.json_response({"error": "no such file"}, status=404)
        return web.Response(body=stored.body, content_type="application/octet-stream")


def _transcript(world: World, chat_id: int) -> Json:
    chat = world.chats.get(chat_id)
    if chat is None:
        return {"revision": 0, "blocked": False, "person": None, "messages": []}
    messages = [message.as_json() for message in chat.messages]
    return {"revision": chat.revision, "blocked": chat.blocked, "person": chat.person, "messages": messages}


_Act = Callable[[World, Json], Json]


def _without_body(act: _Act) -> Callable[[World, Json, bytes | None], Json]:
    return lambda world, wish, _: act(world, wish)


_SIM: dict[str, Callable[[World, Json, bytes | None], Json]] = {
    "message": _without_body(person.writes),
    "document": person.sends_document,
    "photo": person.sends_photo,
    "album": _without_body(person.sends_album),
    "tap": _without_body(person.taps),
    "block": _without_body(person.blocks),
    "unblock": _without_body(person.unblocks),
    "raw": _without_body(person.raw_update),
    "waiting": lambda world, _wish, _body: {"update_ids": [p.update["update_id"] for p in world.waiting()]},
    "tally": lambda world, _wish, _body: dict(Counter(call["method"] for call in world.calls)),
    "elapse": _without_body(person.skips_time),
    "fault": schedule_fault,
    "heal": clear_faults,
}


# --- HTTP -----------------------------------------------------------------------------------------


def _refusal(refused: Refused) -> web.Response:
    body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.code)


async def _parameters(request: web.Request) -> tuple[dict[str, str], dict[str, Upload]]:
    params: dict[str, str] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json" and request.can_read_body:
        given = await request.json()
        params |= {k: v if isinstance(v, str) else json.dumps(v) for k, v in given.items() if v is not None}
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[name] = (value.filename, value.content_type, value.file.read())
            else:
                params[name] = str(value)
    return params, uploads


async def _wish(request: web.Request) -> tuple[Json, bytes | None]:
    """What the test asks: JSON, or a form whose file part is the document."""
    if request.content_type == "application/json":
        return await request.json(), None
    wish: Json = {}
    body = None
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            body = value.file.read()
            wish.setdefault("file_name", value.filename)
        else:
            wish[name] = str(value)
    for number in ("claimed_size", "date", "forward_date"):
        if number in wish:
            wish[number] = int(wish[number])
    return wish, body


async def serve(port: int, announce: Callable[[Any], None]) -> None:
    """Run on 127.0.0.1 until cancelled; `announce` gets the JSON line with the real port."""
    runner = web.AppRunner(FakeTelegram().app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    announce(json.dumps({"port": runner.addresses[0][1]}))
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.parse_args().port, _announce))
