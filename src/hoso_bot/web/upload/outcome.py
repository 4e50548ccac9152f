"""What became of a file that came by a page, in the words the chat was told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hoso_bot import texts
from hoso_bot.domain.events import UploadStored
from hoso_bot.domain.page_upload import PageUpload
from hoso_bot.domain.submission import UploadState
from hoso_bot.lookups import Desk
from hoso_bot.store.aftermath import Aftermath, Aftermaths, Spoken
from hoso_bot.store.plans import Plans

CHATS = ("telegram", "zalo_oa", "zalo_bot", "web_chat")
_RECEIVED, _CARD = "file.received", "card.confirm"
_REFUSALS = ("file.", "upload.blocked", "rehearse.refused")
_OVER = (UploadState.CANCELLED, UploadState.REPLACED)


class State(StrEnum):
    """ready: waits for `Trình ký`. ask: a question waits in the chat. over: cancelled or replaced.

    answered: anything else the chat was told, such as a dry run's result.
    """

    CHECKING = "checking"
    READY = "ready"
    SUBMITTED = "submitted"
    ASK = "ask"
    REFUSED = "refused"
    OVER = "over"
    ANSWERED = "answered"
    TROUBLE = "trouble"


TONES = {
    State.READY: "good",
    State.SUBMITTED: "good",
    State.REFUSED: "bad",
    State.TROUBLE: "bad",
    State.ASK: "warn",
    State.OVER: "warn",
}


@dataclass(frozen=True)
class Outcome:
    """words: what the chat was told. chat: which one, as a key below `upload_page.chat`.

    told: the last of these messages, where there is one.
    """

    state: State
    words: tuple[str, ...]
    chat: str
    told: Spoken | None = None

    def facts(self) -> dict[str, Any]:
        """For the template."""
        tone = TONES.get(self.state, "")
        return {"state": self.state.value, "words": self.words, "chat": self.chat, "tone": tone}


def outcome_of(upload: PageUpload, desk: Desk) -> Outcome:
    """As it stands now."""
    after = Aftermaths(desk.db).of(f"page:{upload.id}:0")
    said = [one for one in after.said if one.person_id == upload.person_id and one.text]
    told = [one for one in said if one.text != _RECEIVED]
    channel = told[-1].address.channel if told else upload.address.channel
    words = tuple(texts.render(one.text, **one.facts) for one in told)
    state = _state(after, told, _upload_state(after, desk))
    return Outcome(state, words, channel if channel in CHATS else "other", told[-1] if told else None)


def _upload_state(after: Aftermath, desk: Desk) -> UploadState | None:
    """Of the upload the handlers made of it, where they made one."""
    stored = [work for work in after.work if work["type"] == UploadStored.__name__]
    return Plans(desk.db).upload(stored[-1]["upload_id"]).state if stored else None


def _state(after: Aftermath, told: list[Spoken], upload: UploadState | None) -> State:
    if after.is_parked:
        return State.TROUBLE
    if upload is UploadState.SUBMITTED:
        return State.SUBMITTED
    if upload in _OVER:
        return State.OVER
    if not told:
        return State.ANSWERED if after.is_over else State.CHECKING
    last = told[-1]
    if last.text.startswith(_REFUSALS):
        return State.REFUSED
    if upload is UploadState.READY and last.text == _CARD:
        return State.READY
    return State.ASK if last.has_buttons else State.ANSWERED
