"""Reminders: the round by the clock, and the buttons under what people get (R62)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hoso_bot.casework import leading
from hoso_bot.casework.case import queue
from hoso_bot.casework.draft import mine_and_ready, offer_again, week_of
from hoso_bot.casework.reaching import NAMED, notice, sign_button
from hoso_bot.casework.reminding import Outlook, lacks_of
from hoso_bot.domain import cards
from hoso_bot.domain import weekend_events as wev
from hoso_bot.domain.calendar import Week, find, school_year
from hoso_bot.domain.calendar import week_of as week_of_day
from hoso_bot.domain.evaluation_events import OwnFiguresAsked
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.record_events import PrintCopyAsked
from hoso_bot.domain.reminder_times import LATE_PATIENCE, Kind, snoozed_until
from hoso_bot.domain.reminders import Call, Item, Lack, Reminder
from hoso_bot.domain.submission import REGISTER, PlanState
from hoso_bot.domain.tour_events import LEADERS
from hoso_bot.domain.violation_events import CaseAsked
from hoso_bot.domain.year_events import RulesRead
from hoso_bot.store.people import Account
from hoso_bot.store.reminders import SILENT
from hoso_bot.unit_of_work import UnitOfWork, plan_facts

# --- the round ---------------------------------------------------------------------------------------


def begin_round(event: wev.ReminderRound, uow: UnitOfWork) -> None:
    """Remind whoever is due, each with one message; the ledger is written with the messages."""
    outlook = Outlook.read(uow)
    if outlook.moments:
        uow.change(uow.reminders.advance(outlook.since, uow.now()))
    chats, shared = outlook.chats, _Shared(outlook)
    lines = list[tuple[Call, str]]()
    for reminder in outlook.reminders:
        chat = chats.get(reminder.person_id)
        key = uow.tell(chat, _message(reminder, shared, uow)) if chat and reminder.items else SILENT
        lines += [(call, key) for call in reminder.calls]
    for call in outlook.notices:
        chat = chats.get(call.person_id)
        notice = _notice(call, chat, outlook, uow) if chat else None
        lines.append((call, uow.tell(chat, notice) if chat and notice else SILENT))
    lines += _tell_leaders(outlook, uow)
    uow.change(uow.reminders.add([(c, key) for c, key in lines if c.row_id is None], uow.now()))
    uow.change(*(uow.reminders.settle(c, key, uow.now()) for c, key in lines if c.row_id))


def _tell_leaders(outlook: Outlook, uow: UnitOfWork) -> list[tuple[Call, str]]:
    """The lines of approvers and the board, each with what it became; who was told is in the log."""
    lines = list[tuple[Call, str]]()
    if outlook.scene is None:
        return lines
    for calls, message in leading.told(outlook.leaders, outlook.scene):
        chat = outlook.chats.get(calls[0].person_id)
        key = uow.tell(chat, message) if chat and message else SILENT
        if key != SILENT:
            uow.record(
                "leader.told", outlook.scene.people[calls[0].person_id].staff_id, kind=calls[0].kind.value
            )
        lines += [(call, key) for call in calls]
    return lines


@dataclass
class _Shared:
    """What is the same in many messages of one round, worked out once."""

    _outlook: Outlook
    _later: dict[tuple[str, int], datetime | None] = field(default_factory=dict)
    _facts: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)

    def snoozed_until(self, week: Week, uow: UnitOfWork) -> datetime | None:
        """When who presses `Nhắc tôi sau 2 giờ` is reminded again."""
        key = (week.year, week.number)
        if key not in self._later:
            self._later[key] = _snoozed_until(week, uow)
        return self._later[key]

    def asks_for_sign(self, person_id: str, week: Week) -> bool:
        """Whether this person's chat closes before the weekend is over, unless they press something."""
        reaching, lacking = self._outlook.reaching, self._outlook.lacks.get((week.year, week.number), {})
        return reaching is not None and reaching.helped(person_id, week, lacking)

    def facts(self, reminder: Reminder, uow: UnitOfWork) -> dict[str, Any]:
        """The blanks; people who lack the very same items read the same."""
        key = (reminder.round, *map(id, reminder.items))
        if key not in self._facts:
            self._facts[key] = reminder.facts(uow.now())
        return self._facts[key]


def _notice(call: Call, chat: Account, outlook: Outlook, uow: UnitOfWork) -> Message | None:
    """What is said whoever owes what; None when there is nothing to say."""
    if call.kind is Kind.ANNOUNCED:
        return _announced(call, chat, uow)
    week = uow.week(call.year, call.week)
    reaching, lacking = outlook.reaching, outlook.lacks.get((call.year, call.week), {})
    if reaching is None:
        return None
    if call.kind is Kind.WINDOW:
        return reaching.card(call.person_id, week, lacking)
    unreached = reaching.not_named_yet(week, lacking)
    for one in unreached:
        uow.record(NAMED, one.person.staff_id, week=week.number, why=one.why.value)
    return notice(week, unreached)


