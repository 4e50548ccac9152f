"""What can happen, as plain data that survives a restart.

Three kinds share one inbox: what a person did in a chat (`ChatEvent`), what a button stands for
(`Tapped`: the button row carries the event it will cause), and what the bot owes itself
(`InternalEvent`: "this upload waits to be looked at", "this step was approved: sign it").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True)
class Address:
    """One private chat: channel name (`telegram`, `zalo_oa`, `zalo_bot`, `web_chat`), its own chat id."""

    channel: str
    chat_id: str

    @property
    def is_group(self) -> bool:
        """Whether many people read there: Telegram's groups and channels have negative ids."""
        return self.channel == "telegram" and self.chat_id.startswith("-")

    @property
    def world(self) -> str:
        """The people's name of it: a Zalo account is one, whether it meets us as an OA or as a bot."""
        return "zalo" if self.channel.startswith("zalo_") else self.channel


@dataclass(frozen=True)
class Event:
    """Anything a handler can be called with."""


@dataclass(frozen=True)
class InternalEvent(Event):
    """Owed work; nobody typed it."""


@dataclass(frozen=True)
class Tapped(Event):
    """Stored behind a button or a question; happens when the right person answers.

    `once`: a decision is taken by one tap only; a mere look or question may be tapped again.
    `secret`: the answer is sealed before it is kept, and taken off the chat.
    """

    once: ClassVar[bool] = True
    secret: ClassVar[bool] = False

    def with_words(self, typed: str) -> Event | None:
        """What it stands for with these words typed behind it; None: it takes none."""
        return None


@dataclass(frozen=True)
class ChatEvent(Event):
    """Somebody did something in a private chat.

    `sent_at` is the chat platform's own time (UTC): our downtime is not the teacher's fault (R11, Q1).
    """

    origin: Address
    sent_at: datetime
    message_ref: str


# --- in a chat -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class CommandSent(ChatEvent):
    """`/start CODE`, `/choduyet`: name without the slash, lower case; the rest as typed."""

    name: str
    argument: str = ""


@dataclass(frozen=True)
class TextSent(ChatEvent):
    """reply_to: the channel's own id of the message in this chat that it answers, '' for none."""

    text: str
    reply_to: str = ""


UNSEEN = "unseen"
"""Kind of what somebody sent and the platform does not show: mostly the plan."""


@dataclass(frozen=True)
class FileSent(ChatEvent):
    """A file as announced; its bytes are fetched into the file store before the handler runs.

    kind: `document`, or what else the person sent (`photo`, `video`, `voice`, `sticker`, `other`, UNSEEN).
    size: announced bytes, None when the channel does not say. sha256: set once fetched.
    reply_to: as in TextSent.
    """

    remote_id: str
    name: str
    kind: str = "document"
    size: int | None = None
    sha256: str | None = None
    fetch_error: str | None = None
    caption: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class ButtonTapped(ChatEvent):
    """words: typed behind what stands for the button, '' for none."""

    token: str
    words: str = ""


@dataclass(frozen=True)
class ChatClosed(ChatEvent):
    """The person blocked the bot or left."""


@dataclass(frozen=True)
class ChatReopened(ChatEvent):
    """The person let the bot back in."""


# --- behind a button or a question ---------------------------------------------------------------


@dataclass(frozen=True)
class ConsentGiven(Tapped):
    invite_id: str


@dataclass(frozen=True)
class ConsentRefused(Tapped):
    invite_id: str


@dataclass(frozen=True)
class SubmitPressed(Tapped):
    """`Trình ký`: hand in this upload for this week (R21)."""

    upload_id: str


@dataclass(frozen=True)
class WeekChangePressed(Tapped):
    """`Sửa`: the week that was read is not the right one."""

    once: ClassVar[bool] = False
    upload_id: str


@dataclass(frozen=True)
class WeekChosen(Tapped):
    upload_id: str
    week: int | None = None
    typed: str = ""


@dataclass(frozen=True)
class UploadCancelled(Tapped):
    upload_id: str


@dataclass(frozen=True)
class ApprovePressed(Tapped):
    """`Ký duyệt`: asks for the confirmation; signs nothing yet."""

    once: ClassVar[bool] = False
    version_id: str
    step: int


