"""Where the approval boxes go and what is drawn there before anyone has signed.

All lengths are points in display space: origin at the lower left of the page as a reader sees it, after
rotation and cropping. `to_user_space` leads back to the page's own coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2

from hoso_bot.domain.signing import Box
from hoso_bot.pdf.font import BOLD, REGULAR, face
from hoso_bot.pdf.qr import qr_content
from hoso_bot.pdf.stamp import Line, fit, text_at, wrap_line

Rect = tuple[float, float, float, float]
Bands = list[tuple[float, float]]
Matrix = tuple[float, float, float, float, float, float]

A4 = (595.28, 841.89)
_BOX_WIDTH, _BOX_HEIGHT, _LABEL_HEIGHT = 250.0, 92.0, 17.0
_GAP, _SIDE, _BOTTOM, _ABOVE = 12.0, 30.0, 24.0, 12.0
_HEADER_HEIGHT = 25.0
_BESIDE = 4.0
"""Paper that stays free on both sides of the block."""
_QR, _NARROW_BOX, _NARROWEST = 84.0, 206.0, 190.0
"""Side of the QR with its quiet zone; width of a box beside it; less than that beside it: no QR at all."""
_SMALLEST_PAGE = (300.0, 280.0)
_LARGEST_PAGE = 3000.0
_SCALE = 0.5  # pixels per point when looking for room
_PAPER = 236  # grey level from which a pixel counts as paper; scans are not pure white
_INK = [255] * _PAPER + [0] * (256 - _PAPER)
_FOOTER = 0.14  # share of the page height in which a footer may stand below the boxes


@dataclass(frozen=True)
class Page:
    """Size as displayed, rotation (0, 90, 180, 270) and the lower left corner of the visible box."""

    width: float
    height: float
    rotation: int = 0
    left: float = 0.0
    bottom: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether boxes of a legible size can stand on such a page."""
        small, large = min(self.width, self.height), max(self.width, self.height)
        return self.width >= _SMALLEST_PAGE[0] and small >= _SMALLEST_PAGE[1] and large <= _LARGEST_PAGE


@dataclass(frozen=True)
class Words:
    """What stands above the boxes: heading, record code, and where the signatures can be checked.

    link: what the QR beside the boxes holds, empty: no QR. title: what a page of their own is called.
    """

    heading: str
    code: str
    lookup: str = ""
    link: str = ""
    title: str = ""


@dataclass(frozen=True)
class Panel:
    """One approval box: its frame and, inside, the rectangle of the signature field."""

    box: Box
    frame: Rect
    field: Rect


def to_user_space(page: Page) -> Matrix:
    """The matrix from display space to the page's user space (ISO 32000-1, table 30 /Rotate)."""
    w, h, x, y = page.width, page.height, page.left, page.bottom
    return {
        0: (1.0, 0.0, 0.0, 1.0, x, y),
        90: (0.0, 1.0, -1.0, 0.0, x + h, y),
        180: (-1.0, 0.0, 0.0, -1.0, x + w, y + h),
        270: (0.0, -1.0, 1.0, 0.0, x, y + w),
    }[page.rotation]


