"""docs/security.md names modules and tests that exist, every adopted point once; what is met is tested."""

from __future__ import annotations

import re

import pytest
from tests.acceptance.test_docs import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ADOPTED = (
    "2.2.1 2.3.1 2.3.3-2.3.5 2.4.1 5.1.1 5.2.1-5.2.4 5.3.2 5.4.1-5.4.3"
    " 6.3.1 6.4.1 6.4.4 6.5.1-6.5.5 6.6.2-6.6.3 8.1.1 8.2.2 8.3.1-8.3.2"
    " 11.1.1-11.1.2 11.2.1 11.2.3-11.2.4 11.4.2 11.4.4 11.5.1 11.6.1"
    " 13.3.1-13.3.4 16.1.1 16.2.1-16.2.5 16.3.1-16.3.4 16.4.1-16.4.3 16.5.1-16.5.4"
)
ROWS = [[cell.strip() for cell in row.split(" | ")] for row in re.findall(r"^\| (\d+\..+) \|$", PAGE, re.M)]


def each(spans: str) -> list[str]:
    """The points of `1.2.3-1.2.5 …`, one by one."""
    found = []
    for span in spans.split():
        first, _, last = span.partition("-")
        section, _, number = first.rpartition(".")
        end = int((last or first).rpartition(".")[2])
        found += [f"{section}.{n}" for n in range(int(number), end + 1)]
    return found


def test_every_adopted_point_has_one_row() -> None:
    assert [row[0] for row in ROWS] == each(ADOPTED)
    assert {len(row) for row in ROWS} == {5}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_a_real_module_and_met_has_a_test(row: list[str]) -> None:
    _, state, _, module, test = row
    assert state in {"met", "partly", "not"}
    assert (ROOT / "src/hoso_bot" / module.strip("`")).is_file(), module
    assert test != "–" or state != "met"


def test_every_test_it_names_exists() -> None:
    named = re.findall(r"`((?:unit|integration|acceptance)/test_\w+\.py)(?:::(test_\w+))?`", PAGE)
    assert len(named) > 60
    for file, test in named:
        source = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert re.search(rf"def {test or 'test_'}", source), (file, test)
