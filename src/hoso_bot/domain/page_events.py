"""What can happen on the page of a message: the same as in its chat, by the same person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import InternalEvent, Tapped


@dataclass(frozen=True)
class PagePressed(InternalEvent):
    """A button, pressed on the page that this link opened."""

    link_id: str
    token: str


@dataclass(frozen=True)
class PageWritten(InternalEvent):
    """Words written there for the question that waits in the chat."""

    link_id: str
    text: str


@dataclass(frozen=True)
class BrowsersForgotten(Tapped):
    """`Gỡ các máy`: no browser shows this person's messages any more."""

    once: ClassVar[bool] = False
