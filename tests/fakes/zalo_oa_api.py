"""A strict local Zalo: `python tests/fakes/zalo_oa_api.py --port 0`, a process of its own.

Prints {"port": n} when ready. Each app id has its own world:
    /v4/oa/…  OAuth
    /v2.0/…, /v3.0/…  the OpenAPI, the world found by the access token
    /files/…  people's files
    /sim/{app_id}/{action}  the person's side, faults, transcript (see zalo_oa_person)
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
from aiohttp import web
from zalo_oa_person import ACTIONS
from zalo_oa_templates import by_phone, by_user
from zalo_oa_webhook import Deliveries, echo
from zalo_oa_world import Impossible, Json, Message, Refused, World

MAX_BODY = 64 * 2**20


class FakeZalo:
    """All worlds behind one HTTP server."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}
        self._sent: dict[str, Deliveries] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None
        self.port = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/v4/oa/access_token", self.access_token)
        app.router.add_post("/v3.0/oa/message/cs", self.message)
        app.router.add_post("/v3.0/oa/message/template", self.template)
        app.router.add_post("/message/template", self.template)
        app.router.add_get("/v3.0/oa/user/detail", self.detail)
        app.router.add_post("/v2.0/oa/upload/{kind}", self.upload)
        app.router.add_post("/v2.0/oa/message", self.closed)
        app.router.add_get("/files/{app_id}/{key}/{name}", self.download)
        app.router.add_get("/sim/{app_id}/state", self.state)
        app.router.add_get("/sim/{app_id}/wait", self.wait)
        app.router.add_get("/sim/{app_id}/file/{key}", self.file)
        app.router.add_post("/sim/{app_id}/{action}", self.simulate)
        app.cleanup_ctx.append(self._webhooks)
        return app

    async def _webhooks(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._session:
            yield
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _world(self, app_id: str) -> World:
        if app_id not in self._worlds:
            world = self._worlds[app_id] = World(app_id)
            assert self._session is not None
            self._sent[app_id] = Deliveries(world, self._session)
            self._tasks.append(asyncio.create_task(self._sent[app_id].run()))
        return self._worlds[app_id]

    # --- OAuth -----------------------------------------------------------------------------------

    async def access_token(self, request: web.Request) -> web.StreamResponse:
        """Form-encoded; refusals come as 200."""
        form: Json = dict(await request.post())
        world = self._worlds.get(str(form.get("app_id")))
        if world is None:
            return _error(-14003, "app_id is wrong")
        world.calls.append({"path": request.path, "form": sorted(form)})
        if (fault := _fault(world, "token")) and (answer := await _before(fault, request)):
            return answer
        try:
            if request.content_type != "application/x-www-form-urlencoded":
                raise world.wrong(f"token call as {request.content_type}")
            pair = world.token(form, request.headers.get("secret_key"))
        except Refused as refused:
            return _error(refused.code, refused.message)
        if fault.get("kind") == "lost":
            return _hang_up(request)
        if fault.get("kind") == "slow":
            await asyncio.sleep(float(fault["seconds"]))
        return web.json_response(pair)

    # --- the OpenAPI -----------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> World:
        access = request.headers.get("access_token")
        world = next((w for w in self._worlds.values() if access in w.access), None)
        if world is None:
            raise Refused(-216, "Access token is invalid")
        world.calls.append({"path": request.path})
        if "Authorization" in request.headers:
            raise world.wrong("an Authorization header")
        world.check(access)
        return world

    async def _answered(self, request: web.Request, act: Callable[[World], Any]) -> web.StreamResponse:
        try:
            world = await self._called(request)
            if fault := _fault(world, request.path):
                if fault["kind"] == "error":
                    raise Refused(int(fault["code"]), "as the test wished")
                if fault["kind"] == "lost":
                    await act(world)
                    return _hang_up(request)
                return web.Response(status=int(fault.get("status", 502)))
            data = await act(world)
        except Refused as refused:
            return _error(refused.code, refused.message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return _error(-201, f"Params is invalid: {error!r}")
        headers = {"X-RateLimit-Remain": str(world.calls_left())} if world.says_calls_left else {}
        return web.json_response({"error": 0, "message": "Success", "data": data}, headers=headers)

    async def message(self, request: web.Request) -> web.StreamResponse:
        """A consultation message."""

        async def act(world: World) -> Json:
            if request.content_type != "application/json":
                raise world.wrong(f"cs as {request.content_type}")
            person, message, content = world.send(await request.json())
            kind = "file" if message.file_id else "image" if message.photo else "text"
            told = {"msg_id": f"oa{message.number}", "text": content.get("text", "")}
            self._sent[world.app_id].push(echo(person, world, kind, told))
            await world.wake()
            return {
                "message_id": f"oa{message.number}",
                "user_id": person.user_id,
                "sent_time": str(int(message.at * 1000)),
            }

        return await self._answered(request, act)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Multipart field `file`."""

        async def act(world: World) -> Json:
            form = await request.post()
            field = form.get("file")
            if set(form) != {"file"} or not isinstance(field, web.FileField):
                raise world.wrong(f"upload with {sorted(form)}")
            return world.upload(request.match_info["kind"], field.filename, field.file.read())

        return await self._answered(request, act)

    async def template(self, request: web.Request) -> web.StreamResponse:
        """A template by user id, or by phone where the address is the business API's."""

        async def act(world: World) -> Json:
            send = by_user if request.path.startswith("/v3.0/") else by_phone
            _, data = send(world, await request.json())
            await world.wake()
            return data

        return await self._answered(request, act)

    async def detail(self, request: web.Request) -> web.StreamResponse:
        """What Zalo says of a person."""

        async def act(world: World) -> Json:
            user_id = str(json.loads(request.query["data"])["user_id"])
            if user_id not in world.people:
                raise Refused(-213, "User has not followed OA")
            return {"user_id": user_id, "display_name": world.people[user_id].name}

        return await self._answered(request, act)

    async def closed(self, _request: web.Request) -> web.Response:
        """V2 sending is over."""
        return _error(-240, "API V2 is closed")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A person's file, without any token."""
        world = self._worlds[request.match_info["app_id"]]
        stored = world.files[request.match_info["key"]]
        fault = _fault(world, "download")
        if fault.get("kind") == "status":
            return web.Response(status=int(fault["status"]))
        if fault.get("kind") == "redirect":
            return web.Response(status=302, headers={"Location": str(fault["to"])})
        body = stored.body[::-1] if fault.get("kind") == "garbage" else stored.body
        return web.Response(body=body, content_type="application/octet-stream")

    # --- the person's side -----------------------------------------------------------------------

    async def simulate(self, request: web.Request) -> web.Response:
        """One thing a person does, or a fault to come."""
        action, world = request.match_info["action"], self._world(request.match_info["app_id"])
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

    def push(self, world: World, event: Json) -> Json:
        """An event on its way to the webhook."""
        return self._sent[world.app_id].push(event)

    def url(self, world: World, key: str, name: str) -> str:
        """Where the bot finds a person's file."""
        return f"http://127.0.0.1:{self.port}/files/{world.app_id}/{key}/{name.replace(' ', '_')}"

    async def state(self, request: web.Request) -> web.Response:
        """What the tests look at."""
        world = self._world(request.match_info["app_id"])
        found = {
            name: getattr(world, name)
            for name in ("oa_id", "app_secret", "oa_secret", "calls", "strictness", "bills", "deliveries")
        }
        found |= {"waiting": world.waiting, "subscribed": world.subscribed}
        found["too_many"] = world.too_many
        found |= {"refreshes": len(world.spent_refresh), "spent_again": world.spent_again}
        return web.json_response(found)

    async def wait(self, request: web.Request) -> web.Response:
        """The transcript of `chat` once its revision is above `revision`, or after `timeout` seconds."""
        world, query = self._world(request.match_info["app_id"]), request.query
        person, beyond = world.person(query["chat"]), int(query.get("revision", -1))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(float(query.get("timeout", 10))), world.changed:
                await world.changed.wait_for(lambda: person.revision > beyond)
        messages = [_as_json(world, message) for message in person.messages]
        return web.json_response({"revision": person.revision, "messages": messages})

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of any file of this world."""
        stored = self._world(request.match_info["app_id"]).files[request.match_info["key"]]
        return web.Response(body=stored.body, content_type="application/octet-stream")


def _as_json(world: World, message: Message) -> Json:
    stored = world.files.get(message.file_id)
    document = stored and {
        "file_id": message.file_id,
        "file_name": stored.name,
        "file_size": len(stored.body),
        "sha256": hashlib.sha256(stored.body).hexdigest(),
    }
    keys = [{"label": key["title"], "data": key["payload"], "type": key["type"]} for key in message.buttons]
    return {
        "message_id": message.number,
        "from": "bot" if message.by_bot else "person",
        "date": int(message.at),
        "text": message.text,
        "buttons": [[key] for key in keys],
        "document": document,
        "photo": message.photo,
        "earlier": [],
        "silent": False,
        "deleted": False,
        "revision": message.revision,
    }


# --- HTTP --------------------------------------------------------------------------------------------


def _fault(world: World, path: str) -> Json:
    for fault in world.faults:
        if fault["times"] > 0 and fault.get("method", "") in path:
            fault["times"] -= 1
            return fault
    return {}


async def _before(fault: Json, request: web.Request) -> web.StreamResponse | None:
    if fault["kind"] == "status":
        return web.Response(status=int(fault["status"]))
    if fault["kind"] == "error":
        return _error(int(fault["code"]), "as the test wished")
    return None


def _hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message})


async def serve(port: int) -> None:
    """Run on 127.0.0.1 until cancelled."""
    zalo = FakeZalo()
    runner = web.AppRunner(zalo.app(), access_log=None, shutdown_timeout=0.2)
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
