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
from tests.integration.signing_parts import order, school

from hoso_bot.domain.signing import Box
from hoso_bot.pdf.sign import SigningDesk

_BYTE_RANGE = re.compile(rb"/ByteRange \[[^]]*\]")
_HOLE = re.compile(rb"/Contents <([0-9A-Fa-f]+)>")


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


def emptied_contents(data: bytes) -> bytes:
    """Universal forgery: the last signature is all zeros."""
    hole = list(_HOLE.finditer(data))[-1]
    return data[: hole.start(1)] + b"0" * len(hole[1]) + data[hole.end(1) :]


def wrapped(data: bytes) -> bytes:
    """Signature wrapping: a second ByteRange in the unsigned hole makes room for other objects behind it."""
    hole = list(_HOLE.finditer(data))[-1]
    evil = b"\n4 0 obj\n<</Length 27>>stream\n0 g 0 0 600 900 re f\nendstream\nendobj\n"
    end, rest = hole.end(), len(data) - hole.end()
    room = len(evil) + 60
    second = b"/ByteRange [0 %d %d %d]" % (hole.start(1) - 1, end + room, rest)
    return data[:end] + (second + b">>\nendobj\n" + evil).ljust(room) + data[end:]


def objects_without_table(data: bytes) -> bytes:
    """Incremental saving, the variant that hopes for a reader who repairs: objects and no table of them."""
    return data + b"\n4 0 obj\n<</Length 20>>stream\n0 g 9 9 500 700 re f\nendstream\nendobj\n%%EOF\n"


def shadow_replaced(data: bytes) -> bytes:
    """A shadow attack: the boxes' font is exchanged behind the signatures, so other letters show."""

    def exchange(writer: IncrementalPdfFileWriter) -> None:
        fonts = writer.root["/AcroForm"]["/DR"]["/Font"]
        font = fonts["/HosoSerif"]
        font[pdf_name("/BaseFont")] = pdf_name("/Courier")
        writer.update_container(font)

    return _appended(data, exchange)


def shadow_hidden(data: bytes) -> bytes:
    """A shadow attack: what lay on page 1 is taken away behind the signatures."""

    def uncover(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        page[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b""))
        writer.update_container(page)

    return _appended(data, uncover)


def another_name_shown(data: bytes) -> bytes:
    """The first signature's picture is exchanged; the signature itself stays."""

    def exchange(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 200, 70)))
        entries = {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): box,
        }
        looks = writer.add_object(generic.StreamObject(entries, stream_data=b"0 g 0 0 99 40 re f"))
        field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): looks})
        writer.update_container(field)

    return _appended(data, exchange)


def last_page_dropped(data: bytes) -> bytes:
    """The page tree ends a page earlier."""

    def drop(writer: IncrementalPdfFileWriter) -> None:
        tree = writer.root["/Pages"]
        tree[pdf_name("/Kids")] = generic.ArrayObject(list(tree.raw_get("/Kids"))[:-1])
        tree[pdf_name("/Count")] = generic.NumberObject(len(tree["/Kids"]))
        writer.update_container(tree)

    return _appended(data, drop)


def inside_another(data: bytes) -> bytes:
    """The signed file as an attachment of a PDF that shows something else."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.attachments["da-ky.pdf"] = data
        pdf.save(out, compress_streams=False)
    return out.getvalue()


def behind_another(data: bytes) -> bytes:
    """A whole other PDF in front of the signed one, in the same file."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out)
    return out.getvalue() + data


def transplanted(data: bytes) -> bytes:
    """The first signature's CMS stands in the second one's place too."""
    first, *_, last = _HOLE.finditer(data)
    return data[: last.start(1)] + first[1][: len(last[1])].ljust(len(last[1]), b"0") + data[last.end(1) :]


def by_another_certificate(review: bytes, folder: Path, desk: SigningDesk) -> bytes:
    """The real review copy, signed in the head's name by a certificate of somebody's own making."""
    stranger = school().head
    source, target = folder / "review.pdf", folder / "forged.pdf"
    source.write_bytes(review)
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
    "emptied Contents": emptied_contents,
    "wrapped": wrapped,
    "objects without table": objects_without_table,
    "shadow, replaced": shadow_replaced,
    "shadow, hidden": shadow_hidden,
    "another name shown": another_name_shown,
    "last page dropped": last_page_dropped,
    "inside another": inside_another,
    "behind another": behind_another,
    "transplanted": transplanted,
}
"""After pdf-insecurity.org (CCS 2019, NDSS 2021), as far as they can be tried on a finished file of ours."""
