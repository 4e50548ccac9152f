"""Who has to be reminded now: looks up what the pure plan needs, for everybody at once or for one person.

What the round of reminders and the sender's last look share lives here, because handlers do not import one
another and the sender is no handler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hoso_bot.casework import leading
from hoso_bot.casework.scene import Scene
from hoso_bot.domain import reminder_times
from hoso_bot.domain.calendar import VN, Week, find, school_year
from hoso_bot.domain.reminder_times import LEADERS, NOTICES, Kind, Moment
from hoso_bot.domain.reminders import (
    FRESH,
    GAP,
    Call,
    Draft,
    Item,
    Lack,
    Reminder,
    calls_of,
    lacking,
    plan,
    same_lacks,
    without_just_told,
)
from hoso_bot.domain.roster import Person
from hoso_bot.domain.submission import REGISTER
from hoso_bot.lookups import Desk
from hoso_bot.store.outbox import Queued
from hoso_bot.store.people import Account
from hoso_bot.unit_of_work import UnitOfWork

LOOK_BACK = timedelta(hours=12)
"""How far a clock that was set back is looked at again; the ledger keeps anything from being said twice."""
OLDEST_DRAFT = timedelta(days=7)
DRAFT_PATIENCE = timedelta(hours=12)

Lacks = dict[tuple[str, int], dict[str, tuple[Item, ...]]]


@dataclass(frozen=True)
class Outlook:
    """What a round found: the moments since the last one, and the reminders they make.

    notices: lines that are said whatever anybody owes. leaders: lines for approvers and the board, about
    `scene`. unreached: by week, who lacks something and has no chat. chats: where people read.
    """

    since: datetime | None
    moments: tuple[Moment, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    notices: tuple[Call, ...] = ()
    leaders: tuple[Call, ...] = ()
    scene: Scene | None = None
    unreached: Mapping[tuple[str, int], tuple[Person, ...]] = field(default_factory=dict)
    chats: Mapping[str, Account] = field(default_factory=dict)

    @classmethod
    def read(cls, uow: UnitOfWork) -> Outlook:
        """Look at the school as it is now; nothing inside quiet hours."""
        now, since = uow.now(), uow.reminders.until()
        if uow.policy.quiet.holds(now):
            return cls(since)
        moments = tuple(_moments(uow, since, now))
        waiting = uow.reminders.waiting(now)
        drafts = uow.reminders.drafts(now - OLDEST_DRAFT)
        calls = [*waiting, *_draft_calls(drafts, uow), *_unreached_calls(moments, uow)]
        scene = Scene(uow)
        led = leading.calls(moments, scene)
        if not moments and not calls and not led:
            return cls(since)
        weekend = [moment for moment in moments if moment.kind not in LEADERS]
        about_weeks = [call for call in calls if call.kind not in LEADERS]
        chats, lacks = uow.people.chats(), _lacks(uow, _weeks_of(weekend, about_weeks, uow), drafts)
        for moment in weekend:
            missing = lacks.get((moment.week.year, moment.week.number), {})
            calls += calls_of(moment, missing, REGISTER)
        settled = {call.key for call in uow.reminders.open(now)} - {call.key for call in waiting}
        due = [call for call in [*calls, *led] if not settled or call.key not in settled]
        own = [call for call in due if call.kind not in NOTICES]
        told = uow.reminders.told_since(now - GAP)
        reminders = plan(own, lacks, now, told, _draft_items(drafts, uow))
        leaders = tuple(call for call in due if call.kind in LEADERS)
        notices = tuple(call for call in due if call.kind in NOTICES and call.kind not in LEADERS)
        unreached = _unreached(notices, lacks, set(chats), uow)
        return cls(since, moments, tuple(reminders), notices, leaders, scene, unreached, chats)


def is_due(desk: Desk) -> bool:
    """Whether a round would find anything; cheap, asked at every tick."""
    uow = UnitOfWork(desk, "tick")
    now = uow.now()
    if uow.policy.quiet.holds(now):
        return False
    if _moments(uow, uow.reminders.until(), now) or uow.reminders.waiting(now):
        return True
    if leading.is_due(uow):
        return True
    calls = _draft_calls(uow.reminders.drafts(now - DRAFT_PATIENCE), uow)
    return bool(calls) and bool({c.key for c in calls} - {c.key for c in uow.reminders.open(now)})


def _moments(uow: UnitOfWork, since: datetime | None, now: datetime) -> list[Moment]:
    start = since or uow.school.row().created_at
    if start > now:
        start = now - LOOK_BACK
    table = uow.week_table(school_year(now.astimezone(VN).date()))
    return reminder_times.due(table, uow.policy.schedule, start, now)


def _weeks_of(moments: Iterable[Moment], calls: Iterable[Call], uow: UnitOfWork) -> list[Week]:
    weeks = {(m.week.year, m.week.number): m.week for m in moments}
    for year, number in {(call.year, call.week) for call in calls if call.year}:
        if (year, number) not in weeks and (week := find(uow.school.weeks(year), number)):
            weeks[year, number] = week
    return list(weeks.values())


def _lacks(
    uow: UnitOfWork, weeks: Sequence[Week], drafts: Sequence[Draft], only: Person | None = None
) -> Lacks:
    """What is lacking in these weeks; who asked for a week off is left alone until it is answered or over."""
    found: Lacks = {}
    for week in weeks:
        rules = uow.rules(week)
        if week.number < rules.effective_week:
            continue
        dues = uow.obligations.dues(week, rules.effective_week, rules.unit, only)
        returns = uow.reminders.returns(week.year, REGISTER, week.number, only.id if only else None)
        ahead = week.deadline > uow.now()
        asked = uow.leave_requests.waiting(week.year, week.number) if ahead else set()
        items = lacking(week, dues, returns, drafts)
        told = {person: without_just_told(own, uow.now()) for person, own in items.items()}
        found[week.year, week.number] = {p: own for p, own in told.items() if own and p not in asked}
    return found


# --- files that wait ---------------------------------------------------------------------------------


def _draft_calls(drafts: Iterable[Draft], uow: UnitOfWork) -> list[Call]:
    """A call for each file that waits for `Trình ký` longer than the settings say."""
    after = uow.policy.schedule.unconfirmed
    return [
        Call(d.person_id, "", 0, d.upload_id, Kind.UNCONFIRMED, d.sent_at + after, d.sent_at + DRAFT_PATIENCE)
        for d in drafts
        if d.sent_at + after <= uow.now()
    ]


def _draft_items(drafts: Iterable[Draft], uow: UnitOfWork) -> dict[str, Item]:
    return {d.upload_id: _draft_item(d, uow) for d in drafts}


def _draft_item(draft: Draft, uow: UnitOfWork) -> Item:
    week = find(uow.school.weeks(draft.year), draft.week) if draft.year and draft.week is not None else None
    return Item(Lack.UNCONFIRMED, week, (), draft.name, draft.upload_id, since=draft.sent_at)


# --- people without a chat -----------------------------------------------------------------------------


def _unreached_calls(moments: Iterable[Moment], uow: UnitOfWork) -> list[Call]:
    """At the first reminder of a week the office hears whom it does not reach."""
    office = uow.office()
    first = [m for m in moments if m.kind in (Kind.EVE, Kind.BEFORE_BREAK)]
    unreached = [replace(moment, kind=Kind.UNREACHED) for moment in first]
    return [call for m in unreached for call in calls_of(m, [office.id], REGISTER)] if office else []


def _unreached(
    notices: Sequence[Call], lacks: Lacks, reached: set[str], uow: UnitOfWork
) -> dict[tuple[str, int], tuple[Person, ...]]:
    weeks = {(call.year, call.week) for call in notices if call.kind is Kind.UNREACHED}
    ids = {week: lacks.get(week, {}).keys() - reached for week in weeks}
    people = uow.people.all() if any(ids.values()) else []
    return {week: tuple(p for p in people if p.id in ids[week] and p.active) for week in weeks}


# --- the last look ---------------------------------------------------------------------------------------


def still_wanted(row: Queued, desk: Desk) -> bool:
    """Whether a reminder may go out now and is still right; else it is taken back, to be planned anew."""
    uow = UnitOfWork(desk, f"out{row.id}")
    calls = uow.reminders.of_message(row.key)
    if not calls or _is_right(row, calls, uow):
        return True
    uow.reminders.take_back(row.id, row.key)
    return False


def _is_right(row: Queued, calls: Sequence[Call], uow: UnitOfWork) -> bool:
    now = uow.now()
    if uow.policy.quiet.holds(now) or any(call.stale_at <= now for call in calls):
        return False
    if calls[0].kind in LEADERS:
        return leading.is_right(row, calls, uow)
    if row.person_id is None or calls[0].kind in NOTICES:
        return True
    person = uow.people.get(row.person_id)
    drafts = uow.reminders.drafts(now - OLDEST_DRAFT, person.id)
    lacks = _lacks(uow, _weeks_of((), calls, uow), drafts, person)
    if now - datetime.fromisoformat(row.message["facts"]["planned_at"]) > FRESH:
        return False
    fresh = plan(calls, lacks, now, drafts=_draft_items(drafts, uow))
    items = [item.facts(now) for reminder in fresh for item in reminder.items]
    return person.active and same_lacks(items, row.message["facts"]["items"])
