"""The review copy: the upload rewritten into one clean revision that has every field of its approval chain.

Leaders open these bytes and sign these bytes; the final PDF starts with them (design section 5).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Operator
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.signing import ReviewCopy, ReviewCopyOrder
from hoso_bot.pdf import approval_page as layout
from hoso_bot.pdf.cleaning import clean, structure_repeats
from hoso_bot.pdf.font import BOLD, REGULAR, face, subset, to_unicode, warm, widths_array
from hoso_bot.pdf.reference_depth import goes_too_deep

_PRINT = 4  # annotation flag: the stamp is printed too
_SIGNATURES_EXIST_APPEND_ONLY = 3
_PRESET = "/HosoBoxes"

warm()  # the sandbox imports this module once, then forks: its children inherit the cut fonts


def make_review_copy(order: ReviewCopyOrder) -> ReviewCopy:
    """Write `order.target`. Raises FileRefused("file.unreadable") for what cannot be normalised."""
    with _or_unreadable(), pikepdf.open(order.source, suppress_warnings=True) as pdf:
        return rewrite(pdf, order)


def rewrite(pdf: pikepdf.Pdf, order: ReviewCopyOrder, bands: layout.Bands | None = None) -> ReviewCopy:
    """Write `order.target` from the source as it is open already; `pdf` is of no other use afterwards.

    bands: where its last page is paper, when that was looked up already. Raises like `make_review_copy`.
    """
    with _or_unreadable():
        appended = _rewrite(pdf, order, bands)
        _must_be_signable(order)
        return ReviewCopy(order.target.stat().st_size, len(pdf.pages), appended)


@contextlib.contextmanager
def _or_unreadable() -> Iterator[None]:
    try:
        yield
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # hostile bytes raise anything; every one means the same to the sender
        raise FileRefused("file.unreadable", why=f"{type(error).__name__}: {error}"[:300]) from error


def _rewrite(pdf: pikepdf.Pdf, order: ReviewCopyOrder, bands: layout.Bands | None) -> bool:
    if not len(pdf.pages):
        raise FileRefused("file.unreadable", why="no pages")
    clean(pdf)
    if goes_too_deep(pdf):
        raise FileRefused("file.unreadable", why="references too deep")
    appended = _place_boxes(pdf, order, bands)
    pdf.docinfo["/HosoCode"] = order.code
    pdf.trailer["/Size"] = (
        len(pdf.objects) + 1
    )  # qpdf writes the right one, but none at all for a lost trailer
    _save(pdf, order.target)
    if "/StructTreeRoot" in pdf.Root and structure_repeats(order.target.read_bytes()):
        del pdf.Root["/StructTreeRoot"]
        _save(pdf, order.target)
    return appended


def _save(pdf: pikepdf.Pdf, target: Path) -> None:
    pdf.save(
        target,
        force_version="1.7",
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        deterministic_id=True,
    )


def _place_boxes(pdf: pikepdf.Pdf, order: ReviewCopyOrder, bands: layout.Bands | None) -> bool:
    """Draw boxes and add fields on the last page or an appended one; True when a page was appended."""
    page = pdf.pages[-1]
    shown = displayed(page)
    words = layout.Words(order.heading, order.code, order.lookup, order.link, order.title)
    top = _room(order, bands, shown, page, layout.has_qr(words, shown.width))
    if top is None:
        shown = layout.Page(*(_portrait(shown) if shown.usable else layout.A4))
        pdf.add_blank_page(page_size=(shown.width, shown.height))
        page = pdf.pages[-1]
        placed, content = layout.cover_content(shown, order.boxes, words)
    else:
        placed = layout.block_panels(shown, order.boxes, words, top)
        content = layout.block_content(shown, placed, words, top)
    fonts = Dictionary({name: embed_face(pdf, name) for name in (REGULAR, BOLD)})
    _draw(pdf, page, shown, content, fonts)
    _add_fields(pdf, page, shown, placed, fonts)
    return top is None


def _portrait(shown: layout.Page) -> tuple[float, float]:
    return (min(shown.width, shown.height), max(shown.width, shown.height))


def _room(
    order: ReviewCopyOrder, bands: layout.Bands | None, shown: layout.Page, page: pikepdf.Page, qr: bool
) -> float | None:
    """Free room on the last page; None also when the page cannot be drawn on with certainty."""
    if not shown.usable or page.obj.get("/UserUnit", 1) != 1:
        return None
    try:
        _balance(page)
        if bands is None:
            with contextlib.closing(pypdfium2.PdfDocument(order.source)) as document:
                document.init_forms()
                bands = layout.blank_bands(document[page.index])
        return layout.find_room(bands, shown, len(order.boxes), qr)
    except Exception:  # pdfium or the content parser gave up: an own page is always right
        return None


def displayed(page: pikepdf.Page) -> layout.Page:
    """The page as a reader shows it: crop box inside media box, turned by /Rotate.

    Boxes and turns that mean nothing, which every program shows in its own way, give a page without size.
    """
    try:
        return _displayed(page)
    except (TypeError, ValueError, KeyError, ArithmeticError):
        return layout.Page(0.0, 0.0)


def _displayed(page: pikepdf.Page) -> layout.Page:
    media, crop = _box(page.mediabox), _box(page.cropbox)
    x1, y1 = max(media[0], crop[0]), max(media[1], crop[1])
    x2, y2 = min(media[2], crop[2]), min(media[3], crop[3])
    if x2 - x1 < 1 or y2 - y1 < 1:
        x1, y1, x2, y2 = media
    width, height, rotation = x2 - x1, y2 - y1, _rotation(page.obj)
    if rotation in (90, 270):
        width, height = height, width
    return layout.Page(width, height, rotation, x1, y1)


def _box(array: pikepdf.Object) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(number) for number in array)
    return (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _rotation(node: pikepdf.Object) -> int:
    for _ in range(100):
        if "/Rotate" in node:
            turn = float(node["/Rotate"])
            if turn % 90:
                raise ValueError("a page turned by no quarter")
            return int(turn) % 360
        if not isinstance(node.get("/Parent"), Dictionary):
            break
        node = node["/Parent"]
    return 0


def _balance(page: pikepdf.Page) -> None:
    """Shut the page's own graphics state away, even where its q and Q do not pair up."""
    depth = lowest = 0
    for _, operator in pikepdf.parse_content_stream(page, "q Q"):
        depth += 1 if operator == Operator("q") else -1
        lowest = min(lowest, depth)
    page.contents_add(b"q\n" * (1 - lowest), prepend=True)
    page.contents_add(b"\n" + b"Q\n" * (1 - lowest + depth))


