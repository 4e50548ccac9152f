"""A first look at an uploaded file: is it a PDF, whole, open and harmless, and what does it say.

Runs inside the sandbox's child only. pdfium reads the text (20 times faster than the others),
pikepdf walks the objects that the review copy will be made of.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pypdfium2

from hoso_bot.domain import file_kinds, lesson_plan
from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.inspection import Inspection, Structure
from hoso_bot.pdf.active_content import find_active_content

_LETTERS_OF_A_TEXT_PAGE = 20
_LETTERS_OF_AN_EMPTY_PAGE = 4  # a page number or a running head in a scan is no text
_BIG_SHARE = 0.4  # of the page, from which on an image is the page
_LETTER = re.compile(r"[^\W\d_]")
_IMAGE = pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
_GLANCE = 20  # pages read of a file that is too long anyway


def warm() -> None:
    """Judge the commonest words and load what pdfium needs, so that the sandbox's children inherit it."""
    words = files("hoso_bot.sample").joinpath("lessons.toml").read_text(encoding="utf-8")
    lesson_plan.read([words], "")
    with contextlib.closing(pypdfium2.PdfDocument.new()) as document:
        page = document.new_page(100, 100)
        page.get_textpage().get_text_range()
        page.render(scale=0.1).to_pil()


class _Search(NamedTuple):
    """The document written anew in the open, its active content, a signature anywhere, ends of revisions."""

    normalised: bytes
    active: tuple[str, ...]
    signed: bool
    ends: int


@dataclass(frozen=True)
class OpenedFile:
    """A file as both parsers have it open: `objects` (pikepdf) to rewrite, `drawn` (pdfium) to read and draw.

    searched: what another thread finds in `objects` while pdfium reads; `objects` are its own until then.
    """

    path: Path
    pages: int
    objects: pikepdf.Pdf
    drawn: pypdfium2.PdfDocument
    searched: Future[_Search]
    _ends: dict[int, pypdfium2.PdfPage] = field(default_factory=dict)

    def page(self, number: int) -> pypdfium2.PdfPage:
        """One page in pdfium, 0-based; the first and the last are parsed once and kept for drawing."""
        if number not in (0, self.pages - 1):
            return self.drawn[number]
        if number not in self._ends:
            self._ends[number] = self.drawn[number]
        return self._ends[number]

    def close(self) -> None:
        """Free both documents; a process that ends anyway saves the time."""
        wait([self.searched])
        self.drawn.close()
        self.objects.close()

    @property
    def has_form(self) -> bool:
        """Whether pdfium sees form fields, whose values it draws only when asked before a page is parsed."""
        return bool(self.drawn.get_formtype() != pypdfium2.raw.FORMTYPE_NONE)


@dataclass(frozen=True)
class _Reading:
    """The text of the pages read, and which of these hold a big image."""

    texts: tuple[str, ...] = ()
    pictured: tuple[bool, ...] = ()


def inspect_file(path: Path, name: str, limits: Limits) -> Inspection:
    """Structure, facts and findings of the file at `path`, called `name` by its sender.

    Raises FileRefused: `file.empty`, `file.too_big` (mb, max_mb), `file.not_pdf` (kind), `file.broken`,
    `file.locked`.
    """
    with contextlib.closing(open_file(path, limits)) as file:
        return look_at(file, name, limits)


def open_file(path: Path, limits: Limits) -> OpenedFile:
    """The file parsed once, for everything that is done with it. Raises FileRefused like `inspect_file`."""
    _refuse_by_the_bytes(path, limits)
    objects = _opened(path)
    pages = _page_count(objects)
    beside = ThreadPoolExecutor(1)
    searched = beside.submit(_search, path, objects)
    beside.shutdown(wait=False)
    return OpenedFile(path, pages, objects, _drawn(path, searched, pages), searched)


def _search(path: Path, objects: pikepdf.Pdf) -> _Search:
    normalised = _normalised(objects)
    return _Search(normalised, *find_active_content(objects, normalised), _count_ends(path))


def look_at(file: OpenedFile, name: str, limits: Limits) -> Inspection:
    """Structure, facts and findings of an opened file."""
    seen = _read(file, file.pages if file.pages <= limits.max_pages else _GLANCE)
    found = file.searched.result()
    structure = Structure(
        size=file.path.stat().st_size,
        pages=file.pages,
        text_layer=_has_text(seen.texts),
        revisions=max(1, found.ends),
        signed=found.signed,
        ours=found.signed and _has_our_code(file.objects),
        active_content=found.active,
        blank_pages=_pages(not text and not image for text, image in _marks(seen)),
        scanned_pages=_pages(not text and image for text, image in _marks(seen)),
    )
    facts = lesson_plan.read(seen.texts, name)
    return Inspection(structure, facts, check(structure, facts, limits))


# --- before parsing ------------------------------------------------------------------------------


