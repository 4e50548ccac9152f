"""Every address of the pages of messages."""

from __future__ import annotations

import secrets

from aiohttp import web

from hoso_bot.web.frame import message_part, own_file
from hoso_bot.web.message_page.door import forget, send_code, take_code
from hoso_bot.web.message_page.files import show_file, show_page, show_picture
from hoso_bot.web.message_page.pressing import press, show, write
from hoso_bot.web.message_page.thread import thread
from hoso_bot.web.message_page.visit import MessageDesk, Visit, inside


def message_routes(desk: MessageDesk) -> list[web.RouteDef]:
    """All below /the."""

    async def own(request: web.Request) -> web.StreamResponse:
        try:
            return own_file(request.match_info["name"])
        except KeyError:
            return desk.notice(404, "no_link")

    return [
        web.get("/the/tinh/{name}", own),
        web.get("/the/{token}", show(desk)),
        web.post("/the/{token}/ma", send_code(desk)),
        web.post("/the/{token}/vao", take_code(desk)),
        web.post("/the/{token}/quen", forget(desk)),
        web.post("/the/{token}/bam", press(desk)),
        web.post("/the/{token}/viet", write(desk)),
        web.get("/the/{token}/moi", inside(desk, _news)),
        web.get("/the/{token}/anh/{id}", inside(desk, show_picture)),
        web.get("/the/{token}/tep/{id}", inside(desk, show_file)),
        web.get(r"/the/{token}/trang/{id}/{number:\d{1,4}}.jpg", inside(desk, show_page)),
    ]


def _news(desk: MessageDesk, visit: Visit, request: web.Request) -> web.StreamResponse:
    """What changes on the page, for its script: nothing where the revision is the one it has."""
    facts = thread(desk, visit)
    if request.query.get("co") == facts["revision"]:
        return web.Response(status=204, headers={"Cache-Control": "no-store"})
    return message_part("live.html", desk.root, once=secrets.token_urlsafe(9), **facts)
