"""School years of weekends: 60 teachers, three replicas on one database, random outages, random people.

What is real: calendar, ledger, inbox, outbox, scheduler, handler, the sender's last look, every commit. What
is played: the clock, the people, and a chat that takes every message. An oracle of its own, written from the
rule and not from the product's code, says who should have heard what.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bench.weekend_leaders import Led, Staff, is_quiet
from hoso_bot import texts
from hoso_bot.casework.reminding import is_due, still_wanted
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.calendar import VN, Week, default_weeks
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.events import Address, from_json
from hoso_bot.domain.expected import Exemption
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import REGISTER, Plan, PlanState, Version, VersionState
from hoso_bot.domain.weekend_events import REMINDER_LANE, ReminderRound
from hoso_bot.handlers import handle
from hoso_bot.lookups import Desk
from hoso_bot.store.db import Database, new_id
from hoso_bot.store.files import FolderStore
from hoso_bot.store.inbox import Inbox
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.people import People
from hoso_bot.store.plans import Plans
from hoso_bot.store.school import School
from hoso_bot.store.tables import people as people_table
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.scheduler import Round, Scheduler

SCHOOL = "school"
STEP = timedelta(minutes=30)
NIGHT_STEP = timedelta(hours=2)
UP, RECOVERS, SENDS = 0.75, 0.25, 0.9
"""Chance that a replica is up when its fate is drawn, that one that is down comes back in a step, and that
the chat platform can be reached in a step."""
ROLES = (Role.VICE_PRINCIPAL, *[Role.GROUP_HEAD] * 5)
"""Of the first people on the list; the others are teachers."""
DECIDES = 0.15
"""Chance that somebody decides on a waiting plan in a step."""


class Still:
    """A clock that stands where the simulation puts it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Where it stands."""
        return self.at


class Silence(Bell):
    """A bell without a loop."""

    def __init__(self) -> None:
        pass

    def ring(self) -> None:
        """Nobody listens."""


@dataclass
class Tally:
    """What happened. expected: moments that somebody who lacked the plan lived through with a bot running."""

    weeks: int = 0
    expected: int = 0
    messages: int = 0
    overtaken: int = 0
    told_within_the_hour: int = 0
    caught_up: int = 0
    missed: int = 0
    doubled: int = 0
    in_quiet_hours: int = 0
    to_who_had_submitted: int = 0
    to_who_is_exempt: int = 0
    unexpected: int = 0
    taken_back: int = 0
    conflicts: int = 0
    outage_steps: int = 0
    leaders_expected: int = 0
    leaders_messages: int = 0
    leaders_missed: int = 0
    leaders_doubled: int = 0
    leaders_unexpected: int = 0

    def counts(self, led: Led) -> None:
        """Add what leaders heard of one week."""
        self.leaders_expected += led.expected
        self.leaders_missed += led.missed
        self.leaders_doubled += led.doubled
        self.leaders_unexpected += led.unexpected

    @property
    def faults(self) -> int:
        """Everything that must be zero."""
        wrong = (self.missed, self.doubled, self.in_quiet_hours, self.to_who_had_submitted)
        of_leaders = self.leaders_missed + self.leaders_doubled + self.leaders_unexpected
        return sum(wrong) + self.to_who_is_exempt + self.unexpected + of_leaders


@dataclass
class Teacher:
    """What one person does about one week: submits at that moment (None: never), or is exempt from it."""

    person_id: str
    submits: datetime | None
    exempt: bool
    done: bool = False


class Replica:
    """One process: its own scheduler; the database is everybody's."""

    def __init__(self, world: World) -> None:
        self.up = True
        rounds = Round(
            "reminders", lambda: is_due(world.desk), lambda at: ReminderRound(at.isoformat()), REMINDER_LANE
        )
        self._scheduler = Scheduler(world.inbox, world.clock, Silence(), [rounds])

    def tick(self) -> None:
        """Look at the clock."""
        self._scheduler.tick()


