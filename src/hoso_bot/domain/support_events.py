"""What can happen in a support conversation (R45..R48).

Same kinds as in `events`; imported by `handlers`, so that a stored one can be read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hoso_bot.domain.events import FileSent, InternalEvent, Tapped


@dataclass(frozen=True)
class SupportLine(Tapped):
    """What the person writes now goes to the support contact, into their own ticket."""

    typed: str = ""


@dataclass(frozen=True)
class SupportAnswer(Tapped):
    """What a helper writes now goes to who asked this ticket."""

    ticket_id: str
    typed: str = ""


@dataclass(frozen=True)
class SupportFileSent(FileSent):
    """A file or picture in a support conversation. ticket_id: a helper answers it; '' for a question."""

    ticket_id: str = ""


@dataclass(frozen=True)
class SupportLeft(Tapped):
    """`Thôi`: what is written next is not for the support contact."""

    once: ClassVar[bool] = False


@dataclass(frozen=True)
class StrayForwarded(Tapped):
    """Words that were no answer to anything go to the support contact after all."""

    text: str


@dataclass(frozen=True)
class TicketAsked(Tapped):
    """A helper opens one ticket of the list."""

    once: ClassVar[bool] = False
    ticket_id: str


@dataclass(frozen=True)
class AnswerAsked(Tapped):
    """`Trả lời`: the next message of this helper answers the ticket."""

    once: ClassVar[bool] = False
    ticket_id: str


@dataclass(frozen=True)
class TicketClosed(Tapped):
    """`Đã xong`, by either side."""

    ticket_id: str


# --- a PDF in a conversation: a plan or a question? ------------------------------------------------


@dataclass(frozen=True)
class FileMeantForSupport(Tapped):
    """`Gửi cho hỗ trợ`."""

    file_id: str


@dataclass(frozen=True)
class FileMeantAsPlan(Tapped):
    """`Nộp KHBD`."""

    file_id: str


@dataclass(frozen=True)
class FileUndecided(InternalEvent):
    """Nobody said what a PDF was meant for: it is taken as a plan, which is never lost."""

    file_id: str


@dataclass(frozen=True)
class PlanFileKept(InternalEvent):
    """A PDF that came in a support conversation is a plan to hand in, as of when it was sent (ISO 8601)."""

    person_id: str
    channel: str
    chat_id: str
    message_ref: str
    sent_at: str
    sha256: str
    name: str
    size: int


# --- by the clock --------------------------------------------------------------------------------


@dataclass(frozen=True)
class TicketUnanswered(InternalEvent):
    """A day has gone by since the moment `since` (ISO 8601): who still waits is brought to the principal."""

    ticket_id: str
    since: str
