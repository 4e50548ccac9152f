"""The Sunday evening, pressed into a minute: schools whose teachers hand in while their leaders sign.

    python -m bench.surge [--schools 2] [--seconds 60] [--postgres]

Every school is a real `hoso-bot run` with its own folder, people and bot on one fake Telegram in a process of
its own; with --postgres their rows lie in one database of a server started for it. Teachers come as on a
Sunday: few at first, most near the end. Fakes, people and bots share the machine, so the figures are a lower
bound. Ends with 1 when a plan was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # the fakes and people of the tests

from tests.acceptance.mortal_bot import hoso_bot
from tests.fakes.telegram_sim import Person, TelegramSim, World
from tests.ports import free_port
from tests.postgres import PostgresServer

from bench.quantiles import quantiles
from bench.real_process import bot, ready_at
from hoso_bot.sample.lesson_plan import write_plan

GIVES_UP = 300.0
ALONE = 3
"""Plans handed in one after the other before the evening, for the figures without a load."""


@dataclass
class Figures:
    """Seconds people waited. cards: file sent to confirmation card; signatures: tap to signed."""

    cards: list[float] = field(default_factory=list)
    signatures: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)


@dataclass
class BenchSchool:
    """One school's folder, its bot's world and its people, linked."""

    home: Path
    world: World
    port: int
    teachers: list[Person]
    head: Person
    vice: Person
    plan: bytes


def init(home: Path, school_id: str, database: str) -> None:
    """A made-up school; custody `server`, since nobody is there to type a PIN."""
    where = ("--id", school_id, "--database", database) if database else ()
    run_hoso("init", str(home), "--sample", *where)


def run_hoso(*words: str) -> str:
    """The output of a command that has to succeed."""
    return hoso_bot(*words, HOSO_SIGNING__CUSTODY="server")


@contextlib.contextmanager
def open_school(home: Path, world: World, school_id: str, database: str) -> Iterator[BenchSchool]:
    """Running, everybody of group 4-5 and the vice-principal linked."""
    init(home, school_id, database)
    port = free_port()
    settings = {"TELEGRAM__TOKEN": world.token, "TELEGRAM__BASE_URL": world.base_url}
    with bot(home, port, SIGNING__CUSTODY="server", **settings):
        ready_at(port)
        invites = json.loads(run_hoso("staff", "invite", "--json", "--home", str(home)))
        people = {one["staff_id"]: world.person(100 + n, one["name"]) for n, one in enumerate(invites)}
        for one in invites:
            link(people[one["staff_id"]], one["code"])
        week = next_week(home)
        teachers = [people[key] for key in ("GV07", "GV08", "GV09", "GV10") if key in people]
        yield BenchSchool(
            home, world, port, teachers, people["GV06"], people["PHT01"], twelve_pages(home, week)
        )


def link(person: Person, code: str) -> None:
    """`/start CODE`, consent."""
    person.says(f"/start {code}")
    person.hears("Thầy/cô đồng ý không ạ", GIVES_UP)
    person.taps("Đồng ý")
    person.hears("Đã liên kết", GIVES_UP)


def next_week(home: Path) -> dict[str, Any]:
    """The first week that begins after today."""
    weeks = json.loads(run_hoso("calendar", "show", "--json", "--home", str(home)))
    return next(one for one in weeks if date.fromisoformat(one["first"]) > date.today())


def twelve_pages(home: Path, week: dict[str, Any]) -> bytes:
    """A plan as teachers write it."""
    path = home.parent / f"{home.name}.pdf"
    first, last = date.fromisoformat(week["first"]), date.fromisoformat(week["last"])
    write_plan(
        path,
        week=week["week"],
        first=first,
        last=last,
        teacher="",
        class_name="4A",
        school="Trường Tiểu học Hoa Phượng",
    )
    return path.read_bytes()


# --- the evening ---------------------------------------------------------------------------------


def hand_in(teacher: Person, plan: bytes, name: str, figures: Figures) -> None:
    """Send, look at the card, confirm."""
    began = time.monotonic()
    teacher.sends(plan, name)
    teacher.hears("xác nhận trình ký", GIVES_UP)
    figures.cards.append(time.monotonic() - began)
    teacher.taps("Trình ký")
    teacher.hears("^Đã trình ký", GIVES_UP)


def sign(leader: Person, plans: int, figures: Figures) -> None:
    """Every card of so many plans, as it comes."""
    for _ in range(plans):
        leader.hears("Mời đ/c xem tệp", GIVES_UP)
        card = next(m for m in reversed(leader.messages()) if any("Ký duyệt" in b for b in m.buttons))
        leader.taps("Ký duyệt", card)
        leader.hears("Chữ ký số được ghi vào tệp", GIVES_UP)
        began = time.monotonic()
        leader.taps("Xác nhận")
        leader.hears("^Đã ký KHBD|đã ký đủ", GIVES_UP)
        figures.signatures.append(time.monotonic() - began)


def arrivals(count: int, seconds: float, chance: random.Random) -> list[float]:
    """When they come: a third of the evening's hour carries most of them, as before a deadline."""
    return sorted(seconds * chance.betavariate(3, 1.4) for _ in range(count))


