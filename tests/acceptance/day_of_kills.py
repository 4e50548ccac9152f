"""A school at work while its bot is killed again and again, and what is to be said of it in the evening.

Played by tests/acceptance/test_kill.py (some kills) and bench/kills.py (hundreds).
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from tests.acceptance.aftermath import DUE, Aftermath
from tests.acceptance.busy_school import Forgetful, Leader, Teacher, Worker
from tests.acceptance.mortal_bot import Bot, Orphans, hoso_bot

from hoso_bot.sample.lesson_plan import write_plan

TEACHERS = ("GV03", "GV04", "GV05", "GV08", "GV09", "GV10")
LEADERS = ("GV01", "GV06", "PHT01")
FORGETFUL = ("GV02", "GV07")
TIRELESS = {"HOSO_UPLOADS__FILES_PER_HOUR": "10000", "HOSO_UPLOADS__MB_PER_DAY": "100000"}
"""They send more files in an hour than a person may."""
POWER_CUTS = 0.5
"""Share of kills that meet its child processes, too."""
QUIET_WITHIN = 60.0


def small_plan(folder: Path, teacher: str, week: dict[str, str]) -> bytes:
    """A plan of two pages."""
    write_plan(
        folder / "plan.pdf",
        week=int(week["week"]),
        first=date.fromisoformat(week["first"]),
        last=date.fromisoformat(week["last"]),
        teacher=teacher,
        class_name="4A",
        school="Trường Tiểu học Hoa Phượng",
        lessons=2,
    )
    return (folder / "plan.pdf").read_bytes()


class Crew:
    """People at work side by side; the first failure of anyone is everyone's."""

    def __init__(self) -> None:
        self._failures: list[BaseException] = []

    def start(self, work: Callable[[], None]) -> threading.Thread:
        """Let `work()` run."""

        def guarded() -> None:
            try:
                work()
            except BaseException as error:
                self._failures.append(error)

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        return thread

    def join(self, threads: Iterable[threading.Thread]) -> None:
        """Until these are done. Raises the first failure."""
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
                self.check()
        self.check()

    def check(self) -> None:
        """Raises the first failure so far."""
        if self._failures:
            raise self._failures[0]


def until_quiet(aftermath: Aftermath) -> None:
    """Until nothing waits in inbox or outbox that is due."""
    deadline = time.monotonic() + QUIET_WITHIN
    waiting = (
        f"SELECT 1 FROM inbox WHERE state IN ('todo', 'doing') AND {DUE} UNION ALL "
        "SELECT 1 FROM outbox WHERE state IN ('todo', 'sending')"
    )
    while aftermath.rows(waiting) and time.monotonic() < deadline:
        time.sleep(0.2)


@dataclass(frozen=True)
class Judgement:
    """How much was done in a day, and by promise each case in which it was broken.

    repeated: messages seen twice, because a kill fell between Telegram's answer and our note of it.
    unnamed: files of work that a kill ended, which nothing names.
    """

    kills: int
    seconds: float
    updates: int
    plans: int
    decisions: int
    signatures: int
    reminders: int
    repeated: int
    unnamed: int
    taps_repeated: int
    ready_after: float
    workers_gone_after: float
    broken: dict[str, list[str]]

    @property
    def is_kept(self) -> bool:
        """Whether no promise was broken."""
        return not any(self.broken.values())


