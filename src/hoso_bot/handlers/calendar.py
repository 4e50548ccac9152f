"""`/lich`: the coming weeks for everybody; the office and the principal change the table by chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from hoso_bot.casework import announcing
from hoso_bot.casework.sight import Sight
from hoso_bot.domain import calendar_edits as edits
from hoso_bot.domain import cards
from hoso_bot.domain import events as ev
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.calendar import Week, school_year
from hoso_bot.domain.calendar_edits import CalendarRefused
from hoso_bot.domain.expected import teaches_or_approves
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.rights import Right
from hoso_bot.domain.roster_cells import folded
from hoso_bot.unit_of_work import UnitOfWork

ROWS = 4
CLOSED, WEEK = "nghi", "tuan"


def calendar(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/lich`, `/lich nghi 05/02/2027 06/02/2027`, `/lich tuan 22 05/02 06/02 15/02`."""
    words = event.argument.replace(",", " ").split()
    if not words:
        _show(0, uow)
    elif not _may_edit(uow):
        uow.reply(Message("calendar.not_yours"))
    else:
        _read_edit(folded(words[0]), words[1:], uow)


def show_more(event: yev.CalendarAsked, uow: UnitOfWork) -> None:
    """The rows after those that were shown."""
    _show(event.start, uow)


def _show(start: int, uow: UnitOfWork) -> None:
    today = uow.today()
    ahead = sorted((w for w in uow.weeks() if w.last >= today), key=lambda week: week.first)
    shown, more = ahead[start : start + ROWS], ahead[start + ROWS :]
    facts = {"rows": [_line(week) for week in shown], "may_edit": _may_edit(uow)}
    buttons = [_closing_button(week) for week in shown] if _may_edit(uow) else []
    if more:
        buttons.append((Button("calendar.button.more", yev.CalendarAsked(start + ROWS)),))
    uow.reply(Message("calendar.weeks" if shown else "calendar.over", facts, tuple(buttons)))


def _line(week: Week) -> dict[str, Any]:
    whole = (week.last - week.first).days + 1 == len(week.days)
    days = [] if whole else [day.isoformat() for day in week.days]
    return {**cards.week_facts(week), "label": week.label, "days": days}


def _closing_button(week: Week) -> tuple[Button, ...]:
    asked = yev.CalendarEditAsked([week.first.isoformat(), week.last.isoformat()])
    return (Button("calendar.button.close", asked, cards.week_facts(week)),)


def _may_edit(uow: UnitOfWork) -> bool:
    return Sight(uow).may(Right.CHANGE_CALENDAR)


# --- what would move ---------------------------------------------------------------------------------


def _read_edit(what: str, words: list[str], uow: UnitOfWork) -> None:
    year = school_year(uow.today())
    number = int(words[0]) if what == WEEK and words and words[0].isdecimal() else None
    days = [edits.read_day(word, year) for word in (words[1:] if number is not None else words)]
    understood = bool(days) and None not in days
    if what == CLOSED and understood and len(days) <= 2:
        _offer([d for d in days if d], None, uow)
    elif what == WEEK and understood and number is not None:
        _offer([d for d in days if d], number, uow)
    else:
        uow.reply(Message("calendar.not_understood"))


def ask_edit(event: yev.CalendarEditAsked, uow: UnitOfWork) -> None:
    """A button below the weeks: the same question as the typed command."""
    _offer([date.fromisoformat(day) for day in event.days], event.number, uow)


def _offer(days: list[date], number: int | None, uow: UnitOfWork) -> None:
    try:
        edit = _Edit.prepare(days, number, uow)
    except CalendarRefused as refusal:
        uow.reply(Message(refusal.text_key, refusal.facts))
        return
    if not edit.moves:
        uow.reply(Message("calendar.same"))
        return
    shown = [day.isoformat() for day in days]
    confirmed = yev.CalendarEditConfirmed(edit.year, edits.fingerprint(edit.before), shown, number)
    yes = Button("calendar.button.confirm", confirmed)
    no = Button("button.not_now", yev.CalendarEditDropped())
    uow.reply(Message("calendar.would_move", edit.facts(), ((yes, no),)))


@dataclass(frozen=True)
class _Edit:
    """The table before and after."""

    year: str
    before: tuple[Week, ...]
    after: tuple[Week, ...]

    @classmethod
    def prepare(cls, days: list[date], number: int | None, uow: UnitOfWork) -> _Edit:
        """Raises CalendarRefused."""
        year, this = school_year(days[0]), school_year(uow.today())
        if abs(int(year[:4]) - int(this[:4])) > 1:
            raise CalendarRefused("calendar.far", f"{days[0]} is too far from now", day=days[0].isoformat())
        before = uow.week_table(year)
        if number is None:
            return cls(year, before, edits.without_days(before, days[0], days[-1]))
        return cls(year, before, edits.set_week(before, number, days))

    @property
    def moves(self) -> tuple[edits.Move, ...]:
        """The rows that change."""
        return edits.moves(self.before, self.after)

    def facts(self) -> dict[str, Any]:
        """Blanks: the year and a line for each row that changes."""
        return {"year": self.year, "moves": [move.facts() for move in self.moves]}


# --- the answer --------------------------------------------------------------------------------------


def apply(event: yev.CalendarEditConfirmed, uow: UnitOfWork) -> None:
    """`Xác nhận`: the table changes; everybody whose weeks move is told by an event of its own."""
    days = [date.fromisoformat(day) for day in event.days]
    if edits.fingerprint(uow.week_table(event.year)) != event.table:
        uow.reply(Message("calendar.changed_meanwhile"))
        return
    edit = _Edit.prepare(days, event.number, uow)
    moves = [move.facts() for move in edit.moves]
    uow.change(*uow.school.change_weeks(edit.before, edit.after))
    uow.record("calendar.changed", event.year, days=event.days, week=event.number, moves=moves)
    uow.emit(yev.CalendarChanged(event.year, moves, uow.actor.id), lane="calendar")
    uow.reply(Message("calendar.changed", edit.facts()))


def drop(event: yev.CalendarEditDropped, uow: UnitOfWork) -> None:
    """`Để sau`: nothing changes."""
    uow.reply(Message("calendar.kept"))


def announce(event: yev.CalendarChanged, uow: UnitOfWork) -> None:
    """Everybody who teaches or approves is told once, but whoever made the change (R54)."""
    concerned = [p for p in uow.people.all() if teaches_or_approves(p)]
    facts = {"year": event.year, "moves": event.moves}
    announcing.announce("calendar.news", facts, [p for p in concerned if p.id != event.by], uow)
