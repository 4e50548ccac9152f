"""Every page of a school on a real record, with links and sessions in any state."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tests.integration.test_who_may import STRANGER, Unreadable, World, keep_file

from hoso_bot.domain import known_browser, page_upload, web_session
from hoso_bot.domain.events import InternalEvent
from hoso_bot.domain.messages import Attachment, Message
from hoso_bot.domain.roster import Person
from hoso_bot.store.file_parts import FileParts
from hoso_bot.store.links import Purpose, hash_of
from hoso_bot.store.tables import accounts, known_browsers, links, people
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.web import file_links, picture_links
from hoso_bot.web.board.routes import board_routes
from hoso_bot.web.board.visit import BoardDesk
from hoso_bot.web.file_links import FileLinks, file_pages
from hoso_bot.web.limit import Limit
from hoso_bot.web.message_page.pictures import PagePictures
from hoso_bot.web.message_page.routes import message_routes
from hoso_bot.web.message_page.visit import MessageDesk
from hoso_bot.web.picture_links import PictureLinks, picture_pages
from hoso_bot.web.pin_page import PinDesk, pin_pages
from hoso_bot.web.upload.desk import UploadDesk
from hoso_bot.web.upload.pages import upload_routes
from hoso_bot.web.verification import VerificationDesk, verification_pages

HOSTILE = '../../"; filename="x.exe"\r\nSet-Cookie: a=b;\u202e<b>KHBD</b>.pdf'
"""A file name that wants to be a path, a header and markup."""
GOOD_FOR = {
    Purpose.PIN: timedelta(minutes=15),
    Purpose.BOARD: web_session.LINK_GOOD_FOR,
    Purpose.FILE: file_links.GOOD_FOR,
    Purpose.PICTURE: picture_links.GOOD_FOR,
    Purpose.UPLOAD: page_upload.LINK_GOOD_FOR,
    Purpose.CARD: known_browser.LINK_GOOD_FOR,
}
STATES = ("good", "of nobody", "over", "of another purpose", "left", "unlinked", "chat of another", "used")
"""What a link may be, or what became of its person's account since."""


def much() -> Limit:
    """So many tries that no test meets the end of them."""
    return Limit(10**6, 60.0)


