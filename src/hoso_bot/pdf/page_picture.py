"""A small picture of page 1, so that a card in the chat shows which file it is about."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
from PIL import Image

Image.preinit()  # loads the JPEG writer now: the sandbox's children inherit it

_WIDTH = 800  # pixels
_HEIGHT = 1600
_MOST_BYTES = 150_000
_QUALITIES = (70, 50, 30)


def draw_page(page: pypdfium2.PdfPage, target: Path) -> bool:
    """Draw `page` to `target` as a JPEG about 800 pixels wide and under 150 KB.

    False where pdfium gives up: a file is never refused because its picture failed.
    """
    try:
        width, height = page.get_size()
        scale = min(_WIDTH / max(width, 1.0), _HEIGHT / max(height, 1.0))
        image = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil()
        packed = _packed(image)
    except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError):
        return False
    target.write_bytes(packed)
    return True


def _packed(image: Image.Image) -> bytes:
    """The image as JPEG in the best quality that is small enough; a page of noise is halved."""
    for quality in _QUALITIES:
        data = io.BytesIO()
        image.save(data, "JPEG", quality=quality)
        if data.tell() < _MOST_BYTES:
            return data.getvalue()
    return _packed(image.reduce(2))
