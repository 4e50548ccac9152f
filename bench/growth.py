"""What one plan, one board, one list costs as the archive grows from 1,000 to 100,000 plans.

    python -m bench.growth [--sizes 1000 10000 100000] [--engines sqlite postgresql]

A hundred and twenty teachers, each with as many earlier plans as it takes: uploads, plans, versions, signed
steps, the log, both queues as retention leaves them. A few more plans then go the whole way through the real
process (CPU of its main process, which is what rows can cost; what people waited), and the handlers of
`/baocao`, `/hoso`, `/choduyet` and of one round of reminders are asked in this process (CPU, median). Goal:
at the largest archive at most 1.20 of the smallest.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # the plans and the PostgreSQL of the tests

import sqlalchemy as sa
from tests.postgres import PostgresServer

from bench.evening import ENGINES, Evening, played
from bench.evening_school import VICE, EveningSchool, next_week, plan_for
from hoso_bot import texts
from hoso_bot.clock import SystemClock
from hoso_bot.domain import events as ev
from hoso_bot.domain.calendar import default_weeks
from hoso_bot.domain.events import Address
from hoso_bot.domain.weekend_events import ReminderRound
from hoso_bot.handlers import handle
from hoso_bot.lookups import Desk
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.files import FolderStore
from hoso_bot.store.people import People
from hoso_bot.store.tables import audit, inbox, outbox, plans, steps, uploads, versions
from hoso_bot.unit_of_work import UnitOfWork

SIZES = (1_000, 10_000, 100_000)
TEACHERS, PLAYED, ASKED = 120, 10, 15
GOAL = 1.20
AT_ONCE = 2_000
EVENTS = ("FileSent", "UploadStored", "SubmitPressed", "StepApproved", "SignatureMade", "SignatureMade")
LOGGED = ("upload.received", "plan.submitted", "step.approved", "step.signed", "step.signed", "plan.approved")
SAID = ("file.received", "submit.confirm", "submit.done", "card.review", "sign.done", "result.approved")

Row = dict[str, Any]


class History:
    """Plans of earlier years, approved long ago, written as the program would have left them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        people = People(db).all()
        self._teachers = [p for p in people if p.staff_id.startswith("GV")]
        self._signers = [self._teachers[0].id, next(p.id for p in people if p.staff_id == "PHT01")]
        self._all = self._endless()
        self._logged = 0
        self.written = 0

    def grow(self, to: int) -> None:
        """So many plans in all."""
        with self._db.read() as connection:
            highest = connection.scalar(sa.select(sa.func.max(audit.c.number)))
        self._logged = highest or 0
        while self.written < to:
            some = list(islice(self._all, min(AT_ONCE, to - self.written)))
            with self._db.write() as connection:
                for table in (uploads, plans, versions, steps, audit, inbox, outbox):
                    connection.execute(table.insert(), [row for plan in some for row in plan[table.name]])
            self.written += len(some)
        if self._db.url.startswith("postgresql"):
            self._analyzed()

    def _analyzed(self) -> None:
        """As the server's own autovacuum does within minutes."""
        with self._db.write() as connection:
            connection.execute(sa.text("ANALYZE"))

    def _endless(self) -> Iterator[dict[str, list[Row]]]:
        for back in range(1, 200):
            year = f"{2026 - back}-{2027 - back}"
            for week in reversed(default_weeks("2026-2027")):
                at = datetime.combine(week.first, datetime.min.time(), UTC) - timedelta(days=365 * back + 1)
                for teacher in self._teachers:
                    yield self._plan(year, week.number, teacher, moment(at))

    def _plan(self, year: str, week: int, teacher: Any, at: str) -> dict[str, list[Row]]:
        plan, version, upload, school = new_id(), new_id(), new_id(), self._db.school_id
        code = f"KHBD-{year[2:4]}{year[7:]}-T{week:02}-{teacher.staff_id}"
        chat, sha256 = teacher.staff_id.removeprefix("GV"), f"{hash(plan) % 16**12:064x}"
        mine = {"school_id": school}
        sent = {"channel": "telegram", "chat_id": chat}
        of = {"year": year, "week": week, "register": "KHBD", "part": "", "instead_of": ""}
        owner = {**mine, "person_id": teacher.id}
        file = {"name": "KHBD.pdf", "size": 650_000}
        stages = {"original_sha256": sha256, "review_sha256": sha256[::-1], "current_sha256": sha256[::-1]}
        message = {"facts": {}, "buttons": [], "attachment": None}
        step = {**mine, "version_id": version, "state": "signed", "decided_at": at}
        roles = zip((1, 2), ("group_head", "vice_principal"), self._signers, strict=True)
        return {
            "uploads": [
                {**owner, **sent, **of, **file, "id": upload, "sha256": sha256, "sent_at": at}
                | {"state": "submitted"}
            ],
            "plans": [{**owner, **of, "id": plan, "code": code, "version": 1, "state": "approved"}],
            "versions": [
                {**mine, **stages, "id": version, "plan_id": plan, "number": 1, "upload_id": upload}
                | {"state": "approved", "size": 650_000, "pages": 12, "submitted_at": at, "minutes_late": 0}
                | {"lookup_code": plan.lower() + plan[:4]}
            ],
            "steps": [
                {**step, "number": n, "role": role, "signer_id": signer, "signed_sha256": f"{n}{sha256[1:]}"}
                for n, role, signer in roles
            ],
            "audit": [self._entry(action, code, at) for action in LOGGED],
            "inbox": [
                {**mine, "source": "telegram", "external_id": f"{plan}:{n}", "lane": f"telegram:{chat}"}
                | {"payload": {"emptied": what}, "state": "done"}
                | dict.fromkeys(("received_at", "try_at", "done_at"), at)
                for n, what in enumerate(EVENTS)
            ],
            "outbox": [
                {**owner, **sent, "key": f"{plan}:{n}", "message": {**message, "text": text}, "state": "sent"}
                | {"ref": "1"}
                | dict.fromkeys(("created_at", "try_at", "sent_at"), at)
                for n, text in enumerate(SAID)
            ],
        }

    def _entry(self, action: str, code: str, at: str) -> Row:
        self._logged += 1
        place = {"school_id": self._db.school_id, "number": self._logged, "at": at, "actor": "hoso-bot"}
        return {
            **place,
            "action": action,
            "subject": code,
            "facts": {"version": 1, "step": 0},
            "hash": "0" * 64,
        }