@dataclass
class Pages:
    """The pages, and what they kept for the dispatcher."""

    world: World
    owed: list[InternalEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.letter = keep_file(self.world.parts, b"%PDF-1.7 no plan of anybody's")
        self.linked = [who for who in self.world.chats if who != STRANGER and self.person(who).active]
        for who in self.linked:
            unit = UnitOfWork(self._desk, f"said to {who}", self.world.chats[who], self.person(who))
            file = Attachment(self.letter, HOSTILE, 9)
            unit.reply(Message("submit.cancelled", {"name": self.secret(who)}, attachment=file))
            unit.commit()

    @property
    def _desk(self) -> Any:
        return self.world.parts.desk

    def person(self, who: str) -> Person:
        """As on record."""
        return self.world.day.people[who]

    @staticmethod
    def secret(who: str) -> str:
        """What only this person is told."""
        return f"kín của {who}"

    def routes(self) -> list[web.RouteDef]:
        """All that `App` opens to people."""
        desk, reader = self._desk, Unreadable()
        pictures = PagePictures(desk.files, reader, desk.clock)  # type: ignore[arg-type]
        verification = VerificationDesk(desk, reader, looks=much(), uploads=much())  # type: ignore[arg-type]
        return [
            *verification_pages(verification),
            *pin_pages(PinDesk(desk, self._owe, looks=much())),
            *board_routes(BoardDesk(desk, tries=much(), looks=much())),
            *file_pages(FileLinks(desk, looks=much())),
            *message_routes(MessageDesk(desk, self._owe, pictures, tries=much(), looks=much())),
            *picture_pages(PictureLinks(desk, looks=much())),
            *upload_routes(UploadDesk(desk, FileParts(self.world.parts.home / "parts"), guesses=much())),
        ]

    async def _owe(self, external: str, _lane: str, event: InternalEvent) -> None:
        self.owed.append(event)
        if external.startswith("pin:"):
            self._write(sa.update(links).where(links.c.id == external[4:]).values(outcome="pin.wrong"))

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[TestClient[Any, Any]]:
        """One that asks them."""
        app = web.Application()
        app.router.add_routes(self.routes())
        async with TestClient(TestServer(app)) as client:
            yield client

    # --- what is shown to it -------------------------------------------------------------------

    @contextmanager
    def link(self, purpose: Purpose, who: str, state: str) -> Iterator[str]:
        """The token of a link made for this person, in this state; meanwhile their account is in it too."""
        unit, other = self.world.parts.unit(), Purpose.PICTURE if purpose is Purpose.FILE else Purpose.FILE
        kind = other if state == "of another purpose" else purpose
        until = unit.now() + (timedelta(seconds=-1) if state == "over" else GOOD_FOR[purpose])
        token, row = unit.links.new(
            kind, self.person(who).id, self.world.chats[who], self._facts(kind, who), until
        )
        self._write(row)
        if state == "used":
            outcome = "pin.accepted" if purpose is Purpose.PIN else "used"
            self._write(sa.update(links).where(links.c.token_hash == hash_of(token)).values(outcome=outcome))
        before, after = self._account(who, state)
        self._write(*before)
        try:
            yield "A" * 22 if state == "of nobody" else token
        finally:
            self._write(*after)

    def _facts(self, purpose: Purpose, who: str) -> dict[str, Any]:
        version = next(mark for mark in self.world.marks if mark.startswith("KHBD"))
        about = {"week": 12, "teacher": "Mai", "code": self.secret(who), "kept": 0, "together": []}
        facts: dict[Purpose, dict[str, Any]] = {
            Purpose.PIN: {**about, "version_id": version, "step": 1},
            Purpose.FILE: {"sha256": self.letter, "name": HOSTILE},
            Purpose.PICTURE: {"sha256": self.letter},
            Purpose.CARD: {"message": f"said to {who}:0"},
        }
        return facts.get(purpose, {})

    def _account(self, who: str, state: str) -> tuple[list[Any], list[Any]]:
        """What happens to this person's account, and how it is taken back."""
        person, chat = self.person(who), self.world.chats[who]
        at = sa.update(accounts).where(accounts.c.channel == chat.channel)
        here, away = at.where(accounts.c.chat_id == chat.chat_id), at.where(accounts.c.chat_id == "away")
        staff, stranger = sa.update(people).where(people.c.id == person.id), self.world.parts.staff(STRANGER)
        changes = {
            "left": (staff.values(active=False), staff.values(active=True)),
            "unlinked": (here.values(chat_id="away"), away.values(chat_id=chat.chat_id)),
            "chat of another": (here.values(person_id=stranger.id), here.values(person_id=person.id)),
        }
        return ([changes[state][0]], [changes[state][1]]) if state in changes else ([], [])

    def known_browser(self, who: str) -> str:
        """The cookie of a browser that proved whose it is."""
        unit = self.world.parts.unit()
        token, _, row = unit.known_browsers.new(
            self.person(who).id, self.world.chats[who], "phone", unit.now()
        )
        known = sa.update(known_browsers).values(
            known_at=known_browsers.c.asked_at, seen_at=known_browsers.c.asked_at
        )
        self._write(row, known.where(known_browsers.c.token_hash == hash_of(token)))
        return token

    def session(self, who: str) -> str:
        """The cookie of somebody logged in on the board, by a link from when they might."""
        unit = self.world.parts.unit()
        token, row = unit.web_sessions.new(self.person(who).id, self.world.chats[who], unit.now())
        self._write(row)
        return token

    def message_id(self, who: str) -> str:
        """Of the message that this person's link leads to."""
        return str(self.world.parts.rows(f"SELECT id FROM outbox WHERE key = 'said to {who}:0'")[0][0])

    def _write(self, *rows: Any) -> None:
        with self.world.parts.db.write() as connection:
            for row in rows:
                connection.execute(row)