def _draw(
    pdf: pikepdf.Pdf, page: pikepdf.Page, shown: layout.Page, content: bytes, fonts: Dictionary
) -> None:
    """Put the drawing on the page as one form XObject, under a name the page does not use yet."""
    form = pdf.make_stream(
        content,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, shown.width, shown.height]),
        Resources=Dictionary(Font=fonts),
    )
    resources = Dictionary(page.resources) if page.resources is not None else Dictionary()
    shared = resources.get("/XObject")
    xobjects = Dictionary(shared) if isinstance(shared, Dictionary) else Dictionary()
    name = next(n for n in (f"{_PRESET}{i}" for i in range(len(xobjects) + 1)) if n not in xobjects)
    xobjects[name] = form
    resources["/XObject"] = xobjects
    page.obj["/Resources"] = resources
    matrix = " ".join(f"{number:g}" for number in layout.to_user_space(shown))
    page.contents_add(f"/Artifact BMC q {matrix} cm {name} Do Q EMC\n".encode("ascii"))


def _add_fields(
    pdf: pikepdf.Pdf, page: pikepdf.Page, shown: layout.Page, placed: list[layout.Panel], fonts: Dictionary
) -> None:
    matrix = layout.to_user_space(shown)
    widgets = [pdf.make_indirect(_widget(page, shown, panel, matrix)) for panel in placed]
    page.obj["/Annots"] = Array([*page.obj.get("/Annots", Array()), *widgets])
    form = Dictionary(
        Fields=Array(widgets), SigFlags=_SIGNATURES_EXIST_APPEND_ONLY, DR=Dictionary(Font=fonts)
    )
    pdf.Root["/AcroForm"] = pdf.make_indirect(form)
    # PAdES (ETSI EN 319 142-1) is declared now, so that a signature need not touch the catalog.
    esic = Dictionary(BaseVersion=Name("/1.7"), ExtensionLevel=1)
    pdf.Root["/Extensions"] = Dictionary(ESIC=esic)


def _widget(page: pikepdf.Page, shown: layout.Page, panel: layout.Panel, matrix: layout.Matrix) -> Dictionary:
    widget = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T=pikepdf.String(panel.box.field),
        TU=pikepdf.String(panel.box.label),
        F=_PRINT,
        P=page.obj,
        Rect=Array([round(number, 2) for number in layout.transformed(panel.field, matrix)]),
    )
    if shown.rotation:
        widget["/MK"] = Dictionary(R=shown.rotation)
    return widget


def embed_face(pdf: pikepdf.Pdf, resource: str) -> pikepdf.Object:
    """One face as a composite font with Identity-H codes (ISO 32000-1, 9.7)."""
    shape = face(resource)
    name = Name("/" + shape.name)
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=name, **_plain(shape.descriptor))
    descriptor["/FontFile2"] = pdf.make_stream(subset(resource), Length1=len(subset(resource)))
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=1000,
        W=Array([Array(item) if isinstance(item, list) else item for item in widths_array(resource)]),
        CIDToGIDMap=Name.Identity,
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(to_unicode(resource)),
        )
    )


def _plain(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {key[1:]: Array(value) if isinstance(value, list) else value for key, value in entries.items()}


def _must_be_signable(order: ReviewCopyOrder) -> None:
    """The strict reader that will sign must find every field empty. Raises what it raises."""
    with order.target.open("rb") as written:
        reader = PdfFileReader(written, strict=True, decode_limits=DecodeLimits.for_untrusted_input())
        empty = {name for name, value, _ in enumerate_sig_fields(reader) if value is None}
    if empty != {box.field for box in order.boxes}:
        raise ValueError(f"fields after rewriting: {sorted(map(str, empty))}")
