"""A first look at an uploaded file: is it a PDF, whole, open and harmless, and what does it say.

Runs inside the sandbox's child only. pdfium reads the text (20 times faster than the others),
pikepdf walks the objects that the review copy will be made of.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2

from hoso_bot.domain import lesson_plan
from hoso_bot.domain.checks import Limits, check
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.inspection import Inspection, Structure
from hoso_bot.pdf.active_content import find_active_content

_LETTERS_OF_A_TEXT_PAGE = 20
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


def inspect_file(path: Path, name: str, limits: Limits) -> Inspection:
    """Structure, facts and findings of the file at `path`, called `name` by its sender.

    Raises FileRefused: `file.empty`, `file.too_big` (mb, max_mb), `file.not_pdf` (kind), `file.broken`,
    `file.locked`.
    """
    _refuse_by_the_bytes(path, limits)
    with _opened(path) as document:
        pages = _page_count(document)
        normalised = _normalised(document)
        active, signed = find_active_content(document)
        ours = signed and _has_our_code(document)
    texts = _texts(path, normalised, pages, pages if pages <= limits.max_pages else _GLANCE)
    structure = Structure(
        size=path.stat().st_size,
        pages=pages,
        text_layer=_has_text(texts),
        revisions=max(1, _count_ends(path)),
        signed=signed,
        ours=ours,
        active_content=active,
    )
    facts = lesson_plan.read(texts, name)
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
    return len(re.findall(rb"%%EOF", path.read_bytes()))


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
    """The document written anew: what cannot be written cannot become a review copy."""
    copy = io.BytesIO()
    try:
        document.save(copy)
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError):
        raise FileRefused("file.broken") from None
    return copy.getvalue()


# --- text ----------------------------------------------------------------------------------------


def _texts(path: Path, normalised: bytes, pages: int, most: int) -> tuple[str, ...]:
    """Text of the first `most` pages. When the two parsers count differently, the normalised copy decides."""
    for source in (path, normalised):
        found, texts = _read_texts(source, pages, most)
        if found == pages:
            return texts
    raise FileRefused("file.broken")


def _read_texts(source: Path | bytes, pages: int, most: int) -> tuple[int, tuple[str, ...]]:
    """Pages that pdfium counts and, when these are `pages`, their text."""
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError:
        return 0, ()
    try:
        count = len(document)
        if count != pages:
            return count, ()
        return count, tuple(_read_page(document, number) for number in range(min(count, most)))
    finally:
        document.close()


def _read_page(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
        text = page.get_textpage()
        return str(text.get_text_range())
    except pypdfium2.PdfiumError:
        return ""


def _has_text(texts: tuple[str, ...]) -> bool:
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    return letters >= _LETTERS_OF_A_TEXT_PAGE * max(1, len(texts))
