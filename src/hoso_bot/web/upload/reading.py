"""What a browser sends: a piece of a file, or a whole one in a form. Memory stays flat."""

from __future__ import annotations

from pathlib import Path

from aiohttp import BodyPartReader, web

from hoso_bot.domain.file_kinds import plain_name
from hoso_bot.domain.page_upload import CHUNK_BYTES

_FORGOTTEN = 4
"""So many times the limit is read of a file that is too big, then the connection ends."""


async def piece_of(request: web.Request) -> bytes:
    """The piece. Raises ValueError when it is longer than one."""
    data = bytearray()
    async for some in request.content.iter_chunked(2**16):
        data += some
        if len(data) > CHUNK_BYTES:
            raise ValueError
    return bytes(data)


async def form_of(request: web.Request, path: Path, most: int) -> tuple[str, str, int]:
    """The form's file to `path`: (which form, name of the file, its bytes). Raises ValueError for no file.

    Of what has more than `most` bytes the rest is read and forgotten: else the browser would show a broken
    connection instead of the page that says so.
    """
    if not request.content_type.startswith("multipart/"):
        raise ValueError
    form, name, size = "", "", 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "form":
            form = (await part.read_chunk(64)).decode("ascii", "replace")
        elif part.name == "file" and part.filename:
            name = plain_name(part.filename)
            with path.open("wb") as target:
                while some := await part.read_chunk(2**16):
                    size += len(some)
                    if size <= most:
                        target.write(some)
                    elif size > _FORGOTTEN * most:
                        break
    if not name:
        raise ValueError
    return form, name, size
