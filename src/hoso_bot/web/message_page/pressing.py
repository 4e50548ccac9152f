"""A press on the page is a row of the inbox like a tap in the chat: its own lane, handler, rights and log."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import secrets

from aiohttp import web

from hoso_bot.domain.page_events import PagePressed, PageWritten
from hoso_bot.store.inbox import INTERNAL
from hoso_bot.store.links import hash_of
from hoso_bot.web.limit import address_of
from hoso_bot.web.message_page.door import door
from hoso_bot.web.message_page.thread import thread
from hoso_bot.web.message_page.visit import COOKIE, Handler, MessageDesk, Visit, looked_at, visit_of
from hoso_bot.web.refusal import Refused
from hoso_bot.web.same_site import comes_from_elsewhere

ANSWER_SECONDS, LOOK_AGAIN_SECONDS = 5.0, 0.05
MOST_WORDS = 2000
_ONCE = re.compile(r"[\w-]{8,40}", re.ASCII)
OPENED = "opened"


def show(desk: MessageDesk) -> Handler:
    """GET /the/{token}: the message; in a browser that was never here, the door."""

    def shown(request: web.Request) -> web.StreamResponse:
        visit = visit_of(desk, request.match_info["token"], request.cookies.get(COOKIE, ""))
        return _message(desk, visit) if visit.is_known else door(desk, visit)

    return looked_at(desk, shown)


def _message(desk: MessageDesk, visit: Visit) -> web.Response:
    facts = thread(desk, visit)
    if visit.link.outcome is None:
        visit.uow.change(visit.uow.links.answer(visit.link, OPENED))
        visit.uow.record("page.opened", visit.person.staff_id)
    visit.uow.commit()
    once = secrets.token_urlsafe(9)
    return desk.page("message.html", once=once, **facts)


def press(desk: MessageDesk) -> Handler:
    """POST /the/{token}/bam: `nut` is the button's token, `lan` the same for every sending of one form."""

    async def pressed(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        token = str(form.get("nut", ""))[:64]
        return await _kept(desk, request, str(form.get("lan", "")), PagePressed("", token))

    return pressed


def write(desk: MessageDesk) -> Handler:
    """POST /the/{token}/viet: `loi` is what the person writes."""

    async def written(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        words = str(form.get("loi", "")).strip()[:MOST_WORDS]
        return await _kept(desk, request, str(form.get("lan", "")), PageWritten("", words))

    return written


async def _kept(
    desk: MessageDesk, request: web.Request, once: str, event: PagePressed | PageWritten
) -> web.StreamResponse:
    """On disk before it is answered; then a short wait for what comes of it."""
    if not desk.tries.allows(address_of(request)):
        return desk.notice(429, "too_often")
    if comes_from_elsewhere(request):
        return desk.notice(403, "elsewhere")
    try:
        visit = await asyncio.to_thread(
            visit_of, desk, request.match_info["token"], request.cookies.get(COOKIE, "")
        )
    except Refused as refused:
        return desk.notice(refused.status, refused.notice)
    if not visit.is_known:
        return desk.notice(401, "unknown_browser")
    external = _external(visit, once, event)
    if await asyncio.to_thread(desk.inbox.state_of, INTERNAL, external) is None:
        await asyncio.to_thread(_note, visit, external)
        await desk.owe(external, _lane(visit), dataclasses.replace(event, link_id=visit.link.id))
    await _answered(desk, external)
    way = f"{desk.root}/{visit.token}"
    return web.Response(status=303, headers={"Location": way, "Cache-Control": "no-store"})


def _external(visit: Visit, once: str, event: PagePressed | PageWritten) -> str:
    """The same for what one form sends twice; another button or other words are another press."""
    said = event.token if isinstance(event, PagePressed) else event.text
    once = once if _ONCE.fullmatch(once) else secrets.token_urlsafe(9)
    return f"page:{visit.link.id}:{once}:{hash_of(said)[:12]}"


def _note(visit: Visit, external: str) -> None:
    """From here on the page shows what is said after this press."""
    said = visit.uow.shown_messages.newest(visit.link.address)
    more = {"pressed": external, "pressed_at": visit.now.isoformat(), "said_before": said}
    visit.uow.change(visit.uow.links.note(visit.link, **more))
    visit.uow.commit()


def _lane(visit: Visit) -> str:
    return f"{visit.link.address.channel}:{visit.link.address.chat_id}"


async def _answered(desk: MessageDesk, external: str) -> None:
    """Until it is done, for a browser without script; what takes longer the page shows when it is there."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ANSWER_SECONDS
    while loop.time() < deadline:
        if await asyncio.to_thread(desk.inbox.state_of, INTERNAL, external) in ("done", "parked"):
            return
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
