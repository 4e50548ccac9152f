"""SIGKILL, hundreds of times, while a school works; then a plain bot under the same kills.

    python -m bench.kills [--kills 500] [--plain 100] [--seed 7] [--minutes 60] [--postgres]

The real `hoso-bot run` on a fake Telegram in a process of its own, killed at random moments, half of the
times with all its children; backups are made meanwhile and the last one is restored. Beside it the polling
bot of a tutorial (bench/plain_bot.py), whose updates are acknowledged by the next poll whatever became of
them. Ends with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # the people and the judge of the tests

from tests.acceptance.day_of_kills import TEACHERS, DayOfKills
from tests.acceptance.mortal_bot import Orphans, hoso_bot, sample_bot
from tests.fakes.telegram_sim import TelegramSim
from tests.integration.signing_parts import pdfsig
from tests.postgres import PostgresServer

from bench.__main__ import keep, machine
from bench.plain_day import PlainBot, play

BACKUPS = 4
JUDGED_BY_POPPLER = 40
SAYS_EVERY = 10
UNCONFIRMED = {"HOSO_REMINDERS__UNCONFIRMED_MINUTES": "10"}  # the shortest there is


def school(folder: Path, kills: int, seed: int, postgres: bool, minutes: float) -> dict[str, Any]:
    """What became of a school; after so many minutes it is left alone, however often it was killed."""
    with contextlib.ExitStack() as stack:
        orphans = stack.enter_context(Orphans().watched())
        world = stack.enter_context(TelegramSim()).world()
        bot = sample_bot(folder, world, seed, settings=UNCONFIRMED)
        if postgres:
            server = stack.enter_context(PostgresServer())
            hoso_bot("migrate-to", server.url(server.create()), "--use", "--home", str(bot.home))
            (bot.home / "hoso.db").unlink()
        stack.callback(bot.die)
        day = DayOfKills(bot, orphans, seed)
        day.begin()
        began = time.monotonic()
        for number in range(1, kills + 1):
            if time.monotonic() > began + minutes * 60:
                break
            if number % max(1, kills // BACKUPS) == 0:
                day.back_up()
            day.kill()
            if number % SAYS_EVERY == 0:
                print(
                    f"  {number} kills, {time.monotonic() - began:.0f} s, {len(day.issued())} updates",
                    flush=True,
                )
        day.back_up()
        day.end()
        found = day.judged()
        poppler = judged_by_poppler(day, folder)
        restored = day.restored()
    archive = next(line for line in restored.splitlines() if line.startswith("Archive"))
    return {
        **asdict(found),
        "broken": {name: cases for name, cases in found.broken.items() if cases},
        "promises": list(found.broken),
        "poppler": poppler,
        "backups": len(day.backups_made),
        "restored": archive,
    }


def judged_by_poppler(day: DayOfKills, folder: Path) -> str:
    """`n of m`: finished files that somebody else's validator finds valid, trusted and whole."""
    if not shutil.which("pdfsig"):
        return "not asked: apt-get install poppler-utils"
    room = folder / "poppler"
    room.mkdir()
    [ca] = [row["ca_pem"] for row in day.aftermath.rows("SELECT ca_pem FROM schools")]
    approved = day.aftermath.rows("SELECT * FROM versions WHERE state = 'approved'")[-JUDGED_BY_POPPLER:]
    good = 0
    for version in approved:
        steps = day.aftermath.rows(f"SELECT number FROM steps WHERE version_id = '{version['id']}'")
        said = pdfsig(day.aftermath.file(version["current_sha256"]), ca, room)
        words = ("Signature is Valid", "Certificate is Trusted")
        good += all(said.count(word) == len(steps) for word in words) and "Total document signed" in said
    return f"{good} of {len(approved)}"


def plain(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """What became of as many people with a plain bot."""
    room = folder / "plain"
    (room / "tmp").mkdir(parents=True)
    with TelegramSim() as telegram:
        bot = PlainBot(world=telegram.world(), room=room / "tmp", random=Random(seed))
        try:
            return play(bot, len(TEACHERS), kills, b"%PDF-1.7\n" + b"x" * 60_000)
        finally:
            bot.die()


def table(found: dict[str, Any]) -> str:
    """Both for a terminal."""
    ours, theirs = found["hoso-bot"], found["plain"]
    lost = len(ours["broken"].get("acknowledged updates lost", ()))
    rows = [
        ("", "hoso-bot", "plain bot"),
        ("kills", ours["kills"], theirs["kills"]),
        ("updates acknowledged", ours["updates"], theirs["updates"]),
        ("of them lost", lost, f"{theirs['lost']} ({theirs['lost'] / max(1, theirs['updates']):.1%})"),
        ("lost a kill", f"{lost / ours['kills']:.2f}", f"{theirs['lost'] / theirs['kills']:.2f}"),
        ("messages sent again after a kill", ours["repeated"], theirs["doubled"]),
        ("seconds a kill", *(f"{one['seconds'] / one['kills']:.1f}" for one in (ours, theirs))),
    ]
    lines = [f"{name:<34}{left!s:>12}{right!s:>16}" for name, left, right in rows]
    lines += [
        ", ".join(f"{ours[what]} {what}" for what in ("plans", "decisions", "signatures", "reminders")),
        f"ready {ours['ready_after']:.1f} s after a start (p50)",
        f"finished files good for pdfsig: {ours['poppler']}; log intact",
        f"{ours['backups']} backups under load, the last one restored: {ours['restored']}",
        f"files that nothing names, left by work a kill ended: {ours['unnamed']}",
    ]
    for name in ours["promises"]:
        cases = ours["broken"].get(name, [])
        lines.append(f"{name:<42}{len(cases):>4}" + (f"  {cases[0][:200]}" if cases else ""))
    return "\n".join(lines)


def main() -> int:
    """Play both, and say what was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--plain", type=int, default=100, help="kills of the plain bot")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=60.0, help="the most that its kills may take")
    parser.add_argument("--postgres", action="store_true", help="rows on a server started for it")
    wish = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "seed": wish.seed, "postgres": wish.postgres}
    with tempfile.TemporaryDirectory(prefix="hoso-kills-") as name:
        print(f"hoso-bot on {'PostgreSQL' if wish.postgres else 'SQLite'}, {wish.kills} kills", flush=True)
        found["hoso-bot"] = school(Path(name), wish.kills, wish.seed, wish.postgres, wish.minutes)
        print(f"a plain bot, {wish.plain} kills", flush=True)
        found["plain"] = plain(Path(name), wish.plain, wish.seed)
    print(table(found))
    keep(found, "kills-")
    return 1 if found["hoso-bot"]["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
