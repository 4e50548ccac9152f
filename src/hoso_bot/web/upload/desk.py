"""Who may send by a link, how much, and what has come; everything here blocks and is called in a thread."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from hoso_bot.casework.room import REACHED, refused_by_quota
from hoso_bot.domain.checks import Limits
from hoso_bot.domain.errors import Conflict, FileRefused
from hoso_bot.domain.file_kinds import early_problem
from hoso_bot.domain.page_upload import (
    LINK_GOOD_FOR,
    MOST_A_DAY,
    MOST_UNFINISHED,
    PageFileArrived,
    PageUpload,
    PageUploadState,
)
from hoso_bot.domain.roster import Person
from hoso_bot.lookups import Desk
from hoso_bot.store.aftermath import Spoken
from hoso_bot.store.db import new_id
from hoso_bot.store.file_parts import FileParts
from hoso_bot.store.files import file_sha256
from hoso_bot.store.links import Link, Links, Purpose, hash_of
from hoso_bot.store.page_uploads import PageUploads
from hoso_bot.store.people import People
from hoso_bot.store.school import School
from hoso_bot.unit_of_work import Unguarded, UnitOfWork
from hoso_bot.web.limit import Limit
from hoso_bot.web.refusal import Refused
from hoso_bot.web.upload.outcome import Outcome, State
from hoso_bot.workers.patience import Patience

COOKIE = "hoso_nop"
AT_ONCE = 16
"""Pieces taken at the same time; more of them wait."""
FORMS_AT_ONCE = 6
"""Whole files in one request, which may take half an hour each."""
SWEPT_EVERY = 3600.0
SEEN_TAIL = 64 * 2**10


async def keep_swept(desk: UploadDesk) -> None:
    """Until cancelled."""
    patience = Patience()
    while True:
        await patience.ask(desk.sweep)
        await asyncio.sleep(SWEPT_EVERY)


@dataclass(frozen=True)
class Visit:
    """Somebody at their page. browser: hash of its cookie, None where it keeps none."""

    token: str
    link: Link
    person: Person
    browser: str | None
    uploads: tuple[PageUpload, ...]

    @property
    def unfinished(self) -> PageUpload | None:
        """The newest file that was begun here and is not whole."""
        begun = [one for one in self.uploads if one.state is PageUploadState.RECEIVING]
        return begun[-1] if begun else None

    @property
    def last_arrived(self) -> PageUpload | None:
        """The newest one that is here."""
        here = [one for one in self.uploads if one.arrived_at]
        return max(here, key=lambda one: one.arrived_at or one.begun_at) if here else None


@dataclass
class UploadDesk:
    """What the pages need. told: to be called when a file arrived. free: bytes left on the disk of `parts`.

    without_buttons: channels where `Trình ký` is pressed on the page of a message.
    """

    desk: Desk
    parts: FileParts
    told: Callable[[], None] = lambda: None
    free: Callable[[], int] = lambda: 2**40
    without_buttons: Collection[str] = ()
    guesses: Limit = field(default_factory=lambda: Limit(30, 60.0))
    """Links that are none; who has a good one may ask as often as the page does."""

    def __post_init__(self) -> None:
        self.links = Links(self.desk.db)
        self.people = People(self.desk.db)
        self.uploads = PageUploads(self.desk.db)
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.forms = asyncio.Semaphore(FORMS_AT_ONCE)
        self.max_bytes = Limits().max_bytes

    @property
    def root(self) -> str:
        """Where these pages begin, as a browser sees it."""
        return f"{urlsplit(self.desk.policy.public_url).path}/nop"

    @property
    def school(self) -> str:
        """The name on the page."""
        return School(self.desk.db).row().name

    # --- who comes -----------------------------------------------------------------------------

    def visit(self, token: str, cookie: str) -> Visit:
        """Whose page this is. Looking uses nothing up: chats look at links before people do.

        Raises Refused for a link that is none, is over, no longer theirs, or used in another browser.
        """
        link = self.links.by_token(Purpose.UPLOAD, token)
        if link is None or link.expires_at <= self.desk.clock.now():
            raise Refused(404, "gone")
        person = self.people.at_since(link.address, link.expires_at - LINK_GOOD_FOR)
        if person is None or person.id != link.person_id:
            raise Refused(404, "gone")
        uploads = tuple(self.uploads.of_link(link.id))
        browser = hash_of(cookie) if cookie else None
        bound_to = next((one.browser for one in uploads if one.browser), None)
        if bound_to and bound_to != browser:
            raise Refused(403, "elsewhere")
        return Visit(token, link, person, browser, uploads)

    # --- a file comes --------------------------------------------------------------------------

    def begin(self, visit: Visit, mark: str, name: str, size: int, ends: tuple[bytes, bytes]) -> PageUpload:
        """The file with this mark: the one already begun here, or a new one.

        ends: its first and last bytes. Raises FileRefused in the words of the chat.
        """
        self.refuse_early(name, size, *ends)
        for one in visit.uploads:
            if one.state is PageUploadState.RECEIVING and (one.mark, one.size) == (mark, size):
                return one
        self._refuse_too_much(visit, name, size)
        return self._new(visit, mark, name, size)

    def refuse_early(self, name: str, size: int, head: bytes, tail: bytes) -> None:
        """Raises FileRefused for what cannot become a plan whatever stands between these ends."""
        self.refuse_too_big(name, size)
        key, kind = early_problem(size, head, tail)
        if key:
            raise FileRefused(key, name=name, kind=kind)

    def refuse_too_big(self, name: str, size: int) -> None:
        """Raises FileRefused."""
        if size > self.max_bytes:
            mb, max_mb = round(size / 2**20, 1), self.max_bytes // 2**20
            raise FileRefused("file.too_big", name=name, mb=mb, max_mb=max_mb)

    def _refuse_too_much(self, visit: Visit, name: str, size: int) -> None:
        now = self.desk.clock.now()
        if self.uploads.begun_since(visit.person.id, now - timedelta(hours=24)) >= MOST_A_DAY:
            raise FileRefused("upload_page.notice.too_many")
        if self.free() - size < self.desk.policy.quota.kept_free:
            raise FileRefused("upload_page.notice.no_room")
        if facts := refused_by_quota(name, size, now, self._unit(visit, "quota")):
            raise FileRefused(REACHED, **facts)

    def _new(self, visit: Visit, mark: str, name: str, size: int) -> PageUpload:
        upload = PageUpload(
            new_id(),
            visit.link.id,
            visit.person.id,
            visit.link.address,
            visit.browser,
            mark,
            name,
            size,
            PageUploadState.RECEIVING,
            self.desk.clock.now(),
        )
        uow = self._unit(visit, f"page:{upload.id}:begin")
        older = self.uploads.unfinished(visit.person.id)
        given_up = older[: max(0, len(older) - MOST_UNFINISHED + 1)]
        uow.change(*(Unguarded(self.uploads.drop(one.id)) for one in given_up), self.uploads.begin(upload))
        uow.commit()
        for one in given_up:
            self.parts.drop(one.id)
        return upload

    def finish(self, visit: Visit, upload: PageUpload, sha256: str = "") -> bool:
        """The whole file is durable and its event kept before this returns; again is the same.

        sha256: what it must have, where the browser could tell. False when it has not: what came is dropped.
        Raises FileRefused, and ValueError while bytes are missing.
        """
        if upload.state is not PageUploadState.RECEIVING:
            return True
        path = self.parts.path(upload.id)
        if self.parts.size(upload.id) != upload.size:
            raise ValueError("bytes are missing")
        if sha256 and file_sha256(path) != sha256:
            self.parts.drop(upload.id)
            return False
        self._keep(visit, upload, path)
        self.parts.drop(upload.id)
        self.told()
        return True

    def _keep(self, visit: Visit, upload: PageUpload, path: Path) -> None:
        """The part stays until all is committed: a kill in between costs nothing."""
        copy = self.desk.files.new_temporary()
        shutil.copyfile(path, copy)
        sha256 = self.desk.files.adopt(copy, hold=True)
        try:
            uow = self._unit(visit, f"page:{upload.id}")
            uow.change(self.uploads.arrived(upload.id, sha256, uow.now()))
            uow.record("upload.arrived_by_page", upload.id, sha256=sha256, size=upload.size)
            address = upload.address
            uow.emit(PageFileArrived(upload.id), f"{address.channel}:{address.chat_id}")
            uow.commit()
        except Conflict:
            pass  # the same request at the same time: the other one kept it
        finally:
            self.desk.files.release(sha256)

    def take_whole(self, visit: Visit, mark: str, name: str, path: Path) -> PageUpload:
        """A file that came in one request, at `path`; the same form sent again is the same file.

        Raises FileRefused.
        """
        size = path.stat().st_size
        known = [one for one in visit.uploads if (one.mark, one.size) == (mark, size)]
        if known and known[-1].arrived_at:
            return known[-1]
        with path.open("rb") as file:
            head = file.read(SEEN_TAIL)
            file.seek(max(0, size - SEEN_TAIL))
            tail = file.read()
        upload = self.begin(visit, mark, name, size, (head, tail))
        self._keep(visit, upload, path)
        self.told()
        return upload

    # --- afterwards ----------------------------------------------------------------------------

    def page_of(self, outcome: Outcome) -> Spoken | None:
        """The message that is to be answered on a page of its own; None where the chat has its buttons."""
        waits = outcome.state in (State.READY, State.ASK)
        told = outcome.told if waits else None
        return told if told and told.address.channel in self.without_buttons else None

    # --- sweeping ------------------------------------------------------------------------------

    def sweep(self) -> int:
        """Give up what was not finished while its link was good, and parts nobody knows; how many."""
        stale = self.uploads.begun_before(self.desk.clock.now() - LINK_GOOD_FOR)
        uow = UnitOfWork(self.desk, f"sweep:{new_id()}")
        for one in stale:
            uow.change(Unguarded(self.uploads.drop(one.id)))
        uow.commit()
        swept = 0
        for part_id in self.parts.ids():
            upload = self.uploads.get(part_id)
            if upload is None or upload.state is not PageUploadState.RECEIVING:
                self.parts.drop(part_id)
                swept += 1
        return swept

    def _unit(self, visit: Visit, key: str) -> UnitOfWork:
        return UnitOfWork(self.desk, key, visit.link.address, visit.person)
