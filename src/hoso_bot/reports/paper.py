"""A document for paper, before it is a DOCX or a PDF: what stands on it, in which order. Pure.

The form is the one Vietnamese offices are used to (Decree 30/2020, annex I; domain sheet 6.2): A4, letterhead
in two columns, a serif face of 13 points, page numbers above from the second page on. Texts come in words
already; what a page cannot hold is taken out by `printable`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

TOP, BOTTOM, LEFT, RIGHT = 20.0, 20.0, 30.0, 15.0  # margins in millimetres
LANDSCAPE_TOP, LANDSCAPE_LEFT = 25.0, 20.0
SIZE, SMALL, TINY, LARGE = 13.0, 12.0, 9.5, 14.0  # letters, in points
TICKED, UNTICKED = "☑", "☐"

_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_KEPT_FORMATS = ("\u200d",)  # keeps composed emoji whole


class Align(Enum):
    """Where the lines of a paragraph stand."""

    JUSTIFIED = "justified"
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True)
class Letterhead:
    """Who speaks and for which state. left: the authority above, the school, … the last of them bold.

    right: the state's name and its motto, both bold. number, place_date: the line below, each may be ''.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    number: str = ""
    place_date: str = ""


@dataclass(frozen=True)
class Title:
    """The kind of document, and below it what it is about."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class Heading:
    """Numbered by `numbered`: level 1 as I, II, III; level 2 as 1, 2, 3 below it."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; lead: bold words before it. Line ends in it are kept."""

    text: str
    lead: str = ""
    align: Align = Align.JUSTIFIED
    italic: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Quote:
    """Somebody's words as they were written: set in, behind a rule, no quotation marks added."""

    text: str


@dataclass(frozen=True)
class Facts:
    """A table of two columns without a header: what, and how it is."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """share: of the width, in any unit that the other columns use too."""

    heading: str
    share: float
    centred: bool = False


@dataclass(frozen=True)
class Table:
    """Its header stands on every page it reaches."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Boxes:
    """Choices with a box each, ticked or not."""

    items: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Blanks:
    """Dotted lines to write on by hand, the first one behind `label`."""

    label: str = ""
    lines: int = 1


@dataclass(frozen=True)
class Signer:
    """A place to sign by hand. note: in italics below the role; name: printed below the room for the hand."""

    role: str
    note: str = ""
    name: str = ""


@dataclass(frozen=True)
class Signatures:
    """Places to sign, side by side and on one page."""

    signers: tuple[Signer, ...]


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG. width: in millimetres, never more than the page has; caption: below it."""

    image: bytes
    width: float = 160.0
    caption: str = ""


@dataclass(frozen=True)
class NewPage:
    """What follows begins a new page, upright or across."""

    landscape: bool = False


Block = (
    Letterhead
    | Title
    | Heading
    | Paragraph
    | Quote
    | Facts
    | Table
    | Boxes
    | Blanks
    | Signatures
    | Picture
    | NewPage
)


@dataclass(frozen=True)
class Paper:
    """One document. name: its title in the file's properties; author: the school.

    mark: a word that stands at the top of every page, such as that it is void. foot: small, below every page.
    landscape: how the first page lies.
    """

    name: str
    author: str
    made_at: datetime
    blocks: tuple[Block, ...]
    mark: str = ""
    foot: str = ""
    landscape: bool = False


def numbered(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks, every heading with its number before its words."""
    chapter = section = 0
    for block in blocks:
        if not isinstance(block, Heading):
            yield block
        elif block.level == 1:
            chapter, section = chapter + 1, 0
            yield replace(block, text=f"{_roman(chapter)}. {block.text}")
        else:
            section += 1
            yield replace(block, text=f"{section}. {block.text}")


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        while number >= value:
            text, number = text + sign, number - value
    return text


def printable(text: str) -> str:
    """`text` composed (NFC), with its line ends, without what neither XML nor a page can hold."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ")
    return "".join(letter for letter in composed if _is_printable(letter))


def _is_printable(letter: str) -> bool:
    return letter == "\n" or letter in _KEPT_FORMATS or unicodedata.category(letter)[0] != "C"


def box(ticked: bool) -> str:
    """The sign of a box."""
    return TICKED if ticked else UNTICKED
