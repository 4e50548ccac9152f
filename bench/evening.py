"""Everybody hands in at once: file to card and tap to signed, through the real process, on both databases.

    python -m bench.evening [--plans 64] [--workers 1 2 4] [--engines sqlite postgresql]

Plans of 12 pages as Word saves them, no two alike, of as many teachers; `hoso-bot run` by webhook; phones
and Bot API are one light process (`bench.phones`), and that, the bot, its workers and PostgreSQL share the
machine. First a few plans one after the other, then all at once: send, `Trình ký`, the heads sign all, the
vice-principal signs all.

to card: from the update being posted to the confirmation card arriving. to signed: from the tap on
`Xác nhận` to the signature on record (checked, fsynced, committed, as the school's own log says). to
delivered: until the signature is validated and the file in the next hands. alone: what the same number of
workers does with the same files and nothing around it; `of alone` is a ratio inside one run, so a slow
machine slows both.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # the plans and the PostgreSQL of the tests

import sqlalchemy as sa
from tests.acceptance.mortal_bot import descendants
from tests.ports import free_port
from tests.postgres import PostgresServer

from bench.approvals import WaitingSchool
from bench.evening_school import VICE, EveningSchool, next_week, plan_for
from bench.phones import SECRET
from bench.quantiles import quantiles
from bench.real_process import bot, cpu_seconds, ready_at
from hoso_bot.domain.signing import Box, ReviewCopyOrder, SignOrder
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database, from_moment
from hoso_bot.store.tables import audit

PLANS, ALONE, CROWD = 64, 4, 8
TOKEN = "7000000001:evening-bench-token-of-no-bot-at-all"
WORKERS, ENGINES = (1, 2, 4), ("sqlite", "postgresql")
CARDS_GOAL, SIGNED_GOAL = 20.0, 45.0
BOXES = (Box("Buoc1", "TỔ TRƯỞNG CHUYÊN MÔN"), Box("Buoc2", "PHÓ HIỆU TRƯỞNG"))

Row = dict[str, Any]


@dataclass
class Phones:
    """The process of `bench.phones`."""

    process: subprocess.Popen[str]
    port: int = 0

    @classmethod
    @contextlib.contextmanager
    def started(cls, plan: Path) -> Iterator[Phones]:
        command = [sys.executable, "-m", "bench.phones", str(plan)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            phones = cls(process)
            phones.port = phones._hear()["port"]
            try:
                yield phones
            finally:
                process.terminate()

    def asks(self, **order: Any) -> Row:
        """What came of one order. Raises RuntimeError when somebody waited in vain."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._hear()

    def _hear(self) -> Row:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the phones gave up: somebody waited in vain")
        found: Row = json.loads(line)
        return found


@dataclass
class Evening:
    """One school's evening with a running bot. pid: of its main process."""

    school: EveningSchool
    phones: Phones
    pid: int
    port: int
    sent: int = 0
    cpu: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    @contextlib.contextmanager
    def begun(cls, school: EveningSchool, plan: Path, workers: int) -> Iterator[Evening]:
        """With phones that send copies of this plan, and a bot that is ready."""
        port = free_port()
        with (
            Phones.started(plan) as phones,
            bot(school.home, port, **_settings(phones, port, workers)) as process,
        ):
            ready_at(port)
            phones.asks(do="meet", bot=port)
            yield cls(school, phones, process.pid, port)

    def send(self, teachers: Sequence[int], together: int) -> Row:
        """Files to cards."""
        self.sent += len(teachers)
        order = {"do": "send", "teachers": teachers, "first": self.sent, "together": together}
        return self._measured("card", order)

    def hand_in(self, teachers: Sequence[int], together: int) -> Row:
        """`Trình ký`."""
        presses = [[who, "card", who, "submitted", who] for who in teachers]
        return self._measured("hand in", {"do": "press", "presses": presses, "together": together})

    def sign(self, teachers: Sequence[int], step: int, together: int) -> Row:
        """`Ký duyệt` for each, then `Xác nhận` for all of them."""
        by = {who: self.school.heads[who] if step == 1 else VICE for who in teachers}
        look = [[by[who], "review", who, "question", by[who]] for who in teachers]
        self._measured("look", {"do": "press", "presses": look, "together": together})
        began = time.time()
        told = {who: ("signed", by[who]) if step == 1 else ("approved", who) for who in teachers}
        presses = [[by[who], "question", who, *told[who]] for who in teachers]
        found = self._measured("sign", {"do": "press", "presses": presses, "together": together})
        taps = {who: at for who, (at, _, _) in zip(teachers, found["done"], strict=True)}
        found["signed"] = _signed(self.school.home, taps, step, began)
        return found

    def _measured(self, name: str, order: Row) -> Row:
        before = _used(self.pid)
        found = self.phones.asks(**order)
        self._rest()
        more = (now - then for now, then in zip(_used(self.pid), before, strict=True))
        main, workers = (was + used for was, used in zip(self.cpu.get(name, (0.0, 0.0)), more, strict=True))
        self.cpu[name] = main, workers
        return found

    def _rest(self) -> None:
        """Until nothing is owed any more: review copies, validations."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", "/readyz")
                state = json.load(connection.getresponse())
            waiting = [
                state[box].get(kind, 0)
                for box in ("inbox", "outbox")
                for kind in ("todo", "doing", "sending")
            ]
            if not any(waiting):
                return
            time.sleep(0.05)


def _signed(home: Path, taps: dict[int, float], step: int, began: float) -> list[tuple[float, float]]:
    """(tap, signature on record) of each, from the school's log."""
    settings = Settings(home=home)
    db = Database(settings.database, settings.school_id)
    query = sa.select(audit.c.subject, audit.c.at, audit.c.facts).where(
        audit.c.school_id == settings.school_id, audit.c.action == "step.signed"
    )
    with db.read() as connection:
        rows = [
            (row.subject, _seconds(row.at)) for row in connection.execute(query) if row.facts["step"] == step
        ]
    db.close()
    found = {int(code.partition("-GV")[2]): at for code, at in rows if at >= began - 1}
    return [(at, found[who]) for who, at in taps.items()]