def _refuse_by_the_bytes(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size == 0:
        raise FileRefused("file.empty")
    with path.open("rb") as file:
        head = file.read(file_kinds.HEAD_BYTES)
        file.seek(-min(size, file_kinds.TAIL_BYTES), io.SEEK_END)
        tail = file.read()
    kind = _kind(path, head)
    if kind:
        raise FileRefused("file.not_pdf", kind=kind)
    if size > limits.max_bytes:
        raise FileRefused(
            "file.too_big", mb=round(size / 2**20, 1), max_mb=round(limits.max_bytes / 2**20, 1)
        )
    if not file_kinds.is_whole(tail):
        raise FileRefused("file.broken")


def _kind(path: Path, head: bytes) -> str:
    """What the file is when it is no PDF (`docx`, `jpg`, …, `unknown`), else empty."""
    kind = file_kinds.kind_of(head)
    return _zip_kind(path) if kind == "zip" else kind


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "zip"
    return file_kinds.zip_kind(names)


def _count_ends(path: Path) -> int:
    return path.read_bytes().count(b"%%EOF")


# --- structure -----------------------------------------------------------------------------------


def _opened(path: Path) -> pikepdf.Pdf:
    try:
        document = _opened_or_mended(path)
    except pikepdf.PasswordError:
        raise FileRefused("file.locked") from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise FileRefused("file.broken") from None
    if document.is_encrypted:
        document.close()
        raise FileRefused("file.locked")
    return document


def _opened_or_mended(path: Path) -> pikepdf.Pdf:
    """A damaged index is mended as every viewer does, unless pages got lost on the way."""
    try:
        return pikepdf.open(path, attempt_recovery=False)
    except pikepdf.PasswordError:
        raise
    except (pikepdf.PdfError, ValueError, RuntimeError):
        document = pikepdf.open(path)
    try:
        whole = len(document.pages) == int(document.Root.Pages.Count)
    except (AttributeError, TypeError, ValueError, RuntimeError, pikepdf.PdfError):
        whole = False
    if not whole:
        document.close()
        raise FileRefused("file.broken")
    return document


def _page_count(document: pikepdf.Pdf) -> int:
    try:
        pages = len(document.pages)
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, AttributeError):
        pages = 0
    if pages == 0:
        raise FileRefused("file.broken")
    return pages


def _has_our_code(document: pikepdf.Pdf) -> bool:
    """Our review copies carry the record code in the document information."""
    info = document.trailer.get("/Info")
    return isinstance(info, pikepdf.Dictionary) and "/HosoCode" in info


def _normalised(document: pikepdf.Pdf) -> bytes:
    """The document written anew, objects in the open: what cannot be written cannot become a review copy."""
    with tempfile.TemporaryDirectory() as room:
        copy = Path(room) / "anew"  # twice as fast as io.BytesIO: no Python call for every few bytes
        try:
            document.save(copy, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        except (pikepdf.PdfError, ValueError, RuntimeError, TypeError):
            raise FileRefused("file.broken") from None
        return copy.read_bytes()


# --- text ----------------------------------------------------------------------------------------


def _drawn(path: Path, searched: Future[_Search], pages: int) -> pypdfium2.PdfDocument:
    """The file in pdfium. When the two parsers count differently, the normalised copy decides."""
    for source in (lambda: path, lambda: searched.result().normalised):
        with contextlib.suppress(pypdfium2.PdfiumError):
            document = pypdfium2.PdfDocument(source())
            if len(document) == pages:
                return document
            document.close()
    raise FileRefused("file.broken")


def _read(file: OpenedFile, most: int) -> _Reading:
    """What is on the first `most` pages."""
    read = [_read_page(file, number) for number in range(min(file.pages, most))]
    return _Reading(tuple(text for text, _ in read), tuple(image for _, image in read))


def _read_page(file: OpenedFile, number: int) -> tuple[str, bool]:
    """The page's text and, where that is next to nothing, whether an image covers much of it."""
    try:
        page = file.page(number)
        text = str(page.get_textpage().get_text_range())
        return text, len(text) < _LETTERS_OF_AN_EMPTY_PAGE * 4 and _has_big_image(page)
    except pypdfium2.PdfiumError:
        return "", False


def _has_big_image(page: pypdfium2.PdfPage) -> bool:
    width, height = page.get_size()
    area = 0.0
    for image in page.get_objects(filter=[_IMAGE], max_depth=3):
        left, bottom, right, top = image.get_bounds()
        area += abs(right - left) * abs(top - bottom)
    return bool(area >= _BIG_SHARE * width * height)


def _marks(seen: _Reading) -> Iterator[tuple[bool, bool]]:
    """For each page read: has it letters, has it a big image."""
    for text, image in zip(seen.texts, seen.pictured, strict=True):
        yield _letters(text) >= _LETTERS_OF_AN_EMPTY_PAGE, image


def _pages(marks: Iterable[bool]) -> tuple[int, ...]:
    return tuple(number for number, mark in enumerate(marks, start=1) if mark)


def _letters(text: str) -> int:
    """Letters at the beginning of `text`; nobody asks for more than a few."""
    return len(_LETTER.findall(text[:400]))


def _has_text(texts: tuple[str, ...]) -> bool:
    return sum(map(_letters, texts)) >= _LETTERS_OF_A_TEXT_PAGE * max(1, len(texts))


warm()  # the sandbox imports this module once, then forks
