"""Sentences about cases of R41: each family is whole, and the first word to a teacher names no guilt."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_texts import FULL, LOOSE

import hoso_bot
from hoso_bot import texts
from hoso_bot.domain.violation import DECISION_ASKED, FACTS_ASKED, Details, Kind, State

ROOT = Path(hoso_bot.__file__).parent
WRITTEN_OUT = (
    "reports/violation_paper.py",
    "casework/violation_cards.py",
    "handlers/violation.py",
    "handlers/explaining.py",
    "handlers/judging.py",
    "handlers/remind.py",
    "domain/fact_sheet.py",
    "domain/reasons.py",
    "store/leave_requests.py",
)


def family(*prefixes: str) -> set[str]:
    return {key for key in texts.keys() if key.startswith(prefixes)}  # noqa: SIM118


def words_of(prefix: str) -> set[str]:
    return {key.removeprefix(prefix) for key in family(prefix)}


def test_every_kind_and_state_has_a_name() -> None:
    assert words_of("violation.kind.") == {kind.value for kind in Kind}
    assert words_of("violation.state.") == {state.value for state in State} - {State.DROPPED.value}


def test_everything_asked_has_a_question_and_a_name_on_its_button() -> None:
    asked = {*FACTS_ASKED, *DECISION_ASKED, *(field.name for field in dataclasses.fields(Details))}
    assert words_of("violation.ask.") == asked - {"objection"}
    assert words_of("violation.field.") <= words_of("violation.ask.")


@pytest.mark.parametrize("name", ["paper", "button", "caution", "log", "leave", "why"])
def test_every_sentence_of_a_family_is_named_in_the_code(name: str) -> None:
    """Such a key is put together from its family and a word; the word stands in the code."""
    prefix = f"violation.{name}."
    code = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in WRITTEN_OUT)
    unused = {w for w in words_of(prefix) if f'"{w}"' not in code and f'"{prefix}{w}"' not in code}
    assert unused == set()


@pytest.mark.parametrize("facts", [LOOSE, FULL], ids=["loose", "full"])
@pytest.mark.parametrize(
    "key", ["violation.invitation", "violation.remind", "violation.own", "violation.news"]
)
def test_what_a_teacher_is_told_first_names_no_guilt(key: str, facts: dict[str, Any]) -> None:
    said = texts.render(key, **facts).lower()
    assert "vi phạm" not in said and "lỗi" not in said


def test_the_invitation_says_that_nothing_is_concluded_and_that_silence_is_allowed() -> None:
    said = texts.render("violation.invitation", **LOOSE)
    assert "chưa phải là kết luận" in said and "có thể không có ý kiến" in said
