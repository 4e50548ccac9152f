"""The web side of a school: takes webhooks, shows the pages, keeps what comes. It decides and sends nothing.

Several of them may stand before one school.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any

from aiohttp import web

from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sandbox_child import SandboxLimits
from hoso_bot.ports import Inspector
from hoso_bot.premises import Premises
from hoso_bot.store.far_bells import is_served
from hoso_bot.store.file_parts import FileParts
from hoso_bot.store.files import free_bytes
from hoso_bot.store.measures import measure
from hoso_bot.store.school import School
from hoso_bot.web.board.routes import board_routes
from hoso_bot.web.board.visit import BoardDesk
from hoso_bot.web.file_links import FileLinks, file_pages
from hoso_bot.web.message_page.pictures import PagePictures
from hoso_bot.web.message_page.routes import message_routes
from hoso_bot.web.message_page.visit import MessageDesk
from hoso_bot.web.metrics import metrics_page
from hoso_bot.web.picture_links import PictureLinks, picture_pages
from hoso_bot.web.pin_page import PinDesk, pin_pages
from hoso_bot.web.upload.desk import UploadDesk, keep_swept
from hoso_bot.web.upload.pages import upload_routes
from hoso_bot.web.verification import VerificationDesk, verification_pages

PUBLIC_CPU, PUBLIC_WALL = 30, 40.0
"""Seconds a file from the web page may cost; a tagged plan of 490 pages takes 15."""


def public_sandbox() -> Sandbox:
    """For files from anybody, apart from the school's own; its processes start with the first file."""
    return Sandbox(limits=SandboxLimits(cpu=PUBLIC_CPU, wall=PUBLIC_WALL))


class Front:
    """One school's. inspector: for files from the outside."""

    def __init__(self, premises: Premises, inspector: Inspector, stack: contextlib.AsyncExitStack) -> None:
        self._premises, self._desk, self._inspector = premises, premises.desk, inspector
        self.uploads = self._upload_desk()
        self._pictures = PagePictures(self._desk.files, inspector, self._desk.clock)
        stack.callback(self._pictures.close)

    def _upload_desk(self) -> UploadDesk:
        parts, channels = self._premises.settings.home / "parts", self._premises.channels.values()
        without_buttons = frozenset(c.name for c in channels if not c.abilities.buttons)
        told = self._premises.bells.inbox
        return UploadDesk(self._desk, FileParts(parts), told, partial(free_bytes, parts), without_buttons)

    @property
    def is_needed(self) -> bool:
        """Whether a chat of this school works by webhooks or pages only."""
        telegram = self._premises.telegram
        return bool(self._premises.zalo or (telegram and telegram.by_webhook))

    def routes(self) -> list[web.RouteDef]:
        """Webhooks and pages."""
        return [*self._webhooks(), *self._pages()]

    def _webhooks(self) -> list[web.RouteDef]:
        here, store = self._premises, self._premises.store
        routes = list(here.zalo.routes(here.channels.values(), store, School(self._desk.db).row().name))
        if here.telegram:
            routes += here.telegram.routes(store(here.telegram.channel.name))
        return routes

    def _pages(self) -> list[web.RouteDef]:
        desk, here = self._desk, self._premises
        verification = VerificationDesk(desk, self._inspector, desk.policy.custody)
        message = MessageDesk(desk, here.owe, self._pictures, told=here.bells.outbox)
        return [
            metrics_page(lambda: measure(desk.db, desk.clock, desk.files)),
            *verification_pages(verification),
            *pin_pages(PinDesk(desk, here.owe)),
            *board_routes(BoardDesk(desk, told=here.bells.outbox)),
            *file_pages(FileLinks(desk)),
            *message_routes(message),
            *picture_pages(PictureLinks(desk)),
            *upload_routes(self.uploads),
        ]

    def start(self) -> list[asyncio.Task[None]]:
        """What goes on behind the pages; to be cancelled."""
        tasks = [asyncio.create_task(keep_swept(self.uploads))]
        if self._premises.zalo.oa:
            tasks.append(asyncio.create_task(self._premises.zalo.oa.keep_account_known()))
        return tasks

    def state(self) -> dict[str, Any]:
        """Whether the database answers, how its queues stand, and whether anybody works on them."""
        worker = is_served(self._desk.db, self._premises.settings.home)
        return self._premises.state(worker=worker)
