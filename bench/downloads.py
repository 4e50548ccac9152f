"""Six files of 19 MB at once: does the main process hold them in memory?

    python -m bench.downloads [megabytes]

The real `hoso-bot run` and six teachers who each send a different file in the same moment, first kept in the
folder, then in a bucket (a fake S3 service). The peak of the main process's memory (VmHWM, which the kernel
keeps and which is set back before) is compared with that of a single file, after a warm-up by one. Ends with
1 when six files need as much as the bytes of one more.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pikepdf

sys.path.insert(0, str(Path(__file__).parent.parent))  # the people of the tests

from tests.acceptance.day_of_kills import TEACHERS, small_plan
from tests.acceptance.mortal_bot import Bot, linked, sample_bot
from tests.conversation import Member
from tests.fakes.s3_sim import S3Sim
from tests.fakes.telegram_sim import TelegramSim, World

MEGABYTES = 19
LOOKED_AT_WITHIN = 120.0

Row = dict[str, float]


def run(megabytes: int = MEGABYTES) -> dict[str, Any]:
    """MB of the main process: at rest, and the peaks of one file and of six, by where files are kept."""
    with TelegramSim() as telegram, S3Sim() as s3:
        found = {
            "folder": _measured(telegram.world(), megabytes),
            "bucket": _measured(telegram.world(), megabytes, s3.bucket().toml()),
        }
    broken = [kept for kept, row in found.items() if row["six_mb"] - row["one_mb"] > megabytes]
    return {"megabytes": megabytes, "files": len(TEACHERS), **found, "broken": broken}


def _measured(world: World, megabytes: int, more_settings: str = "") -> Row:
    with tempfile.TemporaryDirectory(prefix="hoso-bench-") as name:
        bot = sample_bot(Path(name), world)
        with (bot.home / "hoso.toml").open("a", encoding="utf-8") as settings:
            settings.write(more_settings)
        bot.start()
        try:
            bot.wait_until_ready()
            teachers = linked(bot, TEACHERS)
            files = _heavy_files(Path(name), bot, 2 + len(teachers), megabytes)
            _peak(bot, teachers[:1], files[:1])  # what is imported and set up once
            rest = _status(bot, "VmRSS")
            one = _peak(bot, teachers[:1], files[1:2])
            return {"rest_mb": rest, "one_mb": one, "six_mb": _peak(bot, teachers, files[2:])}
        finally:
            bot.die()


def _heavy_files(folder: Path, bot: Bot, count: int, megabytes: int) -> list[bytes]:
    """Plans with so many bytes nobody can compress, all different."""
    small, files = small_plan(folder, "Tạ Thị Loan", bot.weeks()[-1]), []
    for _ in range(count):
        with pikepdf.open(io.BytesIO(small)) as plan:
            plan.Root.Ballast = plan.make_stream(os.urandom(megabytes * 2**20))
            plan.save(folder / "heavy.pdf", compress_streams=False)
        files.append((folder / "heavy.pdf").read_bytes())
    return files


def _peak(bot: Bot, teachers: list[Member], files: list[bytes]) -> float:
    """MB at the highest while these files are sent in one moment, fetched, kept and looked at."""
    assert bot.process
    os.kill(bot.process.pid, signal.SIGSTOP)  # so that it finds all of them waiting
    for teacher, data in zip(teachers, files, strict=True):
        teacher.sends(data, "giao-an.pdf")
    Path(f"/proc/{bot.process.pid}/clear_refs").write_text("5")
    os.kill(bot.process.pid, signal.SIGCONT)
    deadline = time.monotonic() + LOOKED_AT_WITHIN
    for teacher in teachers:
        teacher.hears("xác nhận trình ký", timeout=max(1, deadline - time.monotonic()))
    return _status(bot, "VmHWM")


def _status(bot: Bot, name: str) -> float:
    assert bot.process
    text = Path(f"/proc/{bot.process.pid}/status").read_text()
    [kilobytes] = re.findall(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    return int(kilobytes) / 1024


def table(found: dict[str, Any]) -> str:
    """The result of `run` for a terminal."""
    size = found["megabytes"]
    lines = [
        f"{'kept in':<8} {'at rest':>9} {'one file':>9} {'six':>9}   above one, of {found['files'] * size} MB"
    ]
    for kept in ("folder", "bucket"):
        rest, one, six = (found[kept][f"{name}_mb"] for name in ("rest", "one", "six"))
        lines.append(f"{kept:<8} {rest:>6.0f} MB {one:>6.0f} MB {six:>6.0f} MB   {six - one:>6.1f} MB")
    return "\n".join(lines)


if __name__ == "__main__":
    result = run(*(int(n) for n in sys.argv[1:]))
    print(table(result))
    sys.exit(1 if result["broken"] else 0)
