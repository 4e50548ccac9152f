"""Files made to hurt whoever opens them: bombs, loops, absurd numbers, two formats in one."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
TEXT = b"BT /F 12 Tf 60 700 Td (KE HOACH BAI DAY TUAN 12) Tj ET\n"
TIMES = b"/F<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>"
MANY = 100_000


def raw_pdf(*bodies: bytes) -> bytes:
    """A small PDF of numbered objects; 1 is the catalog."""
    data = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, at)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object as it is."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def flat(data: bytes, entries: bytes = b"", levels: int = 1) -> bytes:
    """A stream object, deflated so many times."""
    for _ in range(levels):
        data = zlib.compress(data, 9)
    return stream(data, entries + b"/Filter[%s]" % (b"/FlateDecode " * levels))


def page_with(resources: bytes, content: bytes = TEXT, more: bytes = b"") -> tuple[bytes, bytes]:
    """Objects 3 and 4: a page with these resources and entries, and what it draws."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%s>>%s>>"
    return page % (resources, more), flat(content)


def one_page(resources: bytes, content: bytes, *bodies: bytes, more: bytes = b"") -> bytes:
    """A file of one page; `bodies` are objects 5 and on."""
    return raw_pdf(CATALOG, PAGES, *page_with(resources, content, more), *bodies)


def _usual(more: bytes = b"", *bodies: bytes) -> bytes:
    return one_page(b"/Font<<%s>>" % TIMES, TEXT, *bodies, more=more)


def _zeros(levels: int) -> bytes:
    return flat(bytes(300 * 2**20), levels=levels)


@cache
def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return packed.getvalue()


# --- trees, tables, objects ------------------------------------------------------------------------


def _deep_tree(levels: int) -> bytes:
    """Every node has one child; the page lies at the bottom."""
    nodes = [
        b"<</Type/Pages/Count 1/Kids[%d 0 R]%s>>" % (at + 1, b"/Parent %d 0 R" % (at - 1) if at > 2 else b"")
        for at in range(2, levels + 2)
    ]
    page = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]>>" % (levels + 1)
    return raw_pdf(CATALOG, *nodes, page)


def _doubling_tree(levels: int) -> bytes:
    """Every node has the next one twice: 2^levels pages in a few bytes."""
    nodes = [
        b"<</Type/Pages/Count %d/Kids[%d 0 R %d 0 R]>>" % (2, n + 1, n + 1) for n in range(2, levels + 2)
    ]
    return raw_pdf(CATALOG, *nodes, b"<</Type/Page/MediaBox[0 0 595 842]>>")


def _chained(resources: bytes, link: bytes, length: int = 20_000) -> bytes:
    """Resources that lead from object to object."""
    return one_page(resources, TEXT, *(link % (n + 6) for n in range(length)), b"<<>>")


def _previous_is_itself() -> bytes:
    data = _usual()
    at = int(data.rsplit(b"startxref", 1)[1].split()[0])
    return data.replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Prev %d>>" % at)


def _two_tables_in_a_ring() -> bytes:
    data = _usual()
    first, second = int(data.rsplit(b"startxref", 1)[1].split()[0]), len(data)
    ring = data.replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Prev %d>>" % (second + len(b"/Prev 12345")))
    table = b"xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return ring + table % (first, len(ring))


def _table_stream(size: int, rows: bytes, entries: bytes = b"") -> bytes:
    head = b"%PDF-1.7\n"
    body = b"/Type/XRef/Size %d/W[1 4 2]/Root 1 0 R%s" % (size, entries)
    return head + b"9 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (flat(rows, body), len(head))


def _object_stream(body: bytes, count: int, entries: bytes = b"") -> bytes:
    return flat(body, b"/Type/ObjStm/N %d/First %d%s" % (count, 10, entries))


def _many_revisions(count: int) -> bytes:
    data = _usual()
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    for _ in range(count):
        at = len(data)
        data += b"xref\n0 0\ntrailer\n<</Size 6/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (before, at)
        before = at
    return data


