"""A school that is running: the real app on a thread of its own, the fake Telegram, the sample roster.

Time starts on a Wednesday morning of teaching week 12.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.conversation import PATIENCE, Member, ZaloBotMember, ZaloMember
from tests.database import rows_of
from tests.fakes.clock import FakeClock
from tests.fakes.telegram_sim import TelegramSim
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.ports import free_port
from tests.postgres import PostgresServer

from hoso_bot.app import App
from hoso_bot.channels.web_chat import WebChat
from hoso_bot.domain.calendar import VN, Week, default_weeks, find, school_year
from hoso_bot.domain.events import Address
from hoso_bot.domain.roster import Person as Staff
from hoso_bot.office import Office
from hoso_bot.ports import Inspector, Signer
from hoso_bot.settings import Reminders, RunRole, Settings, Telegram, Web, ZaloBot, ZaloOa
from hoso_bot.store import audit
from hoso_bot.store.db import Database, moment
from hoso_bot.store.moving import move
from hoso_bot.store.people import People
from hoso_bot.store.roster_file import read_roster

SPLIT = os.environ.get("HOSO_TEST_ROLES") == "split"
SCHOOL_NAME = "Trường Tiểu học Hoa Phượng"
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


NO_REMINDERS = Reminders(
    saturday="off",
    sunday=(),
    monday="off",
    holiday="off",
    unconfirmed_minutes=600,
    summary="off",
    silent="off",
    silent_hours=0,
    friday="off",
    unreached="off",
    board="off",
)
"""A conversation that skips over a weekend is not about reminders; those that are say so."""


def week(number: int) -> Week:
    """One week of the test's school year."""
    found = find(WEEKS, number)
    assert found
    return found


