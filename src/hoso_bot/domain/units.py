"""The unit of submission: what one plan of a week covers (Q5). Pure.

`teacher`: one plan a teacher and week; `class`, `subject`: one for each class or subject of the teacher's
assignment (R8). A plan's *part* is that class or subject as the staff list writes it, '' for the whole week.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hoso_bot.domain.inspection import PlanFacts
from hoso_bot.domain.lesson_plan import subjects_in
from hoso_bot.domain.roster import Person
from hoso_bot.domain.vietnamese import fold

WHOLE = ""
"""The part of a plan that covers the teacher's whole week."""


@dataclass(frozen=True)
class Piece:
    """What one file is for: a part, and whose lessons they are when a substitute hands in (`dạy thay`, Q21).

    instead_of: id of the absent teacher, '' for the sender's own.
    """

    part: str = WHOLE
    instead_of: str = ""

    def same(self, other: Piece) -> bool:
        """Whether both mean one part of one teacher."""
        return self.instead_of == other.instead_of and part_key(self.part) == part_key(other.part)


class Unit(StrEnum):
    """What the school asks one plan for."""

    TEACHER = "teacher"
    CLASS = "class"
    SUBJECT = "subject"


def part_key(part: str) -> str:
    """Letters and digits without accents: `4/2` is `42`, `Tiếng Việt` is `TIENGVIET`, `Lớp 5A` is `5A`."""
    key = "".join(ch for ch in fold(part).upper() if ch.isalnum() and ch.isascii())
    return re.sub(r"^LOP(?=\d)", "", key)


def parts_of(person: Person, unit: str) -> tuple[str, ...]:
    """The parts this person owes each week, in the staff list's order; never empty.

    Who has no class (or subject) in the list owes one plan for the whole week.
    """
    if unit == Unit.TEACHER:
        return (WHOLE,)
    named = person.classes if Unit(unit) is Unit.CLASS else person.subjects
    spelt: dict[str, str] = {}
    for name in named:
        if key := part_key(name):
            spelt.setdefault(key, name)
    return tuple(spelt.values()) or (WHOLE,)


def owed_parts(person: Person, unit: str, begun: Collection[str] = ()) -> tuple[str, ...]:
    """The parts owed for one week, where some were perhaps handed in already.

    begun: parts of what was handed in for this week. A week is finished in the unit it was begun in, so a
    change of the rule never makes a finished week incomplete.
    """
    if not begun:
        return parts_of(person, unit)
    keys = {part_key(part) for part in begun}
    if WHOLE in keys:
        return (WHOLE,)
    for candidate in (unit, Unit.CLASS, Unit.SUBJECT):
        parts = parts_of(person, candidate)
        if keys & {part_key(part) for part in parts}:
            return parts
    return parts_of(person, unit)


def same_part(one: str, other: str) -> bool:
    """Whether two spellings mean one part."""
    return one == other or part_key(one) == part_key(other)


def part_read(parts: Sequence[str], facts: PlanFacts, name: str) -> str | None:
    """The part a file is for, when it is sure: the only one owed, or the only one named.

    The text is stronger; the file's name decides between what the text leaves open. None: ask.
    """
    if len(parts) == 1:
        return parts[0]
    in_text = [part for part in parts if _is_read(part, facts)]
    if len(in_text) == 1:
        return in_text[0]
    in_name = [part for part in in_text or parts if _is_named(part, name)]
    return in_name[0] if len(in_name) == 1 else None


def names_others(parts: Sequence[str], facts: PlanFacts) -> bool:
    """Whether the file names classes, and none of them is among these parts."""
    classes = {part_key(found) for found in facts.classes}
    return bool(classes) and not classes & {part_key(part) for part in parts}


def _is_read(part: str, facts: PlanFacts) -> bool:
    read = {part_key(found) for found in (*facts.classes, *facts.subjects)}
    return bool(read & {part_key(part), *map(part_key, subjects_in(part))})


def _is_named(part: str, name: str) -> bool:
    words = _words(part)
    return bool(words) and f" {words} " in f" {_words(name)} "


def _words(text: str) -> str:
    return " ".join(re.split(r"[\W_]+", fold(text))).strip()
