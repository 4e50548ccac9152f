"""What blocks and what only informs (design section 4)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files

import pytest

from hoso_bot import texts
from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.inspection import Finding, Inspection, PlanFacts, Structure

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


@pytest.mark.parametrize("place", ["name", "title"])
def test_several_weeks_in_the_name_or_title_alone_do_not_block(place: str) -> None:
    findings = found(facts=PlanFacts(weeks=(4, 5), week_from=place))
    assert findings[f"several_weeks_in_{place}"].severity == "hint"
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


def test_lessons_lacking_a_part_are_a_hint_with_their_pages() -> None:
    finding = found(facts=replace(PLAN, lacking={"1": (4, 9)}))["lessons_lacking_part"]
    assert (finding.severity, finding.pages, finding.rule) == ("hint", (4, 9), "CV 2345")
    assert finding.facts == {"part": 1, "count": 2, "lessons": 20}


@pytest.mark.parametrize(
    "lacking", [{"2": (4,)}, {"1": tuple(range(1, 9))}], ids=["flag ceremony", "the reading is at fault"]
)
def test_nothing_is_said_of_lacking_parts_without_need(lacking: dict[str, tuple[int, ...]]) -> None:
    assert found(facts=replace(PLAN, lacking=lacking)) == {}


def test_photographed_and_blank_pages_are_hints_with_pages() -> None:
    findings = found(replace(GOOD, scanned_pages=(3, 4), blank_pages=(30,)))
    assert {code: finding.pages for code, finding in findings.items()} == {
        "scanned_pages": (3, 4),
        "blank_pages": (30,),
    }


def test_a_scan_is_not_told_page_by_page() -> None:
    assert set(found(replace(GOOD, text_layer=False, scanned_pages=(1, 2)))) == {"scan"}


def test_a_name_with_another_week_is_a_hint() -> None:
    finding = found(facts=replace(PLAN, named_weeks=(11,)))["other_week_in_name"]
    assert (finding.severity, finding.facts) == ("hint", {"week": 12, "named": 11})
    assert found(facts=replace(PLAN, named_weeks=(12,))) == {}


def test_a_date_left_over_from_another_week_is_a_hint_with_its_page() -> None:
    days = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-19")
    finding = found(facts=replace(PLAN, dates=days, date_pages={"2026-11-19": (7,)}))["dates_of_another_week"]
    assert (finding.severity, finding.pages, finding.facts) == ("hint", (7,), {"dates": ["2026-11-19"]})


def test_half_weeks_joined_around_tet_are_no_other_week() -> None:
    days = ("2024-02-05", "2024-02-06", "2024-02-15", "2024-02-16")
    assert found(facts=replace(PLAN, dates=days)) == {}


def test_every_finding_has_its_sentence() -> None:
    said = {key.removeprefix("finding.") for key in texts.keys("vi") if key.startswith("finding.")}
    source = files("hoso_bot.domain").joinpath("checks.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'Finding\(\s*"([a-z_]+)"', source)) | {
        "several_weeks_in_name",
        "several_weeks_in_title",
    }
    assert len(codes) > 10
    assert codes <= said


def test_old_rows_without_the_newer_facts_are_read() -> None:
    stored = Inspection(GOOD, PLAN).to_json()
    for key in ("week_confidence", "named_weeks", "date_pages", "lacking", "profile"):
        del stored["facts"][key]
    for key in ("blank_pages", "scanned_pages"):
        del stored["structure"][key]
    assert Inspection.from_json(json.loads(json.dumps(stored))) == Inspection(GOOD, PLAN)
