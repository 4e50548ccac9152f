"""What can happen around a chain of approvals: delegation, absence, withdrawal, lending, rehearsal.

Same three kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import FileSent, InternalEvent, Tapped


@dataclass(frozen=True)
class DialogueDropped(Tapped):
    """`Thôi`: whatever was being arranged is forgotten."""


# --- delegation (R34, Q12) -----------------------------------------------------------------------


@dataclass(frozen=True)
class DelegateChosen(Tapped):
    once: ClassVar[bool] = False
    taker_id: str


@dataclass(frozen=True)
class DelegationDated(Tapped):
    """Days by button (ISO `first`, `last`) or as `typed`."""

    once: ClassVar[bool] = False
    taker_id: str
    first: str = ""
    last: str = ""
    typed: str = ""


@dataclass(frozen=True)
class DelegationScoped(Tapped):
    """teacher_id: only this teacher's plans; empty: the whole group's."""

    once: ClassVar[bool] = False
    taker_id: str
    first: str
    last: str
    teacher_id: str = ""


@dataclass(frozen=True)
class DelegationConfirmed(Tapped):
    taker_id: str
    first: str
    last: str
    teacher_id: str = ""


@dataclass(frozen=True)
class DelegationCancelled(Tapped):
    delegation_id: str


# --- absence (Q23) -------------------------------------------------------------------------------


@dataclass(frozen=True)
class AbsenteeChosen(Tapped):
    once: ClassVar[bool] = False
    person_id: str


@dataclass(frozen=True)
class AbsenceDated(Tapped):
    """Days by button (ISO `first`, `last`) or as `typed`; this is the decision."""

    once: ClassVar[bool] = False
    person_id: str
    first: str = ""
    last: str = ""
    typed: str = ""


@dataclass(frozen=True)
class AbsenceCancelled(Tapped):
    absence_id: str


@dataclass(frozen=True)
class AbsenceKept(InternalEvent):
    """The office marked an absence (ISO days) at the command line, or took it back: people are told."""

    person_id: str
    first: str
    last: str
    undone: bool = False


@dataclass(frozen=True)
class DutyChanged(InternalEvent):
    """Who acts for this person changed, or changes now: deal missing cards, take back the others."""

    person_id: str


# --- a doubted signature (design section 5) ------------------------------------------------------


@dataclass(frozen=True)
class DoubtRechecked(InternalEvent):
    """The office asks to verify a doubted version again: it is released, or given back to its signer."""

    version_id: str


# --- after the last signature --------------------------------------------------------------------


@dataclass(frozen=True)
class FileUpgradeDue(InternalEvent):
    """An approved file wants evidence and a document timestamp; tries: how often it was tried in vain.

    renews: SHA-256 (hex) of a file that has them, but whose proof ends at `ends` (ISO 8601); else empty.
    """

    version_id: str
    tries: int = 0
    renews: str = ""
    ends: str = ""


# --- withdrawal (Q25) ----------------------------------------------------------------------------


@dataclass(frozen=True)
class WithdrawPressed(Tapped):
    once: ClassVar[bool] = False
    version_id: str


@dataclass(frozen=True)
class WithdrawConfirmed(Tapped):
    version_id: str


@dataclass(frozen=True)
class ReturnPressed(Tapped):
    """`Xin trả lại`: asks for the reason first."""

    once: ClassVar[bool] = False
    version_id: str


@dataclass(frozen=True)
class ReturnRequested(Tapped):
    version_id: str
    typed: str = ""


@dataclass(frozen=True)
class ReturnGranted(Tapped):
    """`Trả lại`: the plan goes back with the teacher's own reason."""

    version_id: str
    step: int
    reason: str


@dataclass(frozen=True)
class ReturnDeclined(Tapped):
    """`Giữ nguyên`: the plan stays where it is."""

    version_id: str
    step: int


# --- substitutes (Q21) ---------------------------------------------------------------------------


@dataclass(frozen=True)
class LenderChosen(Tapped):
    once: ClassVar[bool] = False
    teacher_id: str


@dataclass(frozen=True)
class LentPlanChosen(Tapped):
    once: ClassVar[bool] = False
    plan_id: str


@dataclass(frozen=True)
class PlanLent(Tapped):
    plan_id: str
    person_id: str


# --- rehearsal (/kiemtra) ------------------------------------------------------------------------


@dataclass(frozen=True)
class RehearsalAwaited(Tapped):
    """The next file of this chat is only to be looked at; a text instead of a file is `typed`."""

    typed: str = ""


@dataclass(frozen=True)
class FileToRehearse(FileSent):
    """A file that submits nothing."""


@dataclass(frozen=True)
class FileLeftOver(InternalEvent):
    """A fetched file was only looked at, or given up: its bytes go unless something refers to them."""

    sha256: str
