"""What both fakes of Zalo are about: people, the chats they have with one account, a clock of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """An answer that is not ok."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Impossible(Exception):
    """A person cannot do that."""


@dataclass
class Message:
    """One message in a transcript, as the person sees it. file_name: of a file that no account ever sees."""

    number: int
    by_bot: bool
    at: float
    revision: int
    text: str = ""
    buttons: list[Json] = field(default_factory=list)
    file_id: str = ""
    file_name: str = ""
    photo: bool = False

    def as_json(self, document: Json | None) -> Json:
        """As the person's phone shows it, `document` being its file."""
        return {
            "message_id": self.number,
            "from": "bot" if self.by_bot else "person",
            "date": int(self.at),
            "text": self.text,
            "buttons": [
                [{"label": key["title"], "data": key["payload"], "type": key["type"]}] for key in self.buttons
            ],
            "document": document,
            "photo": self.photo,
            "earlier": [],
            "silent": False,
            "deleted": False,
            "revision": self.revision,
        }


@dataclass
class Person:
    """A Zalo user and their chat with this account."""

    user_id: str
    name: str
    revision: int = 0
    messages: list[Message] = field(default_factory=list)


class Chats:
    """One account's. strictness: what was done that the fact sheet calls wrong; faults: to come."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self.calls: list[Json] = []
        self.strictness: list[str] = []
        self.faults: list[Json] = []
        self.revision = 0
        self.changed = asyncio.Condition()
        self._next = 0

    def now(self) -> float:
        """This world's clock, seconds since the epoch."""
        return time.time() + self.skipped

    async def wake(self) -> None:
        """Let everybody who waits for a change look again."""
        async with self.changed:
            self.changed.notify_all()

    def noted(self, code: int, why: str) -> Refused:
        """What the sheet says is wrong: noted, to be raised."""
        self.strictness.append(why)
        return Refused(code, why)

    def fault(self, is_meant: Any) -> Json:
        """The next fault whose `method` is meant, used up by this; {} without one."""
        for fault in self.faults:
            if fault["times"] > 0 and is_meant(fault.get("method", "")):
                fault["times"] -= 1
                return fault
        return {}

    def add(self, person: Person, **content: Any) -> Message:
        """Append a message to their chat."""
        self._next += 1
        self.revision += 1
        message = Message(self._next, revision=self.revision, at=self.now(), **content)
        person.messages.append(message)
        person.revision = self.revision
        return message
