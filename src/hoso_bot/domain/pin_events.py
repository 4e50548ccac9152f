"""What can happen around a signer's PIN (custody `pin`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped
from hoso_bot.domain.queue_events import Places


@dataclass(frozen=True)
class PinAsked(Tapped):
    """`Nhập mã PIN`: a decision waits for it."""

    once: ClassVar[bool] = False
    version_id: str
    step: int


@dataclass(frozen=True)
class PinTyped(Tapped):
    """The answer, sealed to the signing desk: this process never reads it.

    kept: who made up what is typed, when it is not ours and may look in any way (`Signer.asks_for`).
    together: every decision that waits for it, when it is not that one alone (R31).
    """

    secret: ClassVar[bool] = True
    version_id: str
    step: int
    typed: str = ""
    kept: str = ""
    together: Places = field(default_factory=list)


@dataclass(frozen=True)
class NewPinTyped(Tapped):
    """A first PIN, asked twice; `first` is the sealed first answer. together: as in PinTyped."""

    secret: ClassVar[bool] = True
    version_id: str
    step: int
    first: str = ""
    typed: str = ""
    together: Places = field(default_factory=list)


@dataclass(frozen=True)
class WindowClosed(Tapped):
    """`Đóng cửa sổ ký`: the next signature asks for the PIN again."""


@dataclass(frozen=True)
class PinFromPage(InternalEvent):
    """A PIN typed on its one-time page, sealed; `again` for a first one."""

    link_id: str
    typed: str
    again: str = ""


@dataclass(frozen=True)
class SignerRevoked(InternalEvent):
    """The office ended a signer's key: its open window ends with it."""

    key_id: str
