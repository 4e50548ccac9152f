"""What Telegram knows of one bot: chats, messages, files, updates that wait. No HTTP here.

Behaviour follows tdlib/telegram-bot-api (Bot API 10.0). Seconds, bytes, text lengths in UTF-16 units.
"""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MESSAGE_KEPT = 86_400.0
TAP_KEPT = 150.0
FUTURE_OFFSET = 10  # TQueue.cpp: beyond it an offset counts as not given
TAP_ANSWERABLE = 15.0  # no official number; the community says seconds to a minute
FILE_LINK_KEPT = 3_600.0
DEFAULT_HIDDEN_UPDATES = ("chat_member", "message_reaction", "message_reaction_count")
TOKEN = re.compile(r"[1-9]\d*:[A-Za-z0-9_-]{3,80}")


class Refused(Exception):
    """An answer of the Bot API that is not ok."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Impossible(Exception):
    """A person cannot do that (tap a button that is not there, write while having blocked the bot)."""


@dataclass
class StoredFile:
    """A file known to this bot. claimed: the size Telegram states, with no such bytes behind it."""

    file_id: str
    name: str
    mime: str
    body: bytes
    claimed: int | None = None

    @property
    def size(self) -> int:
        return len(self.body) if self.claimed is None else self.claimed

    def as_json(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": hashlib.sha256(self.file_id.encode()).hexdigest()[:15],
            "file_name": self.name,
            "mime_type": self.mime,
            "file_size": self.size,
        }


@dataclass
class ChatMessage:
    """One message in a transcript; `raw` is what the API shows of it. at: by the machine's clock, seconds."""

    raw: Json
    by_bot: bool
    revision: int
    silent: bool = False
    deleted: bool = False
    file: StoredFile | None = None
    earlier: list[str] = field(default_factory=list)
    at: float = field(default_factory=lambda: round(time.time(), 3))

    @property
    def text(self) -> str:
        return str(self.raw.get("text", self.raw.get("caption", "")))

    @property
    def buttons(self) -> list[list[Json]]:
        rows: list[list[Json]] = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    def as_json(self) -> Json:
        return {
            "message_id": self.raw["message_id"],
            "from": "bot" if self.by_bot else "person",
            "date": self.raw["date"],
            "at": self.at,
            "edit_date": self.raw.get("edit_date"),
            "text": self.text,
            "buttons": [
                [
                    {"label": key["text"], "data": key.get("callback_data"), "url": key.get("url")}
                    for key in row
                ]
                for row in self.buttons
            ],
            "document": self._document(),
            "photo": "photo" in self.raw,
            "earlier": self.earlier,
            "silent": self.silent,
            "deleted": self.deleted,
            "revision": self.revision,
        }

    def _document(self) -> Json | None:
        if self.file is None:
            return None
        return {**self.file.as_json(), "sha256": hashlib.sha256(self.file.body).hexdigest()}


@dataclass
class Chat:
    """A private chat; its id is the person's."""

    person: Json
    blocked: bool = False
    revision: int = 0
    messages: list[ChatMessage] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.person["id"])

    @property
    def as_chat(self) -> Json:
        return {
            "type": "private",
            **{k: v for k, v in self.person.items() if k not in ("is_bot", "language_code")},
        }


@dataclass
class Pending:
    """An update that was not confirmed yet."""

    update: Json
    expires: float
    chat_id: int


@dataclass
class Tap:
    """A callback query that the bot may answer."""

    chat_id: int
    data: str
    at: float
    answered: Json | None = None


