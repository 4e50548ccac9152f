"""The Word file a `Paper` becomes: its style, its pages, and what stands on every page."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section, _Footer, _Header
from docx.shared import Length, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from hoso_bot.reports import paper as p

_FACE, _LANGUAGE = "Times New Roman", "vi-VN"
_WIDTH, _HEIGHT = Mm(210), Mm(297)
_GREY = RGBColor(0x55, 0x55, 0x55)


def new_document(paper: p.Paper) -> WordDocument:
    """An empty document with the face, spacing and properties of the paper."""
    document = Document()
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = _FACE, Pt(p.SIZE)
    fonts = style.element.rPr.rFonts
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), _FACE)
    style.element.rPr.append(element("w:lang", {"w:val": _LANGUAGE}))
    style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(6), 1.1
    facts, at = document.core_properties, paper.made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    facts.title, facts.author = p.printable(paper.name)[:255], p.printable(paper.author)[:255]
    facts.created = facts.modified = at
    facts.language, facts.comments, facts.last_modified_by = _LANGUAGE, "", ""
    return document


def lay_out(section: Section, landscape: bool) -> tuple[Length, Length]:
    """Give a section its page and margins; (width, height) of what may stand between them."""
    section.page_width, section.page_height = (_HEIGHT, _WIDTH) if landscape else (_WIDTH, _HEIGHT)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.top_margin = Mm(p.LANDSCAPE_TOP if landscape else p.TOP)
    section.bottom_margin = Mm(p.BOTTOM)
    section.left_margin = Mm(p.LANDSCAPE_LEFT if landscape else p.LEFT)
    section.right_margin = Mm(p.RIGHT)
    section.header_distance = section.footer_distance = Mm(10)
    width = section.page_width - section.left_margin - section.right_margin
    return Length(width), Length(section.page_height - section.top_margin - section.bottom_margin)


def fill_margins(section: Section, paper: p.Paper) -> None:
    """Page number and mark above, the foot below; no number on the first page."""
    for header, with_number in ((section.first_page_header, False), (section.header, True)):
        _above(header, paper.mark, with_number)
    for footer in (section.first_page_footer, section.footer):
        _below(footer, paper.foot)


def _above(header: _Header, mark: str, with_number: bool) -> None:
    line = header.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if with_number:
        _page_number(line)
    if mark:
        write(line, f" {mark}" if with_number else mark, bold=True)


def _below(footer: _Footer, foot: str) -> None:
    line = footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(line, foot, size=p.TINY)
    for run in line.runs:
        run.font.color.rgb = _GREY


def _page_number(line: WordParagraph) -> None:
    for kind in ("begin", None, "end"):
        run = line.add_run()
        if kind:
            run._r.append(element("w:fldChar", {"w:fldCharType": kind}))
        else:
            order = element("w:instrText", {})
            order.text = "PAGE"
            run._r.append(order)


def write(
    line: WordParagraph, text: str, *, bold: bool = False, italic: bool = False, size: float = p.SIZE
) -> None:
    """Words at the end of a line."""
    if not text:
        return
    run = line.add_run(p.printable(text))
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def element(tag: str, facts: dict[str, str]) -> Any:
    """A part of the file that python-docx has no name for."""
    made = OxmlElement(tag)
    for name, value in facts.items():
        made.set(qn(name), value)
    return made