STRUCTURE: dict[str, Callable[[], bytes]] = {
    "deflate bomb": lambda: raw_pdf(CATALOG, PAGES, PAGE, _zeros(1)),
    "deflate bomb, twice": lambda: raw_pdf(CATALOG, PAGES, PAGE, _zeros(2)),
    "deflate bomb nobody refers to": lambda: _usual(b"", _zeros(2)),
    "deflate bomb, 40 filters": lambda: raw_pdf(CATALOG, PAGES, PAGE, flat(bytes(10**7), levels=40)),
    "many small bombs": lambda: _usual(b"", *[flat(bytes(20 * 2**20))] * 60),
    "deep arrays": lambda: raw_pdf(CATALOG, PAGES, PAGE, b"[" * 200_000 + b"]" * 200_000),
    "deep arrays in a page": lambda: _usual(b"/A " + b"[" * 400 + b"]" * 400),
    "deep dictionaries": lambda: raw_pdf(CATALOG, PAGES, PAGE, b"<</A" * MANY + b" 1" + b">>" * MANY),
    "a chain of references": lambda: _usual(b"/A 5 0 R", *(b"[%d 0 R]" % (n + 6) for n in range(20_000))),
    "a chain in resources": lambda: _chained(b"/Properties<</P 5 0 R>>", b"<</A %d 0 R>>"),
    "a chain of arrays in resources": lambda: _chained(b"/ExtGState<</P 5 0 R>>", b"[%d 0 R]"),
    "references to themselves": lambda: _usual(b"/A 5 0 R", b"5 0 R", b"7 0 R", b"6 0 R"),
    "million kids": lambda: raw_pdf(
        CATALOG, b"<</Type/Pages/Count 1000000/Kids[" + b"3 0 R " * 1_000_000 + b"]>>", PAGE
    ),
    "page tree loop": lambda: raw_pdf(CATALOG, b"<</Type/Pages/Count 1/Kids[2 0 R]>>"),
    "page tree ring": lambda: raw_pdf(
        CATALOG, b"<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>", PAGE
    ),
    "parents in a ring": lambda: raw_pdf(CATALOG, PAGES.replace(b"/Kids", b"/Parent 2 0 R/Kids"), PAGE),
    "deep page tree": lambda: _deep_tree(20_000),
    "page tree that doubles": lambda: _doubling_tree(40),
    "absurd count": lambda: raw_pdf(CATALOG, b"<</Type/Pages/Count 2147483647/Kids[3 0 R]>>", PAGE, b"<<>>"),
    "negative count": lambda: raw_pdf(CATALOG, b"<</Type/Pages/Count -7/Kids[3 0 R]>>", PAGE, b"<<>>"),
    "no pages": lambda: raw_pdf(CATALOG, b"<</Type/Pages/Count 0/Kids[]>>"),
    "catalog is a number": lambda: raw_pdf(b"42"),
    "table before itself": _previous_is_itself,
    "two tables in a ring": _two_tables_in_a_ring,
    "a thousand revisions": lambda: _many_revisions(1000),
    "table of a billion": lambda: _usual().replace(b"xref\n0 5", b"xref\n0 999999999"),
    "table stream bomb": lambda: _table_stream(2_000_000_000, bytes(200 * 2**20)),
    "table stream before itself": lambda: _table_stream(10, bytes(70), b"/Prev 9"),
    "table stream of wide columns": lambda: _table_stream(10, bytes(70)).replace(b"[1 4 2]", b"[9 9 9]"),
    "object stream bomb": lambda: _usual(b"", _object_stream(b"6 0 7 1 " + bytes(10**8), 10_000_000)),
    "object stream behind itself": lambda: _usual(b"", _object_stream(b"6 0 7 1 ", 2, b"/Extends 5 0 R")),
    "300,000 objects without a table": lambda: (
        _usual() + b"".join(b"%d 0 obj\n1\nendobj\n" % n for n in range(5, 300_000))
    ),
    "a length beyond the file": lambda: _usual().replace(b"/Length ", b"/Length 99999999"),
    "a length that is itself": lambda: raw_pdf(CATALOG, PAGES, PAGE, b"<</Length 4 0 R>>stream\n\nendstream"),
    "no end": lambda: _usual()[:-40] + b"(" * 10**6,
    "one endless string": lambda: _usual() + b"(" + b"a" * 10**7,
    "outlines in a ring": lambda: raw_pdf(
        CATALOG.replace(b">>", b"/Outlines 5 0 R>>"),
        PAGES,
        *page_with(b""),
        b"<</First 6 0 R/Last 6 0 R/Count 9>>",
        b"<</Title(x)/Parent 5 0 R/Next 6 0 R/First 5 0 R>>",
    ),
    "names in a ring": lambda: raw_pdf(
        CATALOG.replace(b">>", b"/Names<</Dests 5 0 R/JavaScript 5 0 R>>>>"),
        PAGES,
        *page_with(b""),
        b"<</Kids[5 0 R 5 0 R]>>",
    ),
    "structure in a ring": lambda: raw_pdf(
        CATALOG.replace(b">>", b"/MarkInfo<</Marked true>>/StructTreeRoot 5 0 R>>"),
        PAGES,
        *page_with(b""),
        b"<</Type/StructTreeRoot/K[6 0 R 6 0 R]/ParentTree 5 0 R>>",
        b"<</Type/StructElem/S/P/P 5 0 R/K[5 0 R 6 0 R]>>",
    ),
    "form fields in a ring": lambda: raw_pdf(
        CATALOG.replace(b">>", b"/AcroForm<</Fields[5 0 R 5 0 R]/CO[5 0 R]>>>>"),
        PAGES,
        *page_with(b"", more=b"/Annots[5 0 R]"),
        b"<</Kids[5 0 R 5 0 R]/Parent 5 0 R/T(x)/FT/Tx/Subtype/Widget/Rect[0 0 9 9]>>",
    ),
}
"""What is wrong lies in how objects hang together."""


