"""A `Paper` as a Word document that the school may go on editing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.image.exceptions import (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
)
from docx.shared import Length, Mm, Pt
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph

from hoso_bot.reports import paper as p
from hoso_bot.reports.paper_word import element, fill_margins, lay_out, new_document, write

_SIGNING_ROOM, _CAPTION_ROOM = Mm(20), Mm(15)
_ALIGN = {
    p.Align.JUSTIFIED: WD_ALIGN_PARAGRAPH.JUSTIFY,
    p.Align.LEFT: WD_ALIGN_PARAGRAPH.LEFT,
    p.Align.CENTRE: WD_ALIGN_PARAGRAPH.CENTER,
    p.Align.RIGHT: WD_ALIGN_PARAGRAPH.RIGHT,
}


def write_docx(paper: p.Paper, target: Path) -> None:
    """Write the document. Raises OSError, ValueError for a picture that is none."""
    writer = _Writer(paper)
    for block in p.numbered(paper.blocks):
        writer.add(block)
    writer.document.save(str(target))


class _Writer:
    """Adds block after block to a new document."""

    def __init__(self, paper: p.Paper) -> None:
        self.document = new_document(paper)
        first = self.document.sections[0]
        self.width, self.height = lay_out(first, paper.landscape)
        first.different_first_page_header_footer = True
        fill_margins(first, paper)

    def add(self, block: p.Block) -> None:
        """One block at the end of the document."""
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

    def _line(
        self,
        text: str,
        *,
        align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
        bold: bool = False,
        italic: bool = False,
        size: float = p.SIZE,
    ) -> WordParagraph:
        line = self.document.add_paragraph()
        write(line, text, bold=bold, italic=italic, size=size)
        line.alignment = align
        return line

    def _heading(self, block: p.Heading) -> None:
        line = self._line(block.text, bold=True)
        line.paragraph_format.keep_with_next = True
        line.paragraph_format.space_before = Pt(6)

    def _paragraph(self, block: p.Paragraph) -> None:
        line = self.document.add_paragraph()
        if block.lead:
            write(line, f"{block.lead} ", bold=True, italic=block.italic)
        write(line, block.text, bold=block.bold, italic=block.italic)
        line.alignment = _ALIGN[block.align]
        if block.align is p.Align.JUSTIFIED and "\n" in block.text:
            line.alignment = WD_ALIGN_PARAGRAPH.LEFT  # a kept line end must not be spread over the width

    def _title(self, block: p.Title) -> None:
        line = self._line(block.text, align=WD_ALIGN_PARAGRAPH.CENTER, bold=True, size=p.LARGE)
        line.paragraph_format.space_before = Pt(12)
        line.paragraph_format.space_after = Pt(2 if block.about else 10)
        line.paragraph_format.keep_with_next = True
        if block.about:
            below = self._line(block.about, align=WD_ALIGN_PARAGRAPH.CENTER, bold=True)
            below.paragraph_format.space_after = Pt(10)

    def _quote(self, block: p.Quote) -> None:
        for text in block.text.split("\n"):
            line = self._line(text)
            line.paragraph_format.left_indent = Mm(8)
            line.paragraph_format.space_after = Pt(0)
            _border(line, "left", size=12, space=8)
        line.paragraph_format.space_after = Pt(6)

    def _boxes(self, block: p.Boxes) -> None:
        for index, (text, ticked) in enumerate(block.items):
            line = self._line(f"{p.box(ticked)} {text}")
            line.paragraph_format.left_indent = Mm(10)
            line.paragraph_format.first_line_indent = Mm(-6)
            line.paragraph_format.space_after = Pt(6 if index == len(block.items) - 1 else 2)

    def _blanks(self, block: p.Blanks) -> None:
        for number in range(block.lines):
            line = self.document.add_paragraph()
            write(line, f"{block.label} " if number == 0 and block.label else "")
            line.add_run("\t")
            line.paragraph_format.tab_stops.add_tab_stop(
                self.width, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
            )

    def _picture(self, block: p.Picture) -> None:
        line = self.document.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        try:
            drawn = line.add_run().add_picture(io.BytesIO(block.image))
        except (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError) as error:
            raise ValueError(f"not a picture: {error}") from error
        widest, highest = min(Mm(block.width), self.width), self.height - _CAPTION_ROOM
        scale = min(widest / drawn.width, highest / drawn.height)
        drawn.width, drawn.height = Length(int(drawn.width * scale)), Length(int(drawn.height * scale))
        if block.caption:
            line.paragraph_format.keep_with_next = True
            self._line(block.caption, align=WD_ALIGN_PARAGRAPH.CENTER, italic=True, size=p.SMALL)

    def _new_page(self, block: p.NewPage) -> None:
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        section.different_first_page_header_footer = False
        self.width, self.height = lay_out(section, block.landscape)

    # --- tables --------------------------------------------------------------------------------

    def _bare_table(self, shares: Sequence[float], rows: int) -> WordTable:
        table: WordTable = self.document.add_table(rows, len(shares))
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for row in table.rows:
            _never_split(row)
            for cell, share in zip(row.cells, shares, strict=True):
                cell.width = Length(int(self.width * share / sum(shares)))
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Length(int(self.width * share / sum(shares)))
        return table

    def _after_table(self) -> None:
        """Room below a table: Word glues tables to what follows them."""
        line = self._line("", size=4)
        line.paragraph_format.space_after = Pt(0)

    def _letterhead(self, block: p.Letterhead) -> None:
        table = self._bare_table((42, 58), 2)
        for cell, lines, all_bold in zip(
            table.rows[0].cells, (block.left, block.right), (False, True), strict=True
        ):
            for index, text in enumerate(lines):
                last = index == len(lines) - 1
                size = p.SIZE if all_bold and last else p.SMALL
                write(_centred(cell, index == 0), text, bold=all_bold or last, size=size)
            _rule(cell, self.width)
        for cell, text, italic in zip(
            table.rows[1].cells, (block.number, block.place_date), (False, True), strict=True
        ):
            write(_centred(cell, first=True), text, italic=italic, size=p.SIZE)

    def _facts(self, block: p.Facts) -> None:
        table = self._bare_table((34, 66), len(block.rows))
        table.style = "Table Grid"
        for row, texts in zip(table.rows, block.rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                write(_in_cell(cell), text, size=p.SMALL)
        self._after_table()

    def _table(self, block: p.Table) -> None:
        table = self._bare_table([column.share for column in block.columns], len(block.rows) + 1)
        table.style = "Table Grid"
        _repeat(table.rows[0])
        for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
            line = _in_cell(cell)
            write(line, column.heading, bold=True, size=p.SMALL)
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for row, texts in zip(table.rows[1:], block.rows, strict=True):
            for cell, text, column in zip(row.cells, texts, block.columns, strict=True):
                line = _in_cell(cell)
                write(line, text, size=p.SMALL)
                line.alignment = WD_ALIGN_PARAGRAPH.CENTER if column.centred else WD_ALIGN_PARAGRAPH.LEFT
        self._after_table()

    def _signatures(self, block: p.Signatures) -> None:
        before = self._line("", size=4)
        before.paragraph_format.keep_with_next = True
        table = self._bare_table([1] * len(block.signers), 3)
        for row, wanted in zip(table.rows, ("role", "note", "name"), strict=True):
            for cell, signer in zip(row.cells, block.signers, strict=True):
                line = _centred(cell, first=True)
                write(line, getattr(signer, wanted), bold=wanted != "note", italic=wanted == "note")
                if wanted == "name":
                    line.paragraph_format.space_before = _SIGNING_ROOM
                else:
                    line.paragraph_format.keep_with_next = True
        self._after_table()


# --- small parts ---------------------------------------------------------------------------------


def _centred(cell: _Cell, first: bool) -> WordParagraph:
    line: WordParagraph = _in_cell(cell) if first else cell.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.space_after = Pt(0)
    return line


def _in_cell(cell: _Cell) -> WordParagraph:
    line: WordParagraph = cell.paragraphs[0]
    line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(2)
    line.paragraph_format.line_spacing = 1.0
    return line


def _rule(cell: _Cell, width: Length) -> None:
    """A short line below the last words of a cell."""
    line = cell.add_paragraph()
    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Length(int(width * 0.12))
    line.paragraph_format.space_after, line.paragraph_format.line_spacing = Pt(2), Pt(4)
    _border(line, "top", size=6, space=1)


def _border(line: WordParagraph, side: str, size: int, space: int) -> None:
    borders = element("w:pBdr", {})
    facts = {"w:val": "single", "w:sz": str(size), "w:space": str(space), "w:color": "555555"}
    borders.append(element(f"w:{side}", facts))
    line._p.get_or_add_pPr().insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc")


def _never_split(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(element("w:cantSplit", {}))


def _repeat(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(element("w:tblHeader", {}))
