"""The sheets a `Paper` is printed on as a PDF: faces, margins, and what stands on every page."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

from fpdf import FPDF

from hoso_bot.reports import paper as p

FAMILY = "LiberationSerif"
_FONTS = Path(__file__).parents[1] / "pdf" / "fonts"
_EMOJI, _BOXES = "NotoEmoji", "HosoBoxes"
_FACES = {"": "Regular", "B": "Bold", "I": "Italic"}
_INK, _GREY = (0, 0, 0), (85, 85, 85)
_INVISIBLE = "\u200d\ufe0e\ufe0f"  # they join or colour emoji; the face shows the parts
_UNKNOWN = "□"


class Sheets(FPDF):  # type: ignore[misc]
    """The pages with what stands on each of them: number, mark, foot."""

    def __init__(self, paper: p.Paper) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.paper = paper
        for style, face in _FACES.items():
            self.add_font(FAMILY, style, _FONTS / f"LiberationSerif-{face}.ttf")
        self.add_font(_EMOJI, "", _FONTS / "NotoEmoji-Regular.ttf")
        self.add_font(_BOXES, "", _FONTS / "HosoBoxes.ttf")
        self.set_fallback_fonts([_BOXES, _EMOJI], exact_match=False)
        self._known = {"\n"}.union(*(map(chr, font.cmap) for font in self.fonts.values())) - set(_INVISIBLE)
        self.c_margin = 0
        self.set_title(p.printable(paper.name))
        self.set_author(p.printable(paper.author))
        self.set_lang("vi")
        self.set_creation_date(paper.made_at.astimezone(UTC))
        self.begin_page(paper.landscape)

    def begin_page(self, landscape: bool) -> None:
        """A new page, upright or across, with its margins."""
        self.set_margins(
            p.LANDSCAPE_LEFT if landscape else p.LEFT, p.LANDSCAPE_TOP if landscape else p.TOP, p.RIGHT
        )
        self.set_auto_page_break(True, p.BOTTOM)
        self.add_page(orientation="landscape" if landscape else "portrait")

    def choose(self, style: str, size: float) -> None:
        """The face of what is written next, noted on the page at once.

        fpdf2 notes it with the next text, and forgets it when that begins with a sign of another face.
        """
        self.set_font(FAMILY, style, size)
        if self.page:
            self.text(0, 0)

    def add_page(self, *given: Any, **named: Any) -> None:
        """As in FPDF; goes on with the face that was chosen before."""
        super().add_page(*given, **named)
        if self.font_family:
            self.text(0, 0)

    def drawn(self, text: str) -> str:
        """Text as the faces can draw it: an empty box for a letter that none of them has."""
        visible = (letter for letter in p.printable(text) if letter not in _INVISIBLE)
        return "".join(letter if letter in self._known else _UNKNOWN for letter in visible)

    def header(self) -> None:
        """Page number from the second page on, and the mark."""
        number = str(self.page_no()) if self.page_no() > 1 else ""
        mark = self.drawn(self.paper.mark)
        if number or mark:
            self.set_text_color(*_INK)
            widths = []
            for style, text in (("", number), ("B", mark)):
                self.choose(style, p.SIZE)
                widths.append(self.get_string_width(text))
            gap = 2.0 if number and mark else 0.0
            left = (self.w - sum(widths) - gap) / 2
            for style, text, width in (("", number, widths[0]), ("B", mark, widths[1])):
                if text:
                    self.choose(style, p.SIZE)
                    self.set_xy(left, 9)
                    self.cell(width, 6, text)
                left += width + (gap if text == number else 0)
        self.set_y(self.t_margin)

    def footer(self) -> None:
        """The foot, small and grey."""
        if self.paper.foot:
            self.choose("", p.TINY)
            self.set_text_color(*_GREY)
            self.set_xy(self.l_margin, self.h - 14)
            self.cell(self.epw, 4, self.drawn(self.paper.foot), align="C")
            self.set_text_color(*_INK)
