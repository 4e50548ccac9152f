"""The addresses below /nop: the page, its form, and the pieces a script sends instead of the form."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import errno
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from hoso_bot import texts
from hoso_bot.domain.errors import FileRefused, outline
from hoso_bot.domain.file_kinds import plain_name
from hoso_bot.domain.page_upload import CHUNK_BYTES, PageUpload, PageUploadState
from hoso_bot.store.file_parts import Gap
from hoso_bot.web.cookies import keep_cookie
from hoso_bot.web.frame import PRIVATE, own_file, upload_page, upload_part
from hoso_bot.web.limit import address_of
from hoso_bot.web.message_page.links import MessageLinks
from hoso_bot.web.refusal import Refused
from hoso_bot.web.same_site import comes_from_elsewhere
from hoso_bot.web.upload.desk import COOKIE, UploadDesk, Visit
from hoso_bot.web.upload.outcome import outcome_of
from hoso_bot.web.upload.reading import form_of, piece_of

log = structlog.get_logger(__name__)

_COOKIE_KEPT = timedelta(days=2)
_FORM_SECONDS = 1800.0
_LONGEST_MARK = 200

Answer = Callable[[UploadDesk, web.Request, Visit], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def upload_routes(desk: UploadDesk) -> list[web.RouteDef]:
    """Everything below /nop."""
    return [
        web.get("/nop/tinh/{name}", _own),
        web.get("/nop/{token}", _for_people(desk, _show)),
        web.post("/nop/{token}", _for_people(desk, _take_form)),
        web.post("/nop/{token}/tra-loi", _for_people(desk, _answer_there)),
        web.get("/nop/{token}/xem", _for_scripts(desk, _tell)),
        web.post("/nop/{token}/bat-dau", _for_scripts(desk, _begin)),
        web.post("/nop/{token}/phan/{upload}", _for_scripts(desk, _take_piece)),
        web.post("/nop/{token}/xong/{upload}", _for_scripts(desk, _finish)),
    ]


async def _own(request: web.Request) -> web.Response:
    try:
        return own_file(request.match_info["name"])
    except KeyError:
        return web.Response(status=404)


# --- who asks ----------------------------------------------------------------------------------------


async def _visit(desk: UploadDesk, request: web.Request) -> Visit:
    """Raises Refused."""
    if request.method == "POST" and comes_from_elsewhere(request):
        raise Refused(403, "elsewhere")
    token, cookie = request.match_info["token"], request.cookies.get(COOKIE, "")
    try:
        return await asyncio.to_thread(desk.visit, token, cookie)
    except Refused as refused:
        if refused.status == 404 and not desk.guesses.allows(address_of(request)):
            raise Refused(429, "too_often") from None
        raise


def _for_people(desk: UploadDesk, answer: Answer) -> Handler:
    """Refusals are pages."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            visit = await _visit(desk, request)
        except Refused as refused:
            return await _notice(desk, refused.status, refused.notice)
        try:
            return await answer(desk, request, visit)
        except FileRefused as refused:
            words = texts.render(refused.text_key, **refused.facts)
            return await _page(desk, request, visit, 422, refusal=words)

    return handle


def _for_scripts(desk: UploadDesk, answer: Answer) -> Handler:
    """Refusals are sentences in JSON; `final`: trying again would not help."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            visit = await _visit(desk, request)
            return await answer(desk, request, visit)
        except Refused as refused:
            words, status = texts.render(f"upload_page.notice.{refused.notice}"), refused.status
            if status != 429:
                words = f"{words} {texts.render('upload_page.new_link')}"
        except FileRefused as refused:
            words, status = texts.render(refused.text_key, **refused.facts), 422
        except (ValueError, KeyError, TypeError, binascii.Error):
            words, status = texts.render("upload_page.notice.nonsense"), 400
        except OSError as error:
            _only_if_full(error)
            words, status = texts.render("upload_page.notice.no_room"), 507
        return _json({"text": words, "final": status != 429}, status)

    return handle


def _only_if_full(error: OSError) -> None:
    """Raises it again unless the disk is full: then the sender hears it, and the log."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        raise error
    log.error("upload.no_room", error=outline(error))


