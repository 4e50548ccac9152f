"""Whether a file may still come before anybody fetches it: the sender's quota, and room on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hoso_bot.domain.events import DiskNearlyFull, FileSent
from hoso_bot.domain.messages import Message
from hoso_bot.domain.quota import DAY, Earlier
from hoso_bot.domain.rights import BOARD
from hoso_bot.unit_of_work import UnitOfWork

REACHED, NO_ROOM = "quota.reached", "quota.no_room"
PASSED = "attachment.passed"
"""In the log: a file that was looked at or passed on, and not handed in."""


def refused_unfetched(event: FileSent, uow: UnitOfWork) -> str:
    """The text key of why this file is not fetched; empty when it may come."""
    if uow.files.free() - (event.size or 0) < uow.policy.quota.kept_free:
        return NO_ROOM
    return REACHED if fits_from(event.size or 0, event.sent_at, uow) else ""


def fits_from(size: int, sent_at: datetime, uow: UnitOfWork) -> datetime | None:
    """From when on the sender's quota has room for a file, None for now. Board and office have no quota.

    By the platform's time of sending: what piled up while the bot was away is judged as it was sent.
    """
    if uow.actor.role in BOARD or uow.is_office(uow.actor):
        return None
    return uow.policy.quota.until(_earlier(sent_at - DAY, uow), size, sent_at)


def _earlier(since: datetime, uow: UnitOfWork) -> Sequence[Earlier]:
    """All that came of the sender since then: handed in, passed on, on its way by a page."""
    passed = [
        Earlier(datetime.fromisoformat(facts["sent_at"]), facts["size"])
        for facts in uow.recorded(PASSED, uow.actor.staff_id, since)
    ]
    by_page = uow.page_uploads.on_their_way(uow.actor.id, since)
    return sorted([*uow.plans.sent_since(uow.actor.id, since), *passed, *by_page])


def is_refused(event: FileSent) -> bool:
    """Whether the quota or the disk kept this file from being fetched: then `refusal` says so."""
    return event.fetch_error in (REACHED, NO_ROOM)


def note_passed(event: FileSent, uow: UnitOfWork) -> None:
    """A file that no upload will tell of: for support, to rehearse, to verify, a picture that explains."""
    size = event.size or (uow.files.size(event.sha256) if event.sha256 else 0)
    uow.record(PASSED, uow.actor.staff_id, sent_at=event.sent_at.isoformat(), size=size)


def refused_by_quota(name: str, size: int, sent_at: datetime, uow: UnitOfWork) -> dict[str, object] | None:
    """The facts of the refusal (REACHED), None where the file fits."""
    until = fits_from(size, sent_at, uow)
    return _facts(name, until, uow) if until else None


def _facts(name: str, until: datetime, uow: UnitOfWork) -> dict[str, object]:
    quota = uow.policy.quota
    return {"name": name, "files": quota.files, "mb": quota.bytes // 2**20, "until": until.isoformat()}


def refusal(event: FileSent, uow: UnitOfWork) -> Message:
    """The answer to who sent it; of a full disk the office hears, too."""
    uow.record("upload.refused_unfetched", uow.actor.staff_id, why=str(event.fetch_error))
    if event.fetch_error == NO_ROOM:
        uow.emit(DiskNearlyFull(), "disk")
        return Message(NO_ROOM, {"name": event.name})
    until = fits_from(event.size or 0, event.sent_at, uow) or event.sent_at
    return Message(REACHED, _facts(event.name, until, uow))
