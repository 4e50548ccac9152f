"""Two versions of a plan, page by page. Runs inside the sandbox's child only."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pypdfium2

from hoso_bot.domain.comparison import PageChanges, compare_pages
from hoso_bot.domain.errors import FileRefused

_LETTERS_OF_A_TEXT_PAGE = 20
_SMALL = 0.35  # of 72 dpi: enough to tell two scans apart


def compare_files(old: Path, new: Path) -> PageChanges:
    """Changed, added and removed pages: by their words, or by a small picture of a page without words.

    Raises FileRefused for a file that cannot be opened.
    """
    return compare_pages(_pages(old), _pages(new))


def _pages(path: Path) -> list[str]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        raise FileRefused("file.broken") from None
    try:
        return [_fingerprint(document[number]) for number in range(len(document))]
    finally:
        document.close()


def _fingerprint(page: pypdfium2.PdfPage) -> str:
    """The page's words without their layout (a moved line break is no change), else its picture's hash."""
    words = unicodedata.normalize("NFC", page.get_textpage().get_text_bounded()).split()
    if sum(map(len, words)) >= _LETTERS_OF_A_TEXT_PAGE:
        return " ".join(words)
    bitmap = page.render(scale=_SMALL, grayscale=True, may_draw_forms=False)
    return hashlib.sha256(bytes(bitmap.buffer)).hexdigest()