def _announced(call: Call, chat: Account, uow: UnitOfWork) -> Message | None:
    """An announcement; who linked this chat after a change of the rules was told of it then."""
    news = uow.announcements.get(call.subject)
    buttons: list[tuple[Button, ...]] = []
    if version_id := news.facts.get("version_id"):
        if chat.linked_at > news.made_at:
            return None
        buttons.append((Button("rules.button.read", RulesRead(version_id)),))
    if evaluation_id := news.facts.get("evaluation_id"):
        if news.facts["closing"] and call.person_id in uow.evaluations.seen(evaluation_id):
            return None
        look = OwnFiguresAsked(evaluation_id)
        buttons.append((Button("evaluation.button.own", look, {"term": news.facts["term"]}),))
    if case_id := news.facts.get("case_id"):
        buttons.append((Button("violation.button.open", CaseAsked(case_id)),))
    if day := news.facts.get("day"):
        buttons += _print_buttons(call.person_id, date.fromisoformat(day), uow)
    return Message(news.kind, news.facts, tuple(buttons), fleeting=True)


def _print_buttons(person_id: str, day: date, uow: UnitOfWork) -> list[tuple[Button, ...]]:
    """`Bản in` of what is approved for the week of this day (R40)."""
    week = week_of_day(uow.week_table(school_year(day)), day)
    plans = uow.plans.in_week(week.year, REGISTER, person_id, week.number) if week else []
    approved = [plan for plan in plans if plan.state is PlanState.APPROVED]
    copies = [PrintCopyAsked(uow.plans.current_version(plan).id) for plan in approved]
    named = [plan_facts(uow, plan) for plan in approved]
    return [(Button("button.print_copy", c, f),) for c, f in zip(copies, named, strict=True)]


def _message(reminder: Reminder, shared: _Shared, uow: UnitOfWork) -> Message:
    rows = [_card_button(item) for item in reminder.items if item.lack is Lack.UNCONFIRMED]
    weeks = [item.week for item in reminder.items if item.week and item.lack is not Lack.UNCONFIRMED]
    if weeks:
        week = min(weeks, key=lambda week: week.first)
        rows += [sign_button(week)] if shared.asks_for_sign(reminder.person_id, week) else []
        rows += _week_buttons(week, shared.snoozed_until(week, uow), uow)
    facts = shared.facts(reminder, uow)
    return Message(f"remind.{reminder.words}", facts, tuple(rows), fleeting=True)


def _card_button(item: Item) -> tuple[Button, ...]:
    return (Button("remind.button.card", wev.DraftAsked(item.upload_id)),)


def _week_buttons(week: Week, at: datetime | None, uow: UnitOfWork) -> list[tuple[Button, ...]]:
    """`Nhắc tôi sau 2 giờ` while that makes sense, `Tuần này tôi nghỉ`."""
    hours = uow.policy.schedule.snooze.total_seconds() / 3600
    later = Button("remind.button.snooze", wev.SnoozePressed(week.year, week.number), {"hours": hours})
    leave = Button("remind.button.leave", wev.LeaveAsked(week.year, week.number))
    return [(later,), (leave,)] if at else [(leave,)]


# --- the buttons -------------------------------------------------------------------------------------


def snooze(event: wev.SnoozePressed, uow: UnitOfWork) -> None:
    """`Nhắc tôi sau 2 giờ`: a line in the ledger, out of quiet hours and before the deadline."""
    week = find(uow.school.weeks(event.year), event.week)
    at = _snoozed_until(week, uow) if week else None
    if week is None or at is None:
        uow.reply(Message("remind.no_more", cards.week_facts(week) if week else {"deadline": None}))
        return
    if booked := uow.reminders.snoozed(uow.actor.id, week, uow.now()):
        uow.reply(Message("remind.will_remind", {"at": booked.isoformat()}))
        return
    stale = week.deadline if at < week.deadline else at + LATE_PATIENCE
    call = Call(uow.actor.id, week.year, week.number, REGISTER, Kind.SNOOZED, at, stale)
    uow.change(uow.reminders.add([(call, None)], uow.now()))
    uow.reply(Message("remind.will_remind", {"at": at.isoformat()}))


def _snoozed_until(week: Week, uow: UnitOfWork) -> datetime | None:
    now = uow.now()
    over = week.deadline <= now
    end = now + LATE_PATIENCE if over else week.deadline
    return snoozed_until(now, end, uow.policy.schedule, uow.policy.quiet)


def take_sign(event: wev.SignGiven, uow: UnitOfWork) -> None:
    """`Đã rõ`: the chat is open again (every message opens it); says what the coming week still needs."""
    week = find(uow.school.weeks(event.year), event.week)
    if week is None:
        return
    items = lacks_of(uow.actor, week, uow)
    facts = {
        **cards.week_facts(week),
        "items": [item.facts(uow.now()) for item in items],
        "waiting": len(queue(uow.actor, uow)),
        "over": week.deadline < uow.now(),
        "leader": uow.actor.role in LEADERS,
    }
    uow.reply(Message("reach.thanks", facts))


def show_draft(event: wev.DraftAsked, uow: UnitOfWork) -> None:
    """The confirmation card of a waiting file again, as a new message with its own buttons."""
    upload = mine_and_ready(event.upload_id, uow)
    if upload:
        offer_again(upload, week_of(upload, uow), uow)