@dataclass
class World:
    """The school, its database and its clock."""

    folder: Path
    chance: random.Random
    teachers: int
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        (self.folder / "files").mkdir(exist_ok=True)
        self.clock = Still(datetime(2023, 8, 1, 12, tzinfo=VN))
        self.db = Database(f"sqlite:///{self.folder / 'years.db'}")
        self.db.migrate()
        nobody: Any = None
        self.desk = Desk(
            self.db, self.clock, FolderStore(self.folder / "files"), nobody, nobody, texts.render
        )
        self.inbox = Inbox(self.db, self.clock)
        self.outbox = Outbox(self.db, self.clock)
        self.plans, self.obligations = Plans(self.db), Obligations(self.db)
        self.ids = self._open_school()
        self.staff = self._staff()
        self.waits: dict[str, list[ApprovalStep]] = {}
        self.moods = random.Random(self.teachers)  # leaders' own, so that they change nobody else's fate
        self.replicas = [Replica(self) for _ in range(3)]

    def _open_school(self) -> list[str]:
        people = People(self.db)
        with self.db.write() as connection:
            connection.execute(School(self.db).create("Trường mẫu", b"", b"", self.clock.now()))
            for number in range(self.teachers):
                connection.execute(people_table.insert(), [_row(number)])
        for number, person in enumerate(people.all()):
            address = Address("telegram", str(1000 + number))
            with self.db.write() as connection:
                connection.execute(people.link(person.id, address, "consent-2", self.clock.now()))
        return [person.id for person in people.all()]

    def _staff(self) -> Staff:
        """The head of each group, and everybody in it."""
        people = People(self.db).all()
        heads = {p.id: p.group for p in people if p.role is Role.GROUP_HEAD}
        groups = {head: [p.id for p in people if p.group == group] for head, group in heads.items()}
        return Staff(next(p.id for p in people if p.role is Role.VICE_PRINCIPAL), groups)

    # --- one step ----------------------------------------------------------------------------------

    def plan(self) -> None:
        """Every replica that is up ticks; what is in the inbox is handled, sometimes by two at once."""
        up = [replica for replica in self.replicas if replica.up]
        for replica in up:
            replica.tick()
        rows = self.inbox.claim(4, [])
        for row in rows:
            workers = 2 if len(up) > 1 and self.chance.random() < 0.3 else 1
            threads = [threading.Thread(target=self._handle, args=(row,)) for _ in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _handle(self, row: Any) -> None:
        key = f"in{row.id}-{threading.get_ident()}-{self.clock.now().timestamp()}"
        for _ in range(5):
            uow = UnitOfWork(self.desk, key)
            handle(from_json(row.payload), uow)
            uow.change(self.inbox.finish(row.id))
            try:
                uow.commit()
            except Conflict:
                self.tally.conflicts += 1
                with self.db.read() as connection:
                    state = connection.exec_driver_sql(
                        "SELECT state FROM inbox WHERE id = ?", (row.id,)
                    ).scalar()
                if state == "done":
                    return
            else:
                return
        raise AssertionError("conflicts without end")

    def _is_open(self, row_id: int) -> bool:
        with self.db.read() as connection:
            query = "SELECT 1 FROM inbox WHERE id = ? AND state <> 'done'"
            return connection.exec_driver_sql(query, (row_id,)).first() is not None

    def send(self) -> list[tuple[str, dict[str, Any], str]]:
        """Everything the outbox lets go: (person, message, its key); what is taken back is planned anew."""
        gone = list[tuple[str, dict[str, Any], str]]()
        while True:
            before = self.tally.taken_back
            gone += self._send()
            if self.tally.taken_back == before:
                return gone
            self.plan()

    def _send(self) -> list[tuple[str, dict[str, Any], str]]:
        gone = []
        while rows := self.outbox.claim(50, []):
            for row in rows:
                if row.message.get("fleeting") and not still_wanted(row, self.desk):
                    self.tally.taken_back += 1
                    continue
                gone.append((str(row.person_id), row.message, row.key))
                self.outbox.sent(row.id, f"ref{row.id}")
        return gone

    # --- what people do ------------------------------------------------------------------------------

    def submit(self, person_id: str, week: Week) -> None:
        """The facts of a submission, as the handler of `Trình ký` would write them."""
        plan = Plan(new_id(), week.year, REGISTER, person_id, week.number, new_id(), 1, PlanState.PENDING)
        now = self.clock.now()
        version = Version(new_id(), plan.id, 1, new_id(), VersionState.PENDING, "a", "b", "b", 1, 1, now, 0)
        with self.db.write() as connection:
            connection.execute(self.plans.add_plan(plan))
            connection.execute(self.plans.add_version(version))
            for step in self._chain(person_id, version.id):
                connection.execute(self.plans.add_step(step))

    def _chain(self, author: str, version_id: str) -> list[ApprovalStep]:
        """Head, then vice-principal; the latter alone for a head, nobody for himself."""
        vice = self.staff.vice
        heads = [head for head, group in self.staff.groups.items() if author in group and author != head]
        signers = [signer for signer in (*heads, vice) if author != vice]
        roles = {vice: Role.VICE_PRINCIPAL}
        steps = [
            ApprovalStep(
                version_id,
                number,
                roles.get(signer, Role.GROUP_HEAD),
                signer,
                StepState.WAITING if number > 1 else StepState.PENDING,
            )
            for number, signer in enumerate(signers, start=1)
        ]
        if steps:
            self.waits[version_id] = steps
        return steps

    def decide(self, version_id: str) -> None:
        """Whoever has it signs; after the last signature the plan is approved."""
        step, *later = self.waits.pop(version_id)
        plan, version = self.plans.version(version_id)
        now = self.clock.now()
        with self.db.write() as connection:
            connection.execute(self.plans.move_step(step, StepState.SIGNED, now))
            if later:
                connection.execute(self.plans.move_step(later[0], StepState.PENDING))
                self.waits[version_id] = [replace(later[0], state=StepState.PENDING), *later[1:]]
            else:
                connection.execute(self.plans.move_version(version, VersionState.APPROVED))
                connection.execute(self.plans.move_plan(plan, PlanState.APPROVED))

    def decide_everything(self) -> None:
        """The week is over; nothing waits any more."""
        while self.waits:
            self.decide(next(iter(self.waits)))

    def has_waiting(self, person_id: str) -> bool:
        """Whether something waits for this person's decision."""
        return any(steps[0].signer_id == person_id for steps in self.waits.values())

    def exempt(self, person_id: str, week: Week) -> None:
        """The head frees somebody of the week."""
        exemption = Exemption(person_id, week.year, week.number, "nghỉ ốm", "GV06", self.clock.now())
        with self.db.write() as connection:
            for statement in self.obligations.exempt(exemption):
                connection.execute(statement)


def _row(number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "school_id": SCHOOL,
        "staff_id": f"GV{number:03}",
        "name": f"Giáo viên {number}",
        "role": (ROLES[number] if number < len(ROLES) else Role.TEACHER).value,
        "group_name": f"Tổ {number % 5 + 1}",
        "classes": [f"{number % 5 + 1}A"],
        "subjects": ["Toán"],
        "periods": 20.0,
        "phone": "",
        "active": True,
    }


# --- the oracle: the rule in its own words ----------------------------------------------------------------


def expected_moments(week: Week, weeks: tuple[Week, ...]) -> dict[datetime, datetime]:
    """Moment -> when it is out of date: Saturday 08:00, Sunday 08:00, 17:00 and 20:30, Monday 06:30."""

    def at(day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), VN)

    sunday = week.deadline.date()
    taught = [day for other in weeks for day in other.days if day <= sunday]
    day = timedelta(days=1)
    if taught and sunday - max(taught) > 4 * day:
        ahead = [at(max(taught), 17), at(sunday, 17)]
    else:
        ahead = [at(sunday - day, 8), at(sunday, 8), at(sunday, 17), at(sunday, 20, 30)]
    late = at(week.first, 6, 30)
    return {**dict.fromkeys(ahead, week.deadline), late: late + 2 * day}


