"""Who is reminded of what: one message a person, whatever is due and however much is lacking. Pure.

The caller looks everything up for many people at once; nothing here asks a clock or a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from hoso_bot.domain.calendar import CONFIRM_WITHIN, Week
from hoso_bot.domain.expected import Due, Standing
from hoso_bot.domain.reminder_times import Kind, Moment
from hoso_bot.domain.units import WHOLE, same_part

FRESH = timedelta(minutes=30)
"""A reminder that is later than this is worded as a catch-up."""
GAP = timedelta(minutes=60)
"""Nobody is reminded, or told that a plan came back, and reminded again within this time."""


class Lack(StrEnum):
    """What is still to do, most urgent first: press `Trình ký`, mend and send again, send."""

    UNCONFIRMED = "unconfirmed"
    RETURNED = "returned"
    MISSING = "missing"


@dataclass(frozen=True)
class Draft:
    """A received file that nobody confirmed. week None: not known yet; part None: not known yet."""

    upload_id: str
    person_id: str
    name: str
    sent_at: datetime
    year: str | None = None
    week: int | None = None
    part: str | None = None


@dataclass(frozen=True)
class Return:
    """Why a plan of a week came back: the words of who decided, and when."""

    person_id: str
    part: str
    reason: str
    leader: str
    at: datetime


@dataclass(frozen=True)
class Item:
    """One line of a reminder. week None: a file of an unknown week. since: when the person was told of it."""

    lack: Lack
    week: Week | None
    parts: tuple[str, ...] = ()
    name: str = ""
    upload_id: str = ""
    reason: str = ""
    leader: str = ""
    since: datetime | None = None

    def facts(self, now: datetime) -> dict[str, Any]:
        """Blanks. on_time_until: a waiting file keeps its arrival time when confirmed by then (Q1)."""
        counts = None
        if self.since and self.lack is Lack.UNCONFIRMED and self.since + CONFIRM_WITHIN > now:
            counts = (self.since + CONFIRM_WITHIN).isoformat()
        return {
            "lack": self.lack.value,
            "week": self.week.number if self.week else None,
            "year": self.week.year if self.week else "",
            "deadline": self.week.deadline.isoformat() if self.week else None,
            "over": bool(self.week and self.week.deadline < now),
            "parts": list(self.parts),
            "name": self.name,
            "upload_id": self.upload_id,
            "reason": self.reason,
            "leader": self.leader,
            "on_time_until": counts,
        }


@dataclass(frozen=True)
class Call:
    """One due line of the ledger for one person. row_id: of a line that is in the ledger and waits."""

    person_id: str
    year: str
    week: int
    subject: str
    kind: Kind
    at: datetime
    stale_at: datetime
    row_id: str | None = None

    @property
    def key(self) -> tuple[str, str, int, str, str, datetime]:
        """What is unique in the ledger."""
        return self.person_id, self.year, self.week, self.subject, self.kind.value, self.at


@dataclass(frozen=True)
class Reminder:
    """One message to one person. items empty: the calls are settled without a word.

    round: which reminder it is; words: the text it gets, for some items their own whatever the round.
    """

    person_id: str
    round: Kind
    items: tuple[Item, ...]
    calls: tuple[Call, ...] = field(default=(), compare=False)

    @property
    def words(self) -> str:
        """Files that wait and plans that came back have their own words, as long as nothing is missing."""
        lacks = {item.lack for item in self.items}
        if Lack.MISSING in lacks:
            return self.round.value
        return (Lack.RETURNED if Lack.RETURNED in lacks else Lack.UNCONFIRMED).value

    def facts(self, now: datetime) -> dict[str, Any]:
        """Blanks: the lines, and until when the nearest of them may be handed in."""
        ahead = [i.week.deadline for i in self.items if i.week and i.week.deadline > now]
        left = min(ahead) - now if ahead else timedelta()
        return {
            "items": [item.facts(now) for item in self.items],
            "round": self.round.value,
            "planned_at": now.isoformat(),
            "deadline": min(ahead).isoformat() if ahead else None,
            "hours": round(left / timedelta(hours=1)),
        }


def lacking(
    week: Week, dues: Iterable[Due], returns: Iterable[Return] = (), drafts: Iterable[Draft] = ()
) -> dict[str, tuple[Item, ...]]:
    """What each person still has to do for this week, by person id; nobody who owes nothing.

    dues: of this week. drafts: of people who owe it; one of an unknown week or part is taken to be for it.
    """
    sent_back = {(r.person_id, r.part): r for r in returns}
    waiting = _by_person(d for d in drafts if d.year is None or (d.year, d.week) == (week.year, week.number))
    found: dict[str, list[Due]] = {}
    for due in dues:
        if due.standing in (Standing.MISSING, Standing.RETURNED):
            found.setdefault(due.person.id, []).append(due)
    nothing_yet = (Item(Lack.MISSING, week),)  # one for all who owe the whole week and sent nothing
    return {
        person_id: nothing_yet
        if len(own) == 1 and _owes_everything(own[0]) and person_id not in waiting
        else _items(week, own, waiting.get(person_id, []), sent_back)
        for person_id, own in found.items()
    }


def _owes_everything(due: Due) -> bool:
    return due.standing is Standing.MISSING and due.part == WHOLE


def _items(
    week: Week, dues: Sequence[Due], drafts: Sequence[Draft], sent_back: Mapping[tuple[str, str], Return]
) -> tuple[Item, ...]:
    first, back, missing = dict[str, Item](), list[Item](), list[str]()
    for due in dues:
        parts = (due.part,) if due.part != WHOLE else ()
        draft = next((d for d in drafts if _is_for(d, due.part)), None)
        if draft:
            item = Item(Lack.UNCONFIRMED, week, parts, draft.name, draft.upload_id, since=draft.sent_at)
            first.setdefault(draft.upload_id, item)
        elif due.standing is Standing.RETURNED:
            why = sent_back.get((due.person.id, due.part))
            back.append(_returned(week, parts, why) if why else Item(Lack.RETURNED, week, parts))
        else:
            missing.append(due.part)
    named = tuple(part for part in missing if part != WHOLE)
    rest = [Item(Lack.MISSING, week, named)] if missing else []
    return (*first.values(), *back, *rest)


def _returned(week: Week, parts: tuple[str, ...], why: Return) -> Item:
    return Item(Lack.RETURNED, week, parts, reason=why.reason, leader=why.leader, since=why.at)


def _is_for(draft: Draft, part: str) -> bool:
    return draft.part is None or part == WHOLE or same_part(draft.part, part)


def _by_person(drafts: Iterable[Draft]) -> dict[str, list[Draft]]:
    found: dict[str, list[Draft]] = {}
    for draft in drafts:
        found.setdefault(draft.person_id, []).append(draft)
    return found


def calls_of(moment: Moment, people: Iterable[str], subject: str) -> list[Call]:
    """The line of this moment for each of these people."""
    week = moment.week
    return [
        Call(person, week.year, week.number, subject, moment.kind, moment.at, moment.stale_at)
        for person in people
    ]


def plan(
    calls: Iterable[Call],
    items: Mapping[tuple[str, int], Mapping[str, tuple[Item, ...]]],
    now: datetime,
    told: Mapping[str, datetime] | None = None,
    drafts: Mapping[str, Item] | None = None,
) -> list[Reminder]:
    """One reminder a person for all their due calls, in the order the people first come up.

    calls: none of which was dealt with. items: what is lacking by (year, week), then by person. told: when
    somebody last got a reminder. drafts: the waiting file of a call about one, by upload id.
    """
    mine: dict[str, list[Call]] = {}
    for call in calls:
        if call.stale_at > now:
            mine.setdefault(call.person_id, []).append(call)
    last, waiting = told or {}, drafts or {}
    return [_merged(person, own, items, now, last.get(person), waiting) for person, own in mine.items()]


def _merged(
    person_id: str,
    calls: Sequence[Call],
    items: Mapping[tuple[str, int], Mapping[str, tuple[Item, ...]]],
    now: datetime,
    told: datetime | None,
    drafts: Mapping[str, Item],
) -> Reminder:
    ordered = sorted(calls, key=lambda call: (call.at, call.year, call.week))
    lines: list[Item] = []
    for call in ordered:
        if call.kind is Kind.UNCONFIRMED:
            lines += [drafts[call.subject]] if call.subject in drafts else []
        else:
            lines += items.get((call.year, call.week), {}).get(person_id, ())
    unique = _without_repeats(lines)
    if told and now - told < GAP and not any(call.kind is Kind.SNOOZED for call in ordered):
        unique = ()
    return Reminder(person_id, _round(ordered, now), unique, tuple(ordered))


def _without_repeats(lines: Iterable[Item]) -> tuple[Item, ...]:
    """Waiting files first, each thing once; a file named under a week is not named again without it."""
    found = tuple(lines)
    if len(found) < 2:
        return found
    urgency = list(Lack)
    kept: dict[Any, Item] = {}
    for item in sorted(found, key=lambda item: urgency.index(item.lack)):
        where = (item.week.year, item.week.number) if item.week else None
        kept.setdefault(item.upload_id or (item.lack, where, item.parts), item)
    return tuple(kept.values())


def _round(calls: Sequence[Call], now: datetime) -> Kind:
    """Which reminder this is; several at once, or an old one, are a catch-up."""
    scheduled = [call for call in calls if call.kind not in (Kind.UNCONFIRMED, Kind.SNOOZED)]
    if not scheduled:
        return Kind.SNOOZED if any(c.kind is Kind.SNOOZED for c in calls) else Kind.UNCONFIRMED
    kinds = {call.kind for call in scheduled}
    fresh = kinds == {Kind.LATE} or all(now - call.at <= FRESH for call in scheduled)
    return scheduled[-1].kind if fresh and len(kinds) == 1 else Kind.CATCH_UP


def without_just_told(items: Sequence[Item], now: datetime) -> tuple[Item, ...]:
    """What a person was told of a moment ago (a plan that just came back) is not said again yet."""
    return tuple(i for i in items if i.lack is not Lack.RETURNED or i.since is None or now - i.since >= GAP)


def same_lacks(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> bool:
    """Whether two lists of `Item.facts` ask for the same: a reminder on its way is still right."""

    def essence(facts: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(str(facts[k]) for k in ("lack", "year", "week", "deadline", "parts", "upload_id"))

    return sorted(map(essence, one)) == sorted(map(essence, other))
