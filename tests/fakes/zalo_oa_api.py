"""A strict local Zalo: `python tests/fakes/zalo_oa_api.py --port 0`, a process of its own.

Prints {"port": n} when ready. Each app id has its own world:
    /v4/oa/…  OAuth
    /v2.0/…, /v3.0/…  the OpenAPI, the world found by the access token
    /files/…  people's files
    /sim/{app_id}/{action}  the person's side, faults, transcript (see zalo_oa_person)
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web
from zalo_chats import Json, Message, Refused
from zalo_oa_person import ACTIONS
from zalo_oa_templates import by_phone, by_user
from zalo_oa_webhook import Deliveries, echo
from zalo_oa_world import World
from zalo_server import FakeServer, hang_up, main

MAX_BODY = 64 * 2**20


class FakeZalo(FakeServer):
    """All apps behind one HTTP server."""

    actions = ACTIONS

    def make(self, key: str, session: aiohttp.ClientSession) -> tuple[World, Deliveries]:
        """An app with its Official Account."""
        world = World(key)
        return world, Deliveries(world, session)

    def whole(self) -> web.Application:
        """The application."""
        app = self.app(MAX_BODY)
        app.router.add_post("/v4/oa/access_token", self.access_token)
        app.router.add_post("/v3.0/oa/message/cs", self.message)
        app.router.add_post("/v3.0/oa/message/template", self.template)
        app.router.add_post("/message/template", self.template)
        app.router.add_get("/v3.0/oa/user/detail", self.detail)
        app.router.add_post("/v2.0/oa/upload/{kind}", self.upload)
        app.router.add_post("/v2.0/oa/message", self.closed)
        app.router.add_get("/files/{app_id}/{key}/{name}", self.download)
        app.router.add_get("/sim/{app_id}/file/{key}", self.file)
        return app

    # --- OAuth -----------------------------------------------------------------------------------

    async def access_token(self, request: web.Request) -> web.StreamResponse:
        """Form-encoded; refusals come as 200."""
        form: Json = dict(await request.post())
        world = self.worlds.get(str(form.get("app_id")))
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
            return hang_up(request)
        if fault.get("kind") == "slow":
            await asyncio.sleep(float(fault["seconds"]))
        return web.json_response(pair)

    # --- the OpenAPI -----------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> World:
        access = request.headers.get("access_token")
        world = next((w for w in self.worlds.values() if access in w.access), None)
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
                    return hang_up(request)
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
            self.sent[world.app_id].push(echo(person, world, kind, told))
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
        world = self.worlds[request.match_info["app_id"]]
        stored = world.files[request.match_info["key"]]
        fault = _fault(world, "download")
        if fault.get("kind") == "status":
            return web.Response(status=int(fault["status"]))
        if fault.get("kind") == "redirect":
            return web.Response(status=302, headers={"Location": str(fault["to"])})
        body = stored.body[::-1] if fault.get("kind") == "garbage" else stored.body
        return web.Response(body=body, content_type="application/octet-stream")

    # --- the person's side -----------------------------------------------------------------------

    def push(self, world: World, event: Json) -> Json:
        """An event on its way to the webhook."""
        return self.sent[world.app_id].push(event)

    def url(self, world: World, key: str, name: str) -> str:
        """Where the bot finds a person's file."""
        return f"http://127.0.0.1:{self.port}/files/{world.app_id}/{key}/{name.replace(' ', '_')}"

    def look(self, world: World) -> Json:
        """What the tests see of a world."""
        found = {
            name: getattr(world, name)
            for name in ("oa_id", "app_secret", "oa_secret", "calls", "strictness", "bills", "deliveries")
        }
        found |= {"waiting": world.waiting, "subscribed": world.subscribed}
        found["too_many"] = world.too_many
        return found | {"refreshes": len(world.spent_refresh), "spent_again": world.spent_again}

    def shown(self, world: World, message: Message) -> Json:
        """A message as the person's phone shows it."""
        stored = world.files.get(message.file_id)
        document = stored and {
            "file_id": message.file_id,
            "file_name": stored.name,
            "file_size": len(stored.body),
            "sha256": hashlib.sha256(stored.body).hexdigest(),
        }
        return message.as_json(document)

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of any file of this world."""
        stored = self.world(request.match_info["app_id"]).files[request.match_info["key"]]
        return web.Response(body=stored.body, content_type="application/octet-stream")


# --- HTTP --------------------------------------------------------------------------------------------


def _fault(world: World, path: str) -> Json:
    return world.fault(lambda method: method in path)


async def _before(fault: Json, request: web.Request) -> web.StreamResponse | None:
    if fault["kind"] == "status":
        return web.Response(status=int(fault["status"]))
    if fault["kind"] == "error":
        return _error(int(fault["code"]), "as the test wished")
    return None


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message})


if __name__ == "__main__":
    zalo = FakeZalo()
    main(__doc__, zalo, zalo.whole())
