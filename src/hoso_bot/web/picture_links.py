"""`/anh/{token}`: page 1 of a file, for a chat world whose own servers fetch the pictures they show.

They come within seconds, so the link is short-lived. It is no person's look and is not logged as one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from hoso_bot.domain.events import Address
from hoso_bot.domain.messages import Parcel
from hoso_bot.lookups import Desk
from hoso_bot.store.links import Links, Purpose
from hoso_bot.store.people import People
from hoso_bot.web.limit import Limit, address_of

GOOD_FOR = timedelta(minutes=15)


@dataclass
class PictureLinks:
    """Makes the links and finds what they open."""

    desk: Desk
    looks: Limit = field(default_factory=lambda: Limit(300, 60.0))
    """All of a school's pictures are fetched by the same few machines."""

    def __post_init__(self) -> None:
        self.links = Links(self.desk.db, self.desk.school_id)
        self.people = People(self.desk.db, self.desk.school_id)

    def link_for(self, parcel: Parcel, channel: str) -> str:
        """A fresh link to the parcel's picture; '' without a public address, or for who is not linked."""
        address = Address(channel, parcel.chat_id)
        person, public_url = self.people.at(address), self.desk.policy.public_url
        if person is None or parcel.picture is None or not public_url:
            return ""
        facts = {"sha256": Path(parcel.picture).name}
        until = self.desk.clock.now() + GOOD_FOR
        token, row = self.links.new(Purpose.PICTURE, person.id, address, facts, until)
        with self.desk.db.write() as connection:
            connection.execute(row)
        return f"{public_url}/anh/{token}"

    def opened(self, token: str) -> Path | None:
        """The JPEG; None for a link that is not (any longer) good."""
        link = self.links.by_token(Purpose.PICTURE, token)
        if link is None or link.expires_at <= self.desk.clock.now():
            return None
        try:
            return self.desk.files.path(link.facts["sha256"])
        except FileNotFoundError:
            return None


def picture_pages(desk: PictureLinks) -> list[web.RouteDef]:
    """GET of /anh/{token}."""

    async def picture(request: web.Request) -> web.StreamResponse:
        if not desk.looks.allows(address_of(request)):
            return web.Response(status=429)
        path = await asyncio.to_thread(desk.opened, request.match_info["token"])
        if path is None:
            return web.Response(status=404)
        headers = {
            "Content-Type": "image/jpeg",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        }
        return web.FileResponse(path, headers=headers)

    return [web.get("/anh/{token}", picture)]
