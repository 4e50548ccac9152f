"""Who looks at the page of a message, and whether they may: asked anew at every request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from hoso_bot.domain.errors import FilesAway
from hoso_bot.domain.events import Address, InternalEvent
from hoso_bot.domain.known_browser import LINK_GOOD_FOR, KnownBrowser
from hoso_bot.domain.roster import Person
from hoso_bot.lookups import Desk
from hoso_bot.store.db import new_id
from hoso_bot.store.inbox import Inbox
from hoso_bot.store.links import Link, Purpose
from hoso_bot.unit_of_work import Unguarded, UnitOfWork
from hoso_bot.web.frame import message_page
from hoso_bot.web.limit import Limit, address_of
from hoso_bot.web.message_page.pictures import PagePictures
from hoso_bot.web.refusal import Refused

log = structlog.get_logger(__name__)

COOKIE = "hoso_the"

Owe = Callable[[str, str, InternalEvent], Awaitable[None]]
"""Keeps owed work: (external id, lane, event); a second one with the same id is the first."""


@dataclass
class MessageDesk:
    """What the pages need. told: to be called when a page left a message for a chat."""

    desk: Desk
    owe: Owe
    pictures: PagePictures
    told: Callable[[], None] = lambda: None
    tries: Limit = field(default_factory=lambda: Limit(20, 60.0))
    looks: Limit = field(default_factory=lambda: Limit(600, 60.0))
    """A page asks again and again whether there is news."""

    def __post_init__(self) -> None:
        self.writing = threading.Lock()
        """Held from asking whether a look is in the log to writing it: many pages at once are one look."""
        self.inbox = Inbox(self.desk.db, self.desk.clock)
        public = urlsplit(self.desk.policy.public_url)
        self.root, self.secure = f"{public.path}/the", public.scheme == "https"

    def unit(self, person: Person | None = None, origin: Address | None = None) -> UnitOfWork:
        """A unit of work of its own for one request."""
        return UnitOfWork(self.desk, f"page:{new_id()}", origin, person)

    def page(self, template: str, status: int = 200, **facts: Any) -> web.Response:
        """A page in the frame of these pages."""
        school = self.unit().school.row().name
        return message_page(template, status, self.root, school=school, **facts)

    def notice(self, status: int, notice: str) -> web.Response:
        """A page that only says something, and how to go on."""
        return self.page("notice.html", status, notice=notice)


@dataclass(frozen=True)
class Visit:
    """A link that is good, and the browser it was opened in; None for one that was never here."""

    token: str
    link: Link
    person: Person
    browser: KnownBrowser | None
    now: datetime
    uow: UnitOfWork

    @property
    def is_known(self) -> bool:
        """Whether this browser may show what the link leads to."""
        return self.browser is not None and self.browser.is_known(self.now)


def visit_of(desk: MessageDesk, token: str, cookie: str) -> Visit:
    """Raises Refused where the link leads nowhere (any more)."""
    found = desk.unit()
    link, now = found.links.by_token(Purpose.CARD, token), found.now()
    person = _owner(found, link) if link else None
    if link is None or person is None:
        raise Refused(404, "no_link")
    if link.expires_at <= now:
        raise Refused(410, "expired")
    browser = found.known_browsers.by_token(cookie) if cookie else None
    if browser and (browser.person_id, browser.address) != (person.id, link.address):
        browser = None
    uow = desk.unit(person, link.address)
    if browser and browser.is_known(now) and browser.is_to_be_noted(now):
        uow.change(Unguarded(uow.known_browsers.noted(browser, now)))
    return Visit(token, link, person, browser, now, uow)


def _owner(uow: UnitOfWork, link: Link) -> Person | None:
    """Whose chat it is, without a break since the link was made."""
    person = uow.people.at_since(link.address, link.expires_at - LINK_GOOD_FOR)
    return person if person and person.id == link.person_id else None


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Show = Callable[[MessageDesk, Visit, web.Request], web.StreamResponse]


def looked_at(desk: MessageDesk, answer: Callable[[web.Request], web.StreamResponse]) -> Handler:
    """The handler of something to look at; `answer` runs in a thread and may raise Refused."""

    def answered(request: web.Request) -> web.StreamResponse:
        try:
            return answer(request)
        except Refused as refused:
            return desk.notice(refused.status, refused.notice)
        except FilesAway:
            raise  # the server says it, as for every page
        except Exception:
            log.exception("page.failed")
            return desk.notice(500, "trouble")

    async def handle(request: web.Request) -> web.StreamResponse:
        if not desk.looks.allows(address_of(request)):
            return desk.notice(429, "too_often")
        return await asyncio.to_thread(answered, request)

    return handle


def inside(desk: MessageDesk, show: Show) -> Handler:
    """The handler of what only a known browser is shown."""

    def answer(request: web.Request) -> web.StreamResponse:
        visit = visit_of(desk, request.match_info["token"], request.cookies.get(COOKIE, ""))
        if not visit.is_known:
            raise Refused(401, "unknown_browser")
        return show(desk, visit, request)

    return looked_at(desk, answer)