# --- what is drawn ---------------------------------------------------------------------------------


def _form(content: bytes, resources: bytes, entries: bytes = b"") -> bytes:
    return stream(
        content, b"/Type/XObject/Subtype/Form/BBox[0 0 900 900]/Resources<<%s>>%s" % (resources, entries)
    )


def _laughs(levels: int, times: int = 10) -> bytes:
    """Forms that draw the next one ten times each."""
    forms = [_form(b"/X Do " * times, b"/XObject<</X %d 0 R>>" % (n + 6)) for n in range(levels)]
    return one_page(b"/XObject<</X 5 0 R>>", b"/X Do", *forms, _form(b"0 0 9 9 re f", b""))


def _image(entries: bytes, data: bytes = b"") -> bytes:
    return one_page(
        b"/XObject<</X 5 0 R>>",
        b"q 500 0 0 500 0 0 cm /X Do Q",
        flat(data, b"/Type/XObject/Subtype/Image" + entries),
    )


def _font(entries: bytes, *bodies: bytes, content: bytes = TEXT) -> bytes:
    return one_page(b"/Font<</F 5 0 R>>", content, b"<</Type/Font" + entries + b">>", *bodies)


def _to_unicode(table: bytes) -> bytes:
    """A font whose codes mean what `table` says."""
    head, foot = b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange ", b" endcmap"
    return _font(b"/Subtype/Type1/BaseFont/Times-Roman/ToUnicode 6 0 R", flat(head + table + foot))


def _true_type(data: bytes) -> bytes:
    descriptor = b"<</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 1 1]/FontFile2 7 0 R>>"
    return _font(b"/Subtype/TrueType/BaseFont/X/FontDescriptor 6 0 R", descriptor, flat(data))


def _boxed(box: bytes) -> bytes:
    return _usual().replace(b"[0 0 595 842]", box)


def _noted(note: bytes, count: int) -> bytes:
    return _usual(b"/Annots[%s]" % (b"5 0 R " * count), note)


