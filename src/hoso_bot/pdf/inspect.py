"""A first look at an uploaded file: is it a PDF, whole, open and harmless, and what does it say.

Runs inside the sandbox's child only. pdfium reads the text (20 times faster than the others),
pikepdf walks the objects that the review copy will be made of.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pikepdf
import pypdfium2

from hoso_bot.domain import lesson_plan
from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.inspection import Inspection, Structure
from hoso_bot.pdf.active_content import find_active_content
from hoso_bot.pdf.page_picture import draw_first_page

_LETTERS_OF_A_TEXT_PAGE = 20
_LETTERS_OF_AN_EMPTY_PAGE = 4  # a page number or a running head in a scan is no text
_BIG_SHARE = 0.4  # of the page, from which on an image is the page
_LETTER = re.compile(r"[^\W\d_]")
_IMAGE = pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
_GLANCE = 20  # pages read of a file that is too long anyway
_MAGIC = (
    (b"\xd0\xcf\x11\xe0", "doc"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"{\\rtf", "rtf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
)
_OFFICE_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))


def warm() -> None:
    """Judge the commonest words and load what pdfium needs, so that the sandbox's children inherit it."""
    words = files("hoso_bot.sample").joinpath("lessons.toml").read_text(encoding="utf-8")
    lesson_plan.read([words], "")
    with contextlib.closing(pypdfium2.PdfDocument.new()) as document:
        page = document.new_page(100, 100)
        page.get_textpage().get_text_range()
        page.render(scale=0.1).to_pil()


@dataclass(frozen=True)
class _Reading:
    """What pdfium saw: its page count, the text of the pages read, and which of these hold a big image."""

    count: int
    texts: tuple[str, ...] = ()
    pictured: tuple[bool, ...] = ()


def inspect_file(path: Path, name: str, limits: Limits, picture: Path | None = None) -> Inspection:
    """Structure, facts and findings of the file at `path`, called `name` by its sender.

    With `picture` given, page 1 is also drawn there as a small JPEG, where it can be drawn at all.
    Raises FileRefused: `file.empty`, `file.too_big` (mb, max_mb), `file.not_pdf` (kind), `file.broken`,
    `file.locked`.
    """
    _refuse_by_the_bytes(path, limits)
    with _opened(path) as document:
        pages = _page_count(document)
        normalised = _normalised(document)
        active, signed = find_active_content(document, normalised)
        ours = signed and _has_our_code(document)
    seen = _seen(path, normalised, pages, pages if pages <= limits.max_pages else _GLANCE, picture)
    structure = Structure(
        size=path.stat().st_size,
        pages=pages,
        text_layer=_has_text(seen.texts),
        revisions=max(1, _count_ends(path)),
        signed=signed,
        ours=ours,
        active_content=active,
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
        head = file.read(1024)
        file.seek(-min(size, 2048), io.SEEK_END)
        tail = file.read()
    kind = _kind(path, head)
    if kind:
        raise FileRefused("file.not_pdf", kind=kind)
    if size > limits.max_bytes:
        raise FileRefused(
            "file.too_big", mb=round(size / 2**20, 1), max_mb=round(limits.max_bytes / 2**20, 1)
        )
    if b"startxref" not in tail and b"%%EOF" not in tail:
        raise FileRefused("file.broken")


def _kind(path: Path, head: bytes) -> str:
    """What the file is when it is no PDF (`docx`, `jpg`, …, `unknown`), else empty."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1"):
        return "heic"
    return "" if b"%PDF-" in head else "unknown"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return "zip"
    for folder, kind in _OFFICE_FOLDERS:
        if any(entry.startswith(folder) for entry in names):
            return kind
    return "zip"


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
    copy = io.BytesIO()
    try:
        document.save(copy, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError):
        raise FileRefused("file.broken") from None
    return copy.getvalue()


# --- text ----------------------------------------------------------------------------------------


def _seen(path: Path, normalised: bytes, pages: int, most: int, picture: Path | None) -> _Reading:
    """Text of the first `most` pages. When the two parsers count differently, the normalised copy decides."""
    for source in (path, normalised):
        reading = _read(source, pages, most, picture)
        if reading.count == pages:
            return reading
    raise FileRefused("file.broken")


def _read(source: Path | bytes, pages: int, most: int, picture: Path | None) -> _Reading:
    """Pages that pdfium counts and, when these are `pages`, what is on them; draws page 1 on the way."""
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError:
        return _Reading(0)
    try:
        count = len(document)
        if count != pages:
            return _Reading(count)
        read = [_read_page(document, number) for number in range(min(count, most))]
        if picture is not None:
            draw_first_page(document, picture)
        return _Reading(count, tuple(text for text, _ in read), tuple(image for _, image in read))
    finally:
        document.close()


def _read_page(document: pypdfium2.PdfDocument, number: int) -> tuple[str, bool]:
    """The page's text and, where that is next to nothing, whether an image covers much of it."""
    try:
        page = document[number]
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