def transformed(rect: Rect, matrix: Matrix) -> Rect:
    """The rectangle around `rect` after `matrix` (which turns by quarters only)."""
    a, b, c, d, e, f = matrix
    corners = [(a * x + c * y + e, b * x + d * y + f) for x, y in ((rect[0], rect[1]), (rect[2], rect[3]))]
    (x1, y1), (x2, y2) = corners
    return (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def has_qr(words: Words, page_width: float) -> bool:
    """Whether the block shows a QR: there is a link, and room for it beside a box."""
    return bool(words.link) and _boxes_room(page_width, qr=True) >= _NARROWEST


def block_height(count: int, width: float, qr: bool = False) -> float:
    """Height of heading and boxes for `count` boxes on a page `width` wide."""
    rows = -(-count // _columns(count, width, qr))
    return _HEADER_HEIGHT + rows * (_BOX_HEIGHT + _GAP) - _GAP


def find_room(bands: Bands, page: Page, count: int, qr: bool = False) -> float | None:
    """The top of a free white band for the block at the bottom of the page; None when there is none."""
    need = block_height(count, page.width, qr) + _ABOVE
    for bottom, top in bands:
        if bottom > page.height * _FOOTER:
            return None
        low = max(bottom + 6, _BOTTOM)
        if top - low >= need:
            return min(top - _ABOVE, page.height - 40)
    return None


def blank_bands(drawn: pypdfium2.PdfPage) -> Bands:
    """(bottom, top) of the rows that are paper as wide as boxes may get, lowest first.

    What stands in the margins beside them, like a frame around the page, is neither covered nor in the way.

    Where the document has a form it must have been initialised before `drawn` was loaded: form values are
    drawn into the page later and need their room too.
    """
    rows = _blank_rows(drawn)
    bands, start = [], None
    for number, blank in enumerate([*reversed(rows), False]):
        if blank and start is None:
            start = number
        if not blank and start is not None:
            bands.append((start / _SCALE, number / _SCALE))
            start = None
    return [band for band in bands if band[1] - band[0] >= 8]


def _blank_rows(drawn: pypdfium2.PdfPage) -> list[bool]:
    ink = drawn.render(scale=_SCALE, grayscale=True).to_pil().point(_INK)
    margin = int((_SIDE - _BESIDE) * _SCALE)
    if ink.width > 4 * margin:
        ink = ink.crop((margin, 0, ink.width - margin, ink.height))
    return [not row for row in ink.getprojection()[1]]


def panels(boxes: tuple[Box, ...], page_width: float, top: float, qr: bool = False) -> list[Panel]:
    """The boxes side by side in rows under `top`; a single one stands on the right, a QR left of all."""
    columns = _columns(len(boxes), page_width, qr)
    room = _boxes_room(page_width, qr)
    width = min(_NARROW_BOX if qr else _BOX_WIDTH, room)
    row_width = columns * width + (columns - 1) * _GAP
    left = page_width - _SIDE - width if len(boxes) == 1 else page_width - _SIDE - (room + row_width) / 2
    return [
        _panel(box, left + (i % columns) * (width + _GAP), top - (i // columns) * (_BOX_HEIGHT + _GAP), width)
        for i, box in enumerate(boxes)
    ]


def _boxes_room(page_width: float, qr: bool) -> float:
    return page_width - 2 * _SIDE - (_QR + _GAP if qr else 0.0)


def _columns(count: int, page_width: float, qr: bool = False) -> int:
    each = _NARROW_BOX if qr else _BOX_WIDTH
    fitting = int((_boxes_room(page_width, qr) + _GAP) // (each + _GAP))
    return max(1, min(count, fitting))


def _panel(box: Box, x: float, top: float, width: float) -> Panel:
    frame = (x, top - _BOX_HEIGHT, x + width, top)
    return Panel(box, frame, (x + 1.5, frame[1] + 1.5, x + width - 1.5, top - _LABEL_HEIGHT - 0.75))


def panel_content(panel: Panel) -> str:
    """Operators for frame, label strip, role label and the quiet line where the signature is awaited."""
    x1, y1, x2, y2 = panel.frame
    strip, middle = y2 - _LABEL_HEIGHT, (y1 + y2 - _LABEL_HEIGHT) / 2 - 8
    return "\n".join(
        [
            f"1 g {x1:.2f} {y1:.2f} {x2 - x1:.2f} {y2 - y1:.2f} re f",
            f"0.94 g {x1:.2f} {strip:.2f} {x2 - x1:.2f} {_LABEL_HEIGHT:.2f} re f",
            f"0.35 G 0.6 w {x1:.2f} {y1:.2f} {x2 - x1:.2f} {y2 - y1:.2f} re S",
            f"0.35 G 0.4 w {x1:.2f} {strip:.2f} m {x2:.2f} {strip:.2f} l S",
            f"0.7 G 0.5 w [1 2.5] 0 d {x1 + 45:.2f} {middle:.2f} m {x2 - 45:.2f} {middle:.2f} l S [] 0 d",
            "0 g " + _centred(panel.box.label, (x1 + 4, x2 - 4), strip + 4.8, _LABEL_HEIGHT - 4),
        ]
    )


def block_content(page: Page, placed: list[Panel], words: Words, top: float) -> bytes:
    """Everything drawn on an existing page: two small lines, then the QR and the boxes."""
    qr = has_qr(words, page.width)
    several = len(placed) > 1
    left = min(panel.frame[0] for panel in placed) - (_QR + _GAP) * qr if several else _SIDE
    right = max(panel.frame[2] for panel in placed)
    rows = [
        "0.25 g",
        _small(words.heading, 8, (left, right), top - 9),
        *_codes(words, (left, right), top - 18.5),
        _qr(words, placed, left) if qr else "",
    ]
    return "\n".join([*rows, *(panel_content(panel) for panel in placed)]).encode("ascii")


def _codes(words: Words, span: tuple[float, float], baseline: float) -> list[str]:
    """Where to check, then the record code; over a narrow box only the first: every stamp has the code."""
    code_width = face(BOLD).width(words.code, 8)
    before = (span[0], span[1] - code_width - 14)
    if face(REGULAR).width(words.lookup, 6.5) > before[1] - before[0]:
        return [_small(words.lookup, 7.5, span, baseline)]
    code = text_at(span[1] - code_width, baseline, 8, Line(words.code, BOLD))
    return [_small(words.lookup, 7.5, before, baseline), code]


def _small(text: str, size: float, span: tuple[float, float], baseline: float) -> str:
    """One line no wider than its span, at `size` or smaller."""
    layout = fit([Line(text)], max(80.0, span[1] - span[0]), 11)
    return text_at(span[0], baseline, min(layout.size, size), layout.lines[0]) if layout.lines else ""


def _qr(words: Words, placed: list[Panel], left: float) -> str:
    x1, y1, _, y2 = placed[0].frame
    return qr_content(words.link, min(left, x1 - _GAP - _QR), (y1 + y2 - _QR) / 2, _QR)


def cover_content(page: Page, boxes: tuple[Box, ...], words: Words) -> tuple[list[Panel], bytes]:
    """Panels and drawing of an appended approval page: heading and codes in the middle, boxes below."""
    width, y = page.width - 2 * _SIDE, page.height - 72
    qr = has_qr(words, page.width)
    rows = ["0 g"]
    lines = (
        (Line(words.title, BOLD), 15.0),
        (Line(words.heading, BOLD), 12.0),
        (Line(words.code), 10.5),
        (Line(words.lookup), 9.0),
    )
    for line, size in lines:
        for piece in wrap_line(line, width, size)[:4]:
            x = (page.width - face(piece.font).width(piece.text, size)) / 2
            rows.append(text_at(x, y, size, piece))
            y -= size * 1.4
    placed = panels(boxes, page.width, y - 8, qr)
    left = min(panel.frame[0] for panel in placed) - _QR - _GAP
    rows.append(_qr(words, placed, left) if qr else "")
    return placed, "\n".join([*rows, *(panel_content(panel) for panel in placed)]).encode("ascii")


def block_panels(page: Page, boxes: tuple[Box, ...], words: Words, top: float) -> list[Panel]:
    """Panels of a block whose heading starts at `top`."""
    return panels(boxes, page.width, top - _HEADER_HEIGHT, has_qr(words, page.width))


def _centred(text: str, span: tuple[float, float], baseline: float, height: float) -> str:
    layout = fit([Line(text, BOLD)], span[1] - span[0], height)
    line, size = (layout.lines or (Line("", BOLD),))[0], min(layout.size, 9.5)
    x = (span[0] + span[1] - face(BOLD).width(line.text, size)) / 2
    return text_at(x, baseline, size, line)
