"""One look of somebody who is logged in. Who they are and what they may see is asked anew at each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.errors import FilesAway
from hoso_bot.domain.rights import Way
from hoso_bot.domain.roster import Person
from hoso_bot.domain.web_session import WebSession
from hoso_bot.lookups import Desk
from hoso_bot.store.db import new_id
from hoso_bot.store.people import People
from hoso_bot.store.school import School
from hoso_bot.store.web_sessions import WebSessions
from hoso_bot.unit_of_work import Unguarded, UnitOfWork
from hoso_bot.web.board.sprite import sprite
from hoso_bot.web.downloads import named
from hoso_bot.web.frame import PRIVATE, board_page
from hoso_bot.web.limit import Limit, address_of

log = structlog.get_logger(__name__)

COOKIE = "hoso_board"


@dataclass
class BoardDesk:
    """What the pages need. told: to be called when a page left a message for a chat."""

    desk: Desk
    told: Callable[[], None] = lambda: None
    tries: Limit = field(default_factory=lambda: Limit(20, 60.0))
    looks: Limit = field(default_factory=lambda: Limit(600, 60.0))
    """A viewer asks for a file in many pieces."""

    def __post_init__(self) -> None:
        self.writing = threading.Lock()
        """Held from asking whether a look is in the log to writing it: many requests at once are one look."""
        self.sessions = WebSessions(self.desk.db)
        self.people = People(self.desk.db)
        self.school = School(self.desk.db)
        public = urlsplit(self.desk.policy.public_url)
        self.root, self.secure = f"{public.path}/bang", public.scheme == "https"

    def page(self, template: str, status: int = 200, **facts: Any) -> web.Response:
        """A page in the board's frame; `visitor` is the name of who is logged in."""
        facts = {"school": self.school.row().name, "visitor": "", "here": "", "sprite": sprite(), **facts}
        return board_page(template, status, self.root, **facts)

    def notice(self, status: int, notice: str, visitor: str = "") -> web.Response:
        """A page that only says something, and how to go on."""
        return self.page("notice.html", status, notice=notice, visitor=visitor)


@dataclass(frozen=True)
class Asked:
    """What of a request decides about the answer: the parts of its path, and its query."""

    path: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """An answer in words. here: which entry of the menu it belongs to."""

    template: str
    facts: dict[str, Any]
    here: str = ""


@dataclass(frozen=True)
class StoredFile:
    """An answer that is a file of the store, shown in the browser under this name."""

    path: Path
    media_type: str
    name: str


class NotHere(LookupError):
    """Nothing at this address, or nothing this person may see: the same to who asks."""


class FileGone(NotHere):
    """A file on record that the store no longer has (kept so long as the school must, then removed)."""


@dataclass(frozen=True)
class Visit:
    """The look of one person; what is recorded here is written once the answer is made."""

    session: WebSession
    uow: UnitOfWork
    sight: Sight
    now: datetime
    looks: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def look(self, action: str, subject: str, at: Person | None = None, **facts: Any) -> None:
        """Note for the log what is looked at; `at`: whose it is, nobody's look at the own things is noted."""
        if at is None or at.id != self.uow.actor.id:
            self.looks.append((action, subject, {**facts, "on": "web"}))

    def name(self, person_id: str) -> str:
        """What somebody of the school is called."""
        found = self.sight.people.get(person_id)
        return found.name if found else "?"


def nothing_here(_visit: Visit, _asked: Asked) -> Page:
    """Any other address below the board's. Raises NotHere."""
    raise NotHere


View = Callable[[Visit, Asked], Page | StoredFile]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def inside(desk: BoardDesk, view: View) -> Handler:
    """The handler of a page for people who are logged in."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if not desk.looks.allows(address_of(request)):
            return desk.notice(429, "too_often")
        asked = Asked(dict(request.match_info), dict(request.query))
        try:
            return await asyncio.to_thread(_answer, desk, view, request.cookies.get(COOKIE, ""), asked)
        except FilesAway:
            raise  # the server says it, as for every page
        except Exception:
            log.exception("board.failed", view=view.__name__)
            return desk.notice(500, "trouble")

    return handle


def _answer(desk: BoardDesk, view: View, token: str, asked: Asked) -> web.StreamResponse:
    visit = enter(desk, token)
    if visit is None:
        return desk.notice(401, "ended" if token else "no_session")
    try:
        found = view(visit, asked)
    except LookupError as missing:
        notice = "file_gone" if isinstance(missing, FileGone) else "not_here"
        return desk.notice(404, notice, visit.uow.actor.name)
    with desk.writing:
        for action, subject, facts in visit.looks:
            visit.uow.record_look(action, subject, **facts)
        visit.uow.commit()
    if isinstance(found, StoredFile):
        return _file(found)
    return desk.page(found.template, here=found.here, visitor=visit.uow.actor.name, **found.facts)


def enter(desk: BoardDesk, token: str) -> Visit | None:
    """The visit of this cookie; None when it is good for nothing (any more)."""
    session = desk.sessions.by_token(token) if token else None
    now = desk.desk.clock.now()
    if session is None or not session.is_open(now):
        return None
    person = desk.people.at_since(session.address, session.opened_at)
    uow = UnitOfWork(desk.desk, f"web:{new_id()}", None, person)
    if person is None or person.id != session.person_id or not (sight := Sight(uow, Way.BOARD)).anybody:
        uow.change(Unguarded(desk.sessions.end(session.person_id, now, session)))
        uow.commit()
        return None
    if session.is_to_be_noted(now):
        uow.change(Unguarded(desk.sessions.noted(session, now)))
    return Visit(session, uow, sight, now)


def _file(found: StoredFile) -> web.FileResponse:
    """Never looked into by us: the browser shows it, beside the plan too, or keeps it under its name."""
    headers = {
        **PRIVATE,
        "Content-Type": found.media_type,
        "Content-Disposition": named(found.name, shown=True),
        "Content-Security-Policy": "frame-ancestors 'self'",
        "X-Frame-Options": "SAMEORIGIN",
    }
    return web.FileResponse(found.path, headers=headers)
