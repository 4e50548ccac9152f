"""A sheet of invitations to print and cut: one card per person, eight on an A4 page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import segno
from fpdf import FPDF

COLUMNS, ROWS = 2, 4
CARD_WIDTH, CARD_HEIGHT = 95.0, 69.0  # millimetres, as everything below; fonts are in points
MARGIN_LEFT, MARGIN_TOP = 10.0, 10.5
PADDING = 5.0
QR_SIZE = 30.0
SMALLEST_FONT = 6.0

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "LiberationSerif"
_BLACK, _GREY = (0, 0, 0), (90, 90, 90)
_PRIVATE = 0o600


@dataclass(frozen=True)
class Invite:
    """One person's one-time code (22 or more URL-safe characters); no `telegram_link` without a bot name."""

    staff_id: str
    name: str
    group: str
    code: str
    telegram_link: str | None
    expires: date


@dataclass(frozen=True)
class SheetWords:
    """The sentences on a card. Blanks: `{bot}` and `{code}` in the steps, `{date}` in `expires`.

    scan_steps: how to use the QR code; type_steps: how to link without it; any_bot fills `{bot}` while the
    bot's name is unknown; code: the label before the code.
    """

    scan_steps: tuple[str, ...]
    type_steps: tuple[str, ...]
    any_bot: str
    code: str
    expires: str


def write_sheet(
    target: Path, school: str, bot_name: str | None, invites: Sequence[Invite], words: SheetWords
) -> None:
    """Write the cards to `target`, readable by its owner only: whoever holds a code can use it.

    bot_name: the Telegram user name with or without `@`. Raises ValueError without invites, OSError when
    `target` cannot be written.
    """
    if not invites:
        raise ValueError("an invite sheet needs at least one invite")
    pdf = _document(school)
    bot = f"@{bot_name.lstrip('@')}" if bot_name else words.any_bot
    for invite, (column, row) in zip(invites, _places(pdf, len(invites)), strict=True):
        left, top = MARGIN_LEFT + column * CARD_WIDTH, MARGIN_TOP + row * CARD_HEIGHT
        _Card(pdf, left, top).draw(school, bot, invite, words)
    _write_private(target, bytes(pdf.output()))


class _Card:
    """One card of the sheet, drawn from its top left corner."""

    def __init__(self, pdf: FPDF, left: float, top: float) -> None:
        self.pdf = pdf
        self.left, self.top = left + PADDING, top + PADDING
        self.width = CARD_WIDTH - 2 * PADDING
        self.bottom = top + CARD_HEIGHT - PADDING

    def draw(self, school: str, bot: str, invite: Invite, words: SheetWords) -> None:
        self._line(self.top, school, 9, colour=_GREY)
        self._line(self.top + 5, invite.name, 14, bold=True)
        self._line(self.top + 11.5, f"{invite.group} · {invite.staff_id}".strip(" ·"), 9, colour=_GREY)
        steps = words.scan_steps if invite.telegram_link else words.type_steps
        indent = 0.0
        if invite.telegram_link:
            _qr(self.pdf, self.left, self.top + 17, invite.telegram_link)
            indent = QR_SIZE + 4
        self._steps(self.top + 17, indent, [s.format(bot=bot, code=invite.code) for s in steps])
        self._line(self.bottom - 9.5, f"{words.code} {invite.code}", 11, bold=True)
        self._line(
            self.bottom - 4, words.expires.format(date=f"{invite.expires:%d/%m/%Y}"), 8.5, colour=_GREY
        )

    def _line(
        self, top: float, text: str, size: float, *, bold: bool = False, colour: tuple[int, int, int] = _BLACK
    ) -> None:
        """One line, smaller than `size` when it would not fit, and cut when it would be too small to read."""
        self.pdf.set_text_color(*colour)
        self.pdf.set_font(_FAMILY, "B" if bold else "", size)
        fitting = size * min(1.0, self.width / max(self.pdf.get_string_width(text), 1.0))
        self.pdf.set_font_size(max(SMALLEST_FONT, fitting))
        self.pdf.set_xy(self.left, top)
        self.pdf.cell(self.width, 5, _cut_to(self.pdf, text, self.width))

    def _steps(self, top: float, indent: float, steps: Sequence[str]) -> None:
        self.pdf.set_text_color(*_BLACK)
        self.pdf.set_font(_FAMILY, "", 9.5)
        self.pdf.set_y(top)
        for number, step in enumerate(steps, start=1):
            self.pdf.set_x(self.left + indent)
            self.pdf.multi_cell(
                self.width - indent, 4.2, f"{number}. {step}", align="L", new_x="LMARGIN", new_y="NEXT"
            )
            self.pdf.set_y(self.pdf.get_y() + 1)


def _document(school: str) -> FPDF:
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.set_title(school)
    pdf.set_lang("vi")
    pdf.add_font(_FAMILY, "", _FONTS / "LiberationSerif-Regular.ttf")
    pdf.add_font(_FAMILY, "B", _FONTS / "LiberationSerif-Bold.ttf")
    return pdf


def _places(pdf: FPDF, count: int) -> Iterator[tuple[int, int]]:
    """Column and row of each card; a page is added whenever the last one is full."""
    for index in range(count):
        row, column = divmod(index % (COLUMNS * ROWS), COLUMNS)
        if row == column == 0:
            pdf.add_page()
            _cut_lines(pdf)
        yield column, row


def _cut_lines(pdf: FPDF) -> None:
    right, bottom = MARGIN_LEFT + COLUMNS * CARD_WIDTH, MARGIN_TOP + ROWS * CARD_HEIGHT
    pdf.set_draw_color(*_GREY)
    pdf.set_line_width(0.2)
    pdf.set_dash_pattern(dash=1.5, gap=1.5)
    for column in range(COLUMNS + 1):
        left = MARGIN_LEFT + column * CARD_WIDTH
        pdf.line(left, MARGIN_TOP, left, bottom)
    for row in range(ROWS + 1):
        top = MARGIN_TOP + row * CARD_HEIGHT
        pdf.line(MARGIN_LEFT, top, right, top)


def _cut_to(pdf: FPDF, text: str, width: float) -> str:
    if pdf.get_string_width(text) <= width + 0.01:
        return text
    kept = text
    while kept and pdf.get_string_width(f"{kept}…") > width:
        kept = kept[:-1]
    return f"{kept}…"


def _qr(pdf: FPDF, left: float, top: float, content: str) -> None:
    """The QR code as filled rectangles, `QR_SIZE` wide without its quiet zone (the card around is white)."""
    matrix = segno.make_qr(content, error="m").matrix
    module = QR_SIZE / len(matrix)
    pdf.set_fill_color(*_BLACK)
    for y, line in enumerate(matrix):
        for dark, run in groupby(enumerate(line), key=lambda pair: bool(pair[1])):
            columns = [x for x, _ in run]
            if dark:
                width = len(columns) * module
                pdf.rect(left + columns[0] * module, top + y * module, width, module + 0.01, style="F")


def _write_private(target: Path, data: bytes) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
