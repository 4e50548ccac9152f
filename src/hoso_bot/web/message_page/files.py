"""The picture, the file and the pages of a message the page shows."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from hoso_bot.store.shown_messages import ShownMessage
from hoso_bot.web.downloads import named
from hoso_bot.web.frame import PRIVATE
from hoso_bot.web.message_page.reading import Reading, note_look, reading_of
from hoso_bot.web.message_page.visit import MessageDesk, Visit
from hoso_bot.web.refusal import Refused

JPEG = "image/jpeg"


def show_picture(desk: MessageDesk, visit: Visit, request: web.Request) -> web.StreamResponse:
    """GET /the/{token}/anh/{id}: the picture that came with the message."""
    message = _message(visit, request)
    if message.picture is None or (message.attachment and reading_of(message, visit.uow) is None):
        raise Refused(404, "no_file")
    return _stored(_path(visit, message.picture["sha256"]), JPEG)


def show_file(desk: MessageDesk, visit: Visit, request: web.Request) -> web.StreamResponse:
    """GET /the/{token}/tep/{id}: its file, to be kept."""
    message, reading = _read(visit, request)
    path = _path(visit, reading.sha256)
    _note(desk, visit, message, reading)
    return _stored(path, "application/pdf" if reading.is_pdf else "application/octet-stream", reading.name)


def show_page(desk: MessageDesk, visit: Visit, request: web.Request) -> web.StreamResponse:
    """GET /the/{token}/trang/{id}/{number}.jpg: one page of a plan."""
    message, reading = _read(visit, request)
    number = int(request.match_info["number"])
    if not 1 <= number <= reading.pages:
        raise Refused(404, "no_file")
    try:
        drawn = desk.pictures.of(reading.sha256, number)
    except FileNotFoundError:
        raise Refused(404, "no_file") from None
    if drawn is None:
        raise Refused(404, "no_file")
    _note(desk, visit, message, reading)
    return _stored(drawn, JPEG)


def _message(visit: Visit, request: web.Request) -> ShownMessage:
    """The message with this number, when it is the link's own or an answer on its page. Raises Refused."""
    number, link = request.match_info["id"], visit.link
    shown = [visit.uow.shown_messages.find(link.address, link.facts["message"])]
    if "said_before" in link.facts:
        shown += visit.uow.shown_messages.after(link.address, visit.person.id, link.facts["said_before"])
    for one in shown:
        if one and str(one.id) == number:
            return one
    raise Refused(404, "no_file")


def _read(visit: Visit, request: web.Request) -> tuple[ShownMessage, Reading]:
    message = _message(visit, request)
    reading = reading_of(message, visit.uow)
    if reading is None:
        raise Refused(404, "no_file")
    return message, reading


def _note(desk: MessageDesk, visit: Visit, message: ShownMessage, reading: Reading) -> None:
    with desk.writing:
        note_look(message, reading, visit.uow)
        visit.uow.commit()


def _path(visit: Visit, sha256: str) -> Path:
    try:
        return visit.uow.files.path(sha256)
    except FileNotFoundError:
        raise Refused(404, "no_file") from None


def _stored(path: Path, kind: str, name: str = "") -> web.StreamResponse:
    """Never looked into by us; a file with a name is for keeping."""
    way = named(name) if name else "inline"
    return web.FileResponse(path, headers={**PRIVATE, "Content-Type": kind, "Content-Disposition": way})
