"""The stamp's letters: Liberation Serif, cut down once to what a Vietnamese school writes.

The review copy embeds the two faces once, under `REGULAR` and `BOLD` of the form's default resources. Glyph
ids are those of the shipped font files, so a signature's appearance made later, in another process, addresses
the same font object with plain Identity-H codes and adds no font bytes of its own.
fontTools is imported where a font file is read: most processes only want the names (0.2 s and 10 MB each).
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
REGULAR = "/HosoSerif"
BOLD = "/HosoSerifBold"
FILES = MappingProxyType({REGULAR: "LiberationSerif-Regular.ttf", BOLD: "LiberationSerif-Bold.ttf"})
VIETNAMESE = (
    "".join(map(chr, range(0x1EA0, 0x1EFA))) + "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý" + "ĂăĐđĨĩŨũƠơƯưÂâÊêÔô"
)
SIGNS = "–—…“”‘’•·°«»×"
LETTERS = "".join(sorted({*map(chr, range(0x20, 0x7F)), *VIETNAMESE, *SIGNS}))
REPLACEMENT = "?"


@dataclass(frozen=True)
class Face:
    """One shipped font: character -> glyph id, glyph id -> width (1/1000 em), and its PDF descriptor."""

    name: str
    glyphs: MappingProxyType[str, int]
    widths: MappingProxyType[int, int]
    descriptor: MappingProxyType[str, Any]

    def encode(self, text: str) -> bytes:
        """Identity-H codes (two bytes each); a letter the font lacks becomes `REPLACEMENT`."""
        return b"".join(self._glyph(letter).to_bytes(2, "big") for letter in readable(text))

    def width(self, text: str, size: float) -> float:
        """Length of one line at `size`, in points."""
        return sum(self.widths[self._glyph(letter)] for letter in readable(text)) * size / 1000

    def _glyph(self, letter: str) -> int:
        return self.glyphs.get(letter, self.glyphs[REPLACEMENT])


def readable(text: str) -> str:
    """The text as it can be drawn on one line: composed (NFC), control characters and line ends as spaces."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in composed)


@lru_cache(maxsize=2)
def face(resource: str) -> Face:
    """The face behind a resource name. Raises ValueError when the shipped file lacks a Vietnamese letter."""
    from fontTools.ttLib import TTFont

    font = TTFont(FOLDER / FILES[resource], lazy=True)
    cmap, units = font.getBestCmap(), font["head"].unitsPerEm
    missing = [letter for letter in LETTERS if ord(letter) not in cmap]
    if missing:
        raise ValueError(f"{FILES[resource]} lacks {''.join(missing)}")
    glyphs = {letter: font.getGlyphID(cmap[ord(letter)]) for letter in LETTERS}
    metrics = font["hmtx"].metrics
    widths = {gid: round(metrics[cmap[ord(letter)]][0] * 1000 / units) for letter, gid in glyphs.items()}
    return Face(
        name="HOSOVN+" + font["name"].getDebugName(6),
        glyphs=MappingProxyType(glyphs),
        widths=MappingProxyType(widths),
        descriptor=MappingProxyType(_descriptor(font, bold=resource == BOLD)),
    )


def _descriptor(font: TTFont, *, bold: bool) -> dict[str, Any]:
    """Font descriptor entries of ISO 32000-1 table 122, in 1/1000 em."""
    head, hhea, scale = font["head"], font["hhea"], 1000 / font["head"].unitsPerEm
    box = (head.xMin, head.yMin, head.xMax, head.yMax)
    return {
        "/Flags": 0b100010,  # serif, non-symbolic
        "/FontBBox": [round(value * scale) for value in box],
        "/ItalicAngle": 0,
        "/Ascent": round(hhea.ascent * scale),
        "/Descent": round(hhea.descent * scale),
        "/CapHeight": round(font["OS/2"].sCapHeight * scale),
        "/StemV": 140 if bold else 80,
    }


@lru_cache(maxsize=2)
def subset(resource: str) -> bytes:
    """The font file to embed: only `LETTERS`, same glyph ids, no hints and no layout tables."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(retain_gids=True, hinting=False, notdef_outline=True, layout_features=[])
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "gasp", "FFTM"]
    font = TTFont(FOLDER / FILES[resource], recalcTimestamp=False)  # same bytes every time
    cutter = Subsetter(options)
    cutter.populate(gids=list(face(resource).widths))
    cutter.subset(font)
    for table in {"cmap", "name", "post", "OS/2"} & set(font.keys()):  # glyphs are addressed by id
        del font[table]
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


@lru_cache(maxsize=2)
def to_unicode(resource: str) -> bytes:
    """The ToUnicode CMap, so that a stamp can be searched and copied (ISO 32000-1, 9.10.3)."""
    pairs = sorted((gid, ord(letter)) for letter, gid in face(resource).glyphs.items())
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for block in blocks:
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{gid:04X}> <{code:04X}>" for gid, code in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


@lru_cache(maxsize=2)
def widths_array(resource: str) -> list[Any]:
    """The /W entry: runs of neighbouring glyph ids with their widths (ISO 32000-1, 9.7.4.3)."""
    array: list[Any] = []
    last = -2
    for gid, width in sorted(face(resource).widths.items()):
        if gid != last + 1:
            array += [gid, []]
        array[-1].append(width)
        last = gid
    return array


def warm() -> None:
    """Prepare both faces and subsets in this process (about half a second), before children are forked."""
    for resource in FILES:
        face(resource)
        subset(resource)
        to_unicode(resource)
        widths_array(resource)
