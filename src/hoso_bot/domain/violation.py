"""Cases of R41: teaching by a plan nobody approved, or without any; from a draft to a record, by people only.

The bot lays facts side by side and keeps words as they were said. It opens no case, proposes none and decides
none; lateness (R11) is no case at all. A record counts once a person decided it and while nobody annulled it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from hoso_bot.domain.calendar import VN, Week
from hoso_bot.domain.evaluation import working_day_after
from hoso_bot.domain.rights import Right, Rights, Tie
from hoso_bot.domain.roster import Person, Role, group_key

LEAST_DAYS = 2
"""Working days to explain, at least; the day of the invitation is not one of them."""
OFFERED_DAYS = (2, 3, 5)
MOST_LINES = 30
MOST_CHARACTERS = 4_000
"""Of one piece of an explanation; a chat message holds no more."""
REMINDED_AT = time(8)
"""When somebody invited hears of it again, on the last day."""
_LAST_INSTANT = time(23, 59, 59)


class Kind(StrEnum):
    """What it is about, as R41 names it."""

    UNAPPROVED = "unapproved"
    NO_COPY = "no_copy"
    NO_PLAN = "no_plan"
    OTHER = "other"


class State(StrEnum):
    """draft: only who prepares it knows of it. invited, explained: the person was asked, and answered.

    recorded: a record was made; cleared: decided that none is made; annulled: the record counts no more.
    """

    DRAFT = "draft"
    DROPPED = "dropped"
    INVITED = "invited"
    EXPLAINED = "explained"
    RECORDED = "recorded"
    CLEARED = "cleared"
    ANNULLED = "annulled"


class Answer(StrEnum):
    """How the person answered the invitation. paper: the office typed in what stood on paper."""

    CHAT = "chat"
    PAPER = "paper"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Details:
    """What people said about the case. None: not asked yet; '': left open on purpose.

    other: what it is about, for Kind.OTHER. head: the group head takes part (`yes`). remedy_by: ISO day.
    number: the school's own `…/BB-…`.
    """

    period: str | None = None
    class_name: str | None = None
    subject: str | None = None
    other: str | None = None
    place: str | None = None
    witnesses: str | None = None
    circumstances: str | None = None
    head: str | None = None
    conclusion: str | None = None
    remedy: str | None = None
    remedy_by: str | None = None
    number: str | None = None
    clearing: str | None = None
    annulling: str | None = None
    objection: str | None = None


@dataclass(frozen=True)
class Case:
    """One case. day: of the lesson; week: the teaching week it lies in. sheet: facts as the person saw them.

    version: grows with every change, so that nobody changes what somebody else changed meanwhile.
    """

    id: str
    number: int
    year: str
    person_id: str
    opened_by: str
    opened_at: datetime
    state: State = State.DRAFT
    version: int = 1
    day: date | None = None
    week: int | None = None
    kind: Kind | None = None
    details: Details = field(default_factory=Details)
    sheet: dict[str, object] | None = None
    invited_at: datetime | None = None
    explain_by: datetime | None = None
    answer: Answer | None = None
    answered_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    annulled_by: str | None = None
    annulled_at: datetime | None = None
    objected_at: datetime | None = None

    @property
    def code(self) -> str:
        """What people quote: `VV-2627-03`."""
        return f"VV-{self.year[2:4]}{self.year[7:9]}-{self.number:02d}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in (State.DRAFT, State.INVITED, State.EXPLAINED)

    def may_be_decided(self, now: datetime) -> bool:
        """The person answered, or had the time to."""
        over = self.explain_by is not None and self.explain_by < now
        return self.state is State.EXPLAINED or (self.state is State.INVITED and over)


@dataclass(frozen=True)
class Line:
    """A piece of an explanation, word for word. sha256: of a picture; author_id: who sent or typed it in."""

    id: str
    at: datetime
    author_id: str
    text: str = ""
    file_name: str = ""
    sha256: str | None = None


# --- questions -------------------------------------------------------------------------------------------

FACTS_ASKED = ("day", "period", "class_name", "subject", "kind")
DECISION_ASKED = ("conclusion", "remedy", "remedy_by", "number")
ADDABLE = ("place", "witnesses", "circumstances")
MAY_STAY_OPEN = ("period", *ADDABLE, "remedy", "remedy_by", "number", "clearing")
MOST = {
    "period": 60,
    "class_name": 40,
    "subject": 80,
    "other": 300,
    "place": 120,
    "witnesses": 300,
    "number": 40,
}
"""Characters; what is not named here may be as long as a reason."""


def next_question(case: Case) -> str | None:
    """The first thing about the lesson that nobody said yet."""
    if case.day is None:
        return "day"
    for name in ("period", "class_name", "subject"):
        if getattr(case.details, name) is None:
            return name
    if case.kind is None:
        return "kind"
    return "other" if case.kind is Kind.OTHER and not case.details.other else None


def next_of_decision(case: Case) -> str | None:
    """The first thing that whoever decides did not say yet."""
    return next((name for name in DECISION_ASKED if getattr(case.details, name) is None), None)


# --- who may -----------------------------------------------------------------------------------------------


def may_prepare(actor: Person, case: Case | None, is_office: bool) -> bool:
    """Board and office open and prepare cases, of anybody but themselves."""
    return Rights(actor, is_office).may(Right.PREPARE_CASE, None, None, *_ties(actor, case))


def may_decide(actor: Person, case: Case) -> bool:
    """Principal and vice-principals decide and annul, never about themselves (R57)."""
    return Rights(actor).may(Right.DECIDE_CASE, None, None, *_ties(actor, case))


def may_see(actor: Person, case: Case, is_office: bool) -> bool:
    """Who may prepare or decided it; the person it is about, once invited."""
    return Rights(actor, is_office).may(Right.SEE_CASE, None, None, *_ties(actor, case))


def _ties(actor: Person, case: Case | None) -> set[Tie]:
    """How somebody stands to a case; nothing to one that is not opened yet."""
    if case is None:
        return set()
    own = {Tie.THEMSELVES, Tie.INVITED} if case.invited_at else {Tie.THEMSELVES}
    return (own if actor.id == case.person_id else set()) | (
        {Tie.JUDGE} if actor.id == case.decided_by else set()
    )


def head_of(person: Person, people: Iterable[Person]) -> Person | None:
    """The head of the person's group, unless it is that very person."""
    key = group_key(person.group)
    heads = (p for p in people if p.active and p.role is Role.GROUP_HEAD and p.id != person.id)
    return next((head for head in heads if key and group_key(head.group) == key), None)


# --- time to explain ---------------------------------------------------------------------------------------


def explain_by(now: datetime, weeks: Sequence[Week], days: int = LEAST_DAYS) -> datetime:
    """The end of the `days`-th working day of the week table after today; at least LEAST_DAYS."""
    last = working_day_after(now.astimezone(VN).date(), max(days, LEAST_DAYS), weeks)
    return datetime.combine(last, _LAST_INSTANT, VN)


def reminded_at(explain_until: datetime) -> datetime:
    """When the person is reminded, once: in the morning of the last day."""
    return datetime.combine(explain_until.astimezone(VN).date(), REMINDED_AT, VN)
