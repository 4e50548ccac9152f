"""Reading quality on real plans that may not be part of the project.

`HOSO_REAL_PLANS` names a folder with `labels.json`:
{"files": {file: {"name": file name as sent, "weeks": [int]}}}.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hoso_bot.pdf.sandbox import Sandbox

FOLDER = Path(os.environ.get("HOSO_REAL_PLANS", "/nonexistent"))
LABELS = FOLDER / "labels.json"
PLANS = json.loads(LABELS.read_text(encoding="utf-8"))["files"] if LABELS.exists() else {}

pytestmark = pytest.mark.skipif(not PLANS, reason="set HOSO_REAL_PLANS to a folder of labelled plans")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.mark.parametrize("file", sorted(PLANS))
def test_the_week_is_right_with_the_name_it_was_sent_under(sandbox: Sandbox, file: str) -> None:
    seen = sandbox.inspect(FOLDER / file, PLANS[file]["name"])
    assert list(seen.facts.weeks) == PLANS[file]["weeks"]


@pytest.mark.parametrize("file", sorted(PLANS))
def test_without_a_name_nothing_is_wrong_or_wrongly_blocked(sandbox: Sandbox, file: str) -> None:
    seen = sandbox.inspect(FOLDER / file, "scan.pdf")
    weeks = PLANS[file]["weeks"]
    assert list(seen.facts.weeks) in ([], weeks)
    assert seen.blocked is (len(weeks) > 1)
    assert seen.facts.lessons > 0 or not seen.facts.parts
