"""The main job with a death before and after every commit, rename, fsync, call and order to a worker.

    make crash-points          (about half an hour)

First nobody dies, and the points that were passed are noted. Then the job is played again and again, each
time with a share of the deaths, until there was one before and one after each point; what is passed only on
the way back from a death gets its own. Every round ends with `tests/acceptance/crash_story.judge`. The list
goes to tests/samples/crash_points.txt: the test suite fails when the job passes a point that is not there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.crash_story import LIST, crash_school, judge, play
from tests.fakes.clock import FakeClock
from tests.fakes.crash_points import SIDES
from tests.fakes.telegram_sim import TelegramSim
from tests.fakes.timestamp_authority import TimestampAuthority
from tests.school import NOW, SCHOOL_NAME, NewHome, import_sample_staff

from hoso_bot.founding import init

DEATHS_A_ROUND = 24
MOST_ROUNDS = 30


@dataclass
class Rounds:
    """The job, played with deaths as often as it takes. broken: what did not hold."""

    telegram: TelegramSim
    authority: TimestampAuthority
    folder: Path
    points: list[str] = field(default_factory=list)
    died: set[str] = field(default_factory=set)
    repeated: int = 0
    played: int = 0
    broken: list[str] = field(default_factory=list)
    company: dict[str, list[str]] = field(default_factory=dict)
    """By point: the deaths of the round that passed it first; some are passed on the way back only."""

    def play(self, deaths: Sequence[str]) -> None:
        """One round; a promise that does not hold ends it and is noted."""
        self.played += 1
        began, room = time.monotonic(), self.folder / f"round-{self.played}"
        template = NewHome(self.folder / "template")
        with crash_school(template, self.telegram, self.authority, room, deaths) as here:
            try:
                play(here)
                self.repeated += judge(here)
                verdict = "whole"
            except AssertionError as error:
                verdict = f"BROKEN: {error}"
                self.broken.append(f"round {self.played} ({', '.join(deaths)}): {error}")
            new = [name for name in here.passed if name not in self.points]
            self.points += new
            self.company |= {name: list(deaths) for name in new}
            self.died |= set(here.died)
        _say(f"round {self.played}: {len(here.died)} deaths, {time.monotonic() - began:.0f} s: {verdict}")

    def play_what_only_follows(self) -> None:
        """The deaths still owed, in the company that led to their points."""
        owed = self.owed()
        leading = {death for one in owed for death in self.company[one.partition(" ")[2]]}
        if owed and not self.broken:
            self.play([*owed, *sorted(leading - set(owed))])

    def owed(self) -> list[str]:
        """Deaths that nobody died so far."""
        return [death for name in self.points for death in both(name) if death not in self.died]


def both(name: str) -> list[str]:
    """The two deaths of a point."""
    return [f"{side} {name}" for side in SIDES]


def run() -> dict[str, Any]:
    """Play until no death is owed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hoso-crashes-")))
        telegram = stack.enter_context(TelegramSim())
        authority = stack.enter_context(TimestampAuthority.started())
        clock = FakeClock(NOW)
        init(folder / "template", SCHOOL_NAME, clock, custody="server")
        import_sample_staff(folder / "template", clock)
        rounds = Rounds(telegram, authority, folder)
        rounds.play([])
        while (owed := rounds.owed()) and rounds.played < MOST_ROUNDS and not rounds.broken:
            count = -(-len(owed) // DEATHS_A_ROUND)
            for share in [owed[n::count] for n in range(count)]:
                rounds.play(share)
            rounds.play_what_only_follows()
        never = rounds.owed()
    if not rounds.broken and not never:
        LIST.write_text("".join(f"{name}\n" for name in sorted(rounds.points)), encoding="utf-8")
    return {
        "points": len(rounds.points),
        "deaths": sorted(rounds.died),
        "rounds": rounds.played,
        "messages_seen_twice": rounds.repeated,
        "broken": rounds.broken + [f"never died {death}" for death in never],
    }


def table(found: dict[str, Any]) -> str:
    """A line a point, then the sums."""
    died = set(found["deaths"])
    names = sorted({death.partition(" ")[2] for death in died})
    width = max(map(len, names), default=0)
    rows = [f"{name:<{width}}  {_marks(name, died)}" for name in names]
    sums = (
        f"{found['points']} points, {len(died)} deaths in {found['rounds']} rounds: "
        f"{found['messages_seen_twice']} messages seen twice, {len(found['broken'])} promises broken"
    )
    return "\n".join([*rows, sums, *found["broken"]])


def _marks(name: str, died: Iterable[str]) -> str:
    return "  ".join(side if death in died else "-" for side, death in zip(SIDES, both(name), strict=True))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
