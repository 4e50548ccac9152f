"""What a signature looks like: a few lines of text, fitted into the box, in the font the file already has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hoso_bot.domain.calendar import VN
from hoso_bot.pdf.font import BOLD, REGULAR, face, readable

_SIZES = (10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5, 4.0)
_EASY_SIZES = tuple(size for size in _SIZES if size >= 8.0)
_LEADING = 1.16
_PADDING = 5.0
_MOST_LETTERS = 200


@dataclass(frozen=True)
class Line:
    """One line of a stamp and the font resource it is set in."""

    text: str
    font: str = REGULAR


@dataclass(frozen=True)
class Layout:
    """Lines that fit their box: font size and the lines after wrapping."""

    size: float
    lines: tuple[Line, ...]


def moment(at: datetime) -> str:
    """ISO 8601 to the second in Vietnam's time zone (Decree 30/2020, annex I)."""
    return at.astimezone(VN).isoformat(timespec="seconds")


def stamp_lines(text: str) -> list[Line]:
    """A stamp's words as lines, the first one bold."""
    first, *rest = [line for line in text.splitlines() if line.strip()]
    return [Line(first, BOLD), *(Line(line) for line in rest)]


def fit(lines: list[Line], width: float, height: float) -> Layout:
    """The largest size at which all lines lie inside width x height (points).

    A name is not broken where a size that is still easily read keeps it whole; smaller ones wrap.
    """
    clipped = [Line(_clip(line.text), line.font) for line in lines]
    for size in _EASY_SIZES:
        whole = tuple(piece for line in clipped for piece in wrap_line(line, width, size))
        if len(whole) == len(lines) and len(whole) * size * _LEADING <= height:
            return Layout(size, whole)
    for size in _SIZES:
        wrapped = tuple(piece for line in clipped for piece in wrap_line(line, width, size))
        if len(wrapped) * size * _LEADING <= height:
            return Layout(size, wrapped)
    room = max(1, int(height / (_SIZES[-1] * _LEADING)))
    return Layout(_SIZES[-1], wrapped[:room])


def wrap_line(line: Line, width: float, size: float) -> list[Line]:
    """Break a line at spaces, and inside a word only when the word alone is too long."""
    rows, row = [], ""
    for word in readable(line.text).split():
        longer = f"{row} {word}" if row else word
        if face(line.font).width(longer, size) <= width:
            row = longer
            continue
        rows += [row] if row else []
        *full, row = _chop(word, line.font, width, size)
        rows += full
    return [Line(text, line.font) for text in [*rows, row] if text]


def _chop(word: str, font: str, width: float, size: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and face(font).width(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _clip(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def text_at(x: float, y: float, size: float, line: Line) -> str:
    """PDF operators that show one line with its baseline at (x, y)."""
    codes = face(line.font).encode(line.text).hex().upper()
    return f"BT {line.font} {size:g} Tf {x:.2f} {y:.2f} Td <{codes}> Tj ET"


def appearance(lines: list[Line], width: float, height: float) -> bytes:
    """Content of the signature's form XObject with BBox [0 0 width height]: paper white, black text."""
    layout = fit(lines, width - 2 * _PADDING, height - 2)
    step = layout.size * _LEADING
    top = (height + len(layout.lines) * step) / 2 - layout.size * 0.88
    rows = [
        text_at(_PADDING, top - index * step, layout.size, line) for index, line in enumerate(layout.lines)
    ]
    return "\n".join(["q 1 g", f"0 0 {width:.2f} {height:.2f} re f", "0 g", *rows, "Q"]).encode("ascii")
