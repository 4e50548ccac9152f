"""Many schools in one deployment, as real processes: they share everything but what is theirs."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.acceptance.mortal_bot import HOSO_BOT, Mortal, hoso_bot, readyz
from tests.database import rows_of
from tests.fakes.telegram_sim import Person, TelegramSim, World
from tests.ports import free_port
from tests.postgres import PostgresServer

from hoso_bot.store.tables import metadata

HEADER = "X-Telegram-Bot-Api-Secret-Token"
ROSTER = Path(__file__).parents[2] / "src/hoso_bot/sample/roster.csv"
HOSTS = {"hoa-sen": "127.0.0.1", "kim-dong": "localhost"}
NAMES = {"hoa-sen": "Trường Tiểu học Hoa Sen", "kim-dong": "Trường Tiểu học Kim Đồng"}
SECRETS = {"hoa-sen": "secret-of-hoa-sen", "kim-dong": "secret-of-kim-dong"}


@dataclass(kw_only=True)
class Share(Mortal):
    """One process of a deployment."""

    home: Path
    port: int
    role: str = "all"

    def command(self) -> list[str]:
        return [HOSO_BOT, "run", "--home", str(self.home), "--role", self.role]

    def environment(self) -> dict[str, str]:
        web = {"HOSO_WEB__PORT": str(self.port), "HOSO_WEB__WORKER_PORT": str(self.port)}
        return {"HOSO_TELEGRAM__BASE_URL": self.world.base_url, **web}

    def handled(self) -> int | None:
        return 0 if self.state() else None

    def state(self) -> dict[str, Any] | None:
        """What /readyz tells; None while it is not ready."""
        return readyz(self.port, timeout=20)

    def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """Its state once that is so."""
        deadline = time.monotonic() + seconds
        while not ((state := self.state()) and holds(state)):
            assert time.monotonic() < deadline, f"{state}\n{self.log()}"
            time.sleep(0.05)
        return state


def ask(
    port: int, path: str, host: str = "127.0.0.1", body: bytes | None = None, **headers: str
) -> tuple[int, str]:
    """Status and body of what a browser or a platform asks for; 0 while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = {"Host": f"{host}:{port}", "Content-Type": "application/json", **headers}
        connection.request("GET" if body is None else "POST", path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except OSError:
        return 0, ""
    finally:
        connection.close()


@dataclass
class Place:
    """A deployment's folder, its database, and the fake Telegram around it."""

    home: Path
    url: str
    telegram: TelegramSim
    worlds: dict[str, World] = field(default_factory=dict)
    started: list[Share] = field(default_factory=list)

    def add(self, school_id: str, name: str, *more: str) -> World:
        """One more school, with the made-up staff."""
        world = self.worlds[school_id] = self.telegram.world()
        sets = [f"telegram.token={world.token}", "signing.custody=server", *more]
        options = [part for one in sets for part in ("--set", one)]
        hoso_bot("school", "add", school_id, "--name", name, "--home", str(self.home), *options)
        hoso_bot("staff", "import", str(ROSTER), "--home", str(self.folder(school_id)))
        return world

    def folder(self, school_id: str) -> Path:
        return self.home / "schools" / school_id

    def run(self, role: str = "all", port: int = 0) -> Share:
        """One more process, ready."""
        room = self.home.parent / "room"
        room.mkdir(exist_ok=True)
        world = next(iter(self.worlds.values()))
        share = Share(
            home=self.home, port=port or free_port(), world=world, room=room, random=Random(1), role=role
        )
        share.start()
        self.started.append(share)
        share.wait_until_ready()
        return share

    def code(self, school_id: str, staff_id: str = "GV09") -> str:
        folder = str(self.folder(school_id))
        [invite] = json.loads(hoso_bot("staff", "invite", staff_id, "--json", "--home", folder))
        return str(invite["code"])

    def teacher(self, school_id: str) -> Person:
        """Linked and greeted."""
        person = self.worlds[school_id].person(501, "Cô Loan")
        person.says(f"/start {self.code(school_id)}")
        person.hears("Đồng ý", 30)
        person.taps("Đồng ý")
        person.hears("Đã liên kết", 30)
        return person

    def rows(self, school_id: str, query: str) -> list[tuple[Any, ...]]:
        return rows_of(self.url, query, school_id=school_id)


@pytest.fixture(scope="module")
def new_place(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory, telegram: TelegramSim
) -> Callable[[], Place]:
    """Makes an empty deployment."""

    def make() -> Place:
        home, url = tmp_path_factory.mktemp("district") / "home", postgres.url(postgres.create())
        hoso_bot("init", str(home), "--many-schools", "--database", url)
        return Place(home, url, telegram)

    return make


@pytest.fixture(scope="module")
def both(new_place: Callable[[], Place]) -> Iterator[tuple[Place, Share]]:
    """Two schools by webhook, each under a host of its own, in one process."""
    place, port = new_place(), free_port()
    for school_id, host in HOSTS.items():
        hooked = [f"web.public_url=http://{host}:{port}", "telegram.mode=webhook"]
        place.add(school_id, NAMES[school_id], *hooked, f"telegram.secret={SECRETS[school_id]}")
    share = place.run(port=port)
    share.until(lambda state: state["worker_of"] == 2)
    yield place, share
    assert share.state() == {"ok": True, "schools": 2, "worker_of": 2, "troubles": {}}
    share.leave()


@pytest.fixture(scope="module")
def teachers(both: tuple[Place, Share]) -> dict[str, Person]:
    """The same person's namesake in either school."""
    return {school_id: both[0].teacher(school_id) for school_id in HOSTS}


# --- schools apart -------------------------------------------------------------------------------


def test_each_school_answers_under_its_own_name(
    both: tuple[Place, Share], teachers: dict[str, Person]
) -> None:
    for school_id, person in teachers.items():
        person.says("/trangthai")
        person.hears("chưa nộp", 20)
        chats = both[0].rows(school_id, "SELECT count(*) FROM accounts")
        assert chats == [(1,)]


def test_a_webhook_is_its_schools_by_host_or_by_path_and_wants_its_secret(
    both: tuple[Place, Share], teachers: dict[str, Person]
) -> None:
    place, share = both
    before = {school_id: _updates(place, school_id) for school_id in HOSTS}
    for mine, other in (("hoa-sen", "kim-dong"), ("kim-dong", "hoa-sen")):
        body = json.dumps({"update_id": 900_000_001, "message": _written(teachers[mine])}).encode()
        path = f"/webhook/telegram/{mine}"
        assert ask(share.port, path, body=body, **{HEADER: SECRETS[other]})[0] == 403
        assert ask(share.port, "/webhook/telegram", HOSTS[mine], body, **{HEADER: SECRETS[other]})[0] == 403
        assert ask(share.port, f"{path}-x", body=body, **{HEADER: SECRETS[mine]})[0] == 404
        assert ask(share.port, "/webhook/telegram", "no.example", body, **{HEADER: SECRETS[mine]})[0] == 404
        assert _updates(place, mine) == before[mine]
        assert ask(share.port, path, HOSTS[other], body, **{HEADER: SECRETS[mine]})[0] == 200
        assert ask(share.port, "/webhook/telegram", HOSTS[mine], body, **{HEADER: SECRETS[mine]})[0] == 200
        assert (_updates(place, mine), _updates(place, other)) == (before[mine] + 1, before[other])
        before[mine] += 1


def _updates(place: Place, school_id: str) -> int:
    [(count,)] = place.rows(school_id, "SELECT count(*) FROM inbox WHERE source = 'telegram'")
    return int(count)


def _written(person: Person) -> dict[str, Any]:
    sender = {"id": person.chat_id, "is_bot": False, "first_name": "Loan"}
    chat = {"id": person.chat_id, "type": "private", "first_name": "Loan"}
    return {"message_id": 99, "date": int(time.time()), "chat": chat, "from": sender, "text": "/huongdan"}


def test_pages_and_links_are_their_schools_alone(
    both: tuple[Place, Share], teachers: dict[str, Person]
) -> None:
    _, share = both
    for mine, other in (("hoa-sen", "kim-dong"), ("kim-dong", "hoa-sen")):
        status, page = ask(share.port, "/v", HOSTS[mine])
        assert status == 200 and NAMES[mine] in page and NAMES[other] not in page
        teachers[mine].says("/nop")
        link = re.search(r"http://(\S+?):\d+(/nop/\S+)", teachers[mine].hears("/nop/", 20).text)
        assert link and link[1] == HOSTS[mine]
        assert ask(share.port, link[2], HOSTS[other])[0] == 404
        status, page = ask(share.port, link[2], HOSTS[mine])
        assert status == 200 and NAMES[mine] in page
    assert ask(share.port, "/v", "nobody.example")[0] == 404


def test_an_invitation_of_one_school_opens_nothing_at_another(both: tuple[Place, Share]) -> None:
    place, _ = both
    code = place.code("hoa-sen", "GV10")
    stranger = place.worlds["kim-dong"].person(777, "Người lạ")
    stranger.says(f"/start {code}")
    stranger.hears("mã", 20)
    assert place.rows("kim-dong", "SELECT id FROM accounts WHERE chat_id = '777'") == []
    assert place.rows("hoa-sen", "SELECT id FROM accounts WHERE chat_id = '777'") == []


def test_no_row_and_no_file_lies_with_the_other_school(
    both: tuple[Place, Share], teachers: dict[str, Person]
) -> None:
    place, _ = both
    teachers["hoa-sen"].sends(b"%PDF-1.7 no plan", "ke-hoach.pdf")
    teachers["hoa-sen"].hears("", 20)
    for school_id in HOSTS:
        for table in metadata.sorted_tables:
            column = "id" if table.name == "schools" else "school_id"
            seen = {row[0] for row in place.rows(school_id, f"SELECT {column} FROM {table.name}")}
            assert seen <= {school_id}, table.name
    mine, other = ({p.name for p in (place.folder(s) / "files").glob("??/*")} for s in HOSTS)
    assert mine and not other


def test_what_a_school_keeps_secret_is_in_no_log(
    both: tuple[Place, Share], teachers: dict[str, Person]
) -> None:
    place, share = both
    assert teachers
    written = share.log_file.read_text()
    done = [json.loads(line) for line in written.splitlines() if '"row.done"' in line]
    assert {line["school"] for line in done} == set(HOSTS)
    for secret in (*SECRETS.values(), *(world.token for world in place.worlds.values())):
        assert secret not in written


def test_a_school_is_backed_up_by_itself_and_can_be_restored_alone(
    both: tuple[Place, Share], teachers: dict[str, Person], tmp_path: Path
) -> None:
    place, _ = both
    assert teachers
    hoso_bot("backup", str(tmp_path / "usb"), "--home", str(place.folder("kim-dong")))
    key, alone = (place.home / "master.key").read_text().strip(), tmp_path / "alone"
    hoso_bot("restore", str(tmp_path / "usb"), "--home", str(alone), HOSO_MASTER_KEY=key)
    hoso_bot("audit", "verify", "--home", str(alone))
    settings = (alone / "hoso.toml").read_text()
    assert 'school_id = "kim-dong"' in settings and "localhost" in settings and "postgres" not in settings
    names = rows_of(f"sqlite:///{alone / 'hoso.db'}", "SELECT name FROM schools")
    assert names == [(NAMES["kim-dong"],)]


# --- several processes ---------------------------------------------------------------------------


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Iterator[Place]:
    made = new_place()
    yield made
    for share in made.started:
        share.die()


def test_processes_share_the_schools_and_take_over_those_of_a_dead_one(place: Place) -> None:
    for number in range(4):
        place.add(f"school-{number}", f"Trường {number}")
    first = place.run()
    first.until(lambda state: state["worker_of"] == 4)
    second = place.run()
    for share in (first, second):
        share.until(lambda state: state["worker_of"] == 2)
    person = place.teacher("school-3")
    began = time.monotonic()
    first.die()
    second.until(lambda state: state["worker_of"] == 4)
    taken_over = time.monotonic() - began
    person.says("/trangthai")
    person.hears("chưa nộp", 30)
    assert taken_over < 15, taken_over
    second.leave()


def test_a_school_that_is_added_changed_or_stopped_needs_no_restart(place: Place) -> None:
    place.add("mot", "Trường Một")
    share = place.run()
    place.add("hai", "Trường Hai")
    person = place.teacher("hai")
    world = place.telegram.world()
    hoso_bot("school", "set", "hai", f"telegram.token={world.token}", "--home", str(place.home))
    moved = world.person(person.chat_id, "Cô Loan")
    moved.says("/trangthai")
    moved.hears("chưa nộp", 30)
    hoso_bot("school", "stop", "hai", "--home", str(place.home))
    share.until(lambda state: state["schools"] == 1)
    [one, two] = json.loads(hoso_bot("school", "list", "--json", "--home", str(place.home)))
    assert (one["id"], one["stopped"], two["stopped"]) == ("hai", True, False)
    hoso_bot("school", "start", "hai", "--home", str(place.home))
    share.until(lambda state: state["worker_of"] == 2)


def test_one_broken_school_stops_nobody_and_is_said_and_mended(place: Place) -> None:
    port = free_port()
    place.add("lanh", "Trường Lành")
    place.add("hong", "Trường Hỏng", "telegram.mode=webhook")  # without an address
    share = place.run(port=port)
    state = share.until(lambda state: bool(state["troubles"]) and state["worker_of"] == 2)
    assert "HOSO_WEB__PUBLIC_URL" in state["troubles"]["hong"]
    assert ask(port, "/webhook/telegram/hong", body=b"{}")[0] == 503  # the platform comes again
    metrics = ask(port, "/metrics")[1]
    assert 'hoso_school_trouble{school="hong"} 1.0' in metrics
    assert 'hoso_school_trouble{school="lanh"} 0.0' in metrics and 'hoso_parked{school="lanh"} 0.0' in metrics
    assert '"event": "school.trouble"' in share.log()
    place.teacher("lanh")
    hoso_bot("school", "set", "hong", "telegram.mode=polling", "--home", str(place.home))
    share.until(lambda state: not state["troubles"])
    place.teacher("hong")


def test_web_processes_and_workers_of_a_deployment_apart(place: Place) -> None:
    port = free_port()
    place.add("mot", "Trường Một", f"web.public_url=http://127.0.0.1:{port}", "telegram.mode=webhook")
    worker, web = place.run("worker"), place.run("web", port)
    worker.until(lambda state: state["worker_of"] == 1)
    assert web.until(lambda state: state["schools"] == 1)["worker_of"] == 0
    person = place.teacher("mot")
    began = time.monotonic()
    person.says("/trangthai")
    person.hears("chưa nộp", 30)
    assert time.monotonic() - began < 5  # a quiet school looks by itself every ten seconds
