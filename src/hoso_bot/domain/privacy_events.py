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
class ConsentRenewed(Tapped):
    """`Đồng ý` of a linked person to newer words; text: which."""

    text: str


@dataclass(frozen=True)
class ConsentRound(InternalEvent):
    """The daily look for people who agreed to older words only. day: ISO."""

    day: str
