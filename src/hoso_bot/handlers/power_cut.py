"""`/catdien`: a power cut that was announced; teachers print what is approved in time (R40)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hoso_bot.casework import announcing
from hoso_bot.domain import calendar_edits as edits
from hoso_bot.domain import events as ev
from hoso_bot.domain import weekend_events as wev
from hoso_bot.domain.calendar import VN, school_year
from hoso_bot.domain.expected import teaches
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean
from hoso_bot.unit_of_work import UnitOfWork

FAR = timedelta(days=60)
MOST_WORDS = 120


def ask(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/catdien 26/11 buổi sáng`: shows what teachers will read; the office and the principal only."""
    word, _, note = event.argument.strip().partition(" ")
    day = edits.read_day(word, school_year(uow.today())) if word else None
    if day is None or not uow.today() <= day <= uow.today() + FAR:
        uow.reply(Message("power.how"))
        return
    confirmed = wev.PowerCutConfirmed(day.isoformat(), clean(note)[:MOST_WORDS])
    buttons = (
        Button("calendar.button.confirm", confirmed),
        Button("button.not_now", wev.PowerCutDropped()),
    )
    uow.reply(Message("power.ask", {"day": confirmed.day, "note": confirmed.note}, (buttons,)))


def confirm(event: wev.PowerCutConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: everybody who teaches is told, until that day is over."""
    day = date.fromisoformat(event.day)
    over = datetime.combine(day + timedelta(days=1), datetime.min.time(), VN)
    teachers = [p for p in uow.people.all() if teaches(p) and p.id != uow.actor.id]
    count = announcing.announce(
        "power.news", {"day": event.day, "note": event.note}, teachers, uow, until=over
    )
    uow.record("power_cut.announced", event.day, people=count)
    quiet = uow.policy.quiet.holds(uow.now())
    until = uow.policy.quiet.over(uow.now()).isoformat() if quiet else None
    uow.reply(Message("power.announced", {"day": event.day, "count": count, "at": until}))


def drop(event: wev.PowerCutDropped, uow: UnitOfWork) -> None:
    """`Để sau`: nobody is told."""
    uow.reply(Message("power.dropped"))
