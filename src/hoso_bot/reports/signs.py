"""The signs of `sign_shapes`, painted."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw

from hoso_bot.domain.board import State
from hoso_bot.reports.sign_shapes import DOT, EDGE, FULL, PIE, RING, SHAPES, STROKE, WHITE, Point, Shape

_FINER = 4  # drawn so many times larger, then reduced: Pillow draws no smooth edges
_MIDDLE = (0.5, 0.5)


@cache
def sign(state: State, size: int) -> Image.Image:
    """The disc of a state, `size` pixels wide, on a transparent ground."""
    large = size * _FINER
    image = Image.new("RGBA", (large, large), (255, 255, 255, 0))
    _paint(ImageDraw.Draw(image), SHAPES[state], large)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _paint(draw: ImageDraw.ImageDraw, shape: Shape, size: int) -> None:
    if shape.ring:
        draw.ellipse(_box(_MIDDLE, RING, size), WHITE, shape.colour, round(size * EDGE))
    else:
        draw.ellipse(_box(_MIDDLE, FULL, size), shape.colour)
    if shape.pie:
        draw.pieslice(_box(_MIDDLE, PIE, size), -90, shape.pie - 90, shape.colour)
    for dot in shape.dots:
        draw.ellipse(_box(dot, DOT, size), shape.colour)
    for points in shape.strokes:
        scaled = [(x * size, y * size) for x, y in points]
        draw.line(scaled, shape.ink, round(size * STROKE), joint="curve")


def _box(middle: Point, radius: float, size: int) -> tuple[float, float, float, float]:
    x, y = middle
    return (x - radius) * size, (y - radius) * size, (x + radius) * size, (y + radius) * size
