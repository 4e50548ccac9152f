"""Whether a file may still come before anybody fetches it: the sender's quota, and room on the disk."""

from __future__ import annotations

from datetime import datetime

from hoso_bot.domain.events import DiskNearlyFull, FileSent
from hoso_bot.domain.messages import Message
from hoso_bot.domain.quota import DAY
from hoso_bot.domain.rights import BOARD
from hoso_bot.unit_of_work import UnitOfWork

REACHED, NO_ROOM = "quota.reached", "quota.no_room"


def refused_unfetched(event: FileSent, uow: UnitOfWork) -> str:
    """The text key of why this file is not fetched; empty when it may come."""
    if uow.files.free() - (event.size or 0) < uow.policy.quota.kept_free:
        return NO_ROOM
    return REACHED if fits_from(event, uow) else ""


def fits_from(event: FileSent, uow: UnitOfWork) -> datetime | None:
    """From when on the sender's quota has room for it, None for now. Board and office have no quota.

    By the platform's time of sending: what piled up while the bot was away is judged as it was sent.
    """
    if uow.actor.role in BOARD or uow.is_office(uow.actor):
        return None
    earlier = uow.plans.sent_since(uow.actor.id, event.sent_at - DAY)
    return uow.policy.quota.until(earlier, event.size or 0, event.sent_at)


def refusal(event: FileSent, uow: UnitOfWork) -> Message:
    """The answer to who sent it; of a full disk the office hears, too."""
    uow.record("upload.refused_unfetched", uow.actor.staff_id, why=str(event.fetch_error))
    if event.fetch_error == NO_ROOM:
        uow.emit(DiskNearlyFull(), "disk")
        return Message(NO_ROOM, {"name": event.name})
    quota, until = uow.policy.quota, fits_from(event, uow) or event.sent_at
    facts = {"name": event.name, "files": quota.files, "mb": quota.bytes // 2**20, "until": until.isoformat()}
    return Message(REACHED, facts)
