"""The signs of `reports/sign_shapes` for a page: drawn once at its top, used by name."""

from __future__ import annotations

from functools import cache
from math import cos, radians, sin

from markupsafe import Markup

from hoso_bot.domain.board import State
from hoso_bot.reports.sign_shapes import (
    DOT,
    EDGE,
    FULL,
    PIE,
    RING,
    SHAPES,
    STROKE,
    Colour,
    Point,
    Shape,
)


@cache
def sprite() -> Markup:
    """Every sign as an SVG symbol `sign-STATE`, 100 units wide; rings are filled with `color`."""
    symbols = "".join(
        f'<symbol id="sign-{state.value}" viewBox="0 0 100 100">{_drawn(SHAPES[state])}</symbol>'
        for state in State
    )
    return Markup(f'<svg class="sprite" width="0" height="0" aria-hidden="true">{symbols}</svg>')  # noqa: S704


def _drawn(shape: Shape) -> str:
    colour = _hex(shape.colour)
    parts = [_ring(colour)] if shape.ring else [_disc((0.5, 0.5), FULL, colour)]
    if shape.pie:
        parts.append(f'<path d="{_slice(shape.pie)}" fill="{colour}"/>')
    parts += [_disc(dot, DOT, colour) for dot in shape.dots]
    for points in shape.strokes:
        drawn = " ".join(f"{x * 100:g},{y * 100:g}" for x, y in points)
        look = f'fill="none" stroke="{_hex(shape.ink)}" stroke-width="{STROKE * 100:g}"'
        parts.append(f'<polyline points="{drawn}" {look} stroke-linejoin="round"/>')
    return "".join(parts)


def _disc(middle: Point, radius: float, colour: str) -> str:
    x, y = middle
    return f'<circle cx="{x * 100:g}" cy="{y * 100:g}" r="{radius * 100:g}" fill="{colour}"/>'


def _ring(colour: str) -> str:
    radius = (RING - EDGE / 2) * 100
    look = f'fill="currentColor" stroke="{colour}" stroke-width="{EDGE * 100:g}"'
    return f'<circle cx="50" cy="50" r="{radius:g}" {look}/>'


def _slice(degrees: int) -> str:
    """From the top clockwise."""
    radius, angle = PIE * 100, radians(degrees)
    x, y = 50 + radius * sin(angle), 50 - radius * cos(angle)
    far = int(degrees > 180)
    return f"M50,50 L50,{50 - radius:g} A{radius:g},{radius:g} 0 {far} 1 {x:.2f},{y:.2f} Z"


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
