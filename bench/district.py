"""What one more school costs a process that has many: memory, connections, work at rest.

    python -m bench.district [schools]

A real `hoso-bot run` on a PostgreSQL server of its own, by polling and by webhook, with few schools and with
many; memory as in `bench.footprint`, processor time over a minute in which nobody writes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.acceptance.mortal_bot import readyz
from tests.database import rows_of
from tests.fakes.telegram_sim import TelegramSim
from tests.ports import free_port
from tests.postgres import PostgresServer

from bench.footprint import memory
from bench.real_process import bot, cpu_seconds
from hoso_bot.clock import SystemClock
from hoso_bot.deployment import Deployment
from hoso_bot.founding import found, init_deployment
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.store.school_settings import SchoolSettings

FEW, MANY = 5, 105
AT_REST_SECONDS = 30.0
BEGUN_WITHIN = 600.0

Row = dict[str, float]


def run(many: int = MANY) -> dict[str, Any]:
    """By way of receiving: what each further school costs, and the whole with few and with many."""
    with PostgresServer() as server, TelegramSim() as telegram:
        found = {}
        for mode in ("polling", "webhook"):
            rows = [_once(server, telegram, mode, schools) for schools in (FEW, many)]
            each = (rows[1]["main_pss_mb"] - rows[0]["main_pss_mb"]) / (many - FEW)
            found[mode] = {"few": rows[0], "many": rows[1], "schools": many, "mb_a_school": each}
    return found


def _once(server: PostgresServer, telegram: TelegramSim, mode: str, schools: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as name:
        home, url, port = Path(name) / "district", server.url(server.create()), free_port()
        init_deployment(home, url)
        deployment = Deployment.at(home)
        for number in range(schools):
            _add(deployment, f"school-{number}", telegram.world().token, mode, port)
        with bot(home, port, TELEGRAM__BASE_URL=telegram.base_url) as process:
            _until_all_work(port, schools)
            time.sleep(5)
            before = cpu_seconds(process.pid)
            time.sleep(AT_REST_SECONDS)
            busy = (cpu_seconds(process.pid) - before) / AT_REST_SECONDS
            [(connections,)] = rows_of(url, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'hoso'")
            return {**memory(process.pid), "busy": busy, "connections": float(connections)}


def _add(deployment: Deployment, school_id: str, token: str, mode: str, port: int) -> None:
    """As `hoso-bot school add` does."""
    own: dict[str, Any] = {"telegram": {"token": token}, "signing": {"custody": "server"}}
    if mode == "webhook":
        own["telegram"] |= {"mode": mode, "secret": "secret-of-a-bench"}
        own["web"] = {"public_url": f"http://{school_id}.localhost:{port}"}
    now, db = SystemClock().now(), deployment.database(school_id)
    row = SchoolSettings(db).keep(deployment.seal(school_id, own), now)
    found(db, school_id, now, master_key_from_text(deployment.settings.master()), more=row)
    db.close()


def _until_all_work(port: int, schools: int) -> None:
    deadline = time.time() + BEGUN_WITHIN
    while time.time() < deadline:
        time.sleep(0.5)
        if state := readyz(port, timeout=20):
            assert not state["troubles"], state
            if state["worker_of"] == schools:
                return
    raise TimeoutError(f"{schools} schools did not begin within {BEGUN_WITHIN} s")


def table(found: dict[str, Any]) -> str:
    """The result of `run` for a terminal."""
    lines = []
    for mode, each in found.items():
        for row, schools in ((each["few"], FEW), (each["many"], each["schools"])):
            lines.append(
                f"{mode:8} {schools:>4} schools {row['main_pss_mb']:>6.0f} MB PSS main,"
                f" {row['tree_pss_mb']:>6.0f} MB with workers, {row['connections']:>3.0f} connections,"
                f" {row['busy']:.1%} of a processor at rest"
            )
        lines.append(f"{mode:8} one more school: {each['mb_a_school']:.2f} MB")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(run(*(int(n) for n in sys.argv[1:]))))
