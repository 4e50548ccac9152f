"""Good PDFs bent at random: bytes, words of the syntax, streams, objects and what a page draws.

A mutation gets the file (bytes) and its luck, and is the same for the same luck.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from random import Random

import pikepdf
from pikepdf import Array, Dictionary, Name, String

Mutation = Callable[[bytes, Random], bytes]

HOLE = re.compile(rb"/Contents <([0-9A-F]+)>")
"""Where a signature lies; the bytes in it are not covered by it."""
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_NAME = re.compile(rb"/[A-Za-z][A-Za-z0-9]+")
_REFERENCE = re.compile(rb"\d+ 0 R")
_WORD = re.compile(rb"endobj|endstream|stream|obj|xref|trailer|startxref|%%EOF|>>|<<|\[|\]")
_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483647",
    b"-2147483648",
    b"4294967296",
    b"9" * 30,
    b"1e9",
)
_FILTERS = (b"/FlateDecode", b"/LZWDecode", b"/ASCII85Decode", b"/ASCIIHexDecode", b"/RunLengthDecode")
_FILTERS += (b"/DCTDecode", b"/CCITTFaxDecode", b"/JBIG2Decode", b"/JPXDecode", b"/Crypt", b"/Nothing")
_ACTIONS = ("JavaScript", "Launch", "GoToR", "SubmitForm", "URI", "Named")


# --- bytes ---------------------------------------------------------------------------------------------


def flipped(data: bytes, luck: Random) -> bytes:
    """Up to 40 bytes are others."""
    bent = bytearray(data)
    for _ in range(luck.choice((1, 3, 10, 40))):
        bent[luck.randrange(len(bent))] = luck.randrange(256)
    return bytes(bent)


def cut(data: bytes, luck: Random) -> bytes:
    """The end is lost, the beginning, or something in between."""
    at, to = sorted(luck.randrange(len(data)) for _ in range(2))
    return luck.choice((data[:to], data[at:], data[:at] + data[to:]))


def repeated(data: bytes, luck: Random) -> bytes:
    """A piece stands somewhere else once more."""
    at, to = luck.randrange(len(data)), luck.randrange(len(data))
    piece = data[at : at + luck.choice((9, 300, 20_000))]
    return data[:to] + piece * luck.choice((1, 1, 2, 30)) + data[to + luck.choice((0, len(piece))) :]


def joined(data: bytes, luck: Random) -> bytes:
    """Two halves that were never one."""
    return data[: luck.randrange(len(data))] + data[luck.randrange(len(data)) :]


# --- words of the syntax ---------------------------------------------------------------------------------


def _exchanged(data: bytes, luck: Random, what: re.Pattern[bytes], by: Callable[[bytes], bytes]) -> bytes:
    """Some of what the pattern finds is something else."""
    found = list(what.finditer(data))
    if not found:
        return flipped(data, luck)
    for hit in sorted(
        luck.sample(found, min(len(found), luck.choice((1, 1, 3, 12)))), key=lambda h: -h.start()
    ):
        data = data[: hit.start()] + by(hit.group()) + data[hit.end() :]
    return data


def numbers(data: bytes, luck: Random) -> bytes:
    """Numbers are absurd."""
    return _exchanged(data, luck, _NUMBER, lambda _: luck.choice(_NUMBERS))


def names(data: bytes, luck: Random) -> bytes:
    """Names are other names of the same file."""
    known = sorted(set(_NAME.findall(data))) or [b"/Type"]
    return _exchanged(data, luck, _NAME, lambda _: luck.choice(known))


def references(data: bytes, luck: Random) -> bytes:
    """References lead to other objects, or nowhere."""
    known = [*sorted(set(_REFERENCE.findall(data))), b"99999 0 R"]
    return _exchanged(data, luck, _REFERENCE, lambda _: luck.choice(known))


def words(data: bytes, luck: Random) -> bytes:
    """Keywords and brackets are missing, doubled or others."""
    other = (b"", b"obj", b"endobj", b"stream", b"endstream", b"<<", b">>", b"[", b"]", b"null", b"%", b"(")
    return _exchanged(data, luck, _WORD, lambda word: luck.choice((word * 2, *other)))


def filters(data: bytes, luck: Random) -> bytes:
    """Streams are said to be packed in another way."""
    return _exchanged(data, luck, re.compile(rb"/FlateDecode|/DCTDecode"), lambda _: luck.choice(_FILTERS))


# --- objects: the syntax is right, the meaning is not ---------------------------------------------------


def _rewritten(data: bytes, change: Callable[[pikepdf.Pdf], None], luck: Random) -> bytes:
    modes = pikepdf.ObjectStreamMode
    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            change(pdf)
            mode = luck.choice((modes.disable, modes.generate))
            pdf.save(out, object_stream_mode=mode, deterministic_id=True)
    except Exception:  # too bent to be written
        return flipped(data, luck)
    return out.getvalue()


def _anything(pdf: pikepdf.Pdf, luck: Random) -> object:
    """A value of any kind, or an object the file has already."""
    deep: object = 0
    for _ in range(luck.choice((1, 30, 300))):
        deep = Array([deep])
    known = luck.choice(list(pdf.objects))
    values = [None, True, luck.choice((0, -1, 2**31, 10**15)), 1e-9, Name.Foo, String("x" * 1000), deep]
    values += [known, Array([]), Dictionary(), Array([known] * 200), pdf.Root, pdf.pages[0].obj]
    values += [Dictionary(Type=Name.Page, Kids=Array([known])), pdf.make_stream(luck.randbytes(99))]
    return luck.choice(values)


def _bend_one(pdf: pikepdf.Pdf, holder: pikepdf.Object, luck: Random) -> None:
    if isinstance(holder, Dictionary | pikepdf.Stream) and list(holder.keys()):
        key = luck.choice(sorted(key for key in holder.keys()))  # noqa: SIM118 - pikepdf iterates values
        if key == "/Length":
            return
        if luck.random() < 0.2:
            del holder[key]
        elif (value := _anything(pdf, luck)) is not None:
            holder[key] = value
    elif isinstance(holder, Array) and len(holder):
        holder[luck.randrange(len(holder))] = _anything(pdf, luck)


def objects(data: bytes, luck: Random) -> bytes:
    """Entries of some objects are of another kind."""

    def change(pdf: pikepdf.Pdf) -> None:
        for holder in luck.choices(list(pdf.objects), k=luck.choice((1, 2, 5, 20))):
            _bend_one(pdf, holder, luck)

    return _rewritten(data, change, luck)


def page_entries(data: bytes, luck: Random) -> bytes:
    """Entries of pages, their resources and the catalog are of another kind."""
    keys = ("/MediaBox", "/CropBox", "/Rotate", "/Contents", "/Resources", "/Annots", "/Parent", "/Type")
    keys += ("/UserUnit", "/Group", "/StructParents", "/Tabs", "/B", "/Thumb", "/Metadata", "/VP")

    def change(pdf: pikepdf.Pdf) -> None:
        for _ in range(luck.choice((1, 1, 3))):
            holder = luck.choice((pdf.pages[-1].obj, pdf.pages[0].obj, pdf.Root.Pages, pdf.Root))
            value = _anything(pdf, luck)
            if value is not None:
                holder[luck.choice(keys)] = value

    return _rewritten(data, change, luck)


def actions(data: bytes, luck: Random) -> bytes:
    """Something that acts hangs somewhere."""

    def change(pdf: pikepdf.Pdf) -> None:
        action = Dictionary(
            S=Name("/" + luck.choice(_ACTIONS)), JS=String("app.alert(1)"), URI=String("http://x")
        )
        note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)
        holder = luck.choice((pdf.Root, pdf.pages[-1].obj, pdf.Root.Pages))
        holder[luck.choice(("/OpenAction", "/AA", "/A"))] = luck.choice((action, Dictionary(O=action)))
        pdf.pages[0].obj["/Annots"] = Array([pdf.make_indirect(note)] * luck.choice((1, 500)))

    return _rewritten(data, change, luck)


def drawings(data: bytes, luck: Random) -> bytes:
    """What a page draws is shuffled, cut, repeated, or followed by nonsense."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = luck.choice(list(pdf.pages))
        page.contents_coalesce()
        content = page.Contents.read_bytes() or b"q Q"
        bend = luck.choice((flipped, cut, repeated, joined, numbers, names))
        content = bend(content, luck) + luck.choice((b"", b" q" * 5000, b" BT (", b" /Foo Do", b" BI ID"))
        page.Contents = pdf.make_stream(content)

    return _rewritten(data, change, luck)


