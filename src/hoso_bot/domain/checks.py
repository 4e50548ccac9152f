"""The rules a file has to pass: one small function per rule, a closed list of what blocks (design section 4).

A false block is worse than a missed hint: whatever is not certain stays a hint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from hoso_bot.domain.inspection import Finding, PlanFacts, Structure

_PROFILES = {"cv2345": "CV 2345", "cv5512": "CV 5512"}
_ENOUGH_LESSONS = 3


@dataclass(frozen=True)
class Limits:
    """What a file may be: pages that block, pages that earn a hint, bytes."""

    max_pages: int = 500
    hint_pages: int = 120
    max_bytes: int = 45 * 2**20


Rule = Callable[[Structure, PlanFacts, Limits], Iterator[Finding]]


def several_weeks(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """One file is one week (R13). Only weeks that the lessons themselves show are certain enough to block."""
    if len(facts.weeks) > 1:
        block = facts.week_from == "text"
        yield Finding(
            "several_weeks" if block else f"several_weeks_in_{facts.week_from}",
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
            yield Finding("part_missing", "hint", facts={"part": int(part)}, rule=_PROFILES[facts.profile])


def lessons_lacking_part(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Lessons that have other parts but not this one, with their pages.

    Said only where most lessons have it (else the reading is at fault), never because of one stub lesson;
    flag ceremonies often go without part 2.
    """
    for part, pages in facts.lacking.items():
        few = 2 if part == "2" else 1
        if facts.lessons >= _ENOUGH_LESSONS and few <= len(pages) <= facts.lessons // 3:
            yield Finding(
                "lessons_lacking_part",
                "hint",
                pages=tuple(sorted(set(pages))),
                facts={"part": int(part), "count": len(pages), "lessons": facts.lessons},
                rule=_PROFILES[facts.profile],
            )


def scanned_pages(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Photographed pages inside a file of text: nothing on them was checked."""
    if structure.text_layer and structure.scanned_pages:
        yield Finding("scanned_pages", "hint", pages=structure.scanned_pages)


def blank_pages(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Pages with nothing on them: perhaps something was lost on the way to PDF."""
    if structure.text_layer and structure.blank_pages:
        yield Finding("blank_pages", "hint", pages=structure.blank_pages)


def other_week_in_name(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """The file's name speaks of another week than its text; the text is stronger (R13)."""
    one_each = len(facts.weeks) == len(facts.named_weeks) == 1
    if one_each and facts.week_from == "text" and facts.weeks != facts.named_weeks:
        blanks = {"week": facts.weeks[0], "named": facts.named_weeks[0]}
        yield Finding("other_week_in_name", "hint", facts=blanks, rule="R13")


def dates_of_another_week(structure: Structure, facts: PlanFacts, limits: Limits) -> Iterator[Finding]:
    """Days of teaching outside the calendar week most of them lie in: a date left over from an older plan.

    Not when they are many: half weeks around Tết are joined into one (R10, domain sheet 5.1).
    """
    mondays = {day: (moment := date.fromisoformat(day)) - timedelta(moment.weekday()) for day in facts.dates}
    if not mondays or len(facts.weeks) > 1:
        return
    usual, _ = Counter(mondays.values()).most_common(1)[0]
    astray = [day for day, monday in mondays.items() if monday != usual]
    if astray and len(astray) * 3 <= len(mondays):
        pages = sorted({page for day in astray for page in facts.date_pages.get(day, ())})
        yield Finding(
            "dates_of_another_week", "hint", pages=tuple(pages), facts={"dates": astray}, rule="R10"
        )


RULES: tuple[Rule, ...] = (
    several_weeks,
    too_many_pages,
    active_content,
    many_pages,
    scan,
    no_week,
    other_week_in_name,
    dates_of_another_week,
    part_missing,
    lessons_lacking_part,
    scanned_pages,
    blank_pages,
)


def check(structure: Structure, facts: PlanFacts, limits: Limits) -> tuple[Finding, ...]:
    """Every finding of every rule, blocks first."""
    found = [finding for rule in RULES for finding in rule(structure, facts, limits)]
    return tuple(sorted(found, key=lambda finding: finding.severity))
