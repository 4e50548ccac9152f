"""The print copy: a signed plan as paper wants it, for the day without power (R40).

Stamps become part of the page, no signature and no field is left, and every page says what it is: a print of
a signed file, with that file's hash and where it can be checked. Same file in, same bytes out.
"""

from __future__ import annotations

import os

import pikepdf
from pikepdf import Array, Dictionary, Name

from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.signing import PrintOrder
from hoso_bot.pdf.approval_page import A4, Page
from hoso_bot.pdf.font import BOLD, REGULAR, face
from hoso_bot.pdf.review_copy import displayed, embed_face
from hoso_bot.pdf.stamp import Line, fit, text_at

_STRIP, _SIDE = 40.0, 24.0
"""Height of the strip under every page and its distance from the paper's edge, in points."""


def make_print_copy(order: PrintOrder) -> None:
    """Write `order.target`, fsynced. Raises FileRefused("file.unreadable")."""
    try:
        with pikepdf.open(order.source, suppress_warnings=True) as signed, pikepdf.new() as paper:
            signed.flatten_annotations("print")
            _print(signed, paper, order)
            paper.save(
                order.target,
                deterministic_id=True,
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
    except MemoryError:
        raise
    except Exception as error:  # a damaged archive raises anything
        raise FileRefused("file.unreadable", why=f"{type(error).__name__}: {error}"[:300]) from error
    with order.target.open("rb") as written:
        os.fsync(written.fileno())


def _print(signed: pikepdf.Pdf, paper: pikepdf.Pdf, order: PrintOrder) -> None:
    fonts = Dictionary({name: embed_face(paper, name) for name in (REGULAR, BOLD)})
    of = len(signed.pages)
    for number, page in enumerate(signed.pages, 1):
        shown = displayed(page)
        if min(shown.width, shown.height) < 2 * _STRIP:
            shown = Page(*A4)
        sheet = paper.add_blank_page(page_size=(shown.width, shown.height))
        room = pikepdf.Rectangle(_SIDE / 2, _STRIP, shown.width - _SIDE / 2, shown.height - 2)
        _place(paper, sheet, page, room)
        _add_strip(paper, sheet, shown.width, (order.heading, order.line, f"{number}/{of}"), fonts)
    paper.docinfo["/Title"] = order.heading


def _place(paper: pikepdf.Pdf, sheet: pikepdf.Page, page: pikepdf.Page, room: pikepdf.Rectangle) -> None:
    """The page as a reader shows it, shrunk into `room`; names are given, so that no random ones are."""
    form = paper.copy_foreign(page.as_form_xobject())
    name = sheet.add_resource(form, Name.XObject, name=Name("/Plan"))
    sheet.contents_add(sheet.calc_form_xobject_placement(form, name, room))


def _add_strip(
    paper: pikepdf.Pdf, sheet: pikepdf.Page, width: float, words: tuple[str, str, str], fonts: Dictionary
) -> None:
    heading, line, number = words
    right = width - _SIDE - face(BOLD).width(number, 8)
    rows = [
        f"0.4 G 0.4 w {_SIDE:g} {_STRIP - 5:g} m {width - _SIDE:.2f} {_STRIP - 5:g} l S 0 g",
        _fitted(Line(heading, BOLD), 8, right - _SIDE - 10, 26),
        text_at(right, 26, 8, Line(number, BOLD)),
        _fitted(Line(line), 7, width - 2 * _SIDE, 16.5),
    ]
    form = paper.make_stream(
        "\n".join(rows).encode("ascii"),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, width, _STRIP]),
        Resources=Dictionary(Font=fonts),
    )
    name = sheet.add_resource(form, Name.XObject, name=Name("/Strip"))
    sheet.contents_add(f"q {name} Do Q".encode("ascii"))


def _fitted(line: Line, size: float, width: float, baseline: float) -> str:
    """One line no wider than `width`, smaller where it has to be."""
    layout = fit([line], width, size * 1.16)
    return text_at(_SIDE, baseline, min(size, layout.size), layout.lines[0]) if layout.lines else ""
