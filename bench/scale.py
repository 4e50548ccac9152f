"""One school, a commune, a province, the country on a Sunday evening: what saturates first, what it takes.

    python -m bench.scale

What one plan costs was measured (`Plan`, by `python -m bench.evening` and `python -m bench.growth` on two
cores, docs/scale.md says when); what nobody can run here is simulated: every teacher's plan arrives between
19:00 and midnight by the curve of `bench.surge`, is handed in a minute later, and is signed by the head and
the vice-principal within the evening; each step is a job for one core, first come, first served. What others
allow (Telegram, Zalo, a timestamp authority, a database) is compared with the busiest minute.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bench.quantiles import quantiles

EVENING = 5 * 3600.0
SEED, TARGET = 7, 0.70
"""TARGET: how busy the cores may be in the busiest minute."""
TEACHERS_A_SCHOOL, WEEKS = 27, 35


@dataclass(frozen=True)
class Plan:
    """What one plan of 12 pages (0.57 MB) costs. CPU in core-seconds, main process and workers together.

    calls: to the Bot API, of which messages count for its limits. kb_rows: when both queues were emptied.
    """

    card: float = 0.129
    hand_in: float = 0.071
    look: float = 0.012
    sign: float = 0.060
    calls: float = 27.0
    messages: float = 20.0
    commits: float = 29.0
    mb_in: float = 0.57
    mb_out: float = 2.1
    mb_kept: float = 2.5
    kb_rows: float = 7.0

    @property
    def cpu(self) -> float:
        """From the file to the signed PDF."""
        return self.card + self.hand_in + 2 * (self.look + self.sign)


@dataclass(frozen=True)
class Place:
    """So many teachers, each with one plan that evening, in schools with a bot of their own."""

    name: str
    teachers: int

    @property
    def schools(self) -> int:
        """By the country's mean."""
        return max(1, round(self.teachers / TEACHERS_A_SCHOOL))


PLACES = (
    Place("one school", 40),
    Place("a commune", 150),
    Place("a province", 8_500),
    Place("the country", 400_000),
)


@dataclass(frozen=True)
class Job:
    """Something a core has to do. kind: `card`, `hand in`, `sign`."""

    at: float
    kind: str
    seconds: float


def jobs(place: Place, plan: Plan) -> list[Job]:
    """Everything of that evening, in order."""
    chance, found = random.Random(SEED), list[Job]()
    for _ in range(place.teachers):
        at = EVENING * chance.betavariate(3, 1.4)
        found.append(Job(at, "card", plan.card))
        at += 60 * chance.uniform(0.3, 2)
        found.append(Job(at, "hand in", plan.hand_in))
        for _ in range(2):
            at += chance.expovariate(1 / 1200)
            found.append(Job(at, "sign", plan.look + plan.sign))
    return sorted(found, key=lambda job: job.at)


def waits(work: list[Job], cores: int) -> dict[str, list[float]]:
    """Seconds from asking to done, by kind."""
    free, found = [0.0] * cores, dict[str, list[float]]()
    for job in work:
        done = max(job.at, heapq.heappop(free)) + job.seconds
        heapq.heappush(free, done)
        found.setdefault(job.kind, []).append(done - job.at)
    return found


def busiest(work: list[Job]) -> tuple[float, float]:
    """(files a second, core-seconds a second) of the busiest minute."""
    files, seconds = Counter[int](), Counter[int]()
    for job in work:
        minute = int(job.at // 60)
        files[minute] += job.kind == "card"
        seconds[minute] += job.seconds  # type: ignore[assignment]
    return max(files.values()) / 60, max(seconds.values()) / 60


@dataclass(frozen=True)
class Limit:
    """A resource in the busiest minute. has: what one unit of it gives a second."""

    name: str
    wanted: float
    has: float

    @property
    def share(self) -> float:
        """How much of one unit is used."""
        return self.wanted / self.has


def limits(place: Place, plan: Plan, files: float, cores: float) -> Iterator[Limit]:
    """What each resource is asked for: the whole place's, or one school's where every school has its own."""
    burst = max(files / place.schools, TEACHERS_A_SCHOOL * 0.05 / 60)  # a twentieth of a school in one minute
    yield Limit("cores (one)", cores, TARGET)
    yield Limit("PostgreSQL commits (one server, 2 cores: 2,900)", files * plan.commits, 2_900)
    yield Limit("Telegram, one school's bot (30 messages)", burst * plan.messages, 30)
    yield Limit("Telegram, one chat: the vice-principal's (1 message)", burst * 3, 1)
    yield Limit("Telegram, one bot for all (30 messages)", files * plan.messages, 30)
    yield Limit("Zalo OA, one school's (100 calls a minute)", burst * plan.messages, 100 / 60)
    yield Limit("timestamp authority (10 tokens)", files * 2, 10)
    yield Limit("network in (1 Gbit)", files * plan.mb_in * 8, 1_000)
    yield Limit("network out (1 Gbit)", files * plan.mb_out * 8, 1_000)


def report(place: Place, plan: Plan) -> Iterator[str]:
    """A few lines."""
    work = jobs(place, plan)
    files, core_seconds = busiest(work)
    cores = max(2, math.ceil(core_seconds / TARGET))
    yield f"\n{place.name}: {place.teachers:,} teachers in {place.schools:,} schools"
    yield f"  busiest minute {files:.2f} files/s, {core_seconds:.2f} cores of work"
    yield f"  with {cores} cores, {TARGET:.0%} busy:"
    for kind, seconds in waits(work, cores).items():
        most = quantiles(seconds)
        yield (
            f"  {kind:<8} p50 {most['p50']:6.2f} s  p99 {most['p99']:6.2f} s  longest {max(seconds):6.2f} s"
        )
    short = max(1, math.ceil(core_seconds * 0.9))
    late = quantiles(waits(work, short)["card"])
    yield f"  with {short} cores a card takes p50 {late['p50']:.1f} s, p99 {late['p99']:.0f} s"
    for limit in sorted(limits(place, plan, files, core_seconds), key=lambda one: -one.share):
        yield f"  {limit.name:<54}{limit.wanted:>12.2f}/s{limit.share:>10.2f} of one"
    plans = place.teachers * WEEKS
    files_tb, rows_gb = plans * plan.mb_kept / 1e6, plans * plan.kb_rows / 1e6
    yield f"  a year: {plans:,} plans, {files_tb:.3f} TB of files, {rows_gb:.2f} GB of rows"


def main() -> None:
    """Print it all."""
    plan = Plan()
    print(f"one plan: {plan.cpu:.2f} core-seconds, {plan.calls:.0f} calls, {plan.commits:.0f} commits")
    for place in PLACES:
        for line in report(place, plan):
            print(line)


if __name__ == "__main__":
    main()
