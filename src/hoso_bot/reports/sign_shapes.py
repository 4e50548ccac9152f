"""What the sign of each state looks like: a disc that fills up on the way to approval, clear without colour.

Colours are those of Okabe and Ito, which colour-blind people can tell apart; nobody's name stands on red.
Lengths are parts of the sign's own width; `reports/signs` paints them, the web board draws them.
"""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.domain.board import State

Colour = tuple[int, int, int]
Point = tuple[float, float]

WHITE, GREY, PALE = (255, 255, 255), (107, 114, 128), (209, 213, 219)
BLUE, GREEN, ORANGE = (0, 114, 178), (0, 128, 98), (186, 92, 0)
FULL, RING, PIE, DOT, STROKE = 0.46, 0.44, 0.42, 0.06, 0.1
"""Radius of a full disc, of a ring's outer edge, of what fills it, and of a dot; width of a stroke."""
EDGE = 0.08
"""Width of a ring's edge."""


@dataclass(frozen=True)
class Shape:
    """colour: of a full disc, or of the edge of a ring. pie: degrees filled, clockwise from the top.

    dots: middles, in the same colour. strokes: lines through these points, in the colour `ink`.
    """

    colour: Colour
    ring: bool = False
    pie: int = 0
    dots: tuple[Point, ...] = ()
    strokes: tuple[tuple[Point, ...], ...] = ()
    ink: Colour = WHITE


_LAST = Shape(BLUE, ring=True, pie=270)
SHAPES: dict[State, Shape] = {
    State.MISSING: Shape(GREY, ring=True),
    State.DRAFT: Shape(GREY, ring=True, dots=((0.3, 0.5), (0.5, 0.5), (0.7, 0.5))),
    State.HEAD: Shape(BLUE, ring=True, pie=180),
    State.VICE: _LAST,
    State.PRINCIPAL: _LAST,
    State.RETURNED: Shape(
        ORANGE, strokes=(((0.76, 0.5), (0.3, 0.5)), ((0.46, 0.3), (0.26, 0.5), (0.46, 0.7)))
    ),
    State.DOUBTED: Shape(GREY, strokes=(((0.4, 0.32), (0.4, 0.68)), ((0.6, 0.32), (0.6, 0.68)))),
    State.APPROVED: Shape(GREEN, strokes=(((0.26, 0.52), (0.44, 0.69), (0.75, 0.34)),)),
    State.EXEMPT: Shape(PALE, strokes=(((0.3, 0.5), (0.7, 0.5)),), ink=GREY),
}
BARS: dict[State, Colour] = {
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
"""What a bar of this state is filled with."""
ORDER = (
    State.APPROVED,
    State.PRINCIPAL,
    State.VICE,
    State.HEAD,
    State.RETURNED,
    State.DOUBTED,
    State.DRAFT,
    State.MISSING,
    State.EXEMPT,
)
"""From what is done to what is not."""
