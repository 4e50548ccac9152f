"""Web side and worker's side of a school as real processes: what one dies of, the others bear."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import pytest
from tests.acceptance.mortal_bot import Bot, by_webhook, hoso_bot
from tests.database import dicts_of
from tests.fakes.telegram_sim import Person, TelegramSim, World
from tests.ports import free_port
from tests.postgres import PostgresServer
from tests.school import MakeSchool
from tests.waiting import wait_for

from hoso_bot.workers import rest

SECRET = "s3cret-of-the-webhook"
ENGINES = ("sqlite", "postgresql")


@dataclass
class House:
    """A made-up school by webhook, and the processes that run it; all web processes share one port."""

    home: Path
    room: Path
    world: World
    port: int
    started: list[Bot]

    def run(self, role: str, **more: str) -> Bot:
        """One more process."""
        own = free_port() if role == "worker" else self.port
        settings = {
            **by_webhook(self.port, SECRET),
            "HOSO_WEB__SHARE_PORT": "true",
            "HOSO_WEB__PORT": str(self.port),
            "HOSO_WEB__WORKER_PORT": str(own),
        }
        bot = Bot(
            world=self.world,
            room=self.room,
            random=Random(1),
            home=self.home,
            port=own,
            settings=settings | more,
            role=role,
        )
        bot.start()
        self.started.append(bot)
        return bot

    def ready(self, role: str) -> Bot:
        """One more, at work (a worker that stands by is ready, too)."""
        bot = self.run(role)
        bot.wait_until_ready()
        return bot

    def teacher(self) -> Person:
        """Linked and greeted."""
        [invite] = json.loads(hoso_bot("staff", "invite", "GV09", "--json", "--home", str(self.home)))
        person = self.world.person(501, invite["name"])
        person.says(f"/start {invite['code']}")
        person.hears("Đồng ý", 20)
        person.taps("Đồng ý")
        person.hears("Đã liên kết", 20)
        return person

    def rows(self, query: str) -> list[dict[str, object]]:
        """Of the school's database."""
        return dicts_of(self.home, query)


@pytest.fixture
def house(
    request: pytest.FixtureRequest, tmp_path: Path, telegram: TelegramSim
) -> Iterator[Callable[[str], House]]:
    """Makes the school in either engine."""
    started: list[Bot] = []

    def make(engine: str) -> House:
        home = tmp_path / "school"
        more = []
        if engine == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            more = ["--database", server.url(server.create())]
        hoso_bot("init", str(home), "--sample", *more, HOSO_SIGNING__CUSTODY="server")
        room = tmp_path / "room"
        room.mkdir()
        return House(home, room, telegram.world(), free_port(), started)

    yield make
    for bot in started:
        bot.die()


def say(line: str) -> None:
    """For `pytest -s`."""
    sys.stdout.write(f"\n{line}\n")


def answered(person: Person) -> float:
    """Seconds from a webhook to the worker's answer."""
    began = time.monotonic()
    person.says("/trangthai")
    person.hears("chưa nộp", 20)
    return time.monotonic() - began


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_web_side_takes_the_worker_answers_at_once(
    house: Callable[[str], House], engine: str
) -> None:
    school = house(engine)
    worker, web = school.ready("worker"), school.ready("web")
    person = school.teacher()
    say(f"{engine}: {median([answered(person) for _ in range(9)]):.2f} s from webhook to answer")
    assert web.state()["worker"] is True  # type: ignore[index]
    assert school.rows("SELECT id FROM inbox WHERE state = 'parked'") == []
    worker.leave()
    web.leave()


def test_the_worker_is_rung_for_and_need_not_look(
    make_school: MakeSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking by itself only twice a minute it still answers at once."""
    monkeypatch.setattr(rest, "SHORT", 30.0)
    port = free_port()
    web = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
    school = make_school(web=web, telegram={"mode": "webhook", "secret": SECRET})
    school.split = True
    school.start()
    for _ in range(3):
        began = time.monotonic()
        school.teacher.says("/trangthai")
        school.teacher.hears("chưa nộp")
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_web_process_loses_nothing_and_another_goes_on(
    house: Callable[[str], House], engine: str
) -> None:
    school = house(engine)
    school.ready("worker")
    first, second = school.ready("web"), school.ready("web")
    person = school.teacher()
    asked = 0
    for dying in (first, second, first):
        person.says("/trangthai")
        dying.die()
        person.says("/trangthai")
        asked += 2
        dying.start()
    wait_for(
        lambda: len([heard for heard in person.messages() if "chưa nộp" in heard.text]) >= asked,
        180,  # whoever knocks in vain waits longer each time
        lambda: [heard.text[:30] for heard in person.messages()],
    )
    said = school.rows("SELECT external_id FROM inbox WHERE source = 'telegram'")
    assert len(said) == len({row["external_id"] for row in said}) == asked + 2


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_worker_all_is_kept_and_said_when_one_comes(
    house: Callable[[str], House], engine: str
) -> None:
    school = house(engine)
    worker, web = school.ready("worker"), school.ready("web")
    person = school.teacher()
    worker.die()
    person.says("/trangthai")
    wait_for(lambda: school.rows("SELECT id FROM inbox WHERE state = 'todo'"))
    state = web.state()
    assert state and state["ok"] and state["worker"] is False
    school.ready("worker")
    person.hears("chưa nộp", 20)


def test_a_standby_takes_over_within_seconds_when_the_worker_dies_or_leaves(
    house: Callable[[str], House],
) -> None:
    school = house("postgresql")
    workers = [school.ready("worker")]
    school.ready("web")
    person = school.teacher()
    waits = []
    for end in (Bot.die, Bot.leave):
        workers.append(school.ready("worker"))
        assert workers[-1].state() == {"ok": True, "standby": True}
        began = time.monotonic()
        end(workers[-2])
        answered(person)
        waits.append(round(time.monotonic() - began, 2))
        assert "standby" not in (workers[-1].state() or {})
    say(f"answered {waits[0]} s after the worker's SIGKILL, {waits[1]} s after its SIGTERM")
    assert max(waits) < 8, waits


def test_a_second_worker_of_a_school_in_a_file_is_refused(house: Callable[[str], House]) -> None:
    school = house("sqlite")
    school.ready("worker")
    for role in ("worker", "all"):
        second = school.run(role)
        assert second.process and second.process.wait(30) == 2
        assert re.search(r"^hoso-bot: another hoso-bot is running for ", second.log(), re.M)


def test_a_school_that_runs_is_not_moved(house: Callable[[str], House], postgres: PostgresServer) -> None:
    """Not under a web process alone, either: it would go on writing into the old file."""
    school = house("sqlite")
    school.ready("web")
    with pytest.raises(AssertionError, match="another hoso-bot is running"):
        hoso_bot("migrate-to", postgres.url(postgres.create()), "--home", str(school.home))
