"""What can happen around a case of R41: preparing it, explaining, deciding.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import FileSent, InternalEvent, Tapped

# --- preparing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseWanted(Tapped):
    """`Mở hồ sơ mới`: about whom?"""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class CaseGroupChosen(Tapped):
    """The group whose people shall be listed; '' for who has none."""

    once: ClassVar[bool] = False
    group: str


@dataclass(frozen=True)
class CasePersonChosen(Tapped):
    """By button, or name or staff id as `typed`."""

    once: ClassVar[bool] = False
    person_id: str = ""
    typed: str = ""


@dataclass(frozen=True)
class CaseAsked(Tapped):
    """Open one case."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class DetailAsked(Tapped):
    """Ask one thing (again). field: of `violation.Details`, or `day`, `kind`."""

    once: ClassVar[bool] = False
    case_id: str
    field: str


@dataclass(frozen=True)
class DetailGiven(Tapped):
    """The answer, by button (`value`) or as `typed`."""

    once: ClassVar[bool] = False
    case_id: str
    field: str
    value: str = ""
    typed: str = ""


@dataclass(frozen=True)
class DetailsOffered(Tapped):
    """`Sửa, bổ sung`: everything that can be said about the case."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class CaseDropped(Tapped):
    """`Hủy` while it is a draft."""

    case_id: str


@dataclass(frozen=True)
class InvitationAsked(Tapped):
    """`Mời giải trình`: until when?"""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class InvitationConfirmed(Tapped):
    case_id: str
    days: int


@dataclass(frozen=True)
class PapersAsked(Tapped):
    """The documents of a case: the invitation, or the record."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class PicturesAsked(Tapped):
    """The pictures of an explanation."""

    once: ClassVar[bool] = False
    case_id: str


# --- explaining ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExplanationBegun(Tapped):
    """`Giải trình`: what is written now is kept for the case, and goes to nobody yet."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class ExplanationWritten(Tapped):
    case_id: str
    typed: str = ""


@dataclass(frozen=True)
class ExplanationPicture(FileSent):
    """A picture sent while an explanation is being written."""

    case_id: str = ""


@dataclass(frozen=True)
class ExplanationShown(Tapped):
    """`Xem, sửa`: what was written so far."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class LineRemoved(Tapped):
    case_id: str
    line_id: str


@dataclass(frozen=True)
class ExplanationPaused(Tapped):
    """`Để sau`: what was written stays; the next words are for something else."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class ExplanationSent(Tapped):
    """`Gửi giải trình`."""

    case_id: str


@dataclass(frozen=True)
class NothingToExplain(Tapped):
    """`Không có ý kiến`: asks once more."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class NothingConfirmed(Tapped):
    case_id: str


# --- deciding ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RecordWanted(Tapped):
    """`Lập biên bản`: asks for conclusion, remedy, its day and the number."""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class RecordConfirmed(Tapped):
    """The decision itself."""

    case_id: str


@dataclass(frozen=True)
class ClearingWanted(Tapped):
    """`Không lập`: a word why?"""

    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class ClearingGiven(Tapped):
    """The decision that no record is made; typed: why, may be left out."""

    case_id: str
    typed: str = ""


@dataclass(frozen=True)
class AnnullingWanted(Tapped):
    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class AnnullingGiven(Tapped):
    """The record counts no more, for this reason."""

    case_id: str
    typed: str = ""


@dataclass(frozen=True)
class ObjectionWanted(Tapped):
    once: ClassVar[bool] = False
    case_id: str


@dataclass(frozen=True)
class ObjectionWritten(Tapped):
    """Words to look at once more before they are added."""

    case_id: str
    typed: str = ""


@dataclass(frozen=True)
class ObjectionSent(Tapped):
    case_id: str
    words: str


# --- owed by the bot to itself -------------------------------------------------------------------


@dataclass(frozen=True)
class ExplanationDue(InternalEvent):
    """The last day to explain began, or is `over`: who has to act hears of it."""

    case_id: str
    over: bool = False
