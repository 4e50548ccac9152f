"""What a signing tool added to a file that was sent out. Runs inside the sandbox's child only.

Validation judges what came after a signature; here everything behind the bytes that were sent out is judged,
the revision with the new signature too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, SuspiciousModification
from pyhanko.sign.fields import enumerate_sig_fields

from hoso_bot.domain.returned_file import AddedField, ReturnReport
from hoso_bot.pdf.verify import verify_file

_MOST_PAGES = 5000
_ABSENT = -1
Rect = tuple[float, float, float, float]


def look_at_return(path: Path, size: int, trust_pem: bytes) -> ReturnReport:
    """Judge the file at `path`, whose first `size` bytes were sent out. Bad input never raises."""
    report = verify_file(path, trust_pem)
    try:
        data = path.read_bytes()
        sent, returned = _reader(data[:size]), _reader(data)
        return ReturnReport(report, _changed(sent, returned), tuple(_added(sent, returned)))
    except MemoryError:
        raise
    except Exception as error:  # hostile bytes raise anything
        return ReturnReport(report, f"unreadable: {type(error).__name__}: {error}"[:200], ())


def _reader(data: bytes) -> PdfFileReader:
    return PdfFileReader(io.BytesIO(data), strict=True, decode_limits=DecodeLimits.for_untrusted_input())


def _changed(sent: PdfFileReader, returned: PdfFileReader) -> str:
    """The first change that is neither a signature nor what belongs to one; empty without any."""
    revisions = sent.xrefs.total_revisions
    for number in range(revisions):
        if sent.xrefs.get_startxref_for_revision(number) != returned.xrefs.get_startxref_for_revision(number):
            return "the update does not build on the file that was sent"
    found = DEFAULT_DIFF_POLICY.review_file(returned, base_revision=revisions - 1)
    if isinstance(found, SuspiciousModification):
        return str(found)[:200] or "something else than a signature was added"
    return "" if found.modification_level <= ModificationLevel.FORM_FILLING else "annotations were added"


# --- new signature fields ----------------------------------------------------------------------------


def _added(sent: PdfFileReader, returned: PdfFileReader) -> Iterator[AddedField]:
    known = {str(name) for name, _, _ in enumerate_sig_fields(sent)}
    placed = {str(name): list(_widgets(ref.get_object())) for name, _, ref in enumerate_sig_fields(returned)}
    stamps = {str(stamp.field_name) for stamp in returned.embedded_timestamp_signatures}
    pages = _page_areas(returned)
    for name in placed.keys() - known - stamps:
        share = sum(_area(rect) / pages.get(page, min(pages.values())) for page, rect in placed[name])
        covers = sorted(other for other in placed.keys() & known if _overlap(placed[name], placed[other]))
        yield AddedField(name, round(share, 4), tuple(covers))


def _widgets(field: Any) -> Iterator[tuple[int, Rect]]:
    """(object number of the page, rectangle) of every visible widget of a field."""
    kids = [field] if "/Rect" in field or "/Kids" not in field else field["/Kids"]
    for shown in (kid.get_object() for kid in kids):
        x1, y1, x2, y2 = (float(number) for number in shown["/Rect"])
        page = shown.raw_get("/P").reference.idnum if "/P" in shown else _ABSENT
        yield page, (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _page_areas(reader: PdfFileReader) -> dict[int, float]:
    """Square points of each page by its object number."""
    areas: dict[int, float] = {}
    for number in range(min(int(reader.root["/Pages"]["/Count"]), _MOST_PAGES)):
        ref = reader.find_page_for_modification(number)[0]
        page = ref.get_object()
        while "/MediaBox" not in page and "/Parent" in page:
            page = page["/Parent"]
        x1, y1, x2, y2 = (float(edge) for edge in page["/MediaBox"])
        areas[ref.reference.idnum] = max(abs((x2 - x1) * (y2 - y1)), 1.0)
    return areas


def _area(rect: Rect) -> float:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _overlap(one: list[tuple[int, Rect]], other: list[tuple[int, Rect]]) -> bool:
    return any(
        _ABSENT in (p, q) or p == q
        for p, a in one
        for q, b in other
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    )