def _seconds(at: str) -> float:
    return from_moment(at).astimezone(UTC).timestamp()


def _used(pid: int) -> tuple[float, float]:
    """Seconds of CPU of the main process, and of all it ever started."""
    workers = 0.0
    for member in descendants(pid):
        with contextlib.suppress(OSError):  # it has just ended
            workers += cpu_seconds(member, ended=True)
    return cpu_seconds(pid), workers


# --- one run --------------------------------------------------------------------------------------------


def evening(folder: Path, plan: Path, plans: int, workers: int, database: str) -> Row:
    """The figures of one engine and number of workers."""
    school = EveningSchool.made(folder / "school", ALONE + CROWD + plans, database)
    few, crowd = school.teachers[:ALONE], school.teachers[ALONE:]
    first, many = crowd[:CROWD], crowd[CROWD:]
    with Evening.begun(school, plan, workers) as now:
        alone = played(now, few, 1)
        played(now, first, 0)  # what starts only when several come at once
        return {"alone": alone, "loaded": played(now, many, 0)}


def _settings(phones: Phones, port: int, workers: int) -> dict[str, str]:
    """What a bot needs to be theirs."""
    return {
        "TELEGRAM__TOKEN": TOKEN,
        "TELEGRAM__BASE_URL": f"http://127.0.0.1:{phones.port}",
        "TELEGRAM__MODE": "webhook",
        "TELEGRAM__SECRET": SECRET,
        "WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PDF__WORKERS": str(workers),
    }


def played(evening: Evening, teachers: Sequence[int], together: int) -> Row:
    """The whole evening of these teachers' plans, `together` at a time (0: all at once)."""
    evening.cpu.clear()
    steps = {"card": evening.send(teachers, together), "hand in": evening.hand_in(teachers, together)}
    for step in (1, 2):
        steps[f"sign {step}"] = evening.sign(teachers, step, together)
    signatures = [steps["sign 1"], steps["sign 2"]]
    return {
        "card": _figures([steps["card"]["done"]]),
        "hand in": _figures([steps["hand in"]["done"]]),
        "signed": _figures([found["signed"] for found in signatures]),
        "delivered": _figures([found["done"] for found in signatures]),
        "acknowledged": quantiles([ack for found in steps.values() for _, _, ack in found["done"]]),
        "bot_cpu_ms": {
            name: [1000 * part / len(teachers) for part in used] for name, used in evening.cpu.items()
        },
        "phones_cpu_ms": {name: 1000 * found["cpu"] / len(teachers) for name, found in steps.items()},
        "calls": {name: found["calls"] / len(teachers) for name, found in steps.items()},
    }


def _figures(rounds: Sequence[Sequence[Sequence[float]]]) -> Row:
    """Per second, and seconds people waited."""
    took = sum(max(row[1] for row in done) - min(row[0] for row in done) for done in rounds)
    waited = [row[1] - row[0] for done in rounds for row in done]
    return {"per_second": len(waited) / took, **quantiles(waited)}


# --- the workers alone ----------------------------------------------------------------------------------