class Evening:
    """Everybody hands in `rounds` times within so many seconds; head and vice-principal sign all of it."""

    def __init__(self, schools: Sequence[BenchSchool], seconds: float, rounds: int) -> None:
        self.figures = Figures()
        self._schools, self._seconds, self._rounds = schools, seconds, rounds
        self._failures: list[BaseException] = []
        self._began = time.monotonic()

    def play(self) -> Figures:
        """Raises the first failure of anybody."""
        chance, people = random.Random(7), []
        for school in self._schools:
            for teacher in school.teachers:
                people.append(
                    partial(self._comes, school, teacher, arrivals(self._rounds, self._seconds, chance))
                )
            plans = self._rounds * len(school.teachers)
            people += [partial(sign, who, plans, self.figures) for who in (school.head, school.vice)]
        threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        return self.figures

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self._failures.append(error)

    def _comes(self, school: BenchSchool, teacher: Person, at: Sequence[float]) -> None:
        for number, moment in enumerate(at):
            time.sleep(max(0.0, self._began + moment - time.monotonic()))
            hand_in(teacher, school.plan + b"%% %d\n" % number, f"KHBD {number}.pdf", self.figures)
            teacher.hears("phê duyệt đủ", GIVES_UP)
            self.figures.done.append(time.monotonic() - self._began)


def alone(school: BenchSchool) -> Figures:
    """One after the other, nobody else there."""
    figures = Figures()
    for number in range(ALONE):
        signing = [
            threading.Thread(target=sign, args=(who, 1, figures)) for who in (school.head, school.vice)
        ]
        for thread in signing:
            thread.start()
        hand_in(
            school.teachers[0], school.plan + b"%% alone %d\n" % number, f"KHBD rieng {number}.pdf", figures
        )
        school.teachers[0].hears("phê duyệt đủ", GIVES_UP)
        for thread in signing:
            thread.join()
    return figures


def main() -> int:
    """Play it and print what people waited."""
    parser = argparse.ArgumentParser(prog="python -m bench.surge", description=__doc__)
    parser.add_argument("--schools", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=1, help="plans each teacher hands in")
    parser.add_argument("--postgres", action="store_true")
    wish = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hoso-surge-")))
        database = ""
        if wish.postgres:
            server = stack.enter_context(PostgresServer(durable=True))
            database = server.url(server.create())
        telegram = stack.enter_context(TelegramSim())
        schools = [
            stack.enter_context(
                open_school(folder / f"school-{n}", telegram.world(), f"school-{n}", database)
            )
            for n in range(wish.schools)
        ]
        quiet = alone(schools[0])
        loaded = Evening(schools, wish.seconds, wish.rounds).play()
    plans = wish.rounds * sum(len(school.teachers) for school in schools)
    print(
        f"{wish.schools} schools on {'PostgreSQL' if database else 'SQLite'}, {os.cpu_count()} cores,",
        end=" ",
    )
    last = max(loaded.done)
    print(f"{plans} plans of 12 pages in {wish.seconds:.0f} s, the last one delivered after {last:.1f} s")
    print("seconds                     p50     p95     p99")
    for name, waited in (
        ("file sent to card, alone", quiet.cards),
        ("file sent to card", loaded.cards),
        ("tap to signed, alone", quiet.signatures),
        ("tap to signed", loaded.signatures),
    ):
        print(f"{name:<24} {' '.join(f'{value:7.2f}' for value in quantiles(waited).values())}")
    print(f"lost: {plans - len(loaded.done)}, signatures: {len(loaded.signatures)} of {2 * plans}")
    return 0 if len(loaded.done) == plans and len(loaded.signatures) == 2 * plans else 1


if __name__ == "__main__":
    sys.exit(main())
