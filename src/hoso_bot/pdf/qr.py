"""A QR code as PDF operators: black squares on white paper, runs of one row drawn as one rectangle."""

from __future__ import annotations

from itertools import groupby

import segno

QUIET = 4
"""Modules of white around a code (ISO/IEC 18004, 9.1)."""


def qr_content(link: str, left: float, bottom: float, size: float) -> str:
    """Operators that draw `link` with its quiet zone into a square of `size` points.

    Error correction M: a seventh of it may be dirty, folded or badly copied.
    """
    matrix = segno.make_qr(link, error="m", boost_error=False).matrix
    module = size / (len(matrix) + 2 * QUIET)
    rows = [f"1 g {left:.2f} {bottom:.2f} {size:.2f} {size:.2f} re f 0 g"]
    for number, line in enumerate(matrix):
        y = bottom + size - (QUIET + number + 1) * module
        for dark, run in groupby(enumerate(line), key=lambda pair: bool(pair[1])):
            columns = [x for x, _ in run]
            if dark:
                x = left + (QUIET + columns[0]) * module
                rows.append(f"{x:.3f} {y:.3f} {len(columns) * module:.3f} {module:.3f} re")
    return "\n".join([*rows, "f"])