# --- measuring ------------------------------------------------------------------------------------------


def run(sizes: Sequence[int] = SIZES, engines: Sequence[str] = ENGINES) -> Row:
    """By engine and size of the archive."""
    found: Row = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hoso-growth-")))
        for engine in engines:
            database = ""
            if engine == "postgresql":
                server = stack.enter_context(PostgresServer(durable=True))
                database = server.url(server.create())
            found[engine] = _grown(folder / engine, database, sizes)
    return found


def _grown(folder: Path, database: str, sizes: Sequence[int]) -> Row:
    folder.mkdir()
    school = EveningSchool.made(folder / "school", TEACHERS, database)
    settings = Settings(home=school.home)
    plan = plan_for(next_week(school.home), folder / "plan.pdf")
    db = Database(settings.database, settings.school_id)
    history, found = History(db), Row()
    for number, size in enumerate(sizes):
        history.grow(size)
        few = school.teachers[number * (PLAYED + 2) : (number + 1) * (PLAYED + 2)]
        found[str(size)] = {**_whole_way(school, plan, few), **_screens(db, settings)}
    db.close()
    return found


def _whole_way(school: EveningSchool, plan: Path, teachers: Sequence[int]) -> Row:
    """Two plans warm up; the others one after the other."""
    with Evening.begun(school, plan, workers=1) as evening:
        played(evening, teachers[:2], 1)
        figures = played(evening, teachers[2:], 1)
    main_cpu = sum(main for main, _ in figures["bot_cpu_ms"].values())
    waits = {f"{name}_ms": 1000 * figures[name]["p50"] for name in ("card", "hand in", "delivered")}
    return {"whole plan, CPU ms": main_cpu, **waits}


def _screens(db: Database, settings: Settings) -> Row:
    nobody: Any = None
    files = FolderStore(settings.home / "files")
    desk = Desk(db, SystemClock(), files, nobody, nobody, texts.render)
    vice, teacher = Address("telegram", str(VICE)), Address("telegram", str(TEACHERS))
    asked = {
        "/baocao": (ev.CommandSent(vice, datetime.now(UTC), "1", "baocao", ""), vice),
        "/choduyet": (ev.CommandSent(vice, datetime.now(UTC), "1", "choduyet", ""), vice),
        "/hoso": (ev.CommandSent(teacher, datetime.now(UTC), "1", "hoso", ""), teacher),
        "/trangthai": (ev.CommandSent(teacher, datetime.now(UTC), "1", "trangthai", ""), teacher),
        "reminders": (ReminderRound(datetime.now(UTC).isoformat()), None),
    }
    return {f"{name}, CPU ms": _cost(desk, event, origin) for name, (event, origin) in asked.items()}


def _cost(desk: Desk, event: Any, origin: Address | None) -> float:
    """Median CPU in ms of looking and deciding; nothing is written."""

    def once() -> float:
        with desk.db.looking():
            began = time.process_time()
            person = People(desk.db).at(origin) if origin else None
            handle(event, UnitOfWork(desk, "bench", origin, person))
            return 1000 * (time.process_time() - began)

    return median(once() for _ in range(ASKED))


def table(found: Row) -> str:
    """A line a figure, a column a size, and the largest against the smallest."""
    lines = []
    for engine, sizes in found.items():
        names = list(next(iter(sizes.values())))
        lines.append(
            f"{engine:<22}" + "".join(f"{int(size):>12,}" for size in sizes) + f"{'ratio':>8}{'goal':>6}"
        )
        for name in names:
            values = [row[name] for row in sizes.values()]
            ratio = values[-1] / values[0] if values[0] else 0.0
            lines.append(
                f"{name:<22}" + "".join(f"{v:>12.1f}" for v in values) + f"{ratio:>8.2f}{GOAL:>6.2f}"
            )
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    wish = parser.parse_args()
    print(table(run(wish.sizes, wish.engines)))


if __name__ == "__main__":
    main()
