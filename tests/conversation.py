"""A conversation with a running school: teacher.sends(pdf), leader.presses("Ký duyệt"), teacher.hears("...").

The school is the real app on a thread of its own, its Telegram the fake server, its people the sample
roster. Time starts on a Wednesday morning of teaching week 12.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.fakes.clock import FakeClock
from tests.fakes.telegram_sim import Heard, Person, TelegramSim

from hoso_bot.app import App
from hoso_bot.domain.calendar import VN, Week, default_weeks, find, school_year
from hoso_bot.domain.events import Address
from hoso_bot.domain.roster import Person as Staff
from hoso_bot.office import SCHOOL_ID, Office
from hoso_bot.ports import Inspector, Signer
from hoso_bot.settings import Settings, Telegram, Web
from hoso_bot.store import audit
from hoso_bot.store.people import People

SCHOOL_NAME = "Trường Tiểu học Hoa Phượng"
PATIENCE = 20.0
THIS_WEEK = 12


def wednesday_morning(today: date) -> datetime:
    """10:00 on the Wednesday of week 12, the last one that is over: certificates made then are valid now."""
    start = int(school_year(today)[:4])
    for year in (start, start - 1):
        days = default_weeks(f"{year}-{year + 1}")[THIS_WEEK - 1].days
        if days[-1] < today:
            return datetime(days[2].year, days[2].month, days[2].day, 10, 0, tzinfo=VN).astimezone(UTC)
    raise AssertionError("unreachable: last year's week 12 is over")


NOW = wednesday_morning(datetime.now(VN).date())
WEEKS = default_weeks(school_year(NOW.astimezone(VN).date()))


def week(number: int) -> Week:
    """One week of the test's school year."""
    found = find(WEEKS, number)
    assert found
    return found


class Member(Person):
    """Somebody of the school at their phone."""

    def __init__(self, school: School, staff: Staff, chat_id: int) -> None:
        super().__init__(school.world, chat_id, staff.name)
        self.school, self.staff = school, staff

    def hears(self, pattern: str, timeout: float = PATIENCE) -> Heard:
        """The next thing the bot says that matches; patient, the machine may be busy."""
        return super().hears(pattern, timeout)

    def presses(self, label: str, message: Heard | None = None) -> str:
        """Tap the newest button with these words (of `message`), as soon as there is one; returns its token."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return str(self.taps(label, message)["data"])
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def presses_as_it_was(self, label: str, card: Heard) -> None:
        """Tap a button on a phone that still shows the card as it was when it was heard."""
        keys = [key for row in card.raw["buttons"] for key in row]
        self.presses_token(next(str(key["data"]) for key in keys if label in key["label"]), card)

    def buttons_now(self, card: Heard) -> list[str]:
        """What can be tapped under a card that was heard before."""
        return next(m.buttons for m in self.messages() if m.message_id == card.message_id)

    def presses_token(self, token: str, message: Heard) -> None:
        """What a forged client could do: a callback with any data under any message of the own chat."""
        me = {"id": self.chat_id, "is_bot": False, "first_name": self.name}
        shown = {"message_id": message.message_id, "date": 1, "chat": {"id": self.chat_id, "type": "private"}}
        query = {"id": str(time.monotonic_ns()), "from": me, "message": shown, "chat_instance": "1"}
        self.world.pushes({"callback_query": {**query, "data": token}})

    def hands_in(self, file: Path | bytes, name: str | None = None, **more: Any) -> Heard:
        """Send a plan and confirm it; the bot's word that it was handed in."""
        self.sends(file, name, **more)
        self.hears("xác nhận trình ký")
        self.presses("Trình ký")
        return self.hears("^Đã trình ký")

    def gets_card(self, pattern: str = "trình ký KHBD") -> Heard:
        """The next card with a plan to decide on."""
        card = self.hears(f"{pattern}.*Mời đ/c xem tệp")
        assert card.file_name, self.chat()
        return card

    def approves(self) -> None:
        """Approve the newest card and confirm it; the signature is made when this returns."""
        self.presses("Ký duyệt")
        self.hears("Chữ ký số được ghi vào tệp")
        self.presses("Xác nhận")
        self.hears("^Đã ký KHBD|đã ký đủ")

    def rejects(self, reason: str) -> None:
        """Send the newest card's plan back for this reason."""
        self.presses("Từ chối")
        self.hears("nêu rõ điểm chưa đạt")
        self.says(reason)
        self.hears("^Đã trả lại")

    def _news(self, seen: dict[str, Any]) -> list[Heard]:
        """A card that only lost its buttons says nothing new."""
        return [heard for heard in super()._news(seen) if heard.text not in heard.raw["earlier"][-1:]]

    def silently_heard(self, message: Heard) -> bool:
        """Whether the phone made no sound for this message."""
        chat = self.world.transcript(self.chat_id)
        raw = next(m for m in chat["messages"] if m["message_id"] == message.message_id)
        return bool(raw["silent"])