def workers_alone(folder: Path, plan: Path, plans: int, workers: int) -> Row:
    """Plans taken in, and signatures made, per second by the same workers with nothing around them."""
    files = [folder / f"alone{number}.pdf" for number in range(plans)]
    for number, file in enumerate(files):
        file.write_bytes(plan.read_bytes() + b"%% alone %d\n" % number)
    with Sandbox(workers) as sandbox, ThreadPoolExecutor(workers) as people:

        def taken(file: Path) -> None:
            sandbox.take_in(file, file.name, file.with_suffix(".jpg"), lambda read: None)

        list(people.map(taken, files[:workers]))  # warm
        taken_in = _rate(people, taken, files)
        review = folder / "review.pdf"
        sandbox.review_copy(ReviewCopyOrder(plan, review, BOXES, "KHBD tuần 12", "KHBD-2627-T12-3A-1"))
    with (
        WaitingSchool.made(folder / "signers", "p256") as school,
        SigningDesk(school.master, workers) as desk,
    ):

        def signed(number: int) -> None:
            at = datetime.now(UTC)
            target = folder / f"signed{number}.pdf"
            desk.sign(
                SignOrder(review, target, "Buoc1", school.key, school.head.name, "Tổ trưởng", at, "KHBD-1")
            )

        with ThreadPoolExecutor(workers) as people:
            list(people.map(signed, range(workers)))
            made = _rate(people, signed, range(plans))
    return {"card": taken_in, "signed": made}


def _rate(people: ThreadPoolExecutor, work: Any, things: Sequence[Any]) -> float:
    began = time.perf_counter()
    list(people.map(work, things))
    return len(things) / (time.perf_counter() - began)


# --- all of it ------------------------------------------------------------------------------------------


def run(plans: int = PLANS, workers: Sequence[int] = WORKERS, engines: Sequence[str] = ENGINES) -> Row:
    """By engine and number of workers; `workers alone` by number."""
    found: Row = {"plans": plans, "goals": {"card": CARDS_GOAL, "signed": SIGNED_GOAL}, "engines": {}}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hoso-evening-")))
        server = stack.enter_context(PostgresServer(durable=True)) if "postgresql" in engines else None
        plan = _plan(folder)
        found["workers alone"] = {
            str(n): workers_alone(_new(folder / f"alone{n}"), plan, plans, n) for n in workers
        }
        for engine in engines:
            found["engines"][engine] = {}
            for number in workers:
                database = server.url(server.create()) if server and engine == "postgresql" else ""
                room = _new(folder / f"{engine}{number}")
                found["engines"][engine][str(number)] = evening(room, plan, plans, number, database)
    return found


def _plan(folder: Path) -> Path:
    first = EveningSchool.made(_new(folder / "calendar") / "school", 1)
    return plan_for(next_week(first.home), folder / "plan.pdf")


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def table(found: Row) -> str:
    """A few lines a run."""
    lines = [f"{found['plans']} plans of 12 pages at once, then one after the other in seconds"]
    head = f"{'':<22}{'per s':>7}{'alone/s':>9}{'of alone':>10}{'p50':>8}{'p95':>8}{'p99':>8}"
    head += f"{'| one p50':>11}{'p99':>8}"
    for engine, by_workers in found["engines"].items():
        for number, row in by_workers.items():
            lines += [f"\n{engine}, {number} workers", head]
            bound = found["workers alone"][number]
            for name in ("card", "hand in", "signed", "delivered"):
                lines.append(_line(name, row["loaded"][name], row["alone"][name], bound.get(name)))
            cpu = ", ".join(
                f"{name} {main:.0f}+{rest:.0f}" for name, (main, rest) in row["loaded"]["bot_cpu_ms"].items()
            )
            people = ", ".join(f"{name} {ms:.1f}" for name, ms in row["loaded"]["phones_cpu_ms"].items())
            lines.append(f"ms of CPU a plan, main process + workers: {cpu}; phones and Bot API {people}")
    return "\n".join(lines)


def _line(name: str, loaded: Row, alone: Row, bound: float | None) -> str:
    against = f"{bound:>9.1f}{loaded['per_second'] / bound:>10.2f}" if bound else f"{'':>19}"
    waits = "".join(f"{loaded[key]:>8.2f}" for key in ("p50", "p95", "p99"))
    return (
        f"to {name:<19}{loaded['per_second']:>7.1f}{against}{waits}{alone['p50']:>11.3f}{alone['p99']:>8.3f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.evening", description=__doc__)
    parser.add_argument("--plans", type=int, default=PLANS)
    parser.add_argument("--workers", type=int, nargs="+", default=list(WORKERS))
    parser.add_argument("--engines", nargs="+", default=list(ENGINES))
    wish = parser.parse_args()
    print(table(run(wish.plans, wish.workers, wish.engines)))


if __name__ == "__main__":
    main()
