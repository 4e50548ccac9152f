"""What blocks and what only informs (design section 4)."""

from __future__ import annotations

import pytest

from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.inspection import Finding, PlanFacts, Structure

GOOD = Structure(size=100_000, pages=30, text_layer=True)
PLAN = PlanFacts(
    weeks=(12,), week_from="text", lessons=20, parts={"1": (1,), "2": (1,), "3": (2,), "4": (2,)}
)


def found(structure: Structure = GOOD, facts: PlanFacts = PLAN, **limits: int) -> dict[str, Finding]:
    return {finding.code: finding for finding in check(structure, facts, Limits(**limits))}


def test_a_good_plan_has_nothing_to_say() -> None:
    assert found() == {}


def test_words_two_revisions_say_nothing() -> None:
    assert found(Structure(size=1, pages=1, text_layer=True, revisions=2)) == {}


def test_several_weeks_in_the_text_block() -> None:
    finding = found(facts=PlanFacts(weeks=(4, 5), week_from="text"))["several_weeks"]
    assert (finding.severity, finding.facts, finding.rule) == ("block", {"weeks": [4, 5]}, "R13")


def test_several_weeks_in_the_name_alone_do_not_block() -> None:
    findings = found(facts=PlanFacts(weeks=(4, 5), week_from="name"))
    assert findings["several_weeks_in_name"].severity == "hint"
    assert "several_weeks" not in findings


@pytest.mark.parametrize(
    ("pages", "code", "severity"),
    [(500, "many_pages", "hint"), (501, "too_many_pages", "block"), (121, "many_pages", "hint")],
)
def test_the_number_of_pages(pages: int, code: str, severity: str) -> None:
    findings = found(Structure(size=1, pages=pages, text_layer=True))
    assert {code: findings[code].severity} == {code: severity}
    assert len(findings) == 1


def test_120_pages_are_still_normal() -> None:
    assert found(Structure(size=1, pages=120, text_layer=True)) == {}


def test_the_limits_are_the_schools() -> None:
    assert found(max_pages=29)["too_many_pages"].facts == {"pages": 30, "max_pages": 29}


def test_active_content_blocks_and_says_what() -> None:
    structure = Structure(size=1, pages=1, text_layer=True, active_content=("javascript", "launch"))
    finding = found(structure)["active_content"]
    assert (finding.severity, finding.facts) == ("block", {"kinds": ["javascript", "launch"]})


def test_a_scan_is_accepted_with_a_hint() -> None:
    findings = found(Structure(size=1, pages=3, text_layer=False), PlanFacts(weeks=(3,), week_from="name"))
    assert {code: finding.severity for code, finding in findings.items()} == {"scan": "hint"}


def test_an_unreadable_week_is_a_hint() -> None:
    assert found(facts=PlanFacts())["no_week"].severity == "hint"


def test_a_part_seen_nowhere_is_a_hint() -> None:
    finding = found(facts=PlanFacts(weeks=(1,), week_from="text", parts={"1": (1,), "3": (1,)}))[
        "part_missing"
    ]
    assert (finding.severity, finding.facts) == ("hint", {"part": 2})


def test_part_four_may_be_missing() -> None:
    assert found(facts=PlanFacts(weeks=(1,), week_from="text", parts={"1": (1,), "2": (1,), "3": (1,)})) == {}


def test_a_schedule_without_lessons_misses_no_part() -> None:
    assert found(facts=PlanFacts(weeks=(1,), week_from="text")) == {}


def test_blocks_come_first() -> None:
    structure = Structure(size=1, pages=400, text_layer=True, active_content=("xfa",))
    findings = check(structure, PlanFacts(), Limits())
    assert [finding.severity for finding in findings] == ["block", "hint", "hint"]
