"""Support conversations (R45..R48): tickets, and what may be passed on from one person to another. Pure.

Whatever a person wrote reaches the other side as plain quoted words: every line is marked, nothing in it can
be tapped, and nothing invisible stays in it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

REOPENS_WITHIN = timedelta(days=1)
UNANSWERED_AFTER = timedelta(hours=24)
MOST_IN_A_ROW = 20
ROW = timedelta(minutes=10)
"""A person may pass on so many messages in so much time."""

MARK = "│ "
PIECE = 3000
"""UTF-16 units of one relayed message; its heading and a chat's limit of 4096 leave room for no more."""

_JOINER = "\N{WORD JOINER}"
_TAPPABLE = re.compile(r"(?<=:)(?=//)|(?<=(?<!\w)/)(?=\w)|(?<=@)(?=\w)|(?<=\w)(?=\.[^\W\d_]{2})")
_KEPT_FORMATS = "\N{ZERO WIDTH JOINER}"  # families and flags of emoji are made with it
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85\v\f]")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n+")
_LONGEST_LINE = 1000
_NAME = 80
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}$")
_DOCUMENTS = (".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".txt", ".csv", ".zip")
_MEDIA = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".gif", ".mp4", ".mov", ".ogg", ".oga", ".mp3", ".m4a")
PASSED_ON = frozenset(_DOCUMENTS + _MEDIA)
"""Kinds of files a school works with; programs and web pages are not passed on."""
_OF_KIND = {"photo": "anh.jpg", "video": "video.mp4", "voice": "ghi-am.ogg", "animation": "anh-dong.mp4"}
_OF_KIND |= {"video_note": "video.mp4", "audio": "am-thanh.mp3"}


class TicketKind(StrEnum):
    """question: to the support contact. data: to the office, about what is held of the asker."""

    QUESTION = "question"
    DATA = "data"


@dataclass(frozen=True)
class Ticket:
    """One question or request of one person, with everything said about it.

    waiting_since: the first message nobody answered yet. escalated_at: when the principal was asked.
    """

    id: str
    number: int
    asker_id: str
    opened_at: datetime
    waiting_since: datetime | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    kind: TicketKind = TicketKind.QUESTION

    @property
    def is_open(self) -> bool:
        """Whether nobody closed it."""
        return self.closed_at is None

    def takes_more(self, now: datetime) -> bool:
        """Whether a new message belongs to it: it is open, or was closed less than a day ago."""
        return self.closed_at is None or now - self.closed_at < REOPENS_WITHIN


@dataclass(frozen=True)
class Line:
    """One message of a ticket. file_name: empty when it carried no file."""

    author_id: str
    at: datetime
    text: str
    file_name: str = ""
    sha256: str | None = None


def plain(text: str) -> str:
    """Words without control, direction and other invisible characters; line ends are `\\n`."""
    unified = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    shown = "".join(c for c in unified if c in "\n\t" + _KEPT_FORMATS or unicodedata.category(c)[0] != "C")
    return _EMPTY_LINES.sub("\n\n", shown).strip()


def inert(text: str) -> str:
    """`plain`, with addresses, commands and names that no chat makes tappable; it reads the same."""
    return _TAPPABLE.sub(_JOINER, plain(text))


def quoted(text: str, most: int = PIECE) -> list[str]:
    """`inert` words as pieces of at most `most` UTF-16 units, every line of them marked; [] for no words."""
    pieces: list[str] = []
    for line in _marked(inert(text)):
        if pieces and _units(pieces[-1]) + _units(line) < most:
            pieces[-1] += "\n" + line
        else:
            pieces.append(line)
    return pieces


def _marked(text: str) -> list[str]:
    longest = _LONGEST_LINE
    lines = text.split("\n") if text else []
    return [MARK + line[at : at + longest] for line in lines for at in range(0, max(len(line), 1), longest)]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def first_words(text: str, most: int = 60) -> str:
    """The beginning of what somebody wrote, on one line."""
    line = " ".join(inert(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def passed_on_name(name: str, kind: str) -> str | None:
    """Under which name a file may be passed on; None for a kind that is not. A photo gets a name of ours."""
    last = re.split(r"[/\\]", plain(name).replace("\n", " "))[-1].strip(" .")
    found = _SUFFIX.search(last.lower())
    if found is None or found[0] not in PASSED_ON:
        return _OF_KIND.get(kind)
    return last[: -len(found[0])][:_NAME].rstrip(" .") + found[0]


def is_pdf(name: str, head: bytes) -> bool:
    """Whether it looks like a plan: a PDF by its name or by its first kilobyte (ISO 32000-1, H.3)."""
    return name.lower().endswith(".pdf") or b"%PDF-" in head
