"""Planning a Saturday morning for 30,000 people, against the bare queries and inserts of the same rows.

Both sides run on fresh copies of one database, interleaved, each in one transaction with synchronous=FULL.
The bare side reads the same tables with plain SQL and writes rows that lie ready as Python dicts. The garbage
collector is set as `hoso-bot run` sets it, and looks at neither side's ready rows.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.weekends import SCHOOL, Still
from hoso_bot import texts
from hoso_bot.commands.running import collect_rarely
from hoso_bot.domain.calendar import VN, Week, default_weeks
from hoso_bot.domain.roster import Role
from hoso_bot.domain.weekend_events import ReminderRound
from hoso_bot.handlers import handle
from hoso_bot.lookups import Desk
from hoso_bot.store.db import Database, moment, new_id
from hoso_bot.store.files import FolderStore
from hoso_bot.store.school import School
from hoso_bot.store.tables import accounts, buttons, outbox, people, plans, reminders, versions
from hoso_bot.unit_of_work import UnitOfWork

PEOPLE, MISSING_SHARE = 30_000, 0.5
READ = ("people", "accounts", "plans", "versions", "stays", "posts", "exemptions", "uploads", "reminders")


def run(rounds: int, count: int = PEOPLE) -> dict[str, Any]:
    """Seconds of both sides, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="hoso-planning-") as folder:
        week = default_weeks("2026-2027")[12]
        at = datetime.combine(week.deadline.date() - timedelta(days=1), datetime.min.time(), VN)
        clock = Still(at.replace(hour=8))
        original = _school(Path(folder), count, week, clock)
        sides: dict[str, list[tuple[float, float]]] = {"planned": [], "bare": []}
        rows: dict[str, list[dict[str, Any]]] = {}
        for _ in range(rounds + 1):
            for name in ("planned", "bare"):
                copy = Path(folder) / f"{name}.db"
                shutil.copy(original, copy)
                db = Database(f"sqlite:///{copy}")
                began, worked = time.perf_counter(), time.process_time()
                _plan(db, clock) if name == "planned" else _bare(db, rows)
                sides[name].append((time.perf_counter() - began, time.process_time() - worked))
                if not rows:
                    rows = _written(db)
                    collect_rarely()
                db.close()
        return {"people": count, "messages": len(rows["outbox"]), **_figures(sides)}


def _figures(sides: dict[str, list[tuple[float, float]]]) -> dict[str, float]:
    """Medians without the first round, by the wall and by this process's CPU alone."""
    found: dict[str, float] = {}
    for at, measure in enumerate(("", "_cpu")):
        for name, rounds in sides.items():
            found[name + measure] = statistics.median(taken[at] for taken in rounds[1:])
        found["ratio" + measure] = found["planned" + measure] / found["bare" + measure]
    return found


def _school(folder: Path, count: int, week: Week, clock: Still) -> Path:
    path = folder / "school.db"
    db = Database(f"sqlite:///{path}")
    db.migrate()
    staff = [_person(number) for number in range(count)]
    at = moment(clock.now() - timedelta(days=30))
    done = staff[: int(count * (1 - MISSING_SHARE))]
    handed_in = [_plan_row(person, week) for person in done]
    clock_then = clock.now() - timedelta(minutes=5)
    with db.write() as connection:
        connection.execute(School(db).create("Trường mẫu", b"", b"", clock_then))
        for statement in School(db).add_weeks(default_weeks(week.year)):
            connection.execute(statement)
        connection.execute(people.insert(), staff)
        connection.execute(accounts.insert(), [_account(person, at) for person in staff])
        connection.execute(plans.insert(), handed_in)
        connection.execute(versions.insert(), [_version(plan, at) for plan in handed_in])
    db.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def _person(number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "school_id": SCHOOL,
        "staff_id": f"GV{number:05}",
        "name": f"Giáo viên {number}",
        "role": Role.TEACHER.value,
        "group_name": f"Tổ {number % 500}",
        "classes": ["4A"],
        "subjects": ["Toán"],
        "periods": 20.0,
        "phone": "",
        "active": True,
    }


def _account(person: dict[str, Any], at: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "school_id": SCHOOL,
        "person_id": person["id"],
        "channel": "telegram",
        "chat_id": person["staff_id"],
        "linked_at": at,
        "consent_text": "consent-2",
        "reachable": True,
    }


def _plan_row(person: dict[str, Any], week: Week) -> dict[str, Any]:
    return {
        "id": new_id(),
        "school_id": SCHOOL,
        "year": week.year,
        "register": "KHBD",
        "person_id": person["id"],
        "week": week.number,
        "code": person["staff_id"],
        "version": 1,
        "state": "pending",
    }


def _version(plan: dict[str, Any], at: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "school_id": SCHOOL,
        "plan_id": plan["id"],
        "number": 1,
        "upload_id": new_id(),
        "state": "pending",
        "original_sha256": "a",
        "review_sha256": "b",
        "current_sha256": "b",
        "size": 1,
        "pages": 1,
        "submitted_at": at,
        "minutes_late": 0,
    }


def _plan(db: Database, clock: Still) -> None:
    """The product: one round, one commit."""
    nobody: Any = None
    files = FolderStore(Path(db.url.removeprefix("sqlite:///")).parent / "files")
    uow = UnitOfWork(Desk(db, clock, files, nobody, nobody, texts.render), "in1")
    handle(ReminderRound(clock.now().isoformat()), uow)
    uow.commit()


def _bare(db: Database, rows: dict[str, list[dict[str, Any]]]) -> None:
    """The same tables read, the same rows written, nothing in between."""
    with db.read() as connection:
        for name in READ:
            connection.execute(
                sa.text(f"SELECT * FROM {name} WHERE school_id = :s"), {"s": SCHOOL}
            ).fetchall()
    with db.write() as connection:
        for table in (reminders, outbox, buttons):
            connection.execute(table.insert(), rows[table.name])


def _written(db: Database) -> dict[str, list[dict[str, Any]]]:
    """What the product wrote, as rows for the bare side."""
    with db.read() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
            for table in (reminders, outbox, buttons)
        }


def table(found: dict[str, Any]) -> str:
    """One line."""
    return (
        f"{found['people']} people, {found['messages']} messages: planned {found['planned']:.2f} s, "
        f"bare {found['bare']:.2f} s, ratio {found['ratio']:.2f} (goal: at most 3); "
        f"CPU alone {found['planned_cpu']:.2f} and {found['bare_cpu']:.2f} s, ratio {found['ratio_cpu']:.2f}"
    )
