"""What can happen to plans on record: looked up, verified, printed, re-validated.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import FileSent, InternalEvent, Tapped

# --- verifying (/kiemchung) ----------------------------------------------------------------------


@dataclass(frozen=True)
class SignatureCheckAwaited(Tapped):
    """The next file of this chat is only verified; a text instead of a file is `typed`."""

    typed: str = ""


@dataclass(frozen=True)
class FileToVerify(FileSent):
    """A file whose signatures are judged: asked for, or one of our own coming back. Submits nothing."""


@dataclass(frozen=True)
class SignaturesAsked(Tapped):
    """`Kiểm tra chữ ký` on the card of an upload that carries signatures."""

    once: ClassVar[bool] = False
    upload_id: str


# --- the files of a plan (/hoso) -----------------------------------------------------------------


@dataclass(frozen=True)
class PlansAsked(Tapped):
    """Somebody's plans, latest week first, after the `skip` newest."""

    once: ClassVar[bool] = False
    teacher_id: str
    skip: int = 0


@dataclass(frozen=True)
class ColleaguesAsked(Tapped):
    """Whose plans may I see?"""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class PrintCopyAsked(Tapped):
    """`Bản in` (R40)."""

    once: ClassVar[bool] = False
    version_id: str


# --- the archive, by night -----------------------------------------------------------------------


@dataclass(frozen=True)
class ArchiveNightBegan(InternalEvent):
    """It is time to validate a slice of the archive again; `night` is its local day (ISO)."""

    night: str


@dataclass(frozen=True)
class ArchivedFileDue(InternalEvent):
    """One file of the slice."""

    version_id: str


@dataclass(frozen=True)
class ArchiveNightEnded(InternalEvent):
    """The slice is through; since when it was worked on (ISO moment)."""

    night: str
    began: str
