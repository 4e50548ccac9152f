"""What can happen around a school year: the week table, who owes what, the rules, the registers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped

# --- behind a button -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RegisterChosen(Tapped):
    """Which register a file is for, asked only while several are open (R7)."""

    upload_id: str
    register: str


@dataclass(frozen=True)
class PartChangePressed(Tapped):
    """`Sửa lớp`, `Sửa môn`: the part that was read is not the right one."""

    once: ClassVar[bool] = False
    upload_id: str


@dataclass(frozen=True)
class PartChosen(Tapped):
    """Which class or subject a file is for (Q5), by button or typed; instead_of: id of an absent teacher."""

    upload_id: str
    part: str = ""
    instead_of: str = ""
    typed: str = ""


@dataclass(frozen=True)
class CalendarAsked(Tapped):
    """The next rows of the week table."""

    once: ClassVar[bool] = False
    start: int


@dataclass(frozen=True)
class CalendarEditAsked(Tapped):
    """Take these days (ISO) out, or give them to week `number`: shows what would move."""

    once: ClassVar[bool] = False
    days: list[str]
    number: int | None = None


@dataclass(frozen=True)
class CalendarEditConfirmed(Tapped):
    """`Xác nhận` under what would move. table: fingerprint of the week table that was shown."""

    year: str
    table: str
    days: list[str]
    number: int | None = None


@dataclass(frozen=True)
class CalendarEditDropped(Tapped):
    """`Để sau`: the week table stays as it is."""


@dataclass(frozen=True)
class MissingAsked(Tapped):
    """Who has not handed in for a week."""

    once: ClassVar[bool] = False
    year: str
    week: int


@dataclass(frozen=True)
class ExemptionEnded(Tapped):
    """Undo: the person owes these weeks again."""

    person_id: str
    year: str
    weeks: list[int]


@dataclass(frozen=True)
class RulesRead(Tapped):
    """`Đã đọc` under a change of the rules (R54)."""

    version_id: str


# --- owed by the bot to itself -------------------------------------------------------------------

OFFICE_LANE = "office"
"""What the office decided is told in the order it was decided."""


@dataclass(frozen=True)
class CalendarChanged(InternalEvent):
    """The week table was edited: everybody whose weeks move is told. moves: blanks, one a week."""

    year: str
    moves: list[dict[str, Any]]
    by: str


@dataclass(frozen=True)
class RulesChanged(InternalEvent):
    """A new version of the rules: everybody is told and asked to read it. changes: was and now a rule."""

    version_id: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True)
class RulesToKnow(InternalEvent):
    """Somebody linked a chat: they get the changes of the rules they have not read (R54, R56)."""

    person_id: str


@dataclass(frozen=True)
class WeekExempted(InternalEvent):
    """Somebody at the command line freed a person of weeks, or took it back: the person is told."""

    person_id: str
    weeks: list[int]
    reason: str
    undone: bool = False
