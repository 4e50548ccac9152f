"""`/suco`: the school puts an outage on record; deadlines it touched move for everybody (decision 0032)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hoso_bot.casework import announcing
from hoso_bot.domain import events as ev
from hoso_bot.domain import outage_events as oev
from hoso_bot.domain.calendar import VN, deadline_moves, school_year, with_outages
from hoso_bot.domain.expected import teaches_or_approves
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.outages import Cause, Outage, OutageRefused, checked, read_span
from hoso_bot.domain.year_events import OFFICE_LANE
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork

SHOWN = 4
EVENING = 18
DROP = Button("button.not_now", oev.OutageDropped())


def start(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/suco`: what is on record this year, and what shall be added; the office and the principal only."""
    known = [one for one in uow.outages.all() if _year_of(one) == school_year(uow.today())]
    shown = known[-SHOWN:]
    causes = tuple((Button(f"outage.cause.{cause.value}", oev.OutageCaused(cause.value)),) for cause in Cause)
    undo = tuple((Button("outage.button.undo", oev.OutageUndone(one.id), one.facts()),) for one in shown)
    facts = {"outages": [one.facts() for one in shown], "more": len(known) - len(shown)}
    uow.reply(Message("outage.which", facts, (*causes, *undo)))


def ask_times(event: oev.OutageCaused, uow: UnitOfWork) -> None:
    """The cause is chosen: from when to when?"""
    _ask_times(event.cause, "outage.when", uow)


def _ask_times(cause: str, text: str, uow: UnitOfWork) -> None:
    uow.ask(oev.OutageDated(cause))
    rows = tuple(
        (Button(key, oev.OutageDated(cause, start.isoformat(), end.isoformat()), _day_facts(start)),)
        for key, start, end in _offered(uow)
    )
    uow.reply(Message(text, {"cause": cause}, (*rows, (DROP,))))


def _offered(uow: UnitOfWork) -> list[tuple[str, datetime, datetime]]:
    """The evening and the whole of the last day that was a week's deadline; typed for anything else."""
    ends = [week.usual_deadline for week in uow.weeks() if week.usual_deadline.date() <= uow.today()]
    if not ends:
        return []
    day = max(ends).replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = day + timedelta(days=1)
    return [
        ("outage.button.evening", day + timedelta(hours=EVENING), midnight),
        ("outage.button.day", day, midnight),
    ]


def _day_facts(day: datetime) -> dict[str, str]:
    return {"day": day.date().isoformat()}


def ask_confirmation(event: oev.OutageDated, uow: UnitOfWork) -> None:
    """The times are known: which deadlines move, and whose late marks no longer count."""
    try:
        outage = _outage(event, uow)
    except OutageRefused as refusal:
        _ask_times(event.cause, refusal.text_key, uow)
        return
    uow.stop_asking()
    if _on_record(outage, uow):
        uow.reply(Message("outage.known", outage.facts()))
        return
    confirmed = oev.OutageConfirmed(event.cause, outage.start.isoformat(), outage.end.isoformat())
    yes = Button("outage.button.confirm", confirmed)
    facts = {**outage.facts(), "shifts": _moves(outage, uow), "excused": _excused(outage, uow)}
    uow.reply(Message("outage.confirm", facts, ((yes, DROP),)))


def _outage(event: oev.OutageDated | oev.OutageConfirmed, uow: UnitOfWork) -> Outage:
    """Raises OutageRefused."""
    now = uow.now().astimezone(VN)
    if typed := getattr(event, "typed", ""):
        start, end = read_span(typed, now)
    else:
        start, end = datetime.fromisoformat(event.start), datetime.fromisoformat(event.end)
    return checked(Outage(new_id(), Cause(event.cause), start, end, uow.actor.staff_id), now)


def confirm(event: oev.OutageConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: it counts from now on; who is concerned hears it by an event of its own."""
    outage = _outage(event, uow)
    if _on_record(outage, uow):
        uow.reply(Message("outage.known", outage.facts()))
        return
    moves = _moves(outage, uow)
    uow.change(uow.outages.add(outage, uow.now()))
    uow.record("outage.recorded", outage.id, **outage.facts(), moves=moves)
    uow.emit(oev.OutageChanged(outage.facts(), moves, uow.actor.id), OFFICE_LANE)
    undo = Button("outage.button.undo", oev.OutageUndone(outage.id), outage.facts())
    uow.reply(Message("outage.recorded", {**outage.facts(), "shifts": moves}, ((undo,),)))


def undo(event: oev.OutageUndone, uow: UnitOfWork) -> None:
    """`Bỏ ghi nhận`: the deadlines go back; what was handed in on time meanwhile stays on time."""
    outage = next((one for one in uow.outages.all() if one.id == event.outage_id), None)
    if outage is None:
        uow.reply(Message("outage.gone"))
        return
    kept = [one for one in uow.outages.all() if one.id != outage.id]
    table = uow.week_table(_year_of(outage))
    moves = deadline_moves(table, with_outages(table, kept))
    uow.change(uow.outages.undo(outage, uow.actor.staff_id, uow.now()))
    uow.record("outage.undone", outage.id, **outage.facts(), moves=moves)
    uow.emit(oev.OutageChanged(outage.facts(), moves, uow.actor.id, undone=True), OFFICE_LANE)
    uow.reply(Message("outage.undone", {**outage.facts(), "shifts": moves}))


def drop(event: oev.OutageDropped, uow: UnitOfWork) -> None:
    """`Để sau`: nothing is put on record."""
    uow.stop_asking()
    uow.reply(Message("outage.dropped"))


def announce(event: oev.OutageChanged, uow: UnitOfWork) -> None:
    """Everybody who teaches or approves hears of moved deadlines once, but whoever did it."""
    if not event.moves:
        return
    concerned = [p for p in uow.people.all() if teaches_or_approves(p) and p.id != event.by]
    text = "outage.undone_news" if event.undone else "outage.news"
    announcing.announce(text, {**event.outage, "shifts": event.moves}, concerned, uow)


def _year_of(outage: Outage) -> str:
    return school_year(outage.start.astimezone(VN).date())


def _on_record(outage: Outage, uow: UnitOfWork) -> bool:
    spans = [(one.cause, one.start, one.end) for one in uow.outages.all()]
    return (outage.cause, outage.start, outage.end) in spans


def _moves(outage: Outage, uow: UnitOfWork) -> list[dict[str, Any]]:
    """Blanks: the weeks whose deadline this outage moves."""
    before = uow.week_table(_year_of(outage))
    return deadline_moves(before, with_outages(before, [*uow.outages.all(), outage]))


def _excused(outage: Outage, uow: UnitOfWork) -> int:
    """How many plans marked late are on time by it."""
    before = uow.week_table(_year_of(outage))
    after = with_outages(before, [*uow.outages.all(), outage])
    weeks = [new for old, new in zip(before, after, strict=True) if old.deadline != new.deadline]
    boards = uow.boards.of_weeks(weeks, uow.rules, uow.now())
    return sum(bool(line.excused) and not line.late for board in boards for line in board.lines)
