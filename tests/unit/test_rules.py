"""The school's rules as versions, and registers; each row names its rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.domain.calendar import Week, default_weeks
from hoso_bot.domain.registers import Register as Book
from hoso_bot.domain.registers import RegisterRefused, all_registers, chain_for, register_code
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.routing import Step
from hoso_bot.domain.rules import (
    Rules,
    RulesRefused,
    RuleVersion,
    changed,
    changes_of,
    difference,
    in_force,
    to_know,
    with_deadlines,
)

YEAR = default_weeks("2026-2027")
NEXT_YEAR = default_weeks("2027-2028")
AT = datetime(2026, 9, 1, tzinfo=UTC)


def version(start: date, at: datetime = AT, **rules: object) -> RuleVersion:
    return RuleVersion(f"{start}{at}", start, Rules(**rules), "", "office", at)  # type: ignore[arg-type]


W13 = YEAR[12]
TOML = Rules(effective_week=4, open_weeks=2)
IN_FORCE = [
    ([], W13, (4, 2)),  # hoso.toml until there is a version
    ([version(W13.first, open_weeks=3)], W13, (1, 3)),  # R2: from its day on
    ([version(W13.first + timedelta(days=1), open_weeks=3)], W13, (4, 2)),  # not before
    ([version(YEAR[0].first, open_weeks=3), version(YEAR[5].first, open_weeks=4)], W13, (1, 4)),  # R54
    ([version(YEAR[5].first, open_weeks=4), version(YEAR[0].first, open_weeks=3)], W13, (1, 4)),
    (
        [version(W13.first, open_weeks=3), version(W13.first, AT + timedelta(days=1), open_weeks=5)],
        W13,
        (1, 5),  # the later word about the same day counts
    ),
    ([version(YEAR[3].first, effective_week=4)], W13, (4, 2)),  # R42
    ([version(YEAR[3].first, effective_week=4)], NEXT_YEAR[0], (1, 2)),  # R43: introduced once
    ([], NEXT_YEAR[0], (1, 2)),
    ([version(YEAR[3].first, open_weeks=3)], NEXT_YEAR[0], (1, 3)),  # a new year keeps the other rules
    ([version(YEAR[3].first, effective_week=0)], NEXT_YEAR[0], (0, 2)),
]


@pytest.mark.parametrize(("versions", "week", "found"), IN_FORCE)
def test_the_rules_in_force_at_a_week(
    versions: list[RuleVersion], week: Week, found: tuple[int, int]
) -> None:
    rules = in_force(versions, week, TOML, "2026-2027")
    assert (rules.effective_week, rules.open_weeks) == found


def test_a_newcomer_has_to_know_the_version_in_force_and_those_ahead() -> None:
    """R56: what was replaced is history."""
    old, now = version(YEAR[0].first), version(YEAR[5].first, AT + timedelta(days=1))
    ahead = version(YEAR[20].first)
    assert to_know([ahead, now, old], W13.first) == (now, ahead)
    assert to_know([ahead], W13.first) == (ahead,)
    assert to_know([], W13.first) == ()


def test_what_a_version_changed_is_told_against_the_one_before_it() -> None:
    first = version(YEAR[5].first, effective_week=4, open_weeks=3)
    second = version(YEAR[5].first, AT + timedelta(days=1), effective_week=4, open_weeks=5)
    both = [second, first]
    assert changes_of(first, both, TOML, "2026-2027") == [{"key": "open_weeks", "was": 2, "now": 3}]
    assert changes_of(second, both, TOML, "2026-2027") == [{"key": "open_weeks", "was": 3, "now": 5}]


def test_a_deadline_hour_counts_from_its_week_on() -> None:
    """R11 (cfg hour): the Sunday stays."""
    table = with_deadlines(YEAR, [version(W13.first, deadline="21:00")])
    assert table[11].deadline == YEAR[11].deadline
    assert f"{table[12].deadline:%a %H:%M:%S}" == "Sun 21:00:00"
    assert table[12].deadline.date() == W13.deadline.date()


def test_2359_is_the_last_second() -> None:
    assert with_deadlines(YEAR, [version(W13.first)]) == YEAR


GOOD = [
    (["open_weeks=3"], Rules(open_weeks=3)),
    (["effective_week=0"], Rules(effective_week=0)),
    (["deadline=21:00", "open_weeks=1"], Rules(deadline="21:00", open_weeks=1)),
    (["unit=teacher"], Rules()),
    (["unit=class"], Rules(unit="class")),  # Q5
    (["unit=subject"], Rules(unit="subject")),
]


@pytest.mark.parametrize(("words", "rules"), GOOD)
def test_assignments_change_rules(words: list[str], rules: Rules) -> None:
    assert changed(Rules(), words) == rules


@pytest.mark.parametrize(
    "word",
    ["open_weeks=0", "open_weeks=drei", "open_weeks", "deadline=25:00", "deadline=", "unit=grade", "x=1", ""],
)
def test_a_wrong_assignment_is_named(word: str) -> None:
    with pytest.raises(RulesRefused, match=repr(word)):
        changed(Rules(), [word])


@given(st.integers(0, 23), st.integers(0, 59))
def test_any_hour_can_be_the_deadline(hour: int, minute: int) -> None:
    rules = changed(Rules(), [f"deadline={hour:02d}:{minute:02d}"])
    assert (rules.closes.hour, rules.closes.minute) == (hour, minute)


def test_the_difference_names_what_changes() -> None:
    assert difference(Rules(), Rules(open_weeks=3)) == [{"key": "open_weeks", "was": 2, "now": 3}]
    assert difference(Rules(), Rules()) == []


# --- registers (R7) ------------------------------------------------------------------------------------


def test_lesson_plans_are_always_open_and_first() -> None:
    books = all_registers([Book("KHDH", "Kế hoạch dạy học", open=False)], "Kế hoạch bài dạy")
    assert [(book.code, book.open) for book in books] == [("KHBD", True), ("KHDH", False)]


@pytest.mark.parametrize(("typed", "code"), [("khdh", "KHDH"), (" SH1 ", "SH1")])
def test_a_code_is_short_and_plain(typed: str, code: str) -> None:
    assert register_code(typed) == code


@pytest.mark.parametrize("typed", ["", "K", "KẾ", "1A", "K-H", "TOOLONGCODE", "khbd"])
def test_other_codes_are_refused(typed: str) -> None:
    with pytest.raises(RegisterRefused):
        register_code(typed)


def test_other_registers_go_to_the_board_alone() -> None:
    """R35; lesson plans keep the whole chain (R22-R25)."""
    people = [Person(i, i, i, role, "") for i, role in (("a", Role.GROUP_HEAD), ("b", Role.VICE_PRINCIPAL))]
    chain = [Step(n, p.role, p) for n, p in enumerate(people, start=1)]
    assert chain_for("KHBD", chain) == tuple(chain)
    assert [(s.number, s.signer.id) for s in chain_for("KHDH", chain)] == [(1, "b")]
