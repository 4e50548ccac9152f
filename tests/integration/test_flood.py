"""One person's flood, and a disk that is nearly full: real handlers behind a chat made up."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.channel import FakeChannel
from tests.parts import Parts, at_work

from hoso_bot import texts
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import Address, FileSent
from hoso_bot.domain.quota import Quota
from hoso_bot.store.files import FolderStore
from hoso_bot.store.inbox import Arrival
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.dispatcher import Dispatcher

MB = 2**20


class FileChannel(FakeChannel):
    """Files only: `{"chat": …, "file": …}`; remembers what was fetched."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self._parts, self.max_file_bytes = parts, 20 * MB

    def parse(self, raw: dict[str, Any]) -> FileSent:
        at = self._parts.clock.now()
        return FileSent(Address("fake", raw["chat"]), at, "1", raw["file"], raw["file"], size=raw["size"])

    async def fetch(self, file: FileSent, target: Path) -> None:
        self.fetched.append(file.name)
        target.write_bytes(file.name.encode())


class Reader:
    """The sandbox's place: refuses everything, and remembers in which order it came. One file at a time."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._one = threading.Lock()

    def take_in(self, path: Path, name: str, *rest: object) -> None:
        with self._one:
            self.seen.append(name)
        raise FileRefused("file.broken", name=name)


@dataclasses.dataclass
class Flooded:
    """Parts with a channel of files and a reader. free: bytes left on the disk."""

    parts: Parts
    channel: FileChannel
    reader: Reader
    free: int = 2**40

    def sends(self, chat: str, count: int, size: int = 1000, first: int = 0) -> None:
        for number in range(first, first + count):
            raw = {"chat": chat, "file": f"{chat}-{number}.pdf", "size": size}
            self.parts.inbox.keep([Arrival("fake", f"{chat}{number}", f"fake:{chat}", raw)])

    async def rests(self) -> None:
        """All that came is handled."""
        async with self._dispatching() as bell, asyncio.timeout(30):
            while self.parts.inbox.counts().keys() != {"done"}:
                bell.ring()
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def _dispatching(self) -> AsyncIterator[Bell]:
        files = FolderStore(self.parts.home / "files", free=lambda _: self.free)
        policy = dataclasses.replace(self.parts.desk.policy, quota=Quota(files=20, bytes=100 * MB))
        desk = dataclasses.replace(
            self.parts.desk,
            files=files,
            inspector=self.reader,
            policy=policy,  # type: ignore[arg-type]
        )
        bell = Bell()
        worker = Dispatcher(desk, self.parts.inbox, {"fake": self.channel}, bell, Bell())
        async with at_work(worker):
            yield bell

    def said(self, chat: str) -> list[str]:
        """What was said there, as people read it."""
        rows = self.parts.rows(
            "SELECT json_extract(message, '$.text'), json_extract(message, '$.facts') FROM outbox "
            f"WHERE chat_id = '{chat}' ORDER BY id"
        )
        return [texts.render(key, **json.loads(facts)) for key, facts in rows]


@pytest.fixture
def flooded(parts: Parts) -> Flooded:
    for staff_id, chat in (("GV09", "flood"), ("GV10", "calm"), ("PHT01", "office")):
        parts.link(staff_id, chat, "fake")
    return Flooded(parts, FileChannel(parts), Reader())


async def test_two_hundred_files_of_one_person_do_not_hold_up_a_colleague(flooded: Flooded) -> None:
    flooded.sends("flood", 200)
    flooded.sends("calm", 1)
    await flooded.rests()
    assert flooded.channel.fetched.index("calm-0.pdf") < 8
    assert flooded.reader.seen.index("calm-0.pdf") < 8
    assert [name for name in flooded.channel.fetched if name != "calm-0.pdf"] == [
        f"flood-{number}.pdf" for number in range(20)
    ]
    refused = [words for words in flooded.said("flood") if "nhiều tệp quá" in words]
    assert len(refused) == 180
    assert "flood-20.pdf" in refused[0] and "20 tệp một giờ" in refused[0] and "Từ " in refused[0]


async def test_after_an_hour_it_goes_on(flooded: Flooded) -> None:
    flooded.sends("flood", 21)
    await flooded.rests()
    flooded.parts.clock.skip(timedelta(minutes=61))
    flooded.sends("flood", 1, first=21)
    await flooded.rests()
    assert flooded.channel.fetched[-1] == "flood-21.pdf" and "flood-20.pdf" not in flooded.channel.fetched


async def test_a_day_has_its_megabytes(flooded: Flooded) -> None:
    flooded.sends("flood", 6, size=19 * MB)
    await flooded.rests()
    assert len(flooded.channel.fetched) == 5
    assert sum("100 MB một ngày" in words for words in flooded.said("flood")) == 1


async def test_the_office_has_no_quota(flooded: Flooded) -> None:
    flooded.sends("office", 30)
    await flooded.rests()
    assert len(flooded.channel.fetched) == 30


async def test_a_nearly_full_disk_takes_no_file_and_the_office_hears_it_once(flooded: Flooded) -> None:
    flooded.free = 2**30
    flooded.sends("flood", 2)
    flooded.sends("calm", 1)
    await flooded.rests()
    assert flooded.channel.fetched == []
    for chat, count in (("flood", 2), ("calm", 1)):
        words = flooded.said(chat)
        assert len(words) == count and all("sắp hết chỗ" in said for said in words)
    told = [words for words in flooded.said("office") if "không nhận thêm tệp nào" in words]
    assert len(told) == 1 and "1024 MB" in told[0]
    flooded.free = 2**40
    flooded.sends("calm", 1, first=1)
    await flooded.rests()
    assert flooded.channel.fetched == ["calm-1.pdf"]
