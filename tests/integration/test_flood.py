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
from hoso_bot.casework.uploading import link_facts
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import Address, FileSent
from hoso_bot.domain.quota import Quota
from hoso_bot.domain.support_events import SupportLine
from hoso_bot.lookups import Desk
from hoso_bot.store.db import moment
from hoso_bot.store.file_parts import FileParts
from hoso_bot.store.files import FolderStore
from hoso_bot.store.inbox import Arrival
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.web.upload.desk import UploadDesk, Visit
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.dispatcher import Dispatcher

MB = 2**20


class FileChannel(FakeChannel):
    """Files only: `{"chat": …, "file": …, "size": …, "caption": …}`; remembers what was fetched."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self._parts, self.max_file_bytes = parts, 20 * MB

    def parse(self, raw: dict[str, Any]) -> FileSent:
        at = self._parts.clock.now()
        sent = FileSent(Address("fake", raw["chat"]), at, "1", raw["file"], raw["file"], size=raw["size"])
        return dataclasses.replace(sent, caption=raw["caption"])

    async def fetch(self, file: FileSent, target: Path) -> None:
        self.fetched.append(file.name)
        target.write_bytes(file.name.encode())


class Reader:
    """The sandbox's place: refuses everything, and remembers in which order it came.

    stuck: files of a flood take it until a colleague's came.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.stuck = False
        self._calm_came = threading.Event()

    def take_in(self, path: Path, name: str, *rest: object) -> None:
        self.seen.append(name)
        if name.startswith("calm"):
            self._calm_came.set()
        elif self.stuck and not self._calm_came.wait(60):
            raise AssertionError("no slot was left for whoever has little in hand")
        raise FileRefused("file.broken", name=name)

    def inspect(self, path: Path, name: str) -> None:
        """Of a dry run."""
        raise FileRefused("file.broken", name=name)

    def verify(self, path: Path, trust: object) -> None:
        """Of a file whose signatures are asked for."""
        raise FileRefused("file.broken", name=path.name)


@dataclasses.dataclass
class Flooded:
    """Parts with a channel of files and a reader. free: bytes left on the disk."""

    parts: Parts
    channel: FileChannel
    reader: Reader
    free: int = 2**40

    def sends(self, chat: str, count: int, size: int = 1000, first: int = 0, caption: str = "") -> None:
        for number in range(first, first + count):
            self.sends_one(chat, number, {"file": f"{chat}-{number}.pdf", "size": size, "caption": caption})

    def sends_one(self, chat: str, number: int, file: dict[str, Any]) -> None:
        raw = {"chat": chat, **file}
        self.parts.inbox.keep([Arrival("fake", f"{chat}{number}", f"fake:{chat}", raw)])

    async def rests(self) -> None:
        """All that is due, or will be in a minute, is handled."""
        soon = moment(self.parts.clock.now() + timedelta(minutes=1))
        due = f"SELECT count(*) FROM inbox WHERE state <> 'done' AND try_at <= '{soon}'"
        async with self.dispatching() as bell, asyncio.timeout(60):
            while self.parts.rows(due) != [(0,)]:
                bell.ring()
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def dispatching(self) -> AsyncIterator[Bell]:
        """The dispatcher at work, with its four slots."""
        bell = Bell()
        worker = Dispatcher(self.desk(), self.parts.inbox, {"fake": self.channel}, bell, Bell())
        async with at_work(worker):
            yield bell

    def desk(self) -> Desk:
        """With twenty files an hour and a hundred megabytes a day for each."""
        files = FolderStore(self.parts.home / "files", free=lambda _: self.free)
        policy = dataclasses.replace(self.parts.desk.policy, quota=Quota(files=20, bytes=100 * MB))
        policy = dataclasses.replace(policy, public_url="https://school.example")
        desk, reader = self.parts.desk, self.reader
        return dataclasses.replace(desk, files=files, inspector=reader, policy=policy)  # type: ignore[arg-type]

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


