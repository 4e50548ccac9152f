"""Every address of the web board."""

from __future__ import annotations

from aiohttp import web

from hoso_bot.web.board.door import leave, open_door, show_door
from hoso_bot.web.board.plans import show_file, show_picture, show_plan
from hoso_bot.web.board.queue import show_queue
from hoso_bot.web.board.teachers import show_search, show_teacher
from hoso_bot.web.board.visit import BoardDesk, inside, nothing_here
from hoso_bot.web.board.weeks import show_week
from hoso_bot.web.frame import own_file


def board_routes(desk: BoardDesk) -> list[web.RouteDef]:
    """All below /bang; but for the door and the style, for people who are logged in only."""

    async def own(request: web.Request) -> web.StreamResponse:
        try:
            return own_file(request.match_info["name"])
        except KeyError:
            return desk.notice(404, "not_here")

    return [
        web.get("/bang/vao/{token}", show_door(desk)),
        web.post("/bang/vao/{token}", open_door(desk)),
        web.post("/bang/thoat", leave(desk)),
        web.get("/bang/tinh/{name}", own),
        web.get("/bang", inside(desk, show_week)),
        web.get("/bang/", inside(desk, show_week)),
        web.get("/bang/cho", inside(desk, show_queue)),
        web.get("/bang/tim", inside(desk, show_search)),
        web.get("/bang/gv/{person}", inside(desk, show_teacher)),
        web.get("/bang/ho-so/{plan}", inside(desk, show_plan)),
        web.get("/bang/tep/{version}/{way}.pdf", inside(desk, show_file)),
        web.get("/bang/anh/{version}.jpg", inside(desk, show_picture)),
        web.get("/bang/{elsewhere:.*}", inside(desk, nothing_here)),
    ]