def _json(data: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(data, status=status, headers=PRIVATE)


# --- the page ----------------------------------------------------------------------------------------


async def _show(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    return await _page(desk, request, visit)


async def _page(
    desk: UploadDesk, request: web.Request, visit: Visit, status: int = 200, refusal: str = ""
) -> web.Response:
    facts = await asyncio.to_thread(_facts, desk, visit)
    form = secrets.token_urlsafe(8)
    answer = upload_page("sending.html", status, desk.root, form=form, refusal=refusal, **facts)
    if COOKIE not in request.cookies:
        secure = desk.desk.policy.public_url.startswith("https:")
        keep_cookie(answer, COOKIE, secrets.token_urlsafe(16), _COOKIE_KEPT, "/", secure)
    return answer


async def _notice(desk: UploadDesk, status: int, notice: str) -> web.Response:
    school = await asyncio.to_thread(lambda: desk.school)
    return upload_page("notice.html", status, desk.root, school=school, notice=notice)


def _facts(desk: UploadDesk, visit: Visit) -> dict[str, Any]:
    unfinished, arrived = visit.unfinished, visit.last_arrived
    part = {}
    if unfinished:
        have = desk.parts.size(unfinished.id)
        percent = int(100 * have / unfinished.size) if unfinished.size else 0
        part = {"name": unfinished.name, "percent": percent, "have": have}
    return {
        "school": desk.school,
        "person": visit.person.name,
        "until": visit.link.expires_at.isoformat(),
        "max_mb": desk.max_bytes // 2**20,
        "max_bytes": desk.max_bytes,
        "unfinished": part if part.get("have") else None,
        "file": _file_facts(desk, visit, arrived) if arrived else None,
    }


def _file_facts(desk: UploadDesk, visit: Visit, upload: PageUpload) -> dict[str, Any]:
    assert upload.arrived_at
    outcome = outcome_of(upload, desk.desk)
    return {
        "press_at": f"{desk.root}/{visit.token}/tra-loi" if desk.page_of(outcome) else "",
        "name": upload.name,
        "mb": max(0.1, round(upload.size / 2**20, 1)),
        "at": upload.arrived_at.isoformat(),
        **outcome.facts(),
    }


async def _tell(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    """GET …/xem: the part of the page that says what became of the file, anew."""
    arrived = visit.last_arrived
    file = await asyncio.to_thread(_file_facts, desk, visit, arrived) if arrived else None
    part = upload_part("outcome.html", desk.root, file=file) if file else ""
    return _json({"html": part, "state": file["state"] if file else ""})


async def _answer_there(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    """POST …/tra-loi: on to the page of the bot's last message, which has the buttons the chat lacks."""
    way = await asyncio.to_thread(_way_to_message, desk, visit)
    return web.Response(status=303, headers={**PRIVATE, "Location": way or request.match_info["token"]})


def _way_to_message(desk: UploadDesk, visit: Visit) -> str:
    arrived = visit.last_arrived
    spoken = desk.page_of(outcome_of(arrived, desk.desk)) if arrived else None
    if spoken is None:
        return ""
    links = MessageLinks(desk.desk)
    return urlsplit(links.link_for(spoken.address, spoken.person_id, spoken.key)).path


# --- a file in pieces --------------------------------------------------------------------------------


async def _begin(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    """POST …/bat-dau {name, size, mark, head, tail}: what to send from where on, or why not at all."""
    asked = await request.json()
    name, size, mark = plain_name(str(asked["name"])), int(asked["size"]), str(asked["mark"])
    if size < 0 or len(mark) > _LONGEST_MARK:
        raise ValueError
    head, tail = (base64.b64decode(str(asked[end]), validate=True) for end in ("head", "tail"))
    upload = await asyncio.to_thread(desk.begin, visit, mark, name, size, (head, tail))
    have = await asyncio.to_thread(desk.parts.size, upload.id)
    return _json({"id": upload.id, "have": have, "piece": CHUNK_BYTES})


async def _take_piece(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    """POST …/phan/{upload}?tu=OFFSET with the bytes: how many are here. A piece sent again does nothing."""
    upload, offset = _upload_of(request, visit), int(request.query["tu"])
    if upload.state is not PageUploadState.RECEIVING:
        return _json({"have": upload.size})
    async with desk.turns:
        data = await piece_of(request)
        if offset < 0 or offset + len(data) > upload.size:
            raise ValueError
        try:
            have = await asyncio.to_thread(desk.parts.add, upload.id, offset, data)
        except Gap as gap:
            return _json({"have": gap.have}, 409)
    return _json({"have": have})


async def _finish(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    """POST …/xong/{upload} {sha256}: the file has arrived, or has to come again from its beginning."""
    upload, sha256 = _upload_of(request, visit), str((await request.json())["sha256"])
    if await asyncio.to_thread(desk.finish, visit, upload, sha256):
        return _json({"arrived": True})
    return _json({"arrived": False, "text": texts.render("upload_page.notice.damaged")})


def _upload_of(request: web.Request, visit: Visit) -> PageUpload:
    """Raises KeyError when it is none of this link, or was given up."""
    known = {one.id: one for one in visit.uploads if one.state is not PageUploadState.DROPPED}
    return known[request.match_info["upload"]]


# --- a file in one form ------------------------------------------------------------------------------


async def _take_form(desk: UploadDesk, request: web.Request, visit: Visit) -> web.StreamResponse:
    """The form of a browser without scripts; afterwards the page, so that reloading sends nothing."""
    path = desk.desk.files.new_temporary()
    try:
        if desk.forms.locked():
            raise FileRefused("upload_page.notice.busy")
        async with desk.forms, asyncio.timeout(_FORM_SECONDS):
            form, name, size = await form_of(request, path, desk.max_bytes)
        desk.refuse_too_big(name, size)
        await asyncio.to_thread(desk.take_whole, visit, f"form:{form}"[:_LONGEST_MARK], name, path)
    except TimeoutError:
        raise FileRefused("upload_page.notice.too_slow") from None
    except ValueError:
        raise FileRefused("upload_page.notice.no_file") from None
    except OSError as error:
        _only_if_full(error)
        raise FileRefused("upload_page.notice.no_room") from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    token = request.match_info["token"]
    return web.Response(status=303, headers={**PRIVATE, "Location": token})