@dataclass
class School:
    """A copy of the template school, run by the real app. `linked`: staff ids with a chat, None: all.

    zalo: the fake Zalo, where the people of `on_zalo` have their chat instead of Telegram; zalo_bot and
    on_zalo_bot: the same.
    """

    home: Path
    telegram: TelegramSim
    inspector: Inspector
    signer: Signer
    changes: dict[str, Any] = field(default_factory=dict)
    linked: tuple[str, ...] | None = None
    may_park: bool = False
    web_chat: WebChat | None = None
    zalo: ZaloSim | None = None
    on_zalo: tuple[str, ...] = ()
    bots: ZaloBotSim | None = None
    on_zalo_bot: tuple[str, ...] = ()
    split: bool = SPLIT
    """may_park: a test that makes rows fail on purpose says so. web_chat: phones of the demo's page too.
    split: web side and worker's side apart, as in two processes."""

    def __post_init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.world = self.telegram.world()
        self.world.skips(NOW.timestamp() - time.time())
        changes = dict(self.changes)
        mine = {"token": self.world.token, "base_url": self.world.base_url, **changes.pop("telegram", {})}
        web_changes = {"port": 0, **changes.pop("web", {})}
        self.oa = self.zalo.zalo() if self.zalo else None
        self.bot = self.bots.world() if self.bots else None
        if self.oa or self.bot:
            port = web_changes["port"] or free_port()
            public_url = f"http://127.0.0.1:{port}"
            web_changes = {"public_url": public_url, **web_changes, "port": port}
        if self.oa:
            self.oa.skips(NOW.timestamp() - time.time())
            changes["zalo_oa"] = ZaloOa(**{**self.oa.settings(), **changes.pop("zalo_oa", {})})
            self.oa.changes(hook=f"{public_url}/webhook/zalo-oa")
        if self.bot:
            self.bot.skips(NOW.timestamp() - time.time())
            changes["zalo_bot"] = ZaloBot(**{**self.bot.settings(), **changes.pop("zalo_bot", {})})
        web = Web(**web_changes)
        changes.setdefault("reminders", NO_REMINDERS)
        self.settings = Settings(home=self.home, telegram=Telegram(**mine), web=web, **changes)
        office = self.office()
        self.staff = {p.staff_id: p for p in office.people.all()}
        self.members = {key: Member(self.world, p, 1001 + n) for n, (key, p) in enumerate(self.staff.items())}
        for key in self.on_zalo:
            self.members[key] = self.zalo_member(key)
        for key in self.on_zalo_bot:
            self.members[key] = self.zalo_bot_member(key)
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
        return Member(self.world, nobody, chat_id)

    def zalo_member(self, staff_id: str, types: bool = False) -> ZaloMember:
        """The same person on Zalo."""
        assert self.oa
        number = list(self.staff).index(staff_id)
        return ZaloMember(self.oa, self.staff[staff_id], 5_000_000_001 + number, types)

    def zalo_bot_member(self, staff_id: str) -> ZaloBotMember:
        """The same person on Zalo's Bot Platform."""
        assert self.bot
        number = list(self.staff).index(staff_id)
        return ZaloBotMember(self.bot, self.staff[staff_id], 6_000_000_001 + number, self._phone)

    def _phone(self, path: str) -> Any:
        from tests.upload_page import Phone

        return Phone(self, path)

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
        chosen = [m for key, m in self.members.items() if self.linked is None or key in self.linked]
        people = People(office.db)
        with office.db.write() as connection:
            update = 0
            for member in chosen:
                at = address_of(member)
                connection.execute(people.link(member.staff.id, at, "consent-2", self.clock.now()))
                if at.channel == "telegram":
                    update = member.says("/start")["update_id"]
                else:
                    member.world.does("interacted", chat_id=member.chat_id, name=member.staff.name)
        if update:
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
        while self.bot and self.settings.zalo_bot.mode == "webhook" and not self.bot.state()["deliveries"]:
            time.sleep(0.02)

    async def _run(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        phones = (self.web_chat,) if self.web_chat else ()
        split = self.split and not phones
        parts: dict[str, Any] = {"inspector": self.inspector, "signer": self.signer}
        self.app = App(
            self.settings,
            self.clock,
            RunRole.WORKER if split else RunRole.ALL,
            extra_channels=phones,
            extra_routes=tuple(route for channel in phones for route in channel.routes()),
            **parts,
        )
        try:
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self.app.running())
                if split:
                    web = App(self.settings, self.clock, RunRole.WEB, **parts)
                    await stack.enter_async_context(web.running())
                    self.app.front, self.app.premises, self.app.port = web.front, web.premises, web.port
                self._started.set()
                await self._ending.wait()
                self._healthy = await self._recovers()
        except BaseException as error:
            self._error: BaseException | None = error
            self._started.set()

    async def _recovers(self) -> bool:
        """Whether the workers are well, or soon: one may just wait for a connection that was cut."""
        for _ in range(100):
            if self.app.state()["ok"]:
                return True
            await asyncio.sleep(0.05)
        return False

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
        due = "(attempts > 0 OR try_at <= received_at)"  # work of a later day does not keep a school busy
        if self.oa:
            waiting = [*waiting, *range(self.oa.state()["waiting"])]
        if self.bot:
            waiting = [*waiting, *range(self.bot.state()["waiting"])]
        inbox = f"SELECT id, lane, error FROM inbox WHERE state IN ('todo', 'doing') AND {due}"
        soon = moment(self.clock.now() + timedelta(minutes=10))  # what a night ban holds rests, too
        outbox = (
            f"SELECT id, message, error FROM outbox WHERE state IN ('todo', 'sending') AND try_at < '{soon}'"
        )
        return waiting + self.rows(inbox) + self.rows(outbox)

    def checks(self) -> None:
        """What holds after every conversation, whatever it was about."""
        self.rests()
        if not self.may_park:
            assert self.rows("SELECT id, lane, error FROM inbox WHERE state = 'parked'") == []
        assert self.rows("SELECT message, error FROM outbox WHERE error LIKE '%rendered%'") == []
        if self.oa:
            assert self.oa.state()["strictness"] == []
            if self.settings.zalo_oa.paid == "off":
                assert self.oa.state()["bills"] == []
        if self.bot:
            assert self.bot.state()["strictness"] == []
        with self.app.db.read() as connection:
            assert audit.first_broken(connection, self.settings.school_id)[1] is None

    def close(self) -> None:
        """Stop and forget."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def comes(self, day: date, hour: str) -> None:
        """It becomes this hour in Vietnam, the clock ticks, and everything is said that is due."""
        now = self.clock.now().astimezone(VN)
        at = datetime.combine(day, time_of_day.fromisoformat(hour), VN)
        assert at > now, f"it is {now} already"
        self.passes(seconds=(at - now).total_seconds())
        self.ticks()

    def ticks(self) -> None:
        """The scheduler looks at the clock, as it does every half minute."""
        self.app.works.scheduler.tick()
        self.rests()

    # --- looking behind ----------------------------------------------------------------------------

    def passes(self, **time_units: float) -> None:
        """So much time goes by, for the school and for Telegram: `passes(hours=3)`."""
        step = timedelta(**time_units)
        self.world.skips(step.total_seconds())
        if self.oa:
            self.oa.skips(step.total_seconds())
        if self.bot:
            self.bot.skips(step.total_seconds())
        self.clock.skip(step)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the school's database, for what no conversation shows."""
        return rows_of(self.settings.database, query, values, self.settings.school_id)

    def audited(self, action: str) -> list[dict[str, Any]]:
        """The facts of every audit entry of one kind."""
        found = self.rows("SELECT facts FROM audit WHERE action = ? ORDER BY number", action)
        return [json.loads(facts) for (facts,) in found]

    def step_states(self) -> list[str]:
        """The states of the newest version's approval steps, in signing order."""
        newest = "(SELECT id FROM versions ORDER BY number DESC LIMIT 1)"
        found = self.rows(f"SELECT state FROM steps WHERE version_id = {newest} ORDER BY number")
        return [state for (state,) in found]

    def decisions(self) -> int:
        """How many decisions were taken so far."""
        return len(self.audited("step.approved") + self.audited("step.rejected"))

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


