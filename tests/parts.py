"""The path's parts without a running app, for tests of one part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.fakes.clock import FakeClock
from tests.school import NOW

from hoso_bot import texts
from hoso_bot.domain.events import Address
from hoso_bot.domain.roster import Person
from hoso_bot.lookups import Desk
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.files import FolderStore
from hoso_bot.store.inbox import Inbox
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.people import People
from hoso_bot.store.tables import inbox, outbox
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.workers.dispatcher import Dispatcher
from hoso_bot.workers.sender import Sender


def states(queue: Inbox | Outbox) -> dict[str, int]:
    """Rows per state, settled ones too."""
    table = inbox if isinstance(queue, Inbox) else outbox
    query = sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
    with queue._db.read() as connection:
        return {row.state: row[1] for row in connection.execute(query)}


@asynccontextmanager
async def at_work(worker: Dispatcher | Sender) -> AsyncIterator[None]:
    """The worker runs meanwhile."""
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True)
class Parts:
    """Database, clock, files and what stands on them, on a copy of the template school. Nobody is linked."""

    desk: Desk
    db: Database
    clock: FakeClock
    inbox: Inbox
    outbox: Outbox
    home: Path

    @classmethod
    @contextmanager
    def of(cls, home: Path) -> Iterator[Parts]:
        """The parts of the school in `home`; without inspector and signer."""
        db, clock = Database(Settings(home=home).database), FakeClock(NOW)
        nobody: Any = None
        desk = Desk(db, clock, FolderStore(home / "files"), nobody, nobody, texts.render)
        yield cls(desk, db, clock, Inbox(db, clock), Outbox(db, clock), home)
        db.close()

    def staff(self, staff_id: str) -> Person:
        """Somebody of the sample school."""
        return next(p for p in People(self.db).all() if p.staff_id == staff_id)

    def link(self, staff_id: str, chat_id: str, channel: str = "telegram") -> Address:
        """Give somebody a chat."""
        address = Address(channel, chat_id)
        with self.db.write() as connection:
            people = People(self.db)
            connection.execute(people.link(self.staff(staff_id).id, address, "consent-2", self.clock.now()))
        return address

    def unit(self, key: str = "test", staff_id: str = "", origin: Address | None = None) -> UnitOfWork:
        """A unit of work caused by somebody."""
        return UnitOfWork(self.desk, key, origin, self.staff(staff_id) if staff_id else None)

    def changes(self, statement: sa.Update) -> None:
        """Commit one statement."""
        with self.db.write() as connection:
            connection.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with self.db.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]