@pytest.fixture
def crowd(flooded: Flooded) -> list[str]:
    """More people than the dispatcher has slots, about to flood."""
    staff = ("GV01", "GV02", "GV03", "GV04", "GV05")
    return [flooded.parts.link(staff_id, f"flood of {staff_id}", "fake").chat_id for staff_id in staff]


async def test_a_flooder_in_every_slot_holds_nobody_up(flooded: Flooded, crowd: list[str]) -> None:
    for chat in crowd:
        flooded.sends(chat, 22)
    flooded.sends("calm", 3)
    await flooded.rests()
    assert flooded.channel.fetched.index("calm-2.pdf") < 12
    assert flooded.reader.seen.index("calm-2.pdf") < 12
    for chat in crowd:  # and everybody's own files in their order
        names = [name for name in flooded.reader.seen if name.startswith(chat)]
        assert names == [f"{chat}-{number}.pdf" for number in range(20)]


async def test_slow_files_of_a_crowd_never_take_the_last_slot(flooded: Flooded, crowd: list[str]) -> None:
    flooded.reader.stuck = True
    for chat in crowd:
        flooded.sends(chat, 20)
    async with flooded.dispatching() as bell, asyncio.timeout(60):
        while len(flooded.reader.seen) < 3:
            bell.ring()
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert len(flooded.reader.seen) == 3
        flooded.sends("calm", 1)
        while "calm-0.pdf" not in flooded.reader.seen:
            bell.ring()
            await asyncio.sleep(0.01)


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


@pytest.mark.parametrize("caption", ["/kiemtra", "/kiemchung"])
async def test_files_only_looked_at_count_too(flooded: Flooded, caption: str) -> None:
    flooded.sends("flood", 25, size=4 * MB, caption=caption)
    await flooded.rests()
    assert len(flooded.channel.fetched) == 20
    assert sum("nhiều tệp quá" in words for words in flooded.said("flood")) == 5
    flooded.parts.clock.skip(timedelta(minutes=61))
    flooded.sends("flood", 6, size=4 * MB, first=25)
    await flooded.rests()
    assert len(flooded.channel.fetched) == 25


async def test_files_for_the_support_contact_count_too(flooded: Flooded) -> None:
    unit = flooded.parts.unit("asks", "GV09", Address("fake", "flood"))
    unit.ask(SupportLine())
    unit.commit()
    for number in range(21):
        flooded.sends_one("flood", number, {"file": "anh.jpg", "size": 1000, "caption": ""})
    await flooded.rests()
    assert len(flooded.channel.fetched) == 20
    assert "nhiều tệp quá" in flooded.said("flood")[-1]


async def test_files_by_the_page_count_too(flooded: Flooded) -> None:
    desk = UploadDesk(flooded.desk(), FileParts(flooded.parts.home / "parts"))
    unit = UnitOfWork(desk.desk, "asks", Address("fake", "flood"), flooded.parts.staff("GV09"))
    link = link_facts(unit)["link"]
    unit.commit()

    def visit() -> Visit:
        return desk.visit(link.rpartition("/")[2], "")

    whole = b"%PDF-1.7", b"%%EOF"
    flooded.sends("flood", 2, size=20 * MB)
    await flooded.rests()
    desk.begin(visit(), "a", "a.pdf", 40 * MB, whole)
    flooded.parts.clock.skip(timedelta(hours=2))
    with pytest.raises(FileRefused) as refused:
        desk.begin(visit(), "b", "b.pdf", 21 * MB, whole)
    assert "100 MB một ngày" in texts.render(refused.value.text_key, **refused.value.facts)
    desk.begin(visit(), "a", "a.pdf", 40 * MB, whole)  # what was begun goes on
    desk.begin(visit(), "b", "b.pdf", 19 * MB, whole)
    flooded.sends("flood", 1, size=2 * MB, first=2)
    await flooded.rests()
    assert "100 MB một ngày" in flooded.said("flood")[-1]


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