class World:
    """Everything one bot token sees. Made on the token's first use."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.skipped = 0.0
        self.bot = _bot(token)
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.file_links: dict[str, tuple[str, float]] = {}
        self.pending: list[Pending] = []
        self.taps: dict[str, Tap] = {}
        self.calls: list[Json] = []
        self.faults: list[Json] = []
        self.webhook: Json = {}
        self.allowed_updates: list[str] = []
        self.commands: list[Json] = []
        self.poller = 0
        self.last_poll: tuple[int, float] = (-1, 0.0)
        self.next_conflict = self.next_webhook = 0.0
        self.revision = 0
        self.changed = asyncio.Condition()
        self._next_update, self._next_message = random.randrange(10**8, 9 * 10**8), 0

    # --- time and change -------------------------------------------------------------------------

    def now(self) -> float:
        """This world's clock, seconds since the epoch; `skip` moves it ahead."""
        return time.time() + self.skipped

    async def wake(self) -> None:
        """Let everybody who waits for a change look again."""
        async with self.changed:
            self.changed.notify_all()

    # --- chats and messages ----------------------------------------------------------------------

    def chat(self, chat_id: int) -> Chat:
        """The chat of a person who wrote before. Raises Impossible."""
        if chat_id not in self.chats:
            raise Impossible(f"nobody with id {chat_id} ever wrote to this bot")
        return self.chats[chat_id]

    def chat_with(self, person: Json) -> Chat:
        """The chat of this person, opened when it is the first time."""
        known = self.chats.setdefault(int(person["id"]), Chat(person))
        known.person.update(person)
        return known

    def new_message(
        self, chat: Chat, *, by_bot: bool, date: float | None = None, **content: Any
    ) -> ChatMessage:
        """Append a message; message ids are one sequence for all private chats of a bot."""
        self._next_message += 1
        raw = {
            "message_id": self._next_message,
            "from": self.bot if by_bot else chat.person,
            "chat": chat.as_chat,
            "date": int(self.now() if date is None else date),
            **content,
        }
        message = ChatMessage(raw, by_bot, 0)
        chat.messages.append(message)
        self.touch(chat, message)
        return message

    def touch(self, chat: Chat, message: ChatMessage) -> None:
        """Mark a message as just changed."""
        self.revision += 1
        chat.revision = message.revision = self.revision

    def find(self, chat: Chat, message_id: int) -> ChatMessage | None:
        """A message that still exists."""
        alive = (m for m in chat.messages if m.raw["message_id"] == message_id and not m.deleted)
        return next(alive, None)

    # --- files -----------------------------------------------------------------------------------

    def new_file(
        self, name: str, body: bytes, mime: str | None = None, claimed: int | None = None
    ) -> StoredFile:
        """Keep bytes under a file_id that only this bot can use."""
        file_id = f"BQACAgUAAx{random.getrandbits(192):048x}"
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.files[file_id] = StoredFile(file_id, name, mime or guessed, body, claimed)
        return self.files[file_id]

    def link(self, file: StoredFile) -> str:
        """A download path, valid for an hour."""
        path = f"documents/file_{len(self.file_links)}{_ending(file.name)}"
        self.file_links[path] = (file.file_id, self.now() + FILE_LINK_KEPT)
        return path

    def linked(self, path: str) -> StoredFile | None:
        """The file behind a download path that has not expired."""
        file_id, expires = self.file_links.get(path, ("", 0.0))
        return self.files.get(file_id) if expires > self.now() else None

    # --- updates ---------------------------------------------------------------------------------

    def push(self, kind: str, body: Json, chat_id: int, kept: float = MESSAGE_KEPT) -> Json | None:
        """Queue an update unless the bot did not ask for its kind."""
        wanted = kind in self.allowed_updates if self.allowed_updates else kind not in DEFAULT_HIDDEN_UPDATES
        return self.push_raw({kind: body}, chat_id, kept) if wanted else None

    def push_raw(self, body: Json, chat_id: int, kept: float = MESSAGE_KEPT) -> Json:
        """Queue any update, however strange; it gets an update_id unless it brings one."""
        if "update_id" not in body:
            self._next_update += 1
            body = {"update_id": self._next_update, **body}
        self._next_update = body["update_id"]
        self.pending.append(Pending(body, self.now() + kept, chat_id))
        return body

    def waiting(self) -> list[Pending]:
        """Unconfirmed updates that have not expired, oldest first."""
        now = self.now()
        self.pending = [item for item in self.pending if item.expires > now]
        return self.pending

    def confirm(self, offset: int) -> None:
        """Forget what `offset` confirms: all below it, or all but the last -offset."""
        waiting = self.waiting()
        if 0 < offset <= self._next_update + FUTURE_OFFSET:
            self.pending = [item for item in waiting if item.update["update_id"] >= offset]
        elif offset < 0:
            self.pending = waiting[offset:]


def units(text: str) -> int:
    """Length as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bot(token: str) -> Json:
    number = int(token.split(":")[0])
    return {
        "id": number,
        "is_bot": True,
        "first_name": "Hoso",
        "username": f"hoso_{number}_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def _ending(name: str) -> str:
    return "." + name.rsplit(".", 1)[1] if re.search(r"\.\w{1,8}$", name) else ""
