"""The way around a chat that does not carry a file: a one-time link to a page that does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hoso_bot.casework.room import is_refused, refusal
from hoso_bot.domain.checks import Limits
from hoso_bot.domain.events import UNSEEN, FileSent
from hoso_bot.domain.messages import Message
from hoso_bot.domain.page_upload import LINK_GOOD_FOR
from hoso_bot.store.links import Purpose
from hoso_bot.unit_of_work import UnitOfWork

CHAT_MB = 20
"""What a chat carries at most: Telegram's bots, and files of a Zalo Official Account."""
PAGE_MB = Limits().max_bytes // 2**20


def link_facts(uow: UnitOfWork) -> dict[str, Any]:
    """The blanks `link`, `until`, `page_mb`: a fresh link for who caused this; '' without a public address.

    Earlier links stay good: somebody may be in the middle of one.
    """
    until = uow.now() + LINK_GOOD_FOR
    return {"link": _fresh_link(uow, until), "until": until.isoformat(), "page_mb": PAGE_MB}


def _fresh_link(uow: UnitOfWork, until: datetime) -> str:
    if not uow.policy.public_url or uow.origin is None or uow.person is None:
        return ""
    token, row = uow.links.new(Purpose.UPLOAD, uow.actor.id, uow.origin, {}, until)
    uow.change(row)
    return f"{uow.policy.public_url}/nop/{token}"


def no_document(event: FileSent, uow: UnitOfWork) -> Message:
    """What else was sent; of what the platform does not show at all, the page that takes it."""
    if event.kind == UNSEEN:
        return Message("file.unseen", link_facts(uow))
    return Message("file.not_a_document", {"kind": event.kind})


def did_not_come(event: FileSent, uow: UnitOfWork) -> Message:
    """Why the chat brought no bytes of this file, and the page that takes it."""
    if is_refused(event):
        return refusal(event, uow)
    size = event.size or 0
    facts = {"name": event.name, "mb": round(size / 2**20, 1)}
    if event.fetch_error != "file.too_big":
        return Message(event.fetch_error or "file.fetch_failed", {**facts, **link_facts(uow)})
    if size > PAGE_MB * 2**20 or not uow.policy.public_url:
        return Message("file.too_big", {**facts, "max_mb": PAGE_MB if uow.policy.public_url else CHAT_MB})
    return Message("file.too_big_for_chat", {**facts, **link_facts(uow), "chat_mb": CHAT_MB})
