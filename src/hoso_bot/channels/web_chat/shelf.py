"""Where the demo page's files lie: uploads and what the bot sent, under names nobody chose."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from hoso_bot.domain.errors import HosoError
from hoso_bot.domain.file_kinds import plain_name

_PDF = b"%PDF-"
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class FileTooBig(HosoError):
    """An upload is larger than the channel takes."""


@dataclass(frozen=True)
class FileCard:
    """A file in a bubble: `id` on the shelf, size in bytes, sha256 in hex, mime as its sender said."""

    id: str
    name: str
    size: int
    sha256: str
    mime: str


@dataclass(frozen=True)
class Shelf:
    """One directory, made on first use."""

    directory: Path

    def path(self, file_id: str) -> Path:
        """Where a file lies. Raises FileNotFoundError, also for any id this shelf did not make."""
        found = self.directory / file_id
        if not (_ID.fullmatch(file_id) and found.is_file()):
            raise FileNotFoundError(file_id)
        return found

    def copy(self, source: Path, name: str, mime: str = "") -> FileCard:
        """Keep a copy of `source`. Blocking. Raises OSError."""
        kept = self._new()
        size, sha256 = copy_durably(source, kept)
        return FileCard(kept.name, plain_name(name), size, sha256, mime or media_type(kept))

    async def receive(self, chunks: AsyncIterator[bytes], name: str, mime: str, limit: int) -> FileCard:
        """Stream an upload to disk. Raises FileTooBig above `limit` bytes; nothing stays behind then."""
        kept, digest, size = self._new(), hashlib.sha256(), 0
        try:
            with kept.open("wb") as writing:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > limit:
                        raise FileTooBig(max_bytes=limit)
                    digest.update(chunk)
                    writing.write(chunk)
                writing.flush()
                os.fsync(writing.fileno())
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        return FileCard(kept.name, plain_name(name), size, digest.hexdigest(), mime or media_type(kept))

    def _new(self) -> Path:
        self.directory.mkdir(parents=True, exist_ok=True)
        return self.directory / uuid.uuid4().hex


def media_type(path: Path) -> str:
    """What the first bytes say it is (PDF, JPEG or PNG), else plain bytes: a browser must not guess."""
    with path.open("rb") as opened:
        head = opened.read(len(_PDF))
    if head == _PDF:
        return "application/pdf"
    return next((m for s, m in _PICTURES.items() if head.startswith(s)), "application/octet-stream")


def copy_durably(source: Path, target: Path) -> tuple[int, str]:
    """Copy and fsync; returns bytes and SHA-256 (hex) of what was copied."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(1 << 20):
            digest.update(chunk)
            size += writing.write(chunk)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()