@dataclass
class DayOfKills:
    """`begin`, `kill` and `back_up` as often as one likes, `end`, `judged`.

    seed: who does what, and when the bot dies. rest: seconds between two plans of a teacher.
    """

    bot: Bot
    orphans: Orphans
    seed: int
    rest: float = 0.0
    people: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bot.settings |= TIRELESS
        self.aftermath = Aftermath(self.bot.home, self.bot.world)
        self._crew, self._began = Crew(), time.monotonic()
        self._storm = threading.Event()
        self._at_work: dict[str, threading.Thread] = {}
        self._backups, self.backups_made = self.bot.home.parent / "usb", list[str]()
        self._backing_up: list[threading.Thread] = []

    def begin(self) -> None:
        """Everybody is linked and goes to work."""
        self.bot.start()
        self.bot.wait_until_ready()
        self.people = self._staff()
        self._storm.set()
        self._at_work = {person.staff_id: self._crew.start(person.work) for person in self.people}

    def _staff(self) -> list[Worker]:
        """Everybody who works in this story, each linked to a phone by the code of the invitation."""
        home = str(self.bot.home)
        everybody = (*TEACHERS, *LEADERS, *FORGETFUL)
        invites = json.loads(hoso_bot("staff", "invite", *everybody, "--json", "--home", home))
        weeks = self.bot.weeks()[:2]
        people: list[Worker] = []
        for number, invite in enumerate(invites):
            phone = self.bot.world.person(100 + number, invite["name"])
            who = invite["staff_id"], phone, Random(self.seed + number), self._storm
            if invite["staff_id"] in LEADERS:
                people.append(Leader(*who))
            elif invite["staff_id"] in FORGETFUL:
                people.append(Forgetful(*who, plan=small_plan(self.bot.room, invite["name"], weeks[0])))
            else:
                plans = [small_plan(self.bot.room, invite["name"], week) for week in weeks]
                people.append(Teacher(*who, plans=plans, rest=self.rest))
        (self.bot.room / "plan.pdf").unlink()
        pairs = zip(people, invites, strict=True)
        self._crew.join([self._crew.start(partial(p.link, i["code"])) for p, i in pairs])
        return people

    def kill(self) -> None:
        """Once, after a random while; the next life begins at once. Raises AssertionError for a loss."""
        self.bot.live_a_little()
        if self.bot.random.random() < POWER_CUTS:
            self.bot.die_with_children()
        else:
            self.bot.die()
        self.bot.start()
        assert not self.aftermath.lost_updates(self.issued())
        self.orphans.check()
        self._crew.check()

    def back_up(self) -> None:
        """What the nightly timer does, beside everything else, unless it still does it."""
        if any(thread.is_alive() for thread in self._backing_up):
            return
        order = partial(hoso_bot, "backup", str(self._backups), "--home", str(self.bot.home))
        self._backing_up.append(self._crew.start(lambda: self.backups_made.append(order())))

    def restored(self) -> str:
        """What `restore` says of the newest backup once bytes, log and signatures are found good."""
        key = (self.bot.home / "master.key").read_text()
        home = self.bot.home.parent / "restored"
        return hoso_bot("restore", str(self._backups), "--home", str(home), HOSO_MASTER_KEY=key)

    def end(self) -> None:
        """Teachers see their last file through, leaders go home, the bot leaves."""
        self.bot.wait_until_ready()
        self._crew.join(self._backing_up)
        self._storm.clear()
        for kind in (Forgetful, Teacher, Leader):
            going = [person for person in self.people if isinstance(person, kind)]
            for person in going:
                person.closing.set()
            self._crew.join(self._at_work[person.staff_id] for person in going)
        until_quiet(self.aftermath)
        self.bot.leave()
        self.orphans.wait_until_gone()

    def issued(self) -> set[int]:
        """Every update people caused so far."""
        return {update_id for person in self.people for update_id in list(person.update_ids)}

    def judged(self) -> Judgement:
        """What is to be said once it has ended. Raises AssertionError when the log does not hold."""
        results = [one for person in self.people if isinstance(person, Teacher) for one in person.results]
        decisions = [one for person in self.people if isinstance(person, Leader) for one in person.decisions]
        found, issued = self.aftermath, self.issued()
        signatures, bad = found.signatures()
        reminders = self._reminders()
        broken = found.broken(issued, results, decisions, self.bot.deaths)
        broken["files damaged or half written"] += self._left_in_room()
        hoso_bot("audit", "verify", "--home", str(self.bot.home))
        return Judgement(
            kills=len(self.bot.deaths),
            seconds=time.monotonic() - self._began,
            updates=len(found.acknowledged(issued)),
            plans=len(results),
            decisions=len(decisions),
            signatures=signatures,
            reminders=sum(reminders.values()),
            repeated=len(found.repeated_messages()),
            unnamed=len(found.unnamed_files()),
            taps_repeated=sum(person.repeats for person in self.people),
            ready_after=median(self.bot.start_seconds),
            workers_gone_after=self.orphans.slowest,
            broken={
                **broken,
                "reminders doubled": [name for name, times in reminders.items() if times > 1],
                "signatures that do not hold": bad,
            },
        )

    def _reminders(self) -> Counter[str]:
        """How often each forgotten file was a message; one that a kill repeated counts once."""
        repeated = {message["message_id"] for message in self.aftermath.repeated_messages()}
        return Counter(
            {
                name: sum(heard.message_id not in repeated for heard in person.reminders(name))
                for person in self.people
                if isinstance(person, Forgetful)
                for name in person.names
            }
        )

    def _left_in_room(self) -> list[str]:
        """What is no folder of a sandbox: those whose sandbox was killed too are left to who tidies /tmp."""
        return [path.name for path in self.bot.room.iterdir() if not path.name.startswith("hoso-sandbox-")]
