"""The sign of each state: a disc that fills up on the way to approval, told apart without its colour.

Colours are those of Okabe and Ito, which colour-blind people can tell apart; nobody's name stands on red.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw

from hoso_bot.domain.board import State

WHITE, GREY, PALE = (255, 255, 255), (107, 114, 128), (209, 213, 219)
BLUE, GREEN, ORANGE = (0, 114, 178), (0, 128, 98), (186, 92, 0)
_FINER = 4  # drawn so many times larger, then reduced: Pillow draws no smooth edges

_Draw = Callable[[ImageDraw.ImageDraw, int], None]


@cache
def sign(state: State, size: int) -> Image.Image:
    """The disc of a state, `size` pixels wide, on a transparent ground."""
    large = size * _FINER
    image = Image.new("RGBA", (large, large), (255, 255, 255, 0))
    _SIGNS[state](ImageDraw.Draw(image), large)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def colour(state: State) -> tuple[int, int, int]:
    """What a bar of this state is filled with."""
    return _COLOURS[state]


def _ring(draw: ImageDraw.ImageDraw, size: int, edge: tuple[int, int, int]) -> None:
    draw.ellipse((size * 0.06, size * 0.06, size * 0.94, size * 0.94), WHITE, edge, round(size * 0.08))


def _full(draw: ImageDraw.ImageDraw, size: int, ground: tuple[int, int, int]) -> None:
    draw.ellipse((size * 0.04, size * 0.04, size * 0.96, size * 0.96), ground)


def _line(draw: ImageDraw.ImageDraw, size: int, *points: tuple[float, float]) -> None:
    scaled = [(x * size, y * size) for x, y in points]
    draw.line(scaled, WHITE, round(size * 0.1), joint="curve")


def _pie(draw: ImageDraw.ImageDraw, size: int, degrees: int) -> None:
    _ring(draw, size, BLUE)
    draw.pieslice((size * 0.08, size * 0.08, size * 0.92, size * 0.92), -90, degrees - 90, BLUE)


def _missing(draw: ImageDraw.ImageDraw, size: int) -> None:
    _ring(draw, size, GREY)


def _draft(draw: ImageDraw.ImageDraw, size: int) -> None:
    _ring(draw, size, GREY)
    for x in (0.3, 0.5, 0.7):
        draw.ellipse(((x - 0.06) * size, 0.44 * size, (x + 0.06) * size, 0.56 * size), GREY)


def _head(draw: ImageDraw.ImageDraw, size: int) -> None:
    _pie(draw, size, 180)


def _last(draw: ImageDraw.ImageDraw, size: int) -> None:
    _pie(draw, size, 270)


def _returned(draw: ImageDraw.ImageDraw, size: int) -> None:
    _full(draw, size, ORANGE)
    _line(draw, size, (0.76, 0.5), (0.3, 0.5))
    _line(draw, size, (0.46, 0.3), (0.26, 0.5), (0.46, 0.7))


def _doubted(draw: ImageDraw.ImageDraw, size: int) -> None:
    _full(draw, size, GREY)
    for x in (0.4, 0.6):
        _line(draw, size, (x, 0.32), (x, 0.68))


def _approved(draw: ImageDraw.ImageDraw, size: int) -> None:
    _full(draw, size, GREEN)
    _line(draw, size, (0.26, 0.52), (0.44, 0.69), (0.75, 0.34))


def _exempt(draw: ImageDraw.ImageDraw, size: int) -> None:
    _full(draw, size, PALE)
    draw.line(((0.3 * size, 0.5 * size), (0.7 * size, 0.5 * size)), GREY, round(size * 0.1))


_SIGNS: dict[State, _Draw] = {
    State.MISSING: _missing,
    State.DRAFT: _draft,
    State.HEAD: _head,
    State.VICE: _last,
    State.PRINCIPAL: _last,
    State.RETURNED: _returned,
    State.DOUBTED: _doubted,
    State.APPROVED: _approved,
    State.EXEMPT: _exempt,
}
_COLOURS: dict[State, tuple[int, int, int]] = {
    State.MISSING: (229, 231, 235),
    State.DRAFT: PALE,
    State.HEAD: (86, 180, 233),
    State.VICE: BLUE,
    State.PRINCIPAL: BLUE,
    State.RETURNED: ORANGE,
    State.DOUBTED: GREY,
    State.APPROVED: GREEN,
    State.EXEMPT: WHITE,
}
