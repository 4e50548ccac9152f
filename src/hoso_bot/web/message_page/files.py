"""The file and the picture of a message the page shows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from hoso_bot.store.shown_messages import ShownMessage
from hoso_bot.web.frame import PRIVATE
from hoso_bot.web.message_page.visit import MessageDesk, Visit


def show_picture(desk: MessageDesk, visit: Visit, request: web.Request) -> web.StreamResponse:
    """GET /the/{token}/anh/{id}: the picture that came with the message."""
    message = _message(visit, request)
    if message is None or message.picture is None:
        return desk.notice(404, "no_file")
    return _stored(desk, visit, message.picture["sha256"], "image/jpeg", "")


def show_file(desk: MessageDesk, visit: Visit, request: web.Request) -> web.StreamResponse:
    """GET /the/{token}/tep/{id}: its file, to be kept."""
    message = _message(visit, request)
    if message is None or message.attachment is None:
        return desk.notice(404, "no_file")
    name = str(message.attachment["name"])
    kind = "application/pdf" if name.lower().endswith(".pdf") else "application/octet-stream"
    visit.uow.record("file.downloaded", name, sha256=message.attachment["sha256"])
    visit.uow.commit()
    return _stored(desk, visit, message.attachment["sha256"], kind, name)


def _message(visit: Visit, request: web.Request) -> ShownMessage | None:
    """The message with this number, when it is the link's own or an answer on its page."""
    number, link = request.match_info["id"], visit.link
    shown = [visit.uow.shown_messages.find(link.address, link.facts["message"])]
    if "said_before" in link.facts:
        shown += visit.uow.shown_messages.after(link.address, visit.person.id, link.facts["said_before"])
    return next((one for one in shown if one and str(one.id) == number), None)


def _stored(desk: MessageDesk, visit: Visit, sha256: str, kind: str, name: str) -> web.StreamResponse:
    try:
        path: Path = visit.uow.files.path(sha256)
    except FileNotFoundError:
        return desk.notice(404, "no_file")
    way = f"attachment; filename*=UTF-8''{quote(name)}" if name else "inline"
    return web.FileResponse(path, headers={**PRIVATE, "Content-Type": kind, "Content-Disposition": way})
