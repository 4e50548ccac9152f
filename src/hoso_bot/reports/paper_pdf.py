"""A `Paper` as a PDF: the same words as the DOCX, in the shipped faces."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpdf.enums import MethodReturnValue

from hoso_bot.reports import paper as p
from hoso_bot.reports.paper_sheets import Sheets

_POINT = 25.4 / 72
_LEADING = 1.22
_AFTER = 2.1  # millimetres below a paragraph, as all lengths here; letters are in points
_PADDING = 1.2
_INDENT = 8.0
_SIGNING_ROOM = 20.0
_TALL_HEADER = 30.0
_THIN = 0.2
_ALIGN = {p.Align.JUSTIFIED: "J", p.Align.LEFT: "L", p.Align.CENTRE: "C", p.Align.RIGHT: "R"}


def write_pdf(paper: p.Paper, target: Path) -> None:
    """Write the document. Raises OSError, ValueError for a picture that is none."""
    writer = _Writer(Sheets(paper))
    for block in p.numbered(paper.blocks):
        writer.add(block)
    target.write_bytes(bytes(writer.pdf.output()))


@dataclass(frozen=True)
class _Columns:
    """The columns of a table as they are drawn; heading: stands above them on every page, unless empty."""

    widths: Sequence[float]
    centred: Sequence[bool]
    heading: Sequence[str] = ()


class _Writer:
    """Writes block below block, and begins a page where the last one is full."""

    def __init__(self, pdf: Sheets) -> None:
        self.pdf = pdf

    def add(self, block: p.Block) -> None:
        """One block below what is there."""
        writers: dict[type[p.Block], Any] = {
            p.Letterhead: self._letterhead,
            p.Title: self._title,
            p.Heading: self._heading,
            p.Paragraph: self._paragraph,
            p.Quote: self._quote,
            p.Facts: self._facts,
            p.Table: self._table,
            p.Boxes: self._boxes,
            p.Blanks: self._blanks,
            p.Signatures: self._signatures,
            p.Picture: self._picture,
            p.NewPage: self._new_page,
        }
        writers[type(block)](block)

    # --- lines ---------------------------------------------------------------------------------

    def _lines(
        self,
        text: str,
        *,
        align: str = "L",
        bold: bool = False,
        italic: bool = False,
        size: float = p.SIZE,
        left: float | None = None,
        width: float | None = None,
    ) -> None:
        """Text from the current height on, between the margins or in a column of its own."""
        pdf = self.pdf
        pdf.choose(_style(bold, italic), size)
        pdf.set_x(pdf.l_margin if left is None else left)
        pdf.multi_cell(
            pdf.epw if width is None else width,
            _leading(size),
            self.pdf.drawn(text),
            align=align,
            new_x="LMARGIN",
            new_y="NEXT",
        )

    def _heading(self, block: p.Heading) -> None:
        self._keep_together(36)
        self._gap(1.5)
        self._lines(block.text, bold=True)
        self._gap()

    def _paragraph(self, block: p.Paragraph) -> None:
        text = self.pdf.drawn(block.text)
        align = "L" if block.align is p.Align.JUSTIFIED and "\n" in text else _ALIGN[block.align]
        if not block.lead:
            self._lines(text, align=align, bold=block.bold, italic=block.italic)
        else:
            with self.pdf.text_columns(text_align=align, line_height=_LEADING) as columns:
                self.pdf.choose(_style(True, False), p.SIZE)
                columns.write(f"{self.pdf.drawn(block.lead)} ")
                self.pdf.choose(_style(block.bold, block.italic), p.SIZE)
                columns.write(text)
        self._gap()

    def _title(self, block: p.Title) -> None:
        self._gap(4)
        self._lines(block.text, align="C", bold=True, size=p.LARGE)
        if block.about:
            self._gap(0.6)
            self._lines(block.about, align="C", bold=True)
        self._gap(4)

    def _quote(self, block: p.Quote) -> None:
        pdf = self.pdf
        left, width = pdf.l_margin + _INDENT, pdf.epw - _INDENT
        for line in self._split(block.text, width, p.SIZE):
            self._keep_together(_leading(p.SIZE))
            self._stroke(left - 3, pdf.y, left - 3, pdf.y + _leading(p.SIZE), 0.5)
            self._lines(line, left=left, width=width)
        self._gap()

    def _boxes(self, block: p.Boxes) -> None:
        pdf = self.pdf
        left = pdf.l_margin + 4
        for text, ticked in block.items:
            self._keep_together(_leading(p.SIZE))
            top = pdf.y
            self._lines(p.box(ticked), left=left, width=6)
            pdf.y = top
            self._lines(text, left=left + 6, width=pdf.epw - 10)
        self._gap()

    def _blanks(self, block: p.Blanks) -> None:
        pdf = self.pdf
        for number in range(block.lines):
            height = _leading(p.SIZE) + 1.2
            self._keep_together(height)
            label = self.pdf.drawn(block.label) if number == 0 else ""
            pdf.choose("", p.SIZE)
            pdf.set_x(pdf.l_margin)
            width = pdf.get_string_width(f"{label} ") if label else 0.0
            if label:
                pdf.cell(width, _leading(p.SIZE), label)
            self._dots(pdf.l_margin + width, pdf.w - pdf.r_margin, pdf.y + _leading(p.SIZE) - 1.2)
            pdf.y += height
        self._gap()

    def _picture(self, block: p.Picture) -> None:
        pdf = self.pdf
        width = min(block.width, pdf.epw)
        try:
            info = pdf.preload_image(io.BytesIO(block.image))[2]
        except (OSError, ValueError) as error:
            raise ValueError(f"not a picture: {error}") from error
        height = width * info.height / info.width
        room = pdf.h - pdf.b_margin - pdf.t_margin - (10 if block.caption else 0)
        if height > room:
            width, height = width * room / height, room
        self._keep_together(height + (10 if block.caption else 0))
        pdf.image(io.BytesIO(block.image), x=pdf.l_margin + (pdf.epw - width) / 2, w=width, h=height)
        self._gap(1)
        if block.caption:
            self._lines(block.caption, align="C", italic=True, size=p.SMALL)
        self._gap()

    def _new_page(self, block: p.NewPage) -> None:
        self.pdf.begin_page(block.landscape)

    # --- columns -------------------------------------------------------------------------------

    def _letterhead(self, block: p.Letterhead) -> None:
        pdf = self.pdf
        top, left, middle = pdf.y, pdf.l_margin, pdf.l_margin + pdf.epw * 0.42
        below = []
        for x, width, lines, all_bold in (
            (left, pdf.epw * 0.42, block.left, False),
            (middle, pdf.epw * 0.58, block.right, True),
        ):
            pdf.y = top
            for index, text in enumerate(lines):
                last = index == len(lines) - 1
                size = p.SIZE if all_bold and last else p.SMALL
                self._lines(text, align="C", bold=all_bold or last, size=size, left=x, width=width)
            half = pdf.epw * (0.15 if all_bold else 0.08)
            self._stroke(x + width / 2 - half, pdf.y + 1, x + width / 2 + half, pdf.y + 1, 0.3)
            below.append(pdf.y + 4)
        top = max(below)
        for x, width, text, italic in (
            (left, pdf.epw * 0.42, block.number, False),
            (middle, pdf.epw * 0.58, block.place_date, True),
        ):
            pdf.y = top
            if text:
                self._lines(text, align="C", italic=italic, left=x, width=width)
            below.append(pdf.y)
        pdf.y = max(below)

    def _signatures(self, block: p.Signatures) -> None:
        pdf = self.pdf
        width = pdf.epw / len(block.signers)
        inner = width - 2 * _PADDING
        heights = [
            sum(
                len(self._split(text, inner, p.SIZE, bold=bold)) * _leading(p.SIZE)
                for text, bold in ((s.role, True), (s.note, False), (s.name, True))
                if text
            )
            for s in block.signers
        ]
        self._keep_together(max(heights) + _SIGNING_ROOM + 6)
        self._gap(3)
        top, reached = pdf.y, pdf.y
        for kind, style in (("role", (True, False)), ("note", (False, True)), ("name", (True, False))):
            top = reached + (_SIGNING_ROOM if kind == "name" else 0)
            for number, signer in enumerate(block.signers):
                if text := getattr(signer, kind):
                    pdf.y = top
                    x = pdf.l_margin + number * width + _PADDING
                    self._lines(text, align="C", bold=style[0], italic=style[1], left=x, width=inner)
                    reached = max(reached, pdf.y)
            reached = max(reached, top)
        pdf.y = reached
        self._gap()

    def _facts(self, block: p.Facts) -> None:
        widths = [self.pdf.epw * share for share in (0.34, 0.66)]
        for row in block.rows:
            self._row(row, _Columns(widths, [False, False]))
        self._gap(3)

    def _table(self, block: p.Table) -> None:
        total = sum(column.share for column in block.columns)
        widths = [self.pdf.epw * column.share / total for column in block.columns]
        heading = [column.heading for column in block.columns]
        columns = _Columns(widths, [column.centred for column in block.columns], heading)
        self._keep_together(25)
        self._header_row(columns)
        for row in block.rows:
            self._row(row, columns)
        self._gap(3)

    def _row(self, row: Sequence[str], columns: _Columns) -> None:
        """A row with lines around; one taller than a page goes on over it."""
        pairs = zip(row, columns.widths, strict=True)
        lines = [self._split(text, width - 2 * _PADDING, p.SMALL) for text, width in pairs]
        while any(lines):
            lines = self._row_part(lines, columns)

    def _row_part(self, lines: list[list[str]], columns: _Columns) -> list[list[str]]:
        """Draw what fits of a row, on this page or a new one; what is left of it."""
        height = max(map(len, lines)) * _leading(p.SMALL) + 2 * _PADDING
        fits_a_page = height <= self.pdf.page_break_trigger - self.pdf.t_margin - _TALL_HEADER
        if height > self._room() and (fits_a_page or self._room() < _TALL_HEADER):
            self._next_page(columns)
        fitting = max(1, int((self._room() - 2 * _PADDING) / _leading(p.SMALL)))
        self._cells(["\n".join(cell[:fitting]) for cell in lines], columns.widths, columns.centred)
        rest = [cell[fitting:] for cell in lines]
        if any(rest):
            self._next_page(columns)
        return rest

    def _next_page(self, columns: _Columns) -> None:
        self.pdf.add_page(same=True)
        self._header_row(columns)

    def _header_row(self, columns: _Columns) -> None:
        if columns.heading:
            self._cells(columns.heading, columns.widths, [True] * len(columns.widths), bold=True)

    def _cells(
        self, texts: Sequence[str], widths: Sequence[float], centred: Sequence[bool], bold: bool = False
    ) -> None:
        pdf = self.pdf
        top, left, reached = pdf.y, pdf.l_margin, pdf.y
        for text, width, middle in zip(texts, widths, centred, strict=True):
            pdf.y = top + _PADDING
            inner = width - 2 * _PADDING
            if text:
                align = "C" if middle else "L"
                self._lines(text, align=align, bold=bold, size=p.SMALL, left=left + _PADDING, width=inner)
            reached = max(reached, pdf.y + _PADDING)
            left += width
        left = pdf.l_margin
        pdf.set_line_width(_THIN)
        for width in widths:
            pdf.rect(left, top, width, reached - top)
            left += width
        pdf.y = reached

    # --- room ----------------------------------------------------------------------------------

    def _room(self) -> float:
        return float(self.pdf.page_break_trigger - self.pdf.y)

    def _keep_together(self, height: float) -> None:
        """A new page unless so much fits on this one."""
        if height > self._room() and self.pdf.y > self.pdf.t_margin:
            self.pdf.add_page(same=True)

    def _gap(self, height: float = _AFTER) -> None:
        if self.pdf.y > self.pdf.t_margin:
            self.pdf.y = min(self.pdf.y + height, self.pdf.page_break_trigger)

    def _split(self, text: str, width: float, size: float, bold: bool = False) -> list[str]:
        """The lines a text takes in this width."""
        self.pdf.choose(_style(bold, False), size)
        found: Any = self.pdf.multi_cell(
            width,
            _leading(size),
            self.pdf.drawn(text),
            align="L",
            dry_run=True,
            output=MethodReturnValue.LINES,
        )
        return list(found)

    def _stroke(self, x1: float, y1: float, x2: float, y2: float, thickness: float) -> None:
        self.pdf.set_line_width(thickness)
        self.pdf.line(x1, y1, x2, y2)

    def _dots(self, x1: float, x2: float, y: float) -> None:
        pdf = self.pdf
        pdf.set_line_width(0.3)
        pdf.set_dash_pattern(dash=0.3, gap=0.9)
        pdf.line(x1, y, x2, y)
        pdf.set_dash_pattern()


def _style(bold: bool, italic: bool) -> str:
    """There is no face for both: what is bold stays bold."""
    return "B" if bold else "I" if italic else ""


def _leading(size: float) -> float:
    return size * _POINT * _LEADING
