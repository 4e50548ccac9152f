"""What can happen about a person's own data: looking, having it put right, taking the consent back.

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped

CONSENT_LANE = "consent"


@dataclass(frozen=True)
class WithdrawalAsked(Tapped):
    """`Rút đồng ý`: explains what ends and what stays; changes nothing."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class WithdrawalConfirmed(Tapped):
    """`Rút đồng ý ngay`: the chat is nobody's from this moment."""


@dataclass(frozen=True)
class WithdrawalDropped(Tapped):
    """`Thôi, giữ nguyên`."""


@dataclass(frozen=True)
class DataFileAsked(Tapped):
    """`Tải dữ liệu của tôi`."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class CorrectionAsked(Tapped):
    """`Xin sửa`: the next words of this chat say what is wrong."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class CorrectionTyped(Tapped):
    """What is wrong in what is held, in the person's own words."""

    typed: str = ""


@dataclass(frozen=True)
class RequestDropped(Tapped):
    """`Thôi`: nothing is asked, or answered, now."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class RequestsAsked(Tapped):
    """`Yêu cầu đang chờ`, by the office."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class RequestOpened(Tapped):
    """One request of the list."""

    once: ClassVar[bool] = False
    ticket_id: str


@dataclass(frozen=True)
class RequestMet(Tapped):
    """`Đã sửa`."""

    ticket_id: str


@dataclass(frozen=True)
class RequestDeclining(Tapped):
    """`Không sửa, vì …`: the next words of this chat say why."""

    once: ClassVar[bool] = False
    ticket_id: str


@dataclass(frozen=True)
class RequestDeclined(Tapped):
    """Why it is not put right, word for word."""

    ticket_id: str
    typed: str = ""


@dataclass(frozen=True)
class RequestOverdue(InternalEvent):
    """The time to answer is over, or it was over and another working day has begun."""

    ticket_id: str


@dataclass(frozen=True)
class ConsentRenewed(Tapped):
    """`Đồng ý` of a linked person to newer words; text: which."""

    text: str


@dataclass(frozen=True)
class ConsentRound(InternalEvent):
    """The daily look for people who agreed to older words only. day: ISO."""

    day: str
