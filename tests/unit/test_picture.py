"""The board's picture holds everybody, readable, whatever the names and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.test_board import GV, MONDAY, PLAIN, WEEK

from hoso_bot import texts
from hoso_bot.domain.board import Board, Line, State
from hoso_bot.reports import picture, signs
from hoso_bot.reports.picture import WIDTH, draw_board, short_name


def lines(count: int, name: str = "Nguyễn Thị Ánh Nguyệt", groups: int = 5) -> tuple[Line, ...]:
    states = list(State)
    people = [replace(GV, id=str(n), name=name, group=f"Tổ {n % groups}") for n in range(count)]
    return tuple(
        replace(
            PLAIN,
            person=person,
            state=states[n % len(states)],
            late=n % 3 * 50,
            part="5A" if n % 7 == 0 else "",
        )
        for n, person in enumerate(people)
    )


@pytest.mark.parametrize("count", [1, 13, 60])
def test_a_picture_is_as_wide_as_a_phone_reads_and_ends_where_the_words_end(
    tmp_path: Path, count: int
) -> None:
    target = tmp_path / "board.jpg"
    draw_board(Board(WEEK, MONDAY, lines(count)), "Trường Tiểu học Hoa Phượng", "", texts.render, target)
    with Image.open(target) as drawn:
        assert drawn.format == "JPEG" and drawn.width == WIDTH and drawn.height < 4_500
        grey = drawn.convert("L")
        inked = Image.eval(grey, lambda level: 255 if level < 128 else 0).getbbox()
    assert inked
    left, _, right, bottom = inked
    assert left >= 30 and right <= WIDTH - 20
    assert drawn.height - 130 < bottom < drawn.height - 20
    assert target.stat().st_size < 1_500_000


NAMES = [
    ("Tạ Thị Loan", 400, "Tạ Thị Loan"),
    ("Nguyễn Thị Thanh Hương", 330, "N. T. Thanh Hương"),
    ("Loan", 20, "…"),
    ("", 100, ""),
]


@pytest.mark.parametrize(("name", "room", "shown"), NAMES)
def test_a_long_name_is_shortened_from_the_left(name: str, room: int, shown: str) -> None:
    assert short_name(name, "", 40, room) == shown
    assert picture.font(40, False).getlength(shown) <= max(room, 45)


def test_signs_differ_without_their_colours() -> None:
    drawn = {
        state: signs.sign(state, 48).convert("LA").tobytes()
        for state in State
        if state is not State.PRINCIPAL
    }
    assert len(set(drawn.values())) == len(drawn)
    assert signs.sign(State.PRINCIPAL, 48).tobytes() == signs.sign(State.VICE, 48).tobytes()
