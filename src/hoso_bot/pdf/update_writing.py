"""Incremental updates of signed files: how they are written, where their hole is, how they reach the disk."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from hoso_bot.domain.errors import SigningFailed

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


class UpdateWriter(IncrementalPdfFileWriter):  # type: ignore[misc]
    """An incremental writer that adds what it is asked for and nothing else."""

    IO_CHUNK_SIZE = 2**20

    def _update_meta(self) -> None:
        """Leave document information alone: pyHanko would rewrite its dates and producer."""


def hole(data: bytes, behind: int) -> tuple[int, int]:
    """(first, behind last) position of the hex digits of the one signature behind `behind` bytes.

    Raises SigningFailed when the update has no single ByteRange around everything else.
    """
    found = list(_BYTE_RANGE.finditer(data, behind))
    if len(found) != 1:
        raise SigningFailed("the update holds no single plain ByteRange")
    start, end, rest = (int(number) for number in found[0].groups())
    if not behind < start < end or end + rest != len(data):
        raise SigningFailed("the ByteRange does not cover everything but the signature")
    return start + 1, end - 1


def filled(data: bytes, behind: int, contents: bytes) -> bytes:
    """`data` with these contents (DER) in its hole, zeros behind. Raises SigningFailed without room."""
    start, end = hole(data, behind)
    if 2 * len(contents) > end - start:
        raise SigningFailed(f"{len(contents)} bytes do not fit into the room of {(end - start) // 2}")
    return data[:start] + contents.hex().encode().ljust(end - start, b"0") + data[end:]


def store_file(data: bytes, target: Path) -> None:
    """Write beside `target`, fsync, move into place, fsync the folder."""
    making = target.with_name(f".{target.name}.{os.getpid()}")
    with making.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    making.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