def simulate(first_year: int, years: int, teachers: int, seed: int, weeks_a_year: int = 35) -> Tally:
    """Live through every weekend of these school years."""
    with tempfile.TemporaryDirectory(prefix="hoso-years-") as folder:
        world = World(Path(folder), random.Random(seed), teachers)
        for year in range(first_year, first_year + years):
            weeks = default_weeks(f"{year}-{year + 1}")
            with world.db.write() as connection:
                for statement in School(world.db).add_weeks(weeks):
                    connection.execute(statement)
            for week in weeks[:weeks_a_year]:
                _weekend(world, week, weeks)
        world.db.close()
        return world.tally


Heard = dict[str, list[tuple[datetime, datetime]]]
"""By person: (moment, when it was said)."""


@dataclass
class Trial:
    """One week. moments: each with when it is out of date.

    For each that came while a bot was running: who lacked the plan then, when that was, and when a message
    about it could first be sent.
    """

    moments: dict[datetime, datetime]
    lacking: dict[datetime, set[str]] = field(default_factory=dict)
    planned: dict[datetime, datetime] = field(default_factory=dict)
    could_go: dict[datetime, datetime] = field(default_factory=dict)


def _weekend(world: World, week: Week, weeks: tuple[Week, ...]) -> None:
    moments = expected_moments(week, weeks)
    chance, tally = world.chance, world.tally
    tally.weeks += 1
    begin, end = min(moments) - timedelta(hours=3), max(moments.values()) - timedelta(hours=20)
    fates = [_fate(person, begin, end, chance) for person in world.ids]
    heard: Heard = {person: [] for person in world.ids}
    pending, now, outage = set(moments), begin, 0
    trial, led = Trial(moments), Led.of(week, world.staff)
    while now <= end:
        world.clock.at = now
        _people_act(world, week, fates, now)
        outage = outage - 1 if outage else (chance.randrange(4, 60) if chance.random() < 0.02 else 0)
        for replica in world.replicas:
            replica.up = not outage and (chance.random() < UP if replica.up else chance.random() < RECOVERS)
        up = any(replica.up for replica in world.replicas)
        tally.outage_steps += not up
        if up and not is_quiet(now):
            due = {m for m in pending if m <= now}
            alive = {m for m in due if now < moments[m]}
            pending -= due
            for moment in alive:
                trial.lacking[moment] = {f.person_id for f in fates if not f.done and not f.exempt}
                trial.planned[moment] = now
            tally.caught_up += len(alive) > 1
        if up:
            led.is_looked_at(now, _is_needed(world, fates))
            world.plan()
        if up and chance.random() < SENDS:
            led.could_go(now, _is_needed(world, fates))
            for moment in trial.lacking:
                if not is_quiet(now) and now < moments[moment]:
                    trial.could_go.setdefault(moment, now)
            _hear(world, world.send(), week, fates, heard, led)
        now += NIGHT_STEP if is_quiet(now) and is_quiet(now + NIGHT_STEP) else STEP
    _judge(world, fates, trial, heard)
    tally.counts(led)
    world.decide_everything()


