"""A school with plans waiting for their signature, and the path from a tap to the signed file on disk.

The real inbox, dispatcher, handlers, database and signing desk; only the chat is left out: a tap is a row of
the inbox that is committed as the polling loop commits it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from hoso_bot import texts
from hoso_bot.clock import SystemClock
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.events import Address, ApprovalConfirmed, ButtonTapped
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.signing import SigningKey
from hoso_bot.domain.submission import Plan, PlanState, Upload, UploadState, Version, VersionState
from hoso_bot.founding import init
from hoso_bot.lookups import Desk
from hoso_bot.office import Office
from hoso_bot.pdf.keys import Algorithm, Authority, issue_signer, master_key_from_text
from hoso_bot.ports import Inspector, Signer
from hoso_bot.settings import Settings
from hoso_bot.store.db import new_id
from hoso_bot.store.files import FolderStore
from hoso_bot.store.inbox import Arrival, Inbox
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.roster_file import read_roster
from hoso_bot.store.tables import buttons
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.dispatcher import Dispatcher

CHAT = Address("bench", "1")


class BenchChannel:
    """Taps whose token stands in the update."""

    name = "bench"
    max_file_bytes = 0

    def parse(self, raw: dict[str, Any]) -> ButtonTapped:
        return ButtonTapped(CHAT, datetime.now(UTC), "1", raw["token"])


class ClockedStore(FolderStore):
    """Remembers when the last signed file was in its place."""

    adopted = 0.0

    def adopt(self, temporary: Path) -> str:
        sha256 = super().adopt(temporary)
        self.adopted = time.perf_counter()
        return sha256


@dataclass
class WaitingSchool:
    """A sample school in `home`, its head of group 4-5 linked and holding an RSA or P-256 key."""

    home: Path
    master: bytes
    key: SigningKey
    head: Person
    vice: Person
    teacher: Person
    office: Office
    files: ClockedStore

    @classmethod
    @contextlib.contextmanager
    def made(cls, home: Path, algorithm: Algorithm) -> Iterator[WaitingSchool]:
        clock = SystemClock()
        init(home, "Trường Tiểu học Hoa Sen", clock, custody="server")
        settings = Settings(home=home)
        office, master = Office(settings, clock), master_key_from_text(settings.master())
        with resources.as_file(resources.files("hoso_bot.sample") / "roster.csv") as roster:
            office.import_staff(read_roster(roster))
        staff = {person.staff_id: person for person in office.people.all()}
        head, row = staff["GV06"], office.school.row()
        authority = Authority(row.ca_pem, row.ca_wrapped_key)
        key = issue_signer(authority, master, head.staff_id, head.name, "Tổ trưởng", clock.now(), algorithm)
        with office.db.write() as connection:
            for statement in office.school.set_signing_key(head.id, key, clock.now()):
                connection.execute(statement)
            connection.execute(People(office.db).link(head.id, CHAT, "bench", clock.now()))
        yield cls(
            home, master, key, head, staff["PHT01"], staff["GV09"], office, ClockedStore(home / "files")
        )
        office.close()

    def waiting(self, review: Path, count: int) -> list[str]:
        """So many plans whose review copy is this file, pending at the head; the tokens of `Xác nhận`."""
        sha256 = self.files.put(review)
        return [self._plan(sha256, review.stat().st_size, number) for number in range(count)]

    def _plan(self, sha256: str, size: int, number: int) -> str:
        now, plans, token = datetime.now(UTC), Plans(self.office.db), new_id()
        year = self.office.weeks()[12].year
        id_ = new_id()
        plan = Plan(id_, year, id_, self.teacher.id, 13, f"B-{id_}", 1, PlanState.PENDING)
        name = f"{id_}.pdf"
        upload = Upload(new_id(), self.teacher.id, sha256, name, size, now, UploadState.SUBMITTED, CHAT)
        version = Version(
            new_id(), plan.id, 1, upload.id, VersionState.PENDING, sha256, sha256, sha256, size, 12, now, 0
        )
        steps = (
            ApprovalStep(version.id, 1, Role.GROUP_HEAD, self.head.id, StepState.PENDING),
            ApprovalStep(version.id, 2, Role.VICE_PRINCIPAL, self.vice.id, StepState.WAITING),
        )
        tap = ApprovalConfirmed(version.id, 1)
        row = self.office.prompts.button_row(token, tap, CHAT, self.head.id, new_id(), now)
        with self.office.db.write() as connection:
            connection.execute(plans.add_upload(upload))
            connection.execute(plans.add_plan(plan))
            connection.execute(plans.add_version(version))
            for step in steps:
                connection.execute(plans.add_step(step))
            connection.execute(buttons.insert(), [row])
        return token

    @contextlib.asynccontextmanager
    async def running(self, signer: Signer, inspector: Inspector) -> AsyncIterator[Taps]:
        """The dispatcher at work."""
        clock = SystemClock()
        desk = Desk(self.office.db, clock, self.files, inspector, signer, texts.render)
        inbox, bell = Inbox(self.office.db, clock), Bell()
        channels: Any = {"bench": BenchChannel()}
        dispatcher = asyncio.create_task(Dispatcher(desk, inbox, channels, bell, Bell()).run())
        try:
            yield Taps(self, inbox, bell)
        finally:
            dispatcher.cancel()
            await asyncio.gather(dispatcher, return_exceptions=True)


@dataclass
class Taps:
    """Presses buttons."""

    school: WaitingSchool
    inbox: Inbox
    bell: Bell

    async def tap(self, token: str) -> float:
        """Seconds from the committed update to the signed, checked, fsynced file in the store."""
        before = self.school.files.adopted
        await asyncio.to_thread(self.inbox.keep, [Arrival("bench", token, "bench:1", {"token": token})])
        committed = time.perf_counter()
        self.bell.ring()
        while self.school.files.adopted == before:
            if "parked" in self.inbox.counts() or time.perf_counter() - committed > 30:
                raise RuntimeError("the tap was not handled")
            await asyncio.sleep(0.0005)
        adopted = self.school.files.adopted
        await self.rest()
        return adopted - committed

    async def rest(self) -> None:
        """Until the validation behind it is over."""
        while self._open():
            await asyncio.sleep(0.005)

    def _open(self) -> Sequence[str]:
        return [state for state in self.inbox.counts() if state in ("todo", "doing")]