@dataclass(frozen=True)
class ApprovalConfirmed(Tapped):
    """`Xác nhận`: the decision itself (R30)."""

    version_id: str
    step: int


@dataclass(frozen=True)
class RejectPressed(Tapped):
    once: ClassVar[bool] = False
    version_id: str
    step: int

    def with_words(self, typed: str) -> Event | None:
        """The reason in the same line (R29)."""
        return ReasonGiven(self.version_id, self.step, typed)


@dataclass(frozen=True)
class ReasonGiven(Tapped):
    """A rejection with its reason, word for word (R29)."""

    version_id: str
    step: int
    typed: str = ""


@dataclass(frozen=True)
class DecisionPutOff(Tapped):
    """`Để sau`: nothing decided; the card comes back."""

    version_id: str
    step: int


@dataclass(frozen=True)
class CardAsked(Tapped):
    """Open one item of the queue again."""

    once: ClassVar[bool] = False
    version_id: str
    step: int


@dataclass(frozen=True)
class SignedCopyAsked(Tapped):
    """`Bản đã duyệt` (R39)."""

    once: ClassVar[bool] = False
    version_id: str


@dataclass(frozen=True)
class SupportAsked(Tapped):
    """`Hỗ trợ` (R47)."""

    once: ClassVar[bool] = False


# --- owed by the bot to itself -------------------------------------------------------------------


@dataclass(frozen=True)
class UploadStored(InternalEvent):
    """A fetched file waits to be looked at in the sandbox."""

    upload_id: str


@dataclass(frozen=True)
class StepApproved(InternalEvent):
    """A leader decided; the signature has to be made. tries: how often the signer's token was away."""

    version_id: str
    step: int
    tries: int = 0


@dataclass(frozen=True)
class SignatureMade(InternalEvent):
    """A signature was recorded; every signature of the file has to be validated before delivery."""

    version_id: str
    step: int


@dataclass(frozen=True)
class WorkGivenUp(InternalEvent):
    """Owed work (as `to_json` wrote it) was parked after its last try: who waits for it has to hear."""

    work: dict[str, Any]


@dataclass(frozen=True)
class MessageUndeliverable(InternalEvent):
    """A message reached a person on no channel: the office has to know.

    channel: whose chat is gone (blocked, deleted); '' where the chat is good but may not be written to now
    (`silent`: the person has to write first). Older rows have neither: all chats are gone. fleeting: it was a
    reminder or notice.
    """

    person_id: str
    why: str
    channel: str = ""
    silent: bool = False
    fleeting: bool = False


@dataclass(frozen=True)
class WorkParked(InternalEvent):
    """A row was given up; what: the kind of owed work, `chat` for what a person sent."""

    row: int
    what: str


@dataclass(frozen=True)
class MessageParked(InternalEvent):
    """A message was given up for what it is, not for whom it is for. person_id: '' for a chat of nobody."""

    person_id: str = ""


@dataclass(frozen=True)
class DiskNearlyFull(InternalEvent):
    """A file was not taken because too little of the disk is left."""


@dataclass(frozen=True)
class FilesOutOfReach(InternalEvent):
    """Work has waited for the store of files for a while. since: when the oldest of it came (ISO)."""

    since: str


@dataclass(frozen=True)
class ChannelTrouble(InternalEvent):
    """A channel sends nothing until the administrator acts. code: the platform's; 0: log in again."""

    channel: str
    code: int = 0


@dataclass(frozen=True)
class BudgetUsed(InternalEvent):
    """So many percent of what may be paid for messages in this month (`2026-11`) are gone: 80, or all."""

    channel: str
    month: str
    percent: int


def _subclasses(kind: type[Event]) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {kind.__name__: kind}
    for sub in kind.__subclasses__():
        found.update(_subclasses(sub))
    return found


def to_json(event: Event) -> dict[str, Any]:
    """A Tapped or InternalEvent as JSON data: `{"type": class name, field: value, …}`."""
    return {"type": type(event).__name__, **vars(event)}


def from_json(data: dict[str, Any]) -> Event:
    """The event written by `to_json`. Raises KeyError for a type this version does not know."""
    fields = dict(data)
    return _subclasses(Event)[fields.pop("type")](**fields)
