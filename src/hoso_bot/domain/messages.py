"""What the bot says, before it is words: a text key, its facts, buttons and perhaps a file.

Rendering happens in the sender (texts.py), so handlers hold no Vietnamese and the outbox no markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hoso_bot.domain.events import Tapped


@dataclass(frozen=True)
class Button:
    """A button as a handler sees it: `label` is a text key, `causes` what a tap does."""

    label: str
    causes: Tapped
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attachment:
    """A stored file to send: content hash, the name people see, bytes."""

    sha256: str
    name: str
    size: int


@dataclass(frozen=True)
class Message:
    """One message: text key, JSON-able facts for the blanks, rows of buttons, at most one file.

    picture: shown before it, where the channel can; a picture that fails never keeps the message back.
    fleeting: a reminder or notice, asked about again before it is sent: never at night, never out of date.
    silent: arrives without a sound at any hour, where the channel can.
    """

    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()
    attachment: Attachment | None = None
    picture: Attachment | None = None
    fleeting: bool = False
    silent: bool = False


BUTTONS_ONLY = Message("")
"""As an edit: the words of the earlier message stay, its buttons go."""

ERASED = "erased"
"""Text key of an order to take a person's own message (fact `ref`) off the chat; nobody reads it."""

NOTHING_NEW = "nothing_new"
"""Marks the change of a card that need not be said where nothing can change: only the buttons go, or whoever
acted is answered anyway."""


@dataclass(frozen=True)
class Key:
    """A button as a channel sees it: words and an opaque token of at most 64 bytes."""

    label: str
    token: str


@dataclass(frozen=True)
class Parcel:
    """One outgoing message as a channel sees it: rendered, addressed, ready.

    edits: the channel's own reference of an earlier message to change instead of sending a new one.
    path: local file to attach. picture: local JPEG to show before it. silent: deliver without a sound
    where the channel can. erases: reference of a message of the person's own to take off the chat.
    footer: how to answer where buttons may stay unseen, under everything else that is said.
    """

    chat_id: str
    text: str
    keys: tuple[tuple[Key, ...], ...] = ()
    path: str | None = None
    file_name: str | None = None
    edits: str | None = None
    silent: bool = False
    picture: str | None = None
    erases: str | None = None
    footer: str = ""

    def with_footer(self, text: str) -> str:
        """These words, and the footer under them."""
        return "\n\n".join(filter(None, (text, self.footer)))


@dataclass(frozen=True)
class Abilities:
    """What a chat world can do beyond sending; the sender makes up for the rest.

    edits: an earlier message can change; else new words come as a new message, and buttons merely go dead.
    erases: a person's own message can be taken off the chat; else they are asked to do it themselves.
    typed_answers: buttons may stay unseen, so every message also says what to type instead.
    buttons: a message can have some; else it has a page with them (and what to type).
    sends_up_to: bytes of the largest file that can be sent; a message with a larger one has such a page too.
    receives_files: a file that is sent here arrives; else files are handed in on a page of their own.
    free_window: how long after a person's last sign of life they may be written to; None: for ever.
    """

    edits: bool = True
    erases: bool = True
    typed_answers: bool = False
    buttons: bool = True
    sends_up_to: int | None = None
    receives_files: bool = True
    free_window: timedelta | None = None


@dataclass(frozen=True)
class Sent:
    """Delivered; `ref` is the channel's own message id, needed to edit it later."""

    ref: str


@dataclass(frozen=True)
class Template:
    """A message in a form the platform approved, for who was silent too long for any other.

    phone: `84…`, for who cannot be addressed by chat; '' for none. id: the platform's; values: of its blanks.
    """

    chat_id: str
    phone: str
    id: str
    values: dict[str, str]
    tracking_id: str


@dataclass(frozen=True)
class Later:
    """Not delivered or unknown; try again after so many seconds (None: the sender's own backoff).

    refused: the platform said no, so nothing was delivered.
    """

    why: str
    after: float | None = None
    refused: bool = False


@dataclass(frozen=True)
class Gone:
    """Never deliverable to this chat as it is (blocked, deleted, refused by the platform)."""

    why: str
    person_left: bool = False


@dataclass(frozen=True)
class OutOfWindow:
    """The platform lets nobody write to who was silent for so long; another channel may."""

    why: str


@dataclass(frozen=True)
class Waits:
    """Kept until the person writes, who was told by a template that something waits."""

    why: str


Outcome = Sent | Later | Gone | OutOfWindow | Waits
