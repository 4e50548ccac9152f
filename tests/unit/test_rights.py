"""The table of rights: default deny, and read as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hoso_bot.domain.rights import TABLE, ActingFor, Line, Right, Rights, Tie, Way
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.submission import VersionState

DOCS = Path(__file__).parents[2] / "docs"

STAFF = [
    Person("t1", "GV1", "A", Role.TEACHER, "Tổ 4-5"),
    Person("t2", "GV2", "B", Role.TEACHER, "Tổ 4-5"),
    Person("d", "GV3", "C", Role.DEPUTY_HEAD, "tổ  4-5"),
    Person("h", "GV4", "D", Role.GROUP_HEAD, "tổ 4-5"),
    Person("o", "GV5", "E", Role.TEACHER, "Tổ 1"),
    Person("oh", "GV6", "F", Role.GROUP_HEAD, "Tổ 1"),
    Person("v", "PHT", "G", Role.VICE_PRINCIPAL, ""),
    Person("p", "HT", "H", Role.PRINCIPAL, ""),
    Person("s", "NV", "I", Role.STAFF, ""),
]
PEOPLE = {p.id: p for p in STAFF}


@pytest.mark.parametrize(
    ("reader", "readable"),
    [
        ("t1", {"t1"}),
        ("d", {"d"}),
        ("h", {"t1", "t2", "d", "h"}),
        ("oh", {"o", "oh"}),
        ("v", set(PEOPLE)),
        ("p", set(PEOPLE)),
        ("s", {"s"}),
    ],
)
def test_own_plans_the_groups_for_its_head_all_for_the_board(reader: str, readable: set[str]) -> None:
    assert read_by(Rights(PEOPLE[reader])) == readable


def read_by(standing: Rights) -> set[str]:
    """Whose plans somebody may read."""
    return {p.id for p in STAFF if standing.may(Right.READ_PLANS, p)}


def test_a_delegate_reads_what_the_delegation_covers() -> None:
    group, one = ActingFor(PEOPLE["h"]), ActingFor(PEOPLE["h"], "t1")
    assert read_by(Rights(PEOPLE["d"], acting_for=[group])) == {"t1", "t2", "d", "h"}
    assert read_by(Rights(PEOPLE["d"], acting_for=[one])) == {"t1", "d"}


def test_two_people_without_a_group_are_in_no_group_together() -> None:
    head = Person("x", "X", "X", Role.GROUP_HEAD, "")
    assert not Rights(head).may(Right.READ_PLANS, PEOPLE["s"])


def test_every_right_has_a_line_and_who_left_has_none_of_them() -> None:
    assert set(TABLE) == set(Right) and all(TABLE.values())
    for leader in (replace(PEOPLE["p"], active=False), replace(PEOPLE["v"], active=False)):
        gone = Rights(leader, is_office=True, acting_for=[ActingFor(PEOPLE["h"])])
        assert not any(gone.may(right, PEOPLE["t1"], None, *Tie) for right in Right)


def test_the_web_board_only_shows() -> None:
    office = Rights(PEOPLE["p"], is_office=True, way=Way.BOARD)
    open_there = {right for right in Right if office.may(right, PEOPLE["t1"])}
    assert open_there == {Right.SEE_SCHOOL, Right.OVERSEE, Right.SEE_WEEK, Right.READ_PLANS}


def test_nobody_answers_the_own_words() -> None:
    for right in (Right.ANSWER_DISPUTE, Right.ANSWER_DATA_REQUEST):
        assert Rights(PEOPLE["p"]).may(right, PEOPLE["t1"])
        assert not Rights(PEOPLE["p"], is_office=True).may(right, PEOPLE["p"])


def test_the_page_about_rights_is_the_table() -> None:
    told = [line for line in (DOCS / "rights.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    lines = [_told(right, line) for right in Right for line in TABLE[right]]
    assert told[: len(lines)] == lines
    assert all(f"`{tie.value}`" in "".join(told[len(lines) :]) for tie in Tie)


def _told(right: Right, line: Line) -> str:
    who = ", ".join(tie.value for tie in Tie if tie in line.who)
    own = "no" if line.about_others else "yes"
    when = ", ".join(state.value for state in VersionState if state in line.when) or "any"
    ways = ", ".join(way.value for way in Way if way in line.by)
    return f"| `{right.value}` | {who} | {own} | {when} | {ways} |"
