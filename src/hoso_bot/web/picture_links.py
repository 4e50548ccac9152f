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
from hoso_bot.store.links import Purpose
from hoso_bot.web.chat_links import ChatLinks
from hoso_bot.web.limit import Limit, address_of

GOOD_FOR = timedelta(minutes=15)


@dataclass
class PictureLinks(ChatLinks):
    """Makes the links and finds what they open."""

    looks: Limit = field(default_factory=lambda: Limit(300, 60.0))
    """All of a school's pictures are fetched by the same few machines."""

    def link_for(self, parcel: Parcel, channel: str) -> str:
        """A fresh link to the parcel's picture; '' where there can be none."""
        if parcel.picture is None:
            return ""
        facts = {"sha256": Path(parcel.picture).name}
        return self.fresh(Purpose.PICTURE, "anh", Address(channel, parcel.chat_id), facts, GOOD_FOR)

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
