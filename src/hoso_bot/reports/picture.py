"""The week's board as one picture, 1080 pixels wide: read on a phone without zooming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageDraw, ImageFont

from hoso_bot.domain.board import Board, Line, State
from hoso_bot.domain.cards import week_facts
from hoso_bot.lookups import Words
from hoso_bot.reports import signs
from hoso_bot.reports.sign_shapes import BARS, ORDER

WIDTH, MARGIN, GAP = 1080, 40, 20  # a phone shows a third of it: 40 pixels here are 13 there
CROWDED = 40
"""From so many lines on, every person has one line of words instead of two."""

_FONTS = Path(__file__).parents[1] / "pdf" / "fonts"
_INK, _SOFT, _RULE, _GROUND = (17, 24, 39), (75, 85, 99), (209, 213, 219), (255, 255, 255)
_QUALITY = 88

T = TypeVar("T")


def draw_board(board: Board, school: str, title: str, words: Words, target: Path) -> None:
    """Write the board to `target` as a JPEG. title: whose it is, '' for the school's. Raises OSError."""
    crowded = len(board.lines) > CROWDED
    sheet = _Sheet(_height(board, crowded))
    _heading(sheet, board, school, title, words)
    _counts(sheet, board, words)
    for group in board.groups():
        _group(sheet, group, crowded, words)
    sheet.text(words("report.picture_note"), 28, colour=_SOFT)
    sheet.image.crop((0, 0, WIDTH, sheet.y + MARGIN)).save(target, "JPEG", quality=_QUALITY)


class _Sheet:
    """A white sheet that is written from top to bottom; y: where the next thing goes."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), _GROUND)
        self.draw = ImageDraw.Draw(self.image)
        self.y = MARGIN

    def text(self, words: str, size: int, *, bold: bool = False, colour: tuple[int, int, int] = _INK) -> None:
        """Whole lines over the width of the sheet, broken between words."""
        for line in _broken(words, size, bold, WIDTH - 2 * MARGIN):
            self.at(MARGIN, self.y, line, size, bold=bold, colour=colour)
            self.y += round(size * 1.3)

    def at(
        self,
        x: int,
        y: int,
        words: str,
        size: int,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
        anchor: str = "la",
    ) -> None:
        """One line at a place; anchor as Pillow names it."""
        self.draw.text((x, y), words, colour, font(size, bold), anchor=anchor)

    def sign(self, x: int, y: int, state: State, size: int) -> None:
        """The disc of a state."""
        disc = signs.sign(state, size)
        self.image.paste(disc, (x, y), disc)


def _height(board: Board, crowded: bool) -> int:
    """Enough for everything; what is left over is cut off."""
    return 1300 + len(board.groups()) * 220 + len(board.lines) * (62 if crowded else 100)


def _heading(sheet: _Sheet, board: Board, school: str, title: str, words: Words) -> None:
    facts = week_facts(board.week)
    sheet.text(f"{school} · {title}" if title else school, 34, colour=_SOFT)
    sheet.text(words("report.title", **facts), 66, bold=True)
    sheet.text(words("report.dates", **facts), 36)
    sheet.text(words("report.as_of", at=board.at.isoformat()), 30, colour=_SOFT)
    sheet.y += GAP


def _counts(sheet: _Sheet, board: Board, words: Words) -> None:
    """A bar of all states, then each state's sign with its count and name: the legend too."""
    _bar(sheet, board)
    found = [state for state in ORDER if board.count(state)]
    width = (WIDTH - 2 * MARGIN) // 2
    for row in _pairs(found):
        for column, state in enumerate(row):
            left = MARGIN + column * width
            sheet.sign(left, sheet.y + 4, state, 60)
            sheet.at(left + 78, sheet.y - 2, str(board.count(state)), 58, bold=True)
            number = round(font(58, True).getlength(str(board.count(state))))
            label = _fitting(words(f"report.state.{state.value}"), 36, False, width - 110 - number)
            sheet.at(left + 94 + number, sheet.y + 14, label, 36)
        sheet.y += 84
    sheet.y += GAP // 2


def _bar(sheet: _Sheet, board: Board) -> None:
    owed, left, inner = len(board.owed), float(MARGIN), WIDTH - 2 * MARGIN
    for state in ORDER:
        if state is not State.EXEMPT and board.count(state):
            right = left + inner * board.count(state) / owed
            sheet.draw.rectangle((left, sheet.y, right - 3, sheet.y + 26), BARS[state])
            left = right
    sheet.y += 26 + GAP + 8


def _group(sheet: _Sheet, group: Board, crowded: bool, words: Words) -> None:
    sheet.draw.line((MARGIN, sheet.y, WIDTH - MARGIN, sheet.y), _RULE, 3)
    sheet.y += GAP
    done = words("report.group_done", done=group.count(State.APPROVED), owed=len(group.owed))
    sheet.at(WIDTH - MARGIN, sheet.y + 6, done, 36, colour=_SOFT, anchor="ra")
    room = WIDTH - 3 * MARGIN - round(font(36, False).getlength(done))
    name = _fitting(group.group or words("report.no_group"), 46, True, room)
    sheet.at(MARGIN, sheet.y, name, 46, bold=True)
    sheet.y += 72
    height = 60 if crowded else 98
    column = (WIDTH - 2 * MARGIN) // 2
    for pair in _pairs(group.lines):
        for index, line in enumerate(pair):
            _person(sheet, MARGIN + index * column, column - GAP, line, crowded, words)
        sheet.y += height
    sheet.y += GAP // 2


def _person(sheet: _Sheet, left: int, width: int, line: Line, crowded: bool, words: Words) -> None:
    size, top = (44, 6) if crowded else (54, 12)
    sheet.sign(left, sheet.y + top, line.state, size)
    inset = left + size + 16
    room = width - size - 16
    part = f" · {line.part}" if line.part else ""
    mark = f" · {words('report.late_mark')}" if crowded and line.late else ""
    extra = f"{part}{mark}"
    name = short_name(line.person.name, extra, 40, room)
    sheet.at(inset, sheet.y + 2, f"{name}{extra}", 40)
    if not crowded:
        said = words(
            "report.chip",
            standing=line.state.value,
            version=line.version,
            late=line.late,
            excused=line.excused,
            causes=line.causes,
            reason=line.reason,
        )
        sheet.at(inset, sheet.y + 50, _fitting(said, 31, False, room), 31, colour=_SOFT)


def _pairs(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[at : at + 2] for at in range(0, len(things), 2))


def short_name(name: str, extra: str, size: int, room: int) -> str:
    """The name, from the left abbreviated as people do until it fits: `N. T. Thanh Hương`."""
    words = name.split()
    for kept in range(len(words)):
        short = " ".join([f"{word[0]}." for word in words[:kept]] + words[kept:])
        if font(size, False).getlength(short + extra) <= room:
            return short
    return _fitting(words[-1] if words else "", size, False, room)


def _fitting(words: str, size: int, bold: bool, room: float) -> str:
    face = font(size, bold)
    if face.getlength(words) <= room:
        return words
    while words and face.getlength(f"{words}…") > room:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _broken(words: str, size: int, bold: bool, room: int) -> Iterator[str]:
    face, line = font(size, bold), ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if line and face.getlength(longer) > room:
            yield line
            longer = word
        line = longer
    yield _fitting(line, size, bold, room)


@cache
def font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """The face of every picture, in pixels."""
    name = f"LiberationSerif-{'Bold' if bold else 'Regular'}.ttf"
    return ImageFont.truetype(str(_FONTS / name), size)
