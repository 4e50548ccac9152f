"""Everything an upload needs from one parse of it: inspection, picture of page 1, review copy.

Runs inside the sandbox's child only. The review copy says which week it is for, and that is known only when
the text has been read: the child asks in the middle and keeps both parsers' documents open meanwhile.
pdfium lets go of the interpreter and so does qpdf's writing to disk: each works in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pypdfium2

from hoso_bot.domain.checks import Limits
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import ReviewCopy, ReviewCopyOrder
from hoso_bot.pdf.approval_page import Bands, blank_bands
from hoso_bot.pdf.inspect import OpenedFile, look_at, open_file
from hoso_bot.pdf.page_picture import draw_page
from hoso_bot.pdf.review_copy import rewrite


def take_in_file(
    path: Path, name: str, limits: Limits, picture: Path, then: Callable[[Inspection], ReviewCopyOrder | None]
) -> ReviewCopy | None:
    """Inspect, tell `then`, draw page 1 at `picture`, make what `then` ordered.

    A file that something blocks gets neither. The file stays open: this process ends now, and freeing every
    page and font would only take time. Raises FileRefused.
    """
    file = open_file(path, limits)
    inspection = look_at(file, name, limits)
    order = then(inspection)
    if inspection.blocked:
        return None
    bands = _bands(file) if order else None
    with ThreadPoolExecutor(1) as beside:
        if bands is None:  # the review copy opens pdfium itself, and pdfium works for one thread at a time
            _draw(file, picture)
        else:
            beside.submit(_draw, file, picture)
        return rewrite(file.objects, order, bands) if order else None


def _draw(file: OpenedFile, picture: Path) -> bool:
    try:
        return draw_page(file.page(0), picture)
    except pypdfium2.PdfiumError:
        return False


def _bands(file: OpenedFile) -> Bands | None:
    """Where the last page is paper, None where that has to be looked up with form values drawn."""
    try:
        return None if file.has_form else blank_bands(file.page(file.pages - 1))
    except Exception:  # pdfium gave up; the review copy judges for itself
        return None
