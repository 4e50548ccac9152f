"""The rules a file has to pass: one small function per rule, a closed list of what blocks (design section 4).

A false block is worse than a missed hint: whatever is not certain stays a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hoso_bot.domain.inspection import Finding, PlanFacts, Structure


@dataclass(frozen=True)
class Limits:
    """What a file may be: pages that block, pages that earn a hint, bytes."""

    max_pages: int = 500
    hint_pages: int = 120
    max_bytes: int = 20 * 2**20


Rule = Callable[[Structure, PlanFacts, Limits], Iterator[Finding]]


def several_weeks(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """One file is one week (R13). Only weeks read from the text are certain enough to block."""
    if len(facts.weeks) > 1:
        block = facts.week_from == "text"
        yield Finding(
            "several_weeks" if block else "several_weeks_in_name",
            "block" if block else "hint",
            facts={"weeks": list(facts.weeks)},
            rule="R13",
        )


def too_many_pages(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Beyond `max_pages` it is no week's plan (design section 4)."""
    if structure.pages > limits.max_pages:
        yield Finding(
            "too_many_pages", "block", facts={"pages": structure.pages, "max_pages": limits.max_pages}
        )


def many_pages(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Unusually long for one week: perhaps several were joined."""
    if limits.hint_pages < structure.pages <= limits.max_pages:
        yield Finding("many_pages", "hint", facts={"pages": structure.pages, "hint_pages": limits.hint_pages})


def active_content(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Scripts, programs and files inside a plan can harm whoever opens it (design section 4)."""
    if structure.active_content:
        yield Finding("active_content", "block", facts={"kinds": list(structure.active_content)})


def scan(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Pictures of pages: nothing in them can be checked."""
    if not structure.text_layer and structure.pages <= limits.max_pages:
        yield Finding("scan", "hint")


def no_week(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """The week has to come from the teacher's tap."""
    if not facts.weeks:
        yield Finding("no_week", "hint", rule="R13")


def part_missing(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Parts 1 to 3 of CV 2345, annex 3, seen nowhere in a file with text and lessons.

    Part 4 is written after teaching, so its absence says nothing.
    """
    if not structure.text_layer or not facts.parts:
        return
    for part in ("1", "2", "3"):
        if not facts.parts.get(part):
            yield Finding("part_missing", "hint", facts={"part": int(part)}, rule="CV 2345")


RULES: tuple[Rule, ...] = (
    several_weeks,
    too_many_pages,
    active_content,
    many_pages,
    scan,
    no_week,
    part_missing,
)


def check(structure: Structure, facts: PlanFacts, limits: Limits) -> tuple[Finding, ...]:
    """Every finding of every rule, blocks first."""
    found = [finding for rule in RULES for finding in rule(structure, facts, limits)]
    return tuple(sorted(found, key=lambda finding: finding.severity))
