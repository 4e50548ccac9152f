"""What a bundle of approved plans holds, and how it is cut into pieces a portal takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hoso_bot.domain import cards
from hoso_bot.domain.board import Filed, State
from hoso_bot.domain.roster import Person, group_key
from hoso_bot.domain.submission import REGISTER, Version
from hoso_bot.domain.units import part_key

LARGEST = 10_000_000
"""Bytes of one bundle: what the sector's portal and its likes take."""

_OVERHEAD = 400  # of one file in an archive, and its line in the list


@dataclass(frozen=True)
class Scope:
    """What is asked for: a week, perhaps one group's; or a teacher's plans, of a week or of the year."""

    year: str
    week: int | None = None
    group: str = ""
    teacher_id: str = ""

    def covers(self, one: Filed, person: Person) -> bool:
        """Whether a plan of this person (as they were in that week) belongs to it."""
        return (
            one.plan.year == self.year
            and self.week in (None, one.plan.week)
            and (not self.group or group_key(self.group) == group_key(person.group))
            and self.teacher_id in ("", one.plan.person_id)
        )

    def name(self, teacher: str = "") -> str:
        """What its files are called: `KHBD-2627-T13-TO45`, `KHBD-2627-GV09` (teacher: the staff id)."""
        years = "".join(item[-2:] for item in self.year.split("-"))
        week = f"T{self.week:02d}" if self.week is not None else ""
        return "-".join(p for p in (REGISTER, years, week, part_key(self.group), part_key(teacher)) if p)


@dataclass(frozen=True)
class Item:
    """One plan of a bundle. version: the approved one, None where there is none (any more): only listed."""

    filed: Filed
    teacher: Person
    version: Version | None

    @property
    def state(self) -> State:
        """How the plan stands; one with an approved version may wait again (R58)."""
        return self.filed.state

    @property
    def file_name(self) -> str:
        """Canonical, as in chat."""
        if self.version is None:
            return ""
        return cards.file_name(self.filed.plan, self.teacher, self.version, "signed")


def items(filed: Iterable[Filed], people: Mapping[str, Person], scope: Scope) -> list[Item]:
    """The plans of a scope in the order of their codes, without what its teacher took back.

    people: by id, as they were in the week of the plan.
    """
    chosen = [
        Item(one, people[one.plan.person_id], _kept(one.approved))
        for one in filed
        if one.state is not State.MISSING and scope.covers(one, people[one.plan.person_id])
    ]
    return sorted(chosen, key=lambda item: item.filed.plan.code)


def _kept(version: Version | None) -> Version | None:
    """A version whose files are still there."""
    return None if version is None or version.removed else version


def pieces(sizes: Sequence[int], listed: int = 0, largest: int = LARGEST) -> list[list[int]]:
    """Indexes of `sizes` (bytes) in order, cut so that each piece stays within `largest`.

    listed: bytes of the list every piece carries. A file larger than that is a piece of its own: a signed
    file cannot be cut.
    """
    found: list[list[int]] = [[]]
    room = largest - listed
    for index, size in enumerate(sizes):
        needed = size + _OVERHEAD
        if found[-1] and needed > room:
            found.append([])
            room = largest - listed
        found[-1].append(index)
        room -= needed
    return found