DRAWING: dict[str, Callable[[], bytes]] = {
    "endless form": lambda: one_page(
        b"/XObject<</X 5 0 R>>", b"/X Do", _form(b"/X Do", b"/XObject<</X 5 0 R>>")
    ),
    "billion laughs": lambda: _laughs(9),
    "a million drawn forms": lambda: _laughs(5),
    "endless pattern": lambda: one_page(
        b"/Pattern<</P 5 0 R>>",
        b"/Pattern cs /P scn 0 0 595 842 re f",
        stream(
            b"/Pattern cs /P scn 0 0 9 9 re f",
            b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 0.001/YStep 0.001"
            b"/Resources<</Pattern<</P 5 0 R>>>>",
        ),
    ),
    "endless mask": lambda: one_page(
        b"/ExtGState<</G 5 0 R>>",
        b"/G gs 0 0 595 842 re f",
        b"<</SMask<</S/Luminosity/G 6 0 R>>>>",
        _form(b"/G gs 0 0 9 9 re f", b"/ExtGState<</G 5 0 R>>", b"/Group<</S/Transparency>>"),
    ),
    "endless type 3 font": lambda: _font(
        b"/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/CharProcs<</K 6 0 R>>/FirstChar 0"
        b"/LastChar 255/Encoding<</Differences[0 " + b"/K" * 256 + b"]>>/Resources<</Font<</F 5 0 R>>>>",
        stream(TEXT),
    ),
    "huge content": lambda: one_page(
        b"/Font<<%s>>" % TIMES, b"BT /F 9 Tf (aaaaaaaaaaaaaaaaaaaa) Tj ET\n" * 3_000_000
    ),
    "a million lines": lambda: one_page(b"", b"0 0 m 595 842 l S\n" * 1_000_000),
    "a million saved states": lambda: one_page(b"", b"q " * 1_000_000),
    "a million clips": lambda: one_page(b"", b"0 0 300 300 re W n " * 1_000_000),
    "a path of a million curves": lambda: one_page(
        b"", b"0 0 m " + b"9 9 500 9 9 800 c " * 1_000_000 + b"B*"
    ),
    "dashes without end": lambda: one_page(b"", b"[0.0000001] 0 d 9 w 0 0 m 595 842 l S"),
    "numbers without end": lambda: one_page(b"", b"9" * 10**6 + b" 0 m 1e400 -99999999999999999999 l S"),
    "operators that are none": lambda: one_page(b"", b"xyz [[[[ << >> (a Tj ]]]\n" * 100_000),
    "an inline picture without end": lambda: one_page(
        b"", b"BI /W 99999 /H 99999 /BPC 8 /CS /RGB ID " + bytes(99)
    ),
    "a page of a billion units": lambda: _boxed(b"[0 0 1000000000 1000000000]"),
    "a page of no size": lambda: _boxed(b"[9 9 9 9]"),
    "a page of tiny size": lambda: _boxed(b"[0 0 0.0001 0.0001]"),
    "a page of words": lambda: _boxed(b"[/a/b/c/d]"),
    "a page beyond numbers": lambda: _boxed(b"[0 0 %s 1]" % (b"9" * 400)),
    "a page of narrow paper": lambda: _boxed(b"[0 0 1 14400]"),
    "a page in huge units": lambda: _usual(b"/UserUnit 100000000"),
    "100,000 notes": lambda: _noted(b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(x)>>", MANY),
    "100,000 links": lambda: _noted(
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://x)>>>>", MANY
    ),
    "a note upon itself": lambda: _noted(
        b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Popup 5 0 R/Parent 5 0 R/IRT 5 0 R>>", 2
    ),
    "a picture of a trillion dots": lambda: _image(
        b"/Width 1000000/Height 1000000/ColorSpace/DeviceRGB/BitsPerComponent 8", bytes(99)
    ),
    "a picture of 30,000 rows": lambda: _image(
        b"/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 1", bytes(30000 * 3750)
    ),
    "a picture of negative size": lambda: _image(
        b"/Width -5/Height -5/ColorSpace/DeviceGray/BitsPerComponent 8"
    ),
    "a picture masked by itself": lambda: _image(
        b"/Width 9/Height 9/ColorSpace/DeviceGray/BitsPerComponent 8/SMask 5 0 R", bytes(81)
    ),
    "a broken JPEG": lambda: _image(
        b"/Width 9/Height 9/ColorSpace/DeviceRGB/BitsPerComponent 8", b"\xff\xd8" * 99
    ),
    "a broken JPEG 2000": lambda: one_page(
        b"/XObject<</X 5 0 R>>",
        b"q 500 0 0 500 0 0 cm /X Do Q",
        stream(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99), b"/Subtype/Image/Width 9/Height 9/Filter/JPXDecode"),
    ),
    "a broken JBIG2": lambda: one_page(
        b"/XObject<</X 5 0 R>>",
        b"q 500 0 0 500 0 0 cm /X Do Q",
        stream(
            bytes(range(99)), b"/Subtype/Image/Width 60000/Height 60000/Filter/JBIG2Decode/BitsPerComponent 1"
        ),
    ),
    "a font of nothing": lambda: _true_type(b""),
    "a font of noise": lambda: _true_type(bytes(range(256)) * 400),
    "a font of zeros": lambda: _true_type(bytes(10**8)),
    "codes for a million letters": lambda: _to_unicode(b"1 beginbfrange <0000> <FFFFFFFF> <0041> endbfrange"),
    "a code that means a book": lambda: _to_unicode(
        b"1 beginbfchar <4B> <%s> endbfchar" % (b"0041" * 200_000)
    ),
    "a code table of noise": lambda: _to_unicode(b"999999 beginbfchar " + b"<" * 10**6),
    "a descendant of itself": lambda: _font(
        b"/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[5 0 R]"
    ),
    "widths without end": lambda: _font(
        b"/Subtype/Type1/BaseFont/X/FirstChar 0/LastChar 2147483647/Widths[%s]" % (b"1e99 " * MANY)
    ),
    "a function of itself": lambda: one_page(
        b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceRGB/Function 5 0 R>>>>",
        b"/S sh",
        b"<</FunctionType 3/Domain[0 1]/Functions[5 0 R 5 0 R]/Bounds[0.5]/Encode[0 1 0 1]>>",
    ),
    "a program that never ends": lambda: one_page(
        b"/Shading<</S<</ShadingType 1/ColorSpace/DeviceGray/Function 5 0 R>>>>",
        b"/S sh",
        stream(b"{" * 5000 + b"dup mul" + b"}" * 5000, b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1]"),
    ),
    "colours upon themselves": lambda: one_page(
        b"/ColorSpace<</C 5 0 R>>", b"/C cs 1 sc 0 0 9 9 re f", b"[/Indexed 5 0 R 255 5 0 R]"
    ),
}
"""What is wrong lies in what a page shows."""


# --- two formats in one -------------------------------------------------------------------------------

POLYGLOTS: dict[str, Callable[[], bytes]] = {
    "a zip in front": lambda: _zip() + _usual(),
    "a zip behind": lambda: _usual() + _zip(),
    "a page of the web in front": lambda: b"<html><script>alert(1)</script>" + _usual(),
    "a program in front": lambda: b"MZ" + bytes(510) + _usual(),
    "a shell script in front": lambda: b"#!/bin/sh\nexit\n" + _usual(),
    "900 bytes in front": lambda: bytes(900) + _usual(),
    "2,000 bytes in front": lambda: bytes(2000) + _usual(),
    "a picture in front": lambda: b"\xff\xd8\xff\xe0" + bytes(60) + _usual(),
    "a PDF behind a PDF": lambda: _usual() + _usual(b"/Rotate 90"),
    "a head alone": lambda: b"%PDF-1.7\n",
    "a head of another world": lambda: _usual().replace(b"%PDF-1.7", b"%PDF-9.9"),
    "ten megabytes behind": lambda: _usual() + bytes(10**7),
}
