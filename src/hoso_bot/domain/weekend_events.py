"""What can happen around a weekend: reminders, their buttons, a week off, notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped

REMINDER_LANE = "reminders"

# --- behind a button -----------------------------------------------------------------------------


@dataclass(frozen=True)
class SnoozePressed(Tapped):
    """`Nhắc tôi sau 2 giờ` under a reminder of this week."""

    year: str
    week: int


@dataclass(frozen=True)
class SignGiven(Tapped):
    """`Đã rõ`: a sign of life before the weekend of this week, which keeps a chat open."""

    once: ClassVar[bool] = False
    year: str
    week: int


@dataclass(frozen=True)
class DraftAsked(Tapped):
    """Show the card of a file that waits for `Trình ký` again."""

    once: ClassVar[bool] = False
    upload_id: str


@dataclass(frozen=True)
class LeaveAsked(Tapped):
    """`Tuần này tôi nghỉ`: the head is asked for an exemption from this week (Q21)."""

    once: ClassVar[bool] = False
    year: str
    week: int


@dataclass(frozen=True)
class LeaveGranted(Tapped):
    """`Đồng ý` under somebody's request for a week off."""

    once: ClassVar[bool] = False
    request_id: str


@dataclass(frozen=True)
class LeaveDeclined(Tapped):
    """`Từ chối` under somebody's request for a week off."""

    once: ClassVar[bool] = False
    request_id: str


@dataclass(frozen=True)
class PowerCutConfirmed(Tapped):
    """`Xác nhận` under a notice of a power cut. day: ISO; note: the time of day, as typed."""

    day: str
    note: str


@dataclass(frozen=True)
class PowerCutDropped(Tapped):
    """`Để sau` under a notice of a power cut."""


# --- owed by the bot to itself -------------------------------------------------------------------


@dataclass(frozen=True)
class ReminderRound(InternalEvent):
    """Time went on: whoever is due is reminded. at: ISO moment of the tick, for the record."""

    at: str
