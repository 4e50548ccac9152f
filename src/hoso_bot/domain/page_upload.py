"""A file on its way by the page of a one-time link, until it is one sent in the chat. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hoso_bot.domain.events import Address, InternalEvent

LINK_GOOD_FOR = timedelta(hours=24)
"""From an evening's trouble to the next evening; longer, a forwarded link would be somebody else's way in."""
CHUNK_BYTES = 512 * 2**10
"""What a dropped connection costs: seconds on a slow phone."""
MOST_UNFINISHED = 3
"""Files of one person that may lie unfinished; a fourth takes the oldest one's place."""
MOST_A_DAY = 40
"""Files one person may begin in 24 hours."""


class PageUploadState(StrEnum):
    """arrived: whole and durable, its event is kept; taken: handled in the chat; dropped: begun, given up."""

    RECEIVING = "receiving"
    ARRIVED = "arrived"
    TAKEN = "taken"
    DROPPED = "dropped"


@dataclass(frozen=True)
class PageUpload:
    """One file, for the chat its link came from.

    browser: hash of the cookie that began it, None where the browser keeps none. mark: how the browser knows
    the file again. size: bytes it will have. sha256: once arrived.
    """

    id: str
    link_id: str
    person_id: str
    address: Address
    browser: str | None
    mark: str
    name: str
    size: int
    state: PageUploadState
    begun_at: datetime
    arrived_at: datetime | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class PageFileArrived(InternalEvent):
    """A file is here, whole: for the handlers it is one sent in the chat of its link."""

    page_upload_id: str
