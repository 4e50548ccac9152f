"""Pictures of pages: a small one of page 1 for a card in the chat, larger ones to read without a viewer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

import pypdfium2
from PIL import Image

Image.preinit()  # loads the JPEG writer now: the sandbox's children inherit it

_QUALITIES = (70, 50, 30)


class Size(NamedTuple):
    """What a picture may be at most: pixels, bytes."""

    width: int
    height: int
    bytes: int


_TO_SHOW = Size(800, 1600, 150_000)
_TO_READ = Size(1000, 2000, 250_000)


def draw_numbered(path: Path, number: int, target: Path) -> bool:
    """Draw page `number` (from 1) of a PDF to `target`, 1000 pixels wide; False where that cannot be."""
    document = pypdfium2.PdfDocument(path)
    if not 1 <= number <= len(document):
        return False
    return draw_page(document[number - 1], target, _TO_READ)


def draw_page(page: pypdfium2.PdfPage, target: Path, size: Size = _TO_SHOW) -> bool:
    """Draw `page` to `target` as a JPEG of at most `size`.

    False where pdfium gives up: a file is never refused because its picture failed.
    """
    try:
        width, height = page.get_size()
        scale = min(size.width / max(width, 1.0), size.height / max(height, 1.0))
        image = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil()
        packed = _packed(image, size.bytes)
    except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError):
        return False
    target.write_bytes(packed)
    return True


def _packed(image: Image.Image, most: int) -> bytes:
    """The image as JPEG in the best quality that is small enough; a page of noise is halved."""
    for quality in _QUALITIES:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=quality)
        if data.tell() < most:
            return data.getvalue()
    return _packed(image.reduce(2), most)