def streams(data: bytes, luck: Random) -> bytes:
    """Fonts, code tables and pictures are bent inside; their packing is right."""

    def change(pdf: pikepdf.Pdf) -> None:
        held = [one for one in pdf.objects if isinstance(one, pikepdf.Stream)]
        for one in luck.sample(held, min(len(held), luck.choice((1, 2, 4)))):
            packed = one.get("/Filter") != Name.FlateDecode
            content = one.read_raw_bytes() if packed else one.read_bytes()
            if content:
                bent = luck.choice((flipped, cut, repeated, numbers))(content, luck)
                one.write(bent, **({"filter": one.Filter} if packed and "/Filter" in one else {}))

    return _rewritten(data, change, luck)


BYTES: dict[str, Mutation] = {"flipped": flipped, "cut": cut, "repeated": repeated, "joined": joined}
SYNTAX: dict[str, Mutation] = {
    "numbers": numbers,
    "names": names,
    "references": references,
    "words": words,
    "filters": filters,
}
OBJECTS: dict[str, Mutation] = {
    "objects": objects,
    "page entries": page_entries,
    "actions": actions,
    "drawings": drawings,
    "streams": streams,
}


def unpacked(data: bytes) -> bytes:
    """The same file with everything readable, so that mutations reach the meaning."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
            deterministic_id=True,
        )
    return out.getvalue()
