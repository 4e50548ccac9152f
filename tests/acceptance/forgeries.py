"""What somebody might do to a signed plan: each takes the file as delivered and hands back another."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from tests.integration.signing_parts import MASTER, order, school

from hoso_bot.domain.signing import Box
from hoso_bot.pdf.sign import SigningDesk

_BYTE_RANGE = re.compile(rb"/ByteRange \[[^]]*\]")


def flipped(data: bytes) -> bytes:
    """One bit of a page's content, under both signatures."""
    at = data.index(b"stream", 200) + 60
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def flipped_late(data: bytes) -> bytes:
    """One bit of the second signature's own update."""
    at = data.rindex(b"/Reason" if b"/Reason" in data[-9000:] else b"/Type")
    return data[: at + 1] + bytes([data[at + 1] ^ 1]) + data[at + 2 :]


def cut(data: bytes) -> bytes:
    """Back to the first signature: valid for every program that does not know the record."""
    ends = [found.end() for found in re.finditer(rb"%%EOF\n?", data)]
    return data[: ends[-2]]


def _appended(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def appended(data: bytes) -> bytes:
    """A revision that draws over page 1."""

    def draw(writer: IncrementalPdfFileWriter) -> None:
        stream = writer.add_object(generic.StreamObject(stream_data=b"0 g 100 100 300 300 re f"))
        writer.add_stream_to_page(0, stream)

    return _appended(data, draw)


def annotated(data: bytes) -> bytes:
    """A note laid over page 1."""

    def note(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0]
        entries = {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): generic.TextStringObject("khong duyet"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 50, 300, 90))),
        }
        writer.register_annotation(page, writer.add_object(generic.DictionaryObject(entries)))

    return _appended(data, note)


def swapped_page(data: bytes) -> bytes:
    """Page 1 exchanged and the file saved anew; stamps and codes still stand on it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.pages[0].contents_add(b"0 g 50 50 400 600 re f")
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def emptied_byte_range(data: bytes) -> bytes:
    """Universal forgery: the last ByteRange says nothing."""
    found = list(_BYTE_RANGE.finditer(data))[-1]
    return data[: found.start()] + b"/ByteRange null".ljust(len(found[0])) + data[found.end() :]


def by_another_certificate(review: bytes, folder: Path) -> bytes:
    """The real review copy, signed in the head's name by a certificate of somebody's own making."""
    stranger = school().head
    source, target = folder / "review.pdf", folder / "forged.pdf"
    source.write_bytes(review)
    with SigningDesk(MASTER, workers=1) as desk:
        desk.sign(order(source, target, Box("Step1", ""), stranger))
    return target.read_bytes()


ATTACKS: dict[str, Callable[[bytes], bytes]] = {
    "flipped": flipped,
    "flipped late": flipped_late,
    "cut": cut,
    "appended": appended,
    "annotated": annotated,
    "swapped page": swapped_page,
    "emptied ByteRange": emptied_byte_range,
}