@dataclass
class School:
    """A copy of the template school, run by the real app. `linked`: staff ids with a chat, None: all."""

    home: Path
    telegram: TelegramSim
    inspector: Inspector
    signer: Signer
    changes: dict[str, Any] = field(default_factory=dict)
    linked: tuple[str, ...] | None = None
    may_park: bool = False
    """A test that makes rows fail on purpose says so."""

    def __post_init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.world = self.telegram.world()
        self.world.skips(NOW.timestamp() - time.time())
        changes = dict(self.changes)
        mine = {"token": self.world.token, "base_url": self.world.base_url, **changes.pop("telegram", {})}
        web = Web(**{"port": 0, **changes.pop("web", {})})
        self.settings = Settings(home=self.home, telegram=Telegram(**mine), web=web, **changes)
        office = self.office()
        self.staff = {p.staff_id: p for p in office.people.all()}
        self.members = {id: Member(self, p, 1001 + n) for n, (id, p) in enumerate(self.staff.items())}
        self._link_chats(office)
        office.close()
        self._thread: threading.Thread | None = None

    # --- people ----------------------------------------------------------------------------------

    def __getitem__(self, staff_id: str) -> Member:
        return self.members[staff_id]

    @property
    def teacher(self) -> Member:
        """A teacher of group 4-5."""
        return self["GV09"]

    @property
    def head(self) -> Member:
        """The head of group 4-5."""
        return self["GV06"]

    @property
    def vice(self) -> Member:
        """The vice-principal, who also administers the records."""
        return self["PHT01"]

    @property
    def principal(self) -> Member:
        return self["HT01"]

    def visitor(self, chat_id: int = 9001, name: str = "Người lạ") -> Member:
        """Somebody whose phone the school does not know (yet)."""
        nobody = Staff("", "", name, self.teacher.staff.role, "")
        return Member(self, nobody, chat_id)

    def office(self) -> Office:
        """The office's own tools on this school; to be closed."""
        return Office(self.settings, self.clock)

    def invites(self, staff_id: str) -> str:
        """A fresh code for one person."""
        office = self.office()
        try:
            return office.invite((staff_id,))[0].code
        finally:
            office.close()

    def _link_chats(self, office: Office) -> None:
        """Everybody in `linked` wrote to the bot long ago and consented."""
        chosen = [m for id, m in self.members.items() if self.linked is None or id in self.linked]
        people = People(office.db, SCHOOL_ID)
        with office.db.write() as connection:
            for member in chosen:
                at = Address("telegram", str(member.chat_id))
                connection.execute(people.link(member.staff.id, at, "consent-1", self.clock.now()))
                update = member.says("/start")["update_id"]
        if chosen:
            self.world.call("getUpdates", offset=update + 1)

    # --- running ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the app on a thread; returns when it is up, raises what stopped it."""
        self._started, self._error = threading.Event(), None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="school")
        self._thread.start()
        assert self._started.wait(30), "the app did not start"
        if self._error:
            self._thread.join()
            raise self._error

    async def _run(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self.app = App(self.settings, self.clock, inspector=self.inspector, signer=self.signer)
        try:
            async with self.app.running():
                self._started.set()
                await self._ending.wait()
                self._healthy = self.app.state()["ok"]
        except BaseException as error:
            self._error: BaseException | None = error
            self._started.set()

    def stop(self) -> None:
        """Stop the app; what it held stays in the school's folder."""
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(20)
            assert not self._thread.is_alive(), "the app does not stop"
            assert self._healthy, "a worker died"

    def rests(self) -> None:
        """Wait until nothing is left to do or to say."""
        deadline = time.monotonic() + PATIENCE
        while self._open_work():
            assert time.monotonic() < deadline, f"still busy: {self._open_work()}"
            time.sleep(0.02)

    def _open_work(self) -> list[Any]:
        waiting = self.world.state()["pending_updates"] if self.settings.telegram.mode == "polling" else []
        inbox = "SELECT id, lane, error FROM inbox WHERE state IN ('todo', 'doing')"
        outbox = "SELECT id, message, error FROM outbox WHERE state IN ('todo', 'sending')"
        return waiting + self.rows(inbox) + self.rows(outbox)

    def checks(self) -> None:
        """What holds after every conversation, whatever it was about."""
        self.rests()
        if not self.may_park:
            assert self.rows("SELECT id, lane, error FROM inbox WHERE state = 'parked'") == []
        assert self.rows("SELECT message, error FROM outbox WHERE error LIKE '%rendered%'") == []
        with self.app.db.read() as connection:
            assert audit.first_broken(connection, SCHOOL_ID)[1] is None

    def close(self) -> None:
        """Stop and forget."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    # --- looking behind ----------------------------------------------------------------------------

    def passes(self, **time_units: float) -> None:
        """So much time goes by, for the school and for Telegram: `passes(hours=3)`."""
        step = timedelta(**time_units)
        self.world.skips(step.total_seconds())
        self.clock.skip(step)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the school's database, for what no conversation shows."""
        connection = sqlite3.connect(self.home / "hoso.db", timeout=10)
        try:
            return list(connection.execute(query, values))
        finally:
            connection.close()

    def audited(self, action: str) -> list[dict[str, Any]]:
        """The facts of every audit entry of one kind."""
        found = self.rows("SELECT facts FROM audit WHERE action = ? ORDER BY number", action)
        return [json.loads(facts) for (facts,) in found]

    def posts(self, path: str, body: Any, **headers: str) -> int:
        """POST JSON to the app's own web server; the status."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.app.port}{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return int(answer.status)
        except HTTPError as refused:
            with refused:
                return int(refused.code)


MakeSchool = Callable[..., School]
"""A fixture that makes schools: keywords are settings, `linked` and `may_park`."""
