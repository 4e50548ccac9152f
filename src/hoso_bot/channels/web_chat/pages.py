"""The demo page over HTTP: static files, live state (Server-Sent Events), files and what people do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import BodyPartReader, web

import hoso_bot
from hoso_bot.channels.web_chat.actions import Actions, NotKept, NotListening, UnknownButton
from hoso_bot.channels.web_chat.shelf import FileTooBig, Shelf, media_type
from hoso_bot.channels.web_chat.transcript import Transcript
from hoso_bot.domain.file_kinds import plain_name

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATIC = Path(hoso_bot.__file__).parent / "web" / "demo"
_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STATIC_NAME = re.compile(r"[a-z]+(\.[a-z]+)", re.ASCII)
_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
_ACTION = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_MAX_TEXT = 4096
_PULSE_SECONDS = 15.0
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    NotListening: (503, "not_ready"),
    NotKept: (503, "not_kept"),
    UnknownButton: (404, "unknown_button"),
    FileTooBig: (413, "too_big"),
    FileNotFoundError: (404, "no_such_file"),
    web.HTTPRequestEntityTooLarge: (413, "too_long"),
    ValueError: (400, "bad_request"),
}


@dataclass(frozen=True)
class Phone:
    """One phone on the page. role: the line under the name; colour: `#rrggbb`, empty for the page's own."""

    chat_id: str
    name: str
    role: str
    colour: str = ""