def _is_needed(world: World, fates: list[Teacher]) -> Callable[[str, str], bool]:
    """Whether a leader's line has something to say now."""
    lacking = {fate.person_id for fate in fates if not fate.done and not fate.exempt}

    def is_needed(person: str, kind: str) -> bool:
        if person == world.staff.vice and kind in ("board", "unanswered"):
            return kind == "board" or any(world.has_waiting(head) for head in world.staff.groups)
        if kind not in ("summary", "silent"):
            return False
        own = world.staff.groups.get(person, []) if kind == "summary" else []
        return world.has_waiting(person) or bool(lacking.intersection(own))

    return is_needed


def _fate(person: str, begin: datetime, end: datetime, chance: random.Random) -> Teacher:
    """Most hand in some time; some before anything is said, some never, some are exempt."""
    kind = chance.random()
    span = (end - begin).total_seconds()
    when = begin + timedelta(seconds=chance.uniform(0, span))
    if kind < 0.35:
        return Teacher(person, begin, False)
    return Teacher(person, when if kind < 0.85 else None, kind > 0.95)


def _people_act(world: World, week: Week, fates: list[Teacher], now: datetime) -> None:
    for fate in fates:
        if fate.exempt and not fate.done:
            world.exempt(fate.person_id, week)
            fate.done = True
        elif fate.submits and fate.submits <= now and not fate.done:
            world.submit(fate.person_id, week)
            fate.done = True
    if world.waits and world.moods.random() < DECIDES:
        world.decide(world.moods.choice(list(world.waits)))


