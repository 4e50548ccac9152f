"""The first time in a browser: a code that only the chat is told.

A link can be forwarded, and a chat's preview opens it before people do: neither shows or presses anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.known_browser import CODE_GOOD_FOR, LONGEST, MOST_CODES, device
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.page_events import BrowsersForgotten
from hoso_bot.unit_of_work import Unguarded
from hoso_bot.web.cookies import keep_cookie
from hoso_bot.web.limit import address_of
from hoso_bot.web.message_page.visit import (
    COOKIE,
    Handler,
    MessageDesk,
    Visit,
    visit_of,
)
from hoso_bot.web.refusal import Refused
from hoso_bot.web.same_site import comes_from_elsewhere

MOST_TYPED = 32


def door(desk: MessageDesk, visit: Visit, problem: str = "") -> web.Response:
    """Asks to have a code sent, or for the code that was."""
    waits = visit.browser is not None and visit.browser.awaits_code(visit.now)
    opened = bool(visit.link.outcome) and not waits
    facts = {"person": visit.person.name, "waits": waits, "opened": opened, "problem": problem}
    status = 200 if not problem else 403
    return desk.page("door.html", status, token=visit.token, channel=visit.link.address.channel, **facts)


def send_code(desk: MessageDesk) -> Handler:
    """POST /the/{token}/ma: a code goes to the chat, a cookie to the browser."""

    def send(visit: Visit, request: web.Request) -> web.Response:
        if visit.is_known:
            return _back(desk, visit)
        uow = visit.uow
        if uow.known_browsers.codes_since(visit.person.id, visit.now - CODE_GOOD_FOR) >= MOST_CODES:
            return desk.notice(429, "codes")
        name = device(request.headers.get("User-Agent", ""))
        cookie, code, row = uow.known_browsers.new(visit.person.id, visit.link.address, name, visit.now)
        uow.change(uow.known_browsers.forget_old(visit.now), row)
        uow.reply(Message("message_page.code", {"code": code, "device": name}))
        uow.record("browser.asked", visit.person.staff_id, device=name)
        uow.commit()
        desk.told()
        answer = _back(desk, visit)
        keep_cookie(answer, COOKIE, cookie, LONGEST, desk.root, desk.secure)
        return answer

    return _posted(desk, send)


def take_code(desk: MessageDesk) -> Handler:
    """POST /the/{token}/vao: the code, as it stood in the chat."""

    def take(visit: Visit, request: web.Request, typed: str = "") -> web.Response:
        browser, uow = visit.browser, visit.uow
        if visit.is_known:
            return _back(desk, visit)
        if browser is None or not browser.awaits_code(visit.now):
            return door(desk, visit, "code_over")
        if not browser.is_code(typed):
            uow.change(uow.known_browsers.count_try(browser))
            uow.record("browser.wrong_code", visit.person.staff_id)
            uow.commit()
            return door(desk, visit, "wrong_code")
        uow.change(uow.known_browsers.is_known_now(browser, visit.now))
        uow.record("browser.known", visit.person.staff_id, device=browser.device)
        way_out = ((Button("message_page.button.forget", BrowsersForgotten()),),)
        facts = {"at": visit.now.isoformat(), "device": browser.device}
        uow.reply(Message("message_page.known", facts, way_out))
        uow.commit()
        desk.told()
        return _back(desk, visit)

    return _posted(desk, take, field="ma")


def forget(desk: MessageDesk) -> Handler:
    """POST /the/{token}/quen: this browser shows nothing any more."""

    def leave(visit: Visit, request: web.Request) -> web.Response:
        if visit.browser is not None:
            uow = visit.uow
            uow.change(Unguarded(uow.known_browsers.end(visit.person.id, visit.now, visit.browser)))
            uow.record("browsers.forgotten", visit.person.staff_id, browsers=1)
            uow.commit()
        answer = desk.notice(200, "left")
        answer.del_cookie(COOKIE, path=desk.root)
        return answer

    return _posted(desk, leave)


def _posted(desk: MessageDesk, act: Callable[..., web.Response], field: str = "") -> Handler:
    """A form of the door. field: what is typed into it, handed on as `typed`."""

    def answer(request: web.Request, typed: dict[str, str]) -> web.Response:
        try:
            visit = visit_of(desk, request.match_info["token"], request.cookies.get(COOKIE, ""))
            return act(visit, request, **typed)
        except Refused as refused:
            return desk.notice(refused.status, refused.notice)
        except Conflict:
            return desk.notice(409, "again")

    async def handle(request: web.Request) -> web.StreamResponse:
        if not desk.tries.allows(address_of(request)):
            return desk.notice(429, "too_often")
        if comes_from_elsewhere(request):
            return desk.notice(403, "elsewhere")
        form = await request.post() if field else {}
        typed = {"typed": str(form.get(field, ""))[:MOST_TYPED]} if field else {}
        return await asyncio.to_thread(answer, request, typed)

    return handle


def _back(desk: MessageDesk, visit: Visit) -> web.Response:
    way = f"{desk.root}/{visit.token}"
    return web.Response(status=303, headers={"Location": way, "Cache-Control": "no-store"})
