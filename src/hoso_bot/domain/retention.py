"""How long things are kept: the school's own choice; no law's number is known here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hoso_bot.domain.calendar import VN, school_year

_FIRST_MONTH = 8
"""A school year begins on 1 August."""


class Kind(StrEnum):
    """What has a time of its own.

    unsubmitted: files that were never handed in, with pictures and review copies. pictures: page 1 of files
    that were, once decided. messages: what inbox and outbox say, once settled, and spent buttons. support:
    conversations and requests, once closed. link_attempts: wrong codes. signed: the files of plans.
    """

    UNSUBMITTED = "unsubmitted"
    PICTURES = "pictures"
    MESSAGES = "messages"
    SUPPORT = "support"
    LINK_ATTEMPTS = "link_attempts"
    SIGNED = "signed"


SHORT_LIVED = tuple(kind for kind in Kind if kind is not Kind.SIGNED)
"""What goes by itself, at night. The files of plans go on the office's word only."""


@dataclass(frozen=True)
class Retention:
    """Days after which something goes; None: it is kept.

    signed_years: whole school years the files of a plan are kept after the one it was taught in.
    """

    unsubmitted_days: int | None = 30
    pictures_days: int | None = 60
    messages_days: int | None = 30
    support_days: int | None = 365
    link_attempts_days: int | None = 30
    signed_years: int | None = None

    def cutoff(self, kind: Kind, now: datetime) -> datetime | None:
        """What is older than this moment goes; None: nothing does."""
        if kind is Kind.SIGNED:
            return None if self.signed_years is None else self._first_year_kept(self.signed_years, now)
        days: int | None = getattr(self, f"{kind.value}_days")
        return None if days is None else now - timedelta(days=days)

    @staticmethod
    def _first_year_kept(years: int, now: datetime) -> datetime:
        start = int(school_year(now.astimezone(VN).date())[:4])
        return datetime(start - years, _FIRST_MONTH, 1, tzinfo=VN)


@dataclass(frozen=True)
class Hold:
    """Nothing of this person, or of this plan, goes while it lasts. One of the ids is set."""

    id: str
    reason: str
    made_at: datetime
    person_id: str | None = None
    plan_id: str | None = None
