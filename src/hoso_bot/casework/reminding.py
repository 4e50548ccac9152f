"""Who has to be reminded now: looks up what the pure plan needs, for everybody at once or for one person.

What the round of reminders and the sender's last look share lives here, because handlers do not import one
another and the sender is no handler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hoso_bot.casework import leading
from hoso_bot.casework.reaching import Reaching, Unreached
from hoso_bot.casework.scene import Scene
from hoso_bot.domain import reminder_times
from hoso_bot.domain.calendar import VN, Week, find, next_week, school_year
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
    `scene`. reaching: which chats take what. lacks: by week, then by person. chats: where people read.
    """

    since: datetime | None
    moments: tuple[Moment, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    notices: tuple[Call, ...] = ()
    leaders: tuple[Call, ...] = ()
    scene: Scene | None = None
    reaching: Reaching | None = None
    lacks: Lacks = field(default_factory=dict)
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
        scene = Scene(uow)
        reaching = Reaching(scene)
        calls = [*waiting, *_draft_calls(drafts, uow), *_unreached_calls(moments, reaching)]
        led = leading.calls(moments, scene)
        if not moments and not calls and not led:
            return cls(since)
        not_led = [moment for moment in moments if moment.kind not in LEADERS]
        about_weeks = [call for call in calls if call.kind not in LEADERS]
        chats, lacks = uow.people.chats(), _lacks(uow, _weeks_of(not_led, about_weeks, uow), drafts)
        for moment in [m for m in not_led if m.kind not in NOTICES]:
            missing = lacks.get((moment.week.year, moment.week.number), {})
            calls += calls_of(moment, missing, REGISTER)
        calls += _asked(moments, lacks, reaching)
        due = _not_settled([*calls, *led], waiting, uow)
        own = [call for call in due if call.kind not in NOTICES]
        told = uow.reminders.told_since(now - GAP)
        reminders = plan(own, lacks, now, told, _draft_items(drafts, uow))
        leaders = tuple(call for call in due if call.kind in LEADERS)
        notices = tuple(call for call in due if call.kind in NOTICES and call.kind not in LEADERS)
        return cls(since, moments, tuple(reminders), notices, leaders, scene, reaching, lacks, chats)


def _not_settled(calls: Sequence[Call], waiting: Iterable[Call], uow: UnitOfWork) -> list[Call]:
    """Those of these lines that were not dealt with before."""
    settled = {call.key for call in uow.reminders.open(uow.now())} - {call.key for call in waiting}
    return [call for call in calls if not settled or call.key not in settled]


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


# --- people whom nothing reaches -----------------------------------------------------------------------


def _unreached_calls(moments: Iterable[Moment], reaching: Reaching) -> list[Call]:
    """Before the weekend and at each of its hours the office hears whom nothing reaches."""
    due = [moment for moment in moments if moment.kind is Kind.UNREACHED]
    reader = reaching.office() if due else None
    return [call for m in due for call in calls_of(m, [reader.id], REGISTER)] if reader else []


def _asked(moments: Iterable[Moment], lacks: Lacks, reaching: Reaching) -> list[Call]:
    """Lines for those who are asked for a sign of life; not beside a reminder of the same round."""
    found = list[Call]()
    for moment in moments:
        if moment.kind is Kind.WINDOW:
            lacking = lacks.get((moment.week.year, moment.week.number), {})
            reminded = lacking if any(_reminds(other, moment) for other in moments) else ()
            found += reaching.asked(moment, lacking, reminded)
    return found


def _reminds(other: Moment, moment: Moment) -> bool:
    return other.week == moment.week and other.at == moment.at and other.kind not in NOTICES


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
    if calls[0].kind is Kind.WINDOW:
        return _still_helps(calls[0], uow)
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


def _still_helps(call: Call, uow: UnitOfWork) -> bool:
    week = uow.week(call.year, call.week)
    lacking = lacks_of(uow.people.get(call.person_id), week, uow)
    return Reaching(Scene(uow)).helped(call.person_id, week, {call.person_id} if lacking else ())


def lacks_of(person: Person, week: Week, uow: UnitOfWork) -> tuple[Item, ...]:
    """What this person still has to do for this week."""
    drafts = uow.reminders.drafts(uow.now() - OLDEST_DRAFT, person.id)
    return _lacks(uow, [week], drafts, person).get((week.year, week.number), {}).get(person.id, ())


def unreached_of(uow: UnitOfWork) -> list[Unreached]:
    """Whom nothing would reach on the coming weekend, as it looks now."""
    week = next_week(uow.weeks(), uow.today())
    if week is None:
        return []
    drafts = uow.reminders.drafts(uow.now() - OLDEST_DRAFT)
    lacking = _lacks(uow, [week], drafts).get((week.year, week.number), {})
    return Reaching(Scene(uow)).unreached(week, lacking)


def messages_of_a_weekend(uow: UnitOfWork) -> int:
    """How many messages the weekend has at most for people whose chats all close on silence."""
    week = next_week(uow.weeks(), uow.today())
    return Reaching(Scene(uow)).messages(week) if week else 0
