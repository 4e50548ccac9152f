"""What a file is by its first and last bytes, before anybody parses it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

HEAD_BYTES, TAIL_BYTES = 1024, 2048
_LONGEST_NAME = 180
MAGIC = (
    (b"\xd0\xcf\x11\xe0", "doc"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"{\\rtf", "rtf"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
)
OFFICE_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
_ZIP, _PDF = b"PK\x03\x04", b"%PDF-"
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif")
_LOCK = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")
_ZIP_ENTRY = re.compile(rb"PK(?:\x03\x04.{26}|\x01\x02.{42})([a-z]+/)", re.DOTALL)


def kind_of(head: bytes) -> str:
    """What it is when it is no PDF (`doc`, `jpg`, `zip`, …, `unknown`), else empty; by its first kilobyte."""
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_ZIP):
        return "zip"
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS:
        return "heic"
    return "" if _PDF in head else "unknown"


def zip_kind(names: Iterable[str]) -> str:
    """What a ZIP is by the names in it: an Office file or just a ZIP."""
    names = list(names)
    return next((kind for folder, kind in OFFICE_FOLDERS if any(n.startswith(folder) for n in names)), "zip")


def is_whole(tail: bytes) -> bool:
    """Whether a PDF's last bytes are the end of one; a file that was cut off has other ones there."""
    return b"startxref" in tail or b"%%EOF" in tail


def is_locked(tail: bytes) -> bool:
    """Whether a PDF's last trailer says that it is encrypted. False where its end does not tell."""
    trailer = max(tail.rfind(b"trailer"), tail.rfind(b"/XRef"))
    if trailer < 0:
        return False
    start = max(0, trailer - 512) if tail[trailer : trailer + 5] == b"/XRef" else trailer
    return _LOCK.search(tail[start:]) is not None


def early_problem(size: int, head: bytes, tail: bytes) -> tuple[str, str]:
    """(text key, kind) of what is refused whatever stands between these ends; ('', '') for nothing.

    The same words as after a look at the whole file, which decides: here only what is sure.
    """
    if size == 0:
        return "file.empty", ""
    kind = kind_of(head[:HEAD_BYTES])
    if kind == "zip":
        kind = zip_kind(found.decode("ascii") for found in _ZIP_ENTRY.findall(head + tail))
    if kind:
        return "file.not_pdf", kind
    if not is_whole(tail[-TAIL_BYTES:]):
        return "file.broken", ""
    return ("file.locked", "") if is_locked(tail) else ("", "")


def plain_name(name: str, otherwise: str = "tep") -> str:
    """The last part of a file name without control characters, at most 180 characters."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return shown[-_LONGEST_NAME:] or otherwise
