"""What processes of one school share: bells, doors for PINs, files in hand, locks of the folder."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from tests.parts import Parts
from tests.postgres import PostgresServer

from hoso_bot.domain.errors import SettingsError, SigningFailed
from hoso_bot.pdf.custody import public_half, unseal
from hoso_bot.pdf.door import Door, on_record
from hoso_bot.store import far_bells
from hoso_bot.store.db import Database
from hoso_bot.store.doors import Doors
from hoso_bot.store.files import FolderStore
from hoso_bot.store.home_lock import alone, one_of_many, only_one
from hoso_bot.workers.bell import Bell

MASTER, OTHER_MASTER, DESK = b"m" * 32, b"o" * 32, b"d" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database in either engine."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'hoso.db'}")
    server: PostgresServer = request.getfixturevalue("postgres")
    return Database(server.url(server.create()))


# --- bells ---------------------------------------------------------------------------------------


async def test_a_ring_is_heard_in_the_other_process(db: Database, tmp_path: Path) -> None:
    heard, pulled = asyncio.Event(), Bell()
    async with AsyncExitStack() as stack:
        _goes_on(stack, far_bells.hear(db, tmp_path, heard.set))
        _goes_on(stack, far_bells.pass_on(db, tmp_path, lambda: pulled.wait(60)))
        await _connected(db, tmp_path)
        for _ in range(3):
            await asyncio.sleep(0.05)
            heard.clear()
            pulled.ring()
            await asyncio.wait_for(heard.wait(), 5)
    db.close()


async def test_a_ring_for_another_school_is_not_heard(postgres: PostgresServer, tmp_path: Path) -> None:
    url, heard, pulled = postgres.url(postgres.create()), asyncio.Event(), Bell()
    one, other = Database(url, "one"), Database(url, "other")
    async with AsyncExitStack() as stack:
        _goes_on(stack, far_bells.hear(one, tmp_path, heard.set))
        _goes_on(stack, far_bells.pass_on(other, tmp_path, lambda: pulled.wait(60)))
        await asyncio.wait_for(heard.wait(), 10)  # once when it begins to listen
        heard.clear()
        pulled.ring()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard.wait(), 1)
    one.close()
    other.close()


async def test_ringing_where_nobody_listens_is_nobodys_trouble(db: Database, tmp_path: Path) -> None:
    pulled = Bell()
    async with AsyncExitStack() as stack:
        task = _goes_on(stack, far_bells.pass_on(db, tmp_path, lambda: pulled.wait(60)))
        pulled.ring()
        await asyncio.sleep(0.3)
        assert not task.done()
    assert not far_bells.is_served(db, tmp_path)
    db.close()


async def test_a_pipe_that_cannot_be_made_costs_only_time(tmp_path: Path) -> None:
    """A folder stands where the pipe belongs; nothing rings, nothing ends."""
    (tmp_path / far_bells.PIPE / "in the way").mkdir(parents=True)
    db = Database(f"sqlite:///{tmp_path / 'hoso.db'}")
    async with AsyncExitStack() as stack:
        task = _goes_on(stack, far_bells.hear(db, tmp_path, lambda: None))
        await asyncio.sleep(0.1)
        assert not task.done()
    db.close()


async def _connected(db: Database, home: Path) -> None:
    """Until somebody listens: beside a file the pipe is there, on a server it takes a moment."""
    if db.on_server:
        await asyncio.sleep(0.5)
        return
    async with asyncio.timeout(5):
        while not far_bells.is_served(db, home):
            await asyncio.sleep(0.02)


def _goes_on(stack: AsyncExitStack, work) -> asyncio.Task[None]:  # type: ignore[no-untyped-def]
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
    return task


def test_whether_a_school_is_served_is_seen_from_elsewhere(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.url(postgres.create())
    for school_id in ("a", "b", "hoa-sen-thu-chin"):  # keys of either sign
        with closing(Database(url, school_id)) as worker, closing(Database(url, school_id)) as web:
            claim = worker.claim("run")
            assert not far_bells.is_served(web, tmp_path)
            assert claim.holds() and far_bells.is_served(web, tmp_path)
            claim.release()
            assert not far_bells.is_served(web, tmp_path)


# --- the door ------------------------------------------------------------------------------------


def test_a_pin_is_sealed_to_the_desk_on_record(parts: Parts) -> None:
    doors = Doors(parts.db)
    for desk in (DESK, b"e" * 32):
        doors.open(on_record(MASTER, public_half(desk)), parts.clock.now())
        assert unseal(desk, Door(MASTER, doors.sealed).seal("407193")) == "407193"


def test_a_door_that_somebody_else_put_up_is_not_used(parts: Parts) -> None:
    """Who can write rows but has no master key learns no PIN."""
    doors = Doors(parts.db)
    doors.open(on_record(OTHER_MASTER, public_half(DESK)), parts.clock.now())
    with pytest.raises(SigningFailed):
        Door(MASTER, doors.sealed).seal("407193")


def test_before_the_first_worker_nothing_is_sealed_and_nothing_signed(parts: Parts) -> None:
    door = Door(MASTER, Doors(parts.db).sealed)
    with pytest.raises(SigningFailed, match="no worker has run yet"):
        door.seal("407193")
    with pytest.raises(SigningFailed, match="signs nothing"):
        door.close_window("key")


# --- files ---------------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from hoso_bot.store.files import FolderStore
store = FolderStore(Path(sys.argv[1]), making="tmp-web")
fresh = store.new_temporary()
fresh.write_bytes(b"%PDF-1.7 ke hoach")
print(store.adopt(fresh, hold=True), flush=True)
time.sleep(60)
"""


def test_what_another_process_has_in_hand_is_not_removed_until_it_dies(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "files")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        sha256 = holder.stdout.readline().strip()
        store = FolderStore(tmp_path / "files")
        assert not store.remove(sha256, lambda: False) and store.path(sha256).exists()
        holder.kill()
        holder.wait()
    assert store.remove(sha256, lambda: True) and store.path(sha256).exists()
    assert store.remove(sha256, lambda: False)
    with pytest.raises(FileNotFoundError):
        store.path(sha256)


def test_a_worker_that_starts_leaves_alone_what_a_web_process_makes(tmp_path: Path) -> None:
    worker, web = FolderStore(tmp_path / "files"), FolderStore(tmp_path / "files", making="tmp-web")
    making = web.new_temporary()
    making.write_bytes(b"half")
    worker.sweep()
    web.sweep(older_than=3600)
    assert making.exists()
    web.sweep()
    assert not making.exists()


# --- the folder ----------------------------------------------------------------------------------


def test_one_worker_many_web_processes_or_somebody_alone(tmp_path: Path) -> None:
    with only_one(tmp_path), one_of_many(tmp_path), one_of_many(tmp_path):
        with pytest.raises(SettingsError), only_one(tmp_path):
            raise AssertionError("two workers")
        with pytest.raises(SettingsError), alone(tmp_path):
            raise AssertionError("not alone")
    with alone(tmp_path), pytest.raises(SettingsError), one_of_many(tmp_path):
        raise AssertionError("not alone")


def test_a_worker_may_wait_for_the_one_before(tmp_path: Path) -> None:
    program = "import sys, time; from pathlib import Path; from hoso_bot.store.home_lock import only_one\n"
    program += "with only_one(Path(sys.argv[1])): print('in', flush=True); time.sleep(1)"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout and first.stdout.readline().strip() == "in"
        began = time.monotonic()
        with only_one(tmp_path, patience=20):
            assert time.monotonic() - began > 0.3
