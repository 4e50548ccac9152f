"""The school's own choices, as handlers need them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from hoso_bot.domain.lookup_code import spelled
from hoso_bot.domain.paying import Tariff
from hoso_bot.domain.quiet import Quiet
from hoso_bot.domain.quota import Quota
from hoso_bot.domain.reach import Windows
from hoso_bot.domain.reminder_times import Schedule
from hoso_bot.domain.retention import Retention
from hoso_bot.domain.scheme import Scheme
from hoso_bot.domain.signing import Algorithm


@dataclass(frozen=True)
class Policy:
    """What this school decided for itself.

    records_admin: staff id of the vice-principal of R24 (None: derived). support: staff id of who answers in
    the bot (None: the records admin); support_name, _phone, _zalo: what is shown instead (R47).
    confirm_hours: how long a received file keeps its arrival time. open_weeks: R12.
    max_link_tries per hour and chat. effective_after_first: the first signature is enough to teach by (Q6).
    custody: `server` or `pin`; window_minutes: how long one PIN is good for; algorithm: of new keys.
    public_url: where the world reaches the web pages, without a slash at its end; empty when it does not.
    timestamps: an authority is set. scheme: the school's own weights of figures. authority, place: of the
    letterhead, who is above the school and where it is. windows: chats that close on silence; tariff: what is
    paid for there. quota: what one person may send.
    """

    records_admin: str | None = None
    support: str | None = None
    support_name: str = ""
    support_phone: str = ""
    support_zalo: str = ""
    effective_week: int = 1
    open_weeks: int = 2
    effective_after_first: bool = False
    max_link_tries: int = 5
    question_minutes: int = 30
    custody: str = "server"
    window_minutes: int = 10
    algorithm: Algorithm = "p256"
    public_url: str = ""
    timestamps: bool = False
    scheme: Scheme = field(default_factory=Scheme)
    authority: str = ""
    place: str = ""
    schedule: Schedule = field(default_factory=Schedule)
    quiet: Quiet = field(default_factory=Quiet)
    retention: Retention = field(default_factory=Retention)
    windows: Windows = field(default_factory=dict)
    tariff: Tariff = field(default_factory=Tariff)
    quota: Quota = field(default_factory=Quota)

    def lookup_link(self, lookup_code: str) -> str:
        """The page about a version's signatures; empty when nobody could open it."""
        return f"{self.public_url}/v/{spelled(lookup_code)}" if self.public_url and lookup_code else ""
