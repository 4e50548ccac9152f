"""Plans laid out as Word's "Save as PDF" writes them, and the texts of plans as teachers write them.

A hybrid file has a classic table, an empty second one and a cross-reference stream, hence two revisions;
every run is a text object of its own, Latin-1 letters in a simple font, the other Vietnamese letters in a
composite one, structure elements packed in object streams.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from random import Random

from fontTools.ttLib import TTFont
from PIL import Image

from hoso_bot.domain.vietnamese import from_tcvn3, from_vni
from hoso_bot.pdf.font import FILES, FOLDER, REGULAR

_RUNS = re.compile(r"[\x00-\xff]+|[^\x00-\xff]+")
_A4 = (595, 842)


@cache
def _font() -> tuple[bytes, dict[int, int], dict[int, int]]:
    """The font file, character → glyph, glyph → width in thousandths."""
    path = FOLDER / FILES[REGULAR]
    with TTFont(path) as font:
        names, widths, units = font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm
        glyphs = {code: font.getGlyphID(name) for code, name in names.items()}
        return path.read_bytes(), glyphs, {glyphs[c]: widths[n][0] * 1000 // units for c, n in names.items()}


class WordFile:
    """Collects objects and writes them the way Word does."""

    def __init__(self) -> None:
        self._bodies: list[bytes | None] = [None, None]  # 1 catalog, 2 page tree
        self._pages: list[int] = []
        self._elements: list[int] = []
        self._fonts = b"<</F1 %d 0 R/F2 %d 0 R>>" % self._embed()

    def _add(self, body: bytes) -> int:
        self._bodies.append(body)
        return len(self._bodies)

    def _stream(self, data: bytes, entries: bytes = b"", packed: bool = True) -> int:
        if packed:
            data, entries = zlib.compress(data), entries + b"/Filter/FlateDecode"
        return self._add(b"<<%s/Length %d>>stream\r\n%s\r\nendstream" % (entries, len(data), data))

    def _embed(self) -> tuple[int, int]:
        data, glyphs, widths = _font()
        file = self._stream(data, b"/Length1 %d" % len(data))
        box = b"/FontBBox[-200 -300 1200 1000]/ItalicAngle 0/Ascent 891/Descent -216/CapHeight 693/StemV 80"
        about = self._add(
            b"<</Type/FontDescriptor/FontName/LiberationSerif/Flags 32%s/FontFile2 %d 0 R>>" % (box, file)
        )
        row = b" ".join(
            b"%d" % widths.get(glyphs.get(ord(bytes([c]).decode("cp1252", "replace")), 0), 500)
            for c in range(32, 256)
        )
        simple = self._add(
            b"<</Type/Font/Subtype/TrueType/BaseFont/LiberationSerif/Encoding/WinAnsiEncoding"
            b"/FirstChar 32/LastChar 255/Widths[%s]/FontDescriptor %d 0 R>>" % (row, about)
        )
        wide = b" ".join(b"%d[%d]" % (glyph, width) for glyph, width in sorted(widths.items()))
        child = self._add(
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/LiberationSerif/CIDToGIDMap/Identity/DW 1000"
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/W[%s]/FontDescriptor %d 0 R>>"  # noqa: E501
            % (wide, about)
        )
        unicode = self._stream(_to_unicode(glyphs))
        whole = self._add(
            b"<</Type/Font/Subtype/Type0/BaseFont/LiberationSerif/Encoding/Identity-H"
            b"/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (child, unicode)
        )
        return simple, whole

    def page(self, lines: Iterable[str], picture: bytes = b"") -> None:
        """One page: a line is a row of text, a tab a step to the next column; `picture` a JPEG below it."""
        number = len(self._pages)
        content, marks = [], 0
        for row, line in enumerate(lines):
            size = 8 if "\t" in line else 12
            for column, cell in enumerate(line.split("\t")):
                content.append(_marked(cell, 60 + 260 * column, 790 - 15.5 * row, size, marks))
                marks += 1
        images = b""
        if picture:
            size = Image.open(io.BytesIO(picture)).size
            image = self._stream(
                picture,
                b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
                b"/Filter/DCTDecode" % size,
                packed=False,
            )
            content.append(b"q 400 0 0 200 90 40 cm /Im1 Do Q\n")
            images = b"/XObject<</Im1 %d 0 R>>" % image
        stream = self._stream(b"".join(content))
        page = self._add(
            b"<</Type/Page/Parent 2 0 R/Resources<</Font%s%s/ProcSet[/PDF/Text/ImageC]>>/MediaBox[0 0 %d %d]"
            b"/Contents %d 0 R/Group<</Type/Group/S/Transparency/CS/DeviceRGB>>/Tabs/S/StructParents %d>>"
            % (self._fonts, images, *_A4, stream, number)
        )
        self._pages.append(page)
        self._elements.extend(
            self._add(b"<</P 1 0 R/S/P/Type/StructElem/K[%d]/Pg %d 0 R>>" % (mark, page))
            for mark in range(marks)
        )

    def scan(self, picture: bytes) -> None:
        """One page that is nothing but a photo."""
        size = Image.open(io.BytesIO(picture)).size
        entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
        image = self._stream(picture, entries % size + b"/Filter/DCTDecode", packed=False)
        stream = self._stream(b"q 595 0 0 842 0 0 cm /Im1 Do Q")
        self._pages.append(
            self._add(
                b"<</Type/Page/Parent 2 0 R/Resources<</XObject<</Im1 %d 0 R>>>>/MediaBox[0 0 595 842]"
                b"/Contents %d 0 R>>" % (image, stream)
            )
        )

    def data(self) -> bytes:
        """The file."""
        root = self._add(b"<</Type/StructTreeRoot/K[%s]>>" % b" ".join(b"%d 0 R" % e for e in self._elements))
        catalog = b"<</Type/Catalog/Pages 2 0 R/Lang(vi)/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R>>"
        self._bodies[0] = catalog % root
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        self._bodies[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self._pages), kids)
        return _hybrid([body or b"null" for body in self._bodies], set(self._elements))

    def write(self, target: Path) -> Path:
        """Write the file to `target`."""
        target.write_bytes(self.data())
        return target


def _marked(text: str, x: float, y: float, size: int, mark: int) -> bytes:
    """One paragraph: every run a text object of its own, as Word writes them."""
    _, glyphs, widths = _font()
    pieces = [b"/P <</MCID %d>> BDC " % mark]
    for run in _RUNS.findall(text):
        width = sum(widths.get(glyphs.get(ord(letter), 0), 500) for letter in run)
        if run[0] < "\u0100":
            shown = b"(%s)" % re.sub(rb"([()\\])", rb"\\\1", run.encode("latin-1"))
            face = b"F1"
        else:
            shown = b"<%s>" % "".join(f"{glyphs.get(ord(letter), 0):04X}" for letter in run).encode()
            face = b"F2"
        pieces.append(b"BT\n/%s %d Tf\n1 0 0 1 %.2f %.2f Tm\n0 g\n[%s] TJ\nET\n" % (face, size, x, y, shown))
        x += width * size / 1000
    return b"".join(pieces) + b"EMC\n"


def _to_unicode(glyphs: dict[int, int]) -> bytes:
    pairs = [b"<%04X> <%04X>" % (glyph, code) for code, glyph in sorted(glyphs.items()) if code < 0x10000]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    body = b"".join(b"%d beginbfchar\n%s\nendbfchar\n" % (len(block), b"\n".join(block)) for block in blocks)
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n%sendcmap end end" % body
    )


def _hybrid(bodies: Sequence[bytes], packed: set[int]) -> bytes:
    """Objects 1.. as a hybrid file; those in `packed` lie in object streams."""
    data = b"%PDF-1.7\r\n%\xb5\xb5\xb5\xb5\r\n"
    rows: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
    groups = [sorted(packed)[at : at + 100] for at in range(0, len(packed), 100)]
    streams = {len(bodies) + 1 + index: group for index, group in enumerate(groups)}
    whole = {number: body for number, body in enumerate(bodies, start=1) if number not in packed}
    for number, group in streams.items():
        whole[number] = _object_stream([(member, bodies[member - 1]) for member in group])
        rows.update({member: (2, number, place) for place, member in enumerate(group)})
    for number, body in whole.items():
        rows[number] = (1, len(data), 0)
        data += b"%d 0 obj\r\n%s\r\nendobj\r\n" % (number, body)
    last = max(rows) + 1
    rows[last] = (1, len(data), 0)
    table = b"".join(
        kind.to_bytes(1, "big") + place.to_bytes(4, "big") + rest.to_bytes(2, "big")
        for kind, place, rest in (rows.get(number, (0, 0, 0)) for number in range(last + 1))
    )
    stream_at, flat = len(data), zlib.compress(table)
    data += (
        b"%d 0 obj\r\n<</Type/XRef/Size %d/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\r\n"
        % (
            last,
            last + 1,
            len(flat),
        )
    )
    data += flat + b"\r\nendstream\r\nendobj\r\n"
    table_at = len(data)
    lines = (
        b"%010d %05d n\r\n" % (rows[n][1], 0) if rows.get(n, (0,))[0] == 1 else b"0000000000 65535 f\r\n"
        for n in range(last + 1)
    )
    data += b"xref\r\n0 %d\r\n%s" % (last + 1, b"".join(lines))
    data += b"trailer\r\n<</Size %d/Root 1 0 R>>\r\nstartxref\r\n%d\r\n%%%%EOF\r\n" % (last + 1, table_at)
    second_at = len(data)
    data += b"xref\r\n0 0\r\ntrailer\r\n<</Size %d/Root 1 0 R/Prev %d/XRefStm %d>>\r\n" % (
        last + 1,
        table_at,
        stream_at,
    )
    return data + b"startxref\r\n%d\r\n%%%%EOF" % second_at


def _object_stream(members: Sequence[tuple[int, bytes]]) -> bytes:
    heads, body = [], b""
    for number, text in members:
        heads.append(b"%d %d" % (number, len(body)))
        body += text + b" "
    head = b" ".join(heads) + b" "
    flat = zlib.compress(head + body)
    return b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>stream\r\n%s\r\nendstream" % (
        len(members),
        len(head),
        len(flat),
        flat,
    )


def photo(kilobytes: int, seed: int = 0) -> bytes:
    """A JPEG of about so many kilobytes, as of a phone (noise, so that it does not pack)."""
    side = max(64, int((kilobytes * 1024 / 0.42) ** 0.5))
    noise = Random(seed).randbytes(side * side * 3)
    packed = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(packed, "JPEG", quality=50)
    return packed.getvalue()


# --- legacy encodings, made by reading the tables backwards --------------------------------------

_TCVN3 = {from_tcvn3(chr(code)): chr(code) for code in reversed(range(0xA1, 0x100))}  # `µ`, not `à`
_CP1258 = str.maketrans("ươăđƯƠĂĐ", "ýõãðÝÕÃÐ")


@cache
def _vni() -> dict[str, str]:
    marks = "ùøûõïâáàåãäêéèúüë"
    pairs = {from_vni(letter + mark): letter + mark for letter in "aeouyôö" for mark in marks}
    singles = {from_vni(letter): letter for letter in "ñôöæóòî"}
    return {key: value for key, value in (pairs | singles).items() if len(key) == 1}


def to_vni(text: str) -> str:
    """`Tuần` → `Tuaàn`."""
    return "".join(
        _vni().get(letter.lower(), letter.lower()).upper() if letter.isupper() else _vni().get(letter, letter)
        for letter in text
    )


def to_tcvn3(text: str) -> str:
    """`Tuần` → `TuÇn`; capitals with an accent are written small, as the capital fonts do."""
    return "".join(_TCVN3.get(letter, _TCVN3.get(letter.lower(), letter)) for letter in text)


def to_cp1258(text: str) -> str:
    """`người` → `ngýời`."""
    return text.translate(_CP1258)


def to_nfd(text: str) -> str:
    """Letters and accents apart, as macOS writes them."""
    return unicodedata.normalize("NFD", text)


# --- what teachers write -------------------------------------------------------------------------

_SUBJECTS = ("Toán", "Tiếng Việt", "Đạo đức", "Khoa học", "Lịch sử và Địa lí", "Công nghệ")
_TALK = (
    "- Giáo viên tổ chức cho học sinh chơi trò chơi khởi động đầu giờ.\t- Học sinh tham gia trò chơi vui vẻ.",
    "- Giáo viên nhận xét, dẫn dắt vào bài mới và ghi tên bài lên bảng.\t- Học sinh lắng nghe, nhắc lại.",
    "- Yêu cầu học sinh đọc kĩ đề bài, thảo luận nhóm đôi rồi trình bày.\t- Các nhóm lần lượt trả lời.",
    "- Gọi học sinh khác bổ sung; giáo viên chốt lại kết quả đúng.\t- Lớp theo dõi, chữa bài vào vở.",
    "- Hướng dẫn học sinh quan sát tranh, nêu điều em nhìn thấy được.\t- Học sinh quan sát và phát biểu.",
    "- Một cửa hàng mỗi tuần bán được 25 thùng sữa, hỏi 2 tuần bán bao nhiêu?\t- Học sinh giải bài toán.",
)
DAYS = ("hai", "ba", "tư", "năm", "sáu")


def lesson(number: int = 1, subject: str = "Toán", talk: int = 20) -> list[str]:
    """The lines of one lesson with all four parts of CV 2345."""
    return [
        f"Tiết {number}: {subject}",
        f"BÀI {number}: LUYỆN TẬP CHUNG",
        "I. YÊU CẦU CẦN ĐẠT",
        "- Học sinh biết vận dụng kiến thức đã học vào thực tế cuộc sống hằng ngày.",
        "- Góp phần hình thành năng lực tự chủ, tự học; phẩm chất chăm chỉ, trách nhiệm.",
        "II. ĐỒ DÙNG DẠY HỌC",
        "- Giáo viên: máy tính, ti vi, phiếu học tập. Học sinh: sách giáo khoa, vở.",
        "III. CÁC HOẠT ĐỘNG DẠY HỌC CHỦ YẾU",
        "Hoạt động của giáo viên\tHoạt động của học sinh",
        *(_TALK[row % len(_TALK)] for row in range(talk)),
        "IV. ĐIỀU CHỈNH SAU BÀI DẠY (nếu có)",
        "." * 80,
    ]


def week_of_lessons(lessons: int = 12, talk: int = 20) -> list[str]:
    """Lessons from Monday to Friday, without a date."""
    lines: list[str] = []
    for number in range(lessons):
        day = number * 5 // lessons
        if not number or day != (number - 1) * 5 // lessons:
            lines.append(f"Thứ {DAYS[day]}")
        lines += lesson(number % 5 + 1, _SUBJECTS[number % len(_SUBJECTS)], talk)
    return lines


def paged(lines: Sequence[str], rows: int = 46, running: str = "") -> list[list[str]]:
    """`lines` cut into pages, each beginning with the running head."""
    head = [running] if running else []
    step = rows - len(head)
    return [[*head, *lines[at : at + step]] for at in range(0, len(lines), step)]


def word_plan(target: Path, lines: Sequence[str], running: str = "") -> Path:
    """Write `lines` as a Word-like file."""
    file = WordFile()
    for page in paged(lines, running=running):
        file.page(page)
    return file.write(target)


WEEK_12 = ("KẾ HOẠCH BÀI DẠY LỚP 3A", "TUẦN 12", "(Từ ngày 23/11/2026 đến ngày 27/11/2026)")


def big_plan(target: Path, pages: int, size: int, head: Sequence[str] = WEEK_12) -> Path:
    """A plan with exactly so many pages and, with JPEG photos, about so many bytes; of week 12 by default."""
    sheets = paged([*head, *week_of_lessons(pages * 2, talk=28)], rows=34)[:pages]
    each = max(0, (size - 420_000) // pages // 1024)
    file = WordFile()
    for number, sheet in enumerate(sheets):
        file.page(sheet, photo(each, number) if each else b"")
    return file.write(target)
