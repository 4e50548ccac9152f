"""`/f/{token}`: a file that a chat cannot carry, for the one person it was meant for, for a day.

The token is the whole right; it ends with the person's account. Looking at it does not use it up: chat apps
look at links before people do, and such a look is not logged as the person's.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.events import Address
from hoso_bot.domain.messages import Parcel
from hoso_bot.domain.roster import Person
from hoso_bot.store.links import Link, Purpose
from hoso_bot.store.school import School
from hoso_bot.unit_of_work import Unguarded, UnitOfWork
from hoso_bot.web.chat_links import ChatLinks
from hoso_bot.web.downloads import named
from hoso_bot.web.frame import language_of, page
from hoso_bot.web.limit import Limit, address_of

GOOD_FOR = timedelta(hours=24)
OPENED, PREVIEWED = "opened", "previewed"


@dataclass
class FileLinks(ChatLinks):
    """Makes the links and finds what they open."""

    looks: Limit = field(default_factory=lambda: Limit(30, 60.0))

    def link_for(self, parcel: Parcel, channel: str) -> str:
        """A fresh link to the parcel's file for who reads in that chat; '' where there can be none."""
        if parcel.path is None:
            return ""
        facts = {"sha256": Path(parcel.path).name, "name": parcel.file_name or "tep.pdf"}
        return self.fresh(Purpose.FILE, "f", Address(channel, parcel.chat_id), facts, GOOD_FOR)

    def opened(self, token: str, by_browser: bool) -> tuple[Path, str] | None:
        """The file and its name; None for a link that is not (any longer) good.

        The first look of a browser is logged as the person's, the first one of another program as that.
        """
        link = self.links.by_token(Purpose.FILE, token)
        if link is None or link.expires_at <= self.desk.clock.now():
            return None
        person = self.people.at(link.address)
        if person is None or person.id != link.person_id:
            return None
        try:
            path = self.desk.files.path(link.facts["sha256"])
        except FileNotFoundError:
            return None
        if by_browser and link.outcome is None:
            self._log(link, person)
        elif not by_browser and not link.facts.get(PREVIEWED):
            self._log_preview(link, person)
        return path, str(link.facts["name"])

    def _log(self, link: Link, person: Person) -> None:
        uow = UnitOfWork(self.desk, f"file:{link.id}")
        uow.act_for(person, link.address)
        uow.change(self.links.answer(link, OPENED))
        uow.record("file.downloaded", str(link.facts["name"]), sha256=link.facts["sha256"])
        with contextlib.suppress(Conflict):  # two looks at once: the other one logged it
            uow.commit()

    def _log_preview(self, link: Link, person: Person) -> None:
        uow = UnitOfWork(self.desk, f"file:{link.id}:previewed")
        uow.change(Unguarded(self.links.note(link, **{PREVIEWED: True})))
        facts = {"sha256": link.facts["sha256"], "link_of": person.staff_id}
        uow.record("file.previewed", str(link.facts["name"]), **facts)
        uow.commit()


def is_browser(request: web.Request) -> bool:
    """Whether a person's browser asks, not a chat's preview: by where it goes, or what it says it is."""
    mode, agent = request.headers.get("Sec-Fetch-Mode"), request.headers.get("User-Agent", "")
    return mode == "navigate" if mode else agent.startswith("Mozilla/")


def file_pages(desk: FileLinks) -> list[web.RouteDef]:
    """GET of /f/{token}."""

    async def download(request: web.Request) -> web.StreamResponse:
        if not desk.looks.allows(address_of(request)):
            return await _nothing(desk, request, 429)
        found = await asyncio.to_thread(desk.opened, request.match_info["token"], is_browser(request))
        if found is None:
            return await _nothing(desk, request, 404)
        path, name = found
        headers = {
            "Content-Type": "application/pdf"
            if name.lower().endswith(".pdf")
            else "application/octet-stream",
            "Content-Disposition": named(name),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        return web.FileResponse(path, headers=headers)

    return [web.get("/f/{token}", download)]


async def _nothing(desk: FileLinks, request: web.Request, status: int) -> web.Response:
    school = await asyncio.to_thread(lambda: School(desk.desk.db).row().name)
    language = language_of(request)
    blanks = {"school": school, "hours": math.ceil(GOOD_FOR / timedelta(hours=1))}
    other = "?lang=vi" if language == "en" else "?lang=en"
    return page("file_link.html", language, status, {}, other_language=other, **blanks)