def _hear(
    world: World,
    said: list[tuple[str, dict[str, Any], str]],
    week: Week,
    fates: list[Teacher],
    heard: Heard,
    led: Led,
) -> None:
    by_person = {fate.person_id: fate for fate in fates}
    now, tally = world.clock.now(), world.tally
    is_needed = _is_needed(world, fates)
    for person, message, key in said:
        tally.in_quiet_hours += is_quiet(now)
        with world.db.read() as connection:
            query = "SELECT kind, subject, due_at FROM reminders WHERE message_key = ?"
            rows = [(kind, subject, at) for kind, subject, at in connection.exec_driver_sql(query, (key,))]
        if message["text"].startswith("leading."):
            tally.leaders_messages += 1
            led.hears(person, rows, is_needed)
            continue
        tally.messages += 1
        about = {(item["year"], item["week"]) for item in message["facts"]["items"]}
        if (week.year, week.number) in about:
            tally.to_who_had_submitted += by_person[person].done and not by_person[person].exempt
            tally.to_who_is_exempt += by_person[person].exempt
        else:
            tally.unexpected += 1
        moments = [datetime.fromisoformat(at).astimezone(VN) for _, _, at in rows]
        tally.unexpected += not moments
        heard[person] += [(moment, now) for moment in moments]


def _judge(world: World, fates: list[Teacher], trial: Trial, heard: Heard) -> None:
    """Every moment somebody lived through without a plan was said once, unless the plan came first."""
    tally = world.tally
    submitted = {f.person_id: f.submits for f in fates if f.done and f.submits and not f.exempt}
    for person, said in heard.items():
        moments = [moment for moment, _ in said]
        tally.doubled += len(moments) - len(set(moments))
        tally.unexpected += len({m for m in moments if person not in trial.lacking.get(m, set())})
    for moment, people in trial.lacking.items():
        tally.expected += len(people)
        for person in people:
            if moment not in [m for m, _ in heard[person]]:
                _excuse(moment, submitted.get(person), trial, heard[person], tally)


def _excuse(
    moment: datetime,
    submitted: datetime | None,
    trial: Trial,
    said: list[tuple[datetime, datetime]],
    tally: Tally,
) -> None:
    """Why a moment was not said; without a reason it was missed."""
    planned, could_go = trial.planned[moment], trial.could_go.get(moment)
    if could_go is None or (submitted and submitted <= could_go):
        tally.overtaken += 1
    elif any(timedelta() <= then - at < timedelta(hours=1) for _, at in said for then in (planned, could_go)):
        tally.told_within_the_hour += 1
    else:
        tally.missed += 1


def run(years: int = 4, teachers: int = 60, seed: int = 20261124) -> dict[str, Any]:
    """The figures of the long run."""
    tally = simulate(2023, years, teachers, seed)
    return {"years": years, "teachers": teachers, "faults": tally.faults, **tally.__dict__}


def table(found: dict[str, Any]) -> str:
    """One figure a line."""
    return "\n".join(f"{name.replace('_', ' '):28}{value:>10}" for name, value in found.items())


if __name__ == "__main__":
    figures = run()
    print(table(figures))
    sys.exit(1 if figures["faults"] else 0)
