"""Who may read whose plans: default deny."""

from __future__ import annotations

from datetime import date

import pytest

from hoso_bot.domain.delegation import Delegation
from hoso_bot.domain.periods import Period
from hoso_bot.domain.reading import may_read
from hoso_bot.domain.roster import Person, Role

TODAY = Period(date(2026, 11, 23), date(2026, 11, 27))
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
    assert {p.id for p in STAFF if may_read(PEOPLE[reader], p, (), PEOPLE)} == readable


def test_a_delegate_reads_what_the_delegation_covers() -> None:
    group, one = Delegation("1", "h", "d", TODAY), Delegation("2", "h", "d", TODAY, "t1")
    assert {p.id for p in STAFF if may_read(PEOPLE["d"], p, [group], PEOPLE)} == {"t1", "t2", "d", "h"}
    assert {p.id for p in STAFF if may_read(PEOPLE["d"], p, [one], PEOPLE)} == {"t1", "d"}
    assert not may_read(PEOPLE["t2"], PEOPLE["t1"], [group], PEOPLE)


def test_two_people_without_a_group_are_in_no_group_together() -> None:
    head = Person("x", "X", "X", Role.GROUP_HEAD, "")
    assert not may_read(head, PEOPLE["s"], (), PEOPLE)