@dataclass(frozen=True)
class Pages:
    """Routes of the demo. Every one of them answers this machine's own page only."""

    phones: Sequence[Phone]
    transcript: Transcript
    shelf: Shelf
    actions: Actions
    samples: Callable[[], dict[str, Path]]
    commands: Sequence[tuple[str, str]]
    max_file_bytes: int

    def routes(self) -> list[web.RouteDef]:
        """All routes, guarded."""
        return [
            web.get("/", _guarded(self.page)),
            web.get("/demo/static/{name}", _guarded(self.static)),
            web.get("/demo/state", _guarded(self.state)),
            web.get("/demo/events", _guarded(self.events)),
            web.get("/demo/file/{id}", _guarded(self.file)),
            web.post("/demo/{chat}/text", _guarded(self.text)),
            web.post("/demo/{chat}/file", _guarded(self.upload)),
            web.post("/demo/{chat}/tap", _guarded(self.tap)),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The page itself; it loads nothing from anywhere else."""
        headers = {"Content-Security-Policy": _PAGE_POLICY}
        return web.Response(
            body=_read("index.html"), content_type="text/html", charset="utf-8", headers=headers
        )

    async def static(self, request: web.Request) -> web.StreamResponse:
        """One of the page's own files."""
        name = request.match_info["name"]
        shape = _STATIC_NAME.fullmatch(name)
        if shape is None or shape[1] not in _STATIC_TYPES:
            raise FileNotFoundError(name)
        return web.Response(body=_read(name), content_type=_STATIC_TYPES[shape[1]], charset="utf-8")

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Phones, samples, limits and every bubble."""
        setup = {
            "phones": [asdict(phone) for phone in self.phones],
            "samples": list(self.samples()),
            "commands": [(f"/{name}", meaning) for name, meaning in self.commands],
            "max_file_bytes": self.max_file_bytes,
        }
        return web.json_response(setup | self.transcript.since(0))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Changes since `Last-Event-ID` (`epoch-revision`) as they happen; an id of another run: all."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_SAFE_HEADERS})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            await self._tell(response, self._seen(request))
        return response

    async def _tell(self, response: web.StreamResponse, seen: int) -> None:
        while not self.transcript.closed:
            news, seen = self._news(seen), self.transcript.revision
            await response.write(news)
            while not await self.transcript.wait_beyond(seen, _PULSE_SECONDS):
                await response.write(b": pulse\n\n")

    def _seen(self, request: web.Request) -> int:
        last = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        epoch, _, revision = last.partition("-")
        known = epoch == self.transcript.epoch and revision.isdecimal()
        return min(int(revision), self.transcript.revision) if known else 0

    def _news(self, seen: int) -> bytes:
        news = self.transcript.since(seen) | {"from": seen}
        stamp = f"{self.transcript.epoch}-{self.transcript.revision}"
        return f"id: {stamp}\ndata: {json.dumps(news)}\n\n".encode()

    async def text(self, request: web.Request) -> web.StreamResponse:
        """`{"text", "id"?, "reply_to"?}`: a line typed, perhaps as an answer to a bubble of this phone."""
        body = await _json(request)
        text = _string(body, "text").strip()
        if not text or len(text) > _MAX_TEXT:
            raise ValueError(f"text of {len(text)} characters")
        bubble = await self.actions.say(
            request.match_info["chat"], text, _action(body), str(body.get("reply_to") or "")
        )
        return _kept(bubble.id)

    async def tap(self, request: web.Request) -> web.StreamResponse:
        """`{"message", "token", "id"?}`: a button the person pressed."""
        body, chat = await _json(request), request.match_info["chat"]
        ref, token = _string(body, "message"), _string(body, "token")
        return _kept((await self.actions.tap(chat, ref, token, _action(body))).id)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """A multipart `file` (`?id=`, `?reply_to=`), or JSON `{"sample": name, "id"?}` for a sample."""
        chat = request.match_info["chat"]
        if request.content_type.startswith("multipart/"):
            part = await _file_part(request)
            name, mime = part.filename or "", part.headers.get("Content-Type", "")
            card = await self.shelf.receive(_chunks(part), name, mime, self.max_file_bytes)
            answered = request.query.get("reply_to", "")
            return _kept((await self.actions.hand_over(chat, card, _action(request.query), answered)).id)
        body = await _json(request)
        source = self.samples().get(_string(body, "sample"))
        if source is None:
            raise FileNotFoundError(body["sample"])
        card = await asyncio.to_thread(self.shelf.copy, source, source.name)
        return _kept((await self.actions.hand_over(chat, card, _action(body))).id)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of some bubble: shown when it is a PDF or a picture, else (or with `?download=1`) saved."""
        path = self.shelf.path(request.match_info["id"])
        name = self.transcript.file_name(path.name) or path.name
        mime = media_type(path)
        shown = mime in ("application/pdf", "image/jpeg", "image/png") and "download" not in request.query
        headers = {
            "Content-Type": mime,
            "Content-Disposition": _disposition("inline" if shown else "attachment", name),
        }
        return web.FileResponse(path, headers=headers)


def _guarded(handler: Handler) -> Handler:
    """Refuse other hosts and other pages, answer refusals as JSON, add the safe headers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request) if _is_own(request) else _refusal(403, "foreign")
        except tuple(_REFUSALS) as error:
            status, code = next(said for kind, said in _REFUSALS.items() if isinstance(error, kind))
            response = _refusal(status, code, **getattr(error, "facts", {}))
        if not response.prepared:
            response.headers.update(_SAFE_HEADERS)
        return response

    return answer


def _is_own(request: web.Request) -> bool:
    """True for this machine's names only, and only from the page itself: any page could post to 127.0.0.1."""
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    if _host_name(f"//{host}") not in _LOCAL_HOSTS:
        return False
    if origin is not None and origin != f"{request.scheme}://{host}":
        return False
    return request.headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"} or (
        request.method == "GET" and request.path == "/"
    )


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _kept(ref: str) -> web.Response:
    return web.json_response({"ok": True, "message": ref})


def _refusal(status: int, code: str, **facts: Any) -> web.Response:
    return web.json_response({"error": code, **facts}, status=status)


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise ValueError(request.content_type)
    body = json.loads(await request.read())
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")
    return body


def _string(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise ValueError(key)
    return value


def _action(given: Any) -> str:
    """The browser's own id of this action, which makes a repeated request harmless; may be empty."""
    action = given.get("id", "")
    if action and not (isinstance(action, str) and _ACTION.fullmatch(action)):
        raise ValueError("id")
    return str(action)


async def _file_part(request: web.Request) -> BodyPartReader:
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file" and part.filename:
            return part
    raise ValueError("no file")


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(1 << 18):
        yield chunk


def _disposition(kind: str, name: str) -> str:
    """RFC 6266: an ASCII name for old programs, the real one in UTF-8."""
    ascii_name = re.sub(r'[^\x20-\x7e]|["\\]', "_", plain_name(name))
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(plain_name(name), safe='')}"


def _read(name: str) -> bytes:
    return (_STATIC / name).read_bytes()
