"""In by a one-time link from the chat, out by a button.

A chat's preview only looks: GET shows whose link it is, POST uses it. What is changed here is changed by who
holds a random link or cookie, and by a form of this page only.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.report_events import WebBoardLeft
from hoso_bot.domain.rights import Way
from hoso_bot.domain.roster import Person
from hoso_bot.domain.web_session import LINK_GOOD_FOR, LONGEST
from hoso_bot.store.db import new_id
from hoso_bot.store.links import Link, Links, Purpose
from hoso_bot.unit_of_work import Unguarded, UnitOfWork
from hoso_bot.web.board.visit import COOKIE, BoardDesk, Handler
from hoso_bot.web.cookies import keep_cookie
from hoso_bot.web.limit import address_of
from hoso_bot.web.refusal import Refused
from hoso_bot.web.same_site import comes_from_elsewhere


def show_door(desk: BoardDesk) -> Handler:
    """GET /bang/vao/{token}: whose link it is, and a button."""

    async def show(request: web.Request) -> web.StreamResponse:
        if not desk.tries.allows(address_of(request)):
            return desk.notice(429, "too_often")
        return await asyncio.to_thread(_shown, desk, request.match_info["token"])

    return show


def open_door(desk: BoardDesk) -> Handler:
    """POST /bang/vao/{token}: logged in."""

    async def log_in(request: web.Request) -> web.StreamResponse:
        if not desk.tries.allows(address_of(request)):
            return desk.notice(429, "too_often")
        if comes_from_elsewhere(request):
            return desk.notice(403, "elsewhere")
        token, cookie = request.match_info["token"], request.cookies.get(COOKIE, "")
        return await asyncio.to_thread(_logged_in, desk, token, cookie)

    return log_in


def leave(desk: BoardDesk) -> Handler:
    """POST /bang/thoat: logged out."""

    async def log_out(request: web.Request) -> web.StreamResponse:
        if comes_from_elsewhere(request):
            return desk.notice(403, "elsewhere")
        return await asyncio.to_thread(_logged_out, desk, request.cookies.get(COOKIE, ""))

    return log_out


def _shown(desk: BoardDesk, token: str) -> web.Response:
    try:
        link, person = _usable(desk, token)
    except Refused as refused:
        return desk.notice(refused.status, refused.notice)
    return desk.page("door.html", person=person.name, until=link.expires_at.isoformat())


def _usable(desk: BoardDesk, token: str) -> tuple[Link, Person]:
    """The link and whose it is. Raises Refused."""
    link = Links(desk.desk.db).by_token(Purpose.BOARD, token)
    person = desk.people.at_since(link.address, link.expires_at - LINK_GOOD_FOR) if link else None
    if link is None or person is None or person.id != link.person_id:
        raise Refused(404, "no_link")
    if link.outcome:
        raise Refused(410, "used")
    if link.expires_at <= desk.desk.clock.now():
        raise Refused(410, "expired")
    if not Sight(UnitOfWork(desk.desk, "", None, person), Way.BOARD).anybody:
        raise Refused(403, "no_right")
    return link, person


def _logged_in(desk: BoardDesk, token: str, cookie: str) -> web.Response:
    try:
        secret = _new_session(desk, *_usable(desk, token), cookie)
    except Refused as refused:
        return desk.notice(refused.status, refused.notice)
    desk.told()
    answer = web.Response(status=303, headers={"Location": desk.root, "Cache-Control": "no-store"})
    keep_cookie(answer, COOKIE, secret, LONGEST, desk.root, desk.secure)
    return answer


def _new_session(desk: BoardDesk, link: Link, person: Person, cookie: str) -> str:
    """The token of a new session; the link is used, what this browser had open is over. Raises Refused."""
    uow = UnitOfWork(desk.desk, f"web:{new_id()}", link.address, person)
    secret, row = uow.web_sessions.new(person.id, link.address, uow.now())
    uow.change(uow.links.answer(link, "used"), uow.web_sessions.forget_old(uow.now()), row)
    if earlier := uow.web_sessions.by_token(cookie):
        uow.change(Unguarded(uow.web_sessions.end(earlier.person_id, uow.now(), earlier)))
    uow.record("board.entered", person.staff_id)
    way_out = ((Button("web_board.button.leave", WebBoardLeft()),),)
    uow.reply(Message("web_board.entered", {"at": uow.now().isoformat()}, way_out))
    try:
        uow.commit()
    except Conflict:
        raise Refused(410, "used") from None
    return secret


def _logged_out(desk: BoardDesk, cookie: str) -> web.Response:
    if cookie and (session := desk.sessions.by_token(cookie)):
        person = desk.people.get(session.person_id)
        uow = UnitOfWork(desk.desk, f"web:{new_id()}", None, person)
        uow.change(Unguarded(uow.web_sessions.end(person.id, uow.now(), session)))
        uow.record("board.left", person.staff_id, sessions=1)
        uow.commit()
    answer = desk.notice(200, "left")
    answer.del_cookie(COOKIE, path=desk.root)
    return answer
