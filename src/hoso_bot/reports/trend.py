"""Two rates over the weeks as a small chart: told apart without colour, read in print."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw

from hoso_bot.domain.council import Point
from hoso_bot.lookups import Words
from hoso_bot.reports.picture import font

WIDTH, HEIGHT = 1600, 620
_LEFT, _RIGHT, _TOP, _BOTTOM = 110, 30, 90, 70
_INK, _SOFT, _RULE = (17, 24, 39), (75, 85, 99), (209, 213, 219)
_FIRST, _SECOND = (29, 78, 216), (180, 83, 9)
_SIZE, _MARK, _DASH = 34, 11, 18

Dot = tuple[float, float]


def draw_trend(points: Sequence[Point], words: Words) -> bytes:
    """A PNG: on time as a line with discs, approved before the lesson as dashes with squares."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (255, 255, 255))
    pen = ImageDraw.Draw(image)
    _axes(pen, points, words)
    _curve(pen, _dots(points, lambda point: point.on_time), _FIRST, dashed=False)
    _curve(pen, _dots(points, lambda point: point.ready), _SECOND, dashed=True)
    _legend(pen, words)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _x(index: int, count: int) -> float:
    inner = WIDTH - _LEFT - _RIGHT
    return _LEFT + inner * (index + 0.5) / count


def _y(rate: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * rate


def _axes(pen: ImageDraw.ImageDraw, points: Sequence[Point], words: Words) -> None:
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent / 100)
        pen.line((_LEFT, y, WIDTH - _RIGHT, y), _INK if percent == 0 else _RULE, 2)
        pen.text((_LEFT - 14, y), f"{percent} %", _SOFT, font(_SIZE, False), anchor="rm")
    every = 1 if len(points) <= 20 else 2
    for index, point in enumerate(points):
        if index % every == 0:
            place = (_x(index, len(points)), HEIGHT - _BOTTOM + 14)
            pen.text(place, words("council.week", week=point.week), _SOFT, font(_SIZE, False), anchor="ma")


def _dots(points: Sequence[Point], rate: Callable[[Point], float | None]) -> list[Dot]:
    """Where the curve goes; a week with nothing to count is left out."""
    placed = [(_x(index, len(points)), rate(point)) for index, point in enumerate(points)]
    return [(x, _y(value)) for x, value in placed if value is not None]


def _curve(pen: ImageDraw.ImageDraw, dots: Sequence[Dot], colour: tuple[int, int, int], dashed: bool) -> None:
    for start, end in pairwise(dots):
        if dashed:
            _dashes(pen, start, end, colour)
        else:
            pen.line((*start, *end), colour, 5)
    for x, y in dots:
        box = (x - _MARK, y - _MARK, x + _MARK, y + _MARK)
        if dashed:
            pen.rectangle(box, (255, 255, 255), colour, 5)
        else:
            pen.ellipse(box, colour)


def _dashes(pen: ImageDraw.ImageDraw, start: Dot, end: Dot, colour: tuple[int, int, int]) -> None:
    (x1, y1), (x2, y2) = start, end
    length = max(1.0, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
    steps = int(length // _DASH)
    for step in range(0, steps + 1, 2):
        begins, ends = min(1.0, step * _DASH / length), min(1.0, (step + 1) * _DASH / length)
        pen.line(
            (
                x1 + (x2 - x1) * begins,
                y1 + (y2 - y1) * begins,
                x1 + (x2 - x1) * ends,
                y1 + (y2 - y1) * ends,
            ),
            colour,
            5,
        )


def _legend(pen: ImageDraw.ImageDraw, words: Words) -> None:
    x = float(_LEFT)
    for key, colour, dashed in (("on_time", _FIRST, False), ("ready", _SECOND, True)):
        _curve(pen, [(x, 40), (x + 110, 40)], colour, dashed)
        label = words(f"council.curve.{key}")
        pen.text((x + 140, 40), label, _INK, font(_SIZE, False), anchor="lm")
        x += 200 + font(_SIZE, False).getlength(label)
