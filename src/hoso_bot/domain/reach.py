"""Whom a chat takes words for, and until when: some chats close when their reader is silent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OFFICIAL_ACCOUNT = "zalo_oa"
FREE_WINDOW = timedelta(hours=48)
"""So long after a person's last sign of life a Zalo Official Account may write without paying."""
PAID_WINDOW = timedelta(days=7)
"""So long it may write at all; later only by a template (ZBS)."""


@dataclass(frozen=True)
class Window:
    """How long after somebody's last sign of life a chat world lets them be written to.

    free: for nothing. most: at the school's cost, the same where it does not pay; None: for ever.
    """

    free: timedelta
    most: timedelta | None


Windows = Mapping[str, Window]
"""By channel; a channel without one takes messages for ever."""


class Hurdle(StrEnum):
    """Why nothing reaches a person: no chat linked, every chat left or blocked, silent for too long."""

    NO_CHAT = "no_chat"
    CLOSED = "closed"
    SILENT = "silent"


@dataclass(frozen=True)
class Chat:
    """A linked chat. takes: it was not left or blocked; heard_at: the person's last sign of life in it."""

    channel: str
    takes: bool
    heard_at: datetime


def hurdle(chats: Sequence[Chat], at: datetime, windows: Windows) -> Hurdle | None:
    """Why a message at this moment would reach the person in none of these chats; None: it would."""
    if not chats:
        return Hurdle.NO_CHAT
    taking = [chat for chat in chats if chat.takes]
    if not taking:
        return Hurdle.CLOSED
    return None if any(_is_open(chat, at, windows) for chat in taking) else Hurdle.SILENT


def _is_open(chat: Chat, at: datetime, windows: Windows) -> bool:
    window = windows.get(chat.channel)
    return window is None or window.most is None or at - chat.heard_at <= window.most


def sign_helps(chats: Sequence[Chat], moments: Iterable[datetime], now: datetime, windows: Windows) -> bool:
    """Whether a sign of life now brings the person one of these messages that else nothing brings for free.

    Never where a chat stays open anyway, or where the person cannot be asked any more without paying.
    """
    free = [windows[chat.channel].free for chat in chats if chat.takes and chat.channel in windows]
    taking = [chat for chat in chats if chat.takes]
    if not taking or len(free) < len(taking):
        return False
    ends = max(chat.heard_at + length for chat, length in zip(taking, free, strict=True))
    return now <= ends and any(ends < moment <= now + max(free) for moment in moments)
