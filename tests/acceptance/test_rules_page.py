"""docs/rules.md cannot lie: `code` stands where a row proves the rule, and every name in it exists."""

from __future__ import annotations

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest
from tests.acceptance.test_docs import real_commands
from tests.acceptance.test_school_rules_in_chat import TABLE as IN_CHAT
from tests.unit.test_school_rules import TABLE as PURE

from hoso_bot import texts
from hoso_bot.handlers import COMMANDS
from hoso_bot.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (R\d+) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE)
NAMES = sorted(set(re.findall(r"`([^`]+)`", PAGE)))
LABELS = " ".join(texts.raw(key) for key in texts.keys() if "button" in key)  # noqa: SIM118


def test_every_rule_has_one_line_in_order() -> None:
    assert [number for number, _ in ROWS] == [f"R{n}" for n in range(1, 63)]


def test_every_line_says_how_it_is_kept() -> None:
    for number, where in ROWS:
        assert re.match(r"(code|partly): .*`|not software|not yet", where), number


def test_code_and_partly_stand_where_there_are_rows_and_nowhere_else() -> None:
    said = {number for number, where in ROWS if where.startswith(("code", "partly"))}
    assert said == PURE.numbers | IN_CHAT.numbers


def test_every_row_says_its_rule_in_one_line() -> None:
    rows = PURE.rows + IN_CHAT.rows
    assert len({row.name for row in rows}) == len(rows), "a name stands in both files"
    assert all(10 < len(row.rule) < 110 for row in rows)


def is_code(name: str) -> bool:
    """`domain/calendar.Week.deadline`, `handlers/delegate`, `case.lateness`: module, then what is in it."""
    module, *inside = name.replace("/", ".").split(".")
    parts = [module, *inside]
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module("hoso_bot." + ".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        try:
            reduce(getattr, parts[cut:], found)
        except AttributeError:
            return False
        return True
    return False


def is_setting(name: str) -> bool:
    value: object = Settings(home=Path("/nowhere"))
    try:
        reduce(getattr, name.split("."), value)
    except AttributeError:
        return False
    return "." in name


def exists(name: str) -> bool:
    if name.startswith("/"):
        return name[1:].split()[0] in COMMANDS
    if name.startswith("hoso-bot "):
        return name.removeprefix("hoso-bot ") in real_commands()
    if name.startswith("tests/"):
        return (ROOT / name).exists()
    return is_code(name) or is_setting(name) or name in LABELS


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_names_exists(name: str) -> None:
    assert exists(name)


@pytest.mark.parametrize(
    "name",
    [
        "domain/calendar.Week.dateline",
        "domain/nothing",
        "rules.open_days",
        "/khong",
        "hoso-bot rule set",
        "Không tồn tại",
    ],
)
def test_a_name_that_does_not_exist_is_found_out(name: str) -> None:
    assert not exists(name)
