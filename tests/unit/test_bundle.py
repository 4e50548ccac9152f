"""What a bundle of approved plans holds, and how it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_board import FRESH, GV, MENDED, SENT_BACK, TAKEN_BACK, WEEK, WHOLE, P, filed

from hoso_bot.domain.board import State
from hoso_bot.domain.bundle import Scope, items, pieces

YEAR = WEEK.year
SCOPES = [
    (Scope(YEAR, 13), True),
    (Scope(YEAR, 14), False),
    (Scope("2025-2026", 13), False),
    (Scope(YEAR, 13, group="tổ  1"), True),
    (Scope(YEAR, 13, group="Tổ 2"), False),
    (Scope(YEAR, teacher_id="gv"), True),
    (Scope(YEAR, teacher_id="other"), False),
    (Scope(YEAR, 14, teacher_id="gv"), False),
]


@pytest.mark.parametrize(("scope", "inside"), SCOPES)
def test_what_a_scope_covers(scope: Scope, inside: bool) -> None:
    assert bool(items([filed(P.APPROVED, WHOLE)], {GV.id: GV}, scope)) is inside


def test_only_an_approved_version_is_taken_and_the_rest_is_listed() -> None:
    found = {
        one.plan.state: items([one], {GV.id: GV}, Scope(YEAR, 13))
        for one in (
            filed(P.APPROVED, WHOLE),
            filed(P.PENDING, FRESH),
            filed(P.REJECTED, SENT_BACK),
            filed(P.WITHDRAWN, TAKEN_BACK),
        )
    }
    taken = {state: [bool(item.version) for item in one] for state, one in found.items()}
    assert taken == {P.APPROVED: [True], P.PENDING: [False], P.REJECTED: [False], P.WITHDRAWN: []}
    assert found[P.APPROVED][0].file_name == "KHBD-2627-T13-GV01-v1-da-ky.pdf"


def test_while_a_new_version_waits_the_approved_one_is_what_there_is() -> None:
    (item,) = items([filed(P.PENDING, WHOLE, MENDED)], {GV.id: GV}, Scope(YEAR, 13))
    assert item.version and (item.version.number, item.state) == (1, State.HEAD)


NAMES = [
    (Scope(YEAR, 3), "", "KHBD-2627-T03"),
    (Scope(YEAR, 13, "Tổ 4-5"), "", "KHBD-2627-T13-TO45"),
    (Scope(YEAR, 13, "Tổ ../../x"), "", "KHBD-2627-T13-TOX"),
    (Scope(YEAR, None, "", "gv"), "GV09", "KHBD-2627-GV09"),
]


@pytest.mark.parametrize(("scope", "teacher", "name"), NAMES)
def test_a_bundle_has_a_name_that_is_safe_everywhere(scope: Scope, teacher: str, name: str) -> None:
    assert scope.name(teacher) == name


@given(st.lists(st.integers(1, 5_000), max_size=40), st.integers(0, 500))
def test_pieces_hold_everything_once_in_order_and_fit(sizes: list[int], listed: int) -> None:
    cut = pieces(sizes, listed, 6_000)
    assert [index for piece in cut for index in piece] == list(range(len(sizes)))
    for piece in cut:
        assert len(piece) < 2 or sum(sizes[index] for index in piece) + listed <= 6_000


def test_a_file_too_large_is_a_piece_of_its_own() -> None:
    assert pieces([10, 20_000, 10, 10], 0, 6_000) == [[0], [1], [2, 3]]
