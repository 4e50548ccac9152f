"""Finds what a PDF could do besides being read, by walking its objects, never by searching bytes.

Only objects reachable from the trailer count: the review copy is made of them and of nothing else.
A tagged Word file has ten thousand of them, so the rewritten file is searched for the names first: qpdf
writes every reachable object in the open, names decoded. Only a file that holds one of them is walked,
as qpdf's JSON of each object, about 10 µs per object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf

_REFERENCE = re.compile(r"(\d+) (\d+) R")
_FILE_KEYS = {"/F", "/UF", "/DOS", "/Mac", "/Unix"}
_MEDIA = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}

Dictionary = dict[str, Any]


class _Objects:
    """The indirect objects of a document, by reference (`7 0 R`), as qpdf's JSON version 2:
    names as `/Name`, references as `7 0 R`, strings as `u:…` or `b:…`."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self._document = document

    def look(self, value: Any) -> tuple[Any, bool]:
        """The value itself when direct, else what it refers to; True when that is a stream."""
        match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if not match:
            return value, False
        found = self._document.get_object(int(match[1]), int(match[2]))
        if not isinstance(found, pikepdf.Object):
            return None, False
        plain = json.loads(found.to_json(dereference=True, schema_version=2))
        return plain, isinstance(found, pikepdf.Stream)

    def trailer(self) -> Any:
        return json.loads(self._document.trailer.to_json(dereference=True, schema_version=2))

    def dictionaries(self) -> Iterator[tuple[Dictionary, bool]]:
        """Every reachable dictionary, nested ones too; True marks the dictionary of a stream."""
        todo: list[Any] = [self.trailer()]
        seen: set[str] = set()
        while todo:
            value = todo.pop()
            if isinstance(value, str):
                if not _REFERENCE.fullmatch(value) or value in seen:
                    continue
                seen.add(value)
            value, stream = self.look(value)
            if isinstance(value, dict):
                yield value, stream
                todo.extend(value.values())
            elif isinstance(value, list):
                todo.extend(value)


_SUSPECT = re.compile(
    rb"/(?:JavaScript|JS|Rendition|Launch|AA|EF|XFA|RichMedia|Movie|Sound|Screen|3D|FFilter|ByteRange)"
    rb"(?![A-Za-z0-9_.#-])|/OpenAction(?!\s*\[)|/F(?:\s*[(<\[]|\s+\d+\s+\d+\s+R)"
)


def _is_suspect(rewritten: bytes) -> bool:
    """Whether a name worth a walk stands outside the data of streams."""
    at = 0
    while (begin := rewritten.find(b"stream\n", at)) >= 0:
        if _SUSPECT.search(rewritten, at, begin):
            return True
        at = rewritten.find(b"endstream", begin)
        if at < 0:
            return True
        at += len(b"endstream")
    return _SUSPECT.search(rewritten, at) is not None


def find_active_content(document: pikepdf.Pdf, rewritten: bytes) -> tuple[tuple[str, ...], bool]:
    """Sorted kinds of active content, and whether the file carries a signature.

    `rewritten`: the document as qpdf saves it without object streams.

    Kinds: `javascript`, `open_action`, `additional_action`, `launch`, `embedded_file`, `xfa`,
    `rich_media`, `external_stream` (design section 4).
    """
    if not _is_suspect(rewritten):
        return (), False
    kinds: set[str] = set()
    signed = False
    objects = _Objects(document)
    for entry, stream in objects.dictionaries():
        kinds.update(kind for kind, shows in _KINDS.items() if shows(entry, objects))
        if stream and ("/F" in entry or "/FFilter" in entry):
            kinds.add("external_stream")
        signed = signed or ("/ByteRange" in entry and "/Contents" in entry)
    return tuple(sorted(kinds)), signed


# Keys alone prove little: a font may be named /AA or /JS. Each test therefore looks at the shape too.


def _action(value: Any, objects: _Objects) -> str:
    """The type of an action dictionary (`/GoTo`), empty for anything else."""
    entry, _ = objects.look(value)
    if not isinstance(entry, dict) or entry.get("/Type") == "/StructElem":
        return ""
    kind, _ = objects.look(entry.get("/S"))
    return kind if isinstance(kind, str) else ""


def _javascript(entry: Dictionary, objects: _Objects) -> bool:
    return "/JS" in entry and _action(entry, objects) in ("/JavaScript", "/Rendition")


def _launch(entry: Dictionary, objects: _Objects) -> bool:
    programs = ("/F", "/Win", "/Unix", "/Mac")
    return _action(entry, objects) == "/Launch" and any(key in entry for key in programs)


def _open_action(entry: Dictionary, objects: _Objects) -> bool:
    if "/OpenAction" not in entry or "/Pages" not in entry:
        return False
    value, _ = objects.look(entry["/OpenAction"])
    return isinstance(value, dict) and "/S" in value and _action(value, objects) != "/GoTo"


def _additional_action(entry: Dictionary, objects: _Objects) -> bool:
    triggers, _ = objects.look(entry.get("/AA"))
    if not isinstance(triggers, dict):
        return False
    return any(_action(trigger, objects) not in ("", "/GoTo") for trigger in triggers.values())


def _embedded_file(entry: Dictionary, objects: _Objects) -> bool:
    files, _ = objects.look(entry.get("/EF"))
    return isinstance(files, dict) and not _FILE_KEYS.isdisjoint(files)


def _xfa(entry: Dictionary, objects: _Objects) -> bool:
    return "/XFA" in entry and "/Fields" in entry


def _rich_media(entry: Dictionary, objects: _Objects) -> bool:
    return entry.get("/Subtype") in _MEDIA and "/Rect" in entry


_KINDS: dict[str, Callable[[Dictionary, _Objects], bool]] = {
    "javascript": _javascript,
    "open_action": _open_action,
    "additional_action": _additional_action,
    "launch": _launch,
    "embedded_file": _embedded_file,
    "xfa": _xfa,
    "rich_media": _rich_media,
}
