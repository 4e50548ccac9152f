"""What can happen while a file is being signed with its signer's own tool."""

from __future__ import annotations

from dataclasses import dataclass

from hoso_bot.domain.events import FileSent, Tapped


@dataclass(frozen=True)
class FileReturned(FileSent):
    """A file that began as one sent out to be signed elsewhere. Submits nothing."""


@dataclass(frozen=True)
class ReturnDropped(Tapped):
    """`Hủy`: the file sent out is not waited for any longer; nothing is decided."""

    version_id: str
    step: int