def address_of(member: Member) -> Address:
    """Where the school finds somebody."""
    if isinstance(member, ZaloBotMember):
        return Address("zalo_bot", f"{member.chat_id:020x}")
    return Address("zalo_oa" if isinstance(member, ZaloMember) else "telegram", str(member.chat_id))


@dataclass
class NewHome:
    """Copies of the template school; with a PostgreSQL server each has its rows in a database there."""

    template: Path
    server: PostgresServer | None = None
    _like: str = ""

    def at(self, home: Path) -> Path:
        """A copy at `home`."""
        shutil.copytree(self.template, home)
        if self.server:
            config = home / "hoso.toml"
            url = self.server.url(self.server.create(self._moved(self.server)))
            config.write_text(
                f'database_url = "{url}"\n{config.read_text(encoding="utf-8")}', encoding="utf-8"
            )
            (home / "hoso.db").unlink()
        return home

    def _moved(self, server: PostgresServer) -> str:
        """The database all others are copied from."""
        if not self._like:
            self._like = server.create()
            old, new = Database(f"sqlite:///{self.template / 'hoso.db'}"), Database(server.url(self._like))
            move(old, new, lambda what, done, total: None)
            old.close()
            new.close()
        return self._like


def import_sample_staff(home: Path, clock: FakeClock) -> None:
    """The made-up staff list, into a school that has none."""
    office = Office(Settings(home=home), clock)
    with resources.as_file(resources.files("hoso_bot.sample") / "roster.csv") as roster:
        office.import_staff(read_roster(roster))
    office.close()


MakeSchool = Callable[..., School]
"""A fixture that makes schools: keywords are settings, `linked` and `may_park`."""
