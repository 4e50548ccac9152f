"""What leaders hear in the simulated years, against an oracle of its own.

Heads: on Sunday 19:00, while somebody of the group lacks a plan or something waits for them; the vice-
principal: while something waits for him, and on every first teaching day at 06:30. Each once, until it makes
no sense any more. A head is asked to delegate only while something waits for that head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from hoso_bot.domain.calendar import VN, Week

Line = tuple[str, str]
"""(person id, kind)."""


def is_quiet(at: datetime) -> bool:
    """21:00 to 06:30."""
    local = at.astimezone(VN).time()
    return local >= time(21) or local < time(6, 30)


@dataclass(frozen=True)
class Staff:
    """Who leads whom. groups: the ids of each head's group, the head included."""

    vice: str
    groups: dict[str, list[str]]


@dataclass
class Led:
    """One week's. due: kind -> (moment, when it makes no sense any more).

    settled: who had nothing to hear when a bot first looked, by kind. chances: how often a line was needed
    while a bot planned and sent in one step; after two of them it must have been said, because one may be
    spent on taking back what was no longer true.
    """

    staff: Staff
    due: dict[str, tuple[datetime, datetime]]
    settled: dict[str, set[str]] = field(default_factory=dict)
    chances: Counter[Line] = field(default_factory=Counter)
    said: Counter[Line] = field(default_factory=Counter)
    lines: Counter[tuple[str, ...]] = field(default_factory=Counter)
    unexpected: int = 0

    @classmethod
    def of(cls, week: Week, staff: Staff) -> Led:
        """The evening before the week until its first lesson; two days from its first morning on."""
        evening = datetime.combine(week.deadline.date(), time(19), VN)
        lesson, morning = (datetime.combine(week.first, time(*at), VN) for at in ((7, 0), (6, 30)))
        due = {"summary": (evening, lesson), "board": (morning, morning + timedelta(days=2))}
        return cls(staff, due)

    def is_looked_at(self, now: datetime, is_needed: Callable[[str, str], bool]) -> None:
        """A bot plans now; what it finds empty at its first look stays unsaid."""
        for kind, (at, until) in self.due.items():
            if at <= now < until and not is_quiet(now) and kind not in self.settled:
                self.settled[kind] = {p for p in self._people(kind) if not is_needed(p, kind)}

    def _people(self, kind: str) -> list[str]:
        return [self.staff.vice, *(self.staff.groups if kind == "summary" else ())]

    def could_go(self, now: datetime, is_needed: Callable[[str, str], bool]) -> None:
        """A bot planned and sent in this step; note what it had to say. At night nobody is told."""
        if is_quiet(now):
            return
        for kind, (at, until) in self.due.items():
            if at <= now < until:
                people = [p for p in self._people(kind) if p not in self.settled.get(kind, ())]
                self.chances.update((p, kind) for p in people if is_needed(p, kind))

    def hears(
        self, person: str, rows: Sequence[tuple[str, str, str]], is_needed: Callable[[str, str], bool]
    ) -> None:
        """A message that became of these lines of the ledger: (kind, subject, moment) each."""
        self.lines.update((person, *row) for row in rows)
        for kind in {row[0] for row in rows}:
            self.said[(person, kind)] += kind in self.due
            self.unexpected += not is_needed(person, kind)

    @property
    def expected(self) -> int:
        """Lines that had their two chances."""
        return sum(count > 1 for count in self.chances.values())

    @property
    def missed(self) -> int:
        """Those that were not said all the same."""
        return sum(count > 1 and not self.said[line] for line, count in self.chances.items())

    @property
    def doubled(self) -> int:
        """Lines that became two messages, and people who were told one of these twice."""
        twice = sum(count - 1 for count in self.said.values() if count)
        return twice + sum(count - 1 for count in self.lines.values())
