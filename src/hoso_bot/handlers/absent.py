"""`/vangmat`: a leader is away for some days; who comes after them may act (Q23)."""

from __future__ import annotations

from datetime import date
from typing import Any

from hoso_bot.casework.sight import Sight
from hoso_bot.domain.chain_events import (
    AbsenceCancelled,
    AbsenceDated,
    AbsenceKept,
    AbsenteeChosen,
    DialogueDropped,
    DutyChanged,
)
from hoso_bot.domain.delegation import Absence
from hoso_bot.domain.events import CommandSent
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.periods import BadPeriod, Period, chosen_period, offered
from hoso_bot.domain.rights import Right
from hoso_bot.domain.roster import Person, Role
from hoso_bot.store.db import new_id
from hoso_bot.unit_of_work import UnitOfWork

LEADERS = (Role.GROUP_HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL)
NEVER_MIND = (Button("delegate.button.drop", DialogueDropped()),)


def start(event: CommandSent, uow: UnitOfWork) -> None:
    """A leader marks the own absence; the office anybody's."""
    if not _may_mark(uow.actor, uow):
        uow.reply(Message("absence.only_leaders"))
        return
    for absence in uow.duties.absences(uow.today()):
        person = uow.people.get(absence.person_id)
        if _may_mark(person, uow):
            back = Button("absence.button.back", AbsenceCancelled(absence.id))
            uow.reply(Message("absence.known", _facts(person, absence.period), ((back,),)))
    people = [p for p in uow.people.all() if p.active and p.role in LEADERS and _may_mark(p, uow)]
    if len(people) == 1:
        _ask_when(people[0], "absence.when", uow)
        return
    rows = tuple((Button("absence.button.person", AbsenteeChosen(p.id), {"name": p.name}),) for p in people)
    uow.reply(Message("absence.who", {}, (*rows, NEVER_MIND)))


def _may_mark(person: Person, uow: UnitOfWork) -> bool:
    return person.role in LEADERS and Sight(uow).may(Right.MARK_ABSENT, person)


def ask_period(event: AbsenteeChosen, uow: UnitOfWork) -> None:
    """The person is chosen: from when to when?"""
    person = uow.people.get(event.person_id)
    if _may_mark(person, uow):
        _ask_when(person, "absence.when", uow)
    else:
        uow.reply(Message("absence.only_leaders"))


def _ask_when(person: Person, text: str, uow: UnitOfWork) -> None:
    uow.ask(AbsenceDated(person.id))
    rows = tuple(
        (Button(key, AbsenceDated(person.id, *period.as_json().values()), period.as_json()),)
        for key, period in offered(uow.today())
    )
    uow.reply(Message(text, {"name": person.name}, (*rows, NEVER_MIND)))


def mark(event: AbsenceDated, uow: UnitOfWork) -> None:
    """The days are chosen: written down; who takes over gets the waiting cards."""
    person = uow.people.get(event.person_id)
    if not _may_mark(person, uow):
        uow.reply(Message("absence.only_leaders"))
        return
    try:
        period = chosen_period(event.typed, event.first, event.last, uow.today())
    except BadPeriod as bad:
        _ask_when(person, bad.text_key, uow)
        return
    absence = Absence(new_id(), person.id, period)
    uow.stop_asking()
    uow.change(uow.duties.add_absence(absence, uow.now()))
    uow.record("absence.marked", person.staff_id, **period.as_json())
    _tell("absence.marked", person, period, uow)
    begins = period.begins if period.begins > uow.now() else None
    lane = f"duty:{person.id}" if begins is None else f"duty:{absence.id}:1"
    uow.emit(DutyChanged(person.id), lane, begins)
    uow.emit(DutyChanged(person.id), f"duty:{absence.id}:2", period.ends)


def undo(event: AbsenceCancelled, uow: UnitOfWork) -> None:
    """`Đã có mặt`: the absence is over now."""
    absence = uow.duties.absence(event.absence_id)
    if absence is None or not _may_mark(uow.people.get(absence.person_id), uow):
        uow.reply(Message("absence.over_already"))
        return
    person = uow.people.get(absence.person_id)
    uow.change(uow.duties.end_absence(absence.id, uow.now()))
    uow.record("absence.undone", person.staff_id)
    _tell("absence.undone", person, absence.period, uow)
    uow.emit(DutyChanged(person.id), f"duty:{person.id}")


def tell(event: AbsenceKept, uow: UnitOfWork) -> None:
    """The office did it at the command line: the same words reach the same people."""
    period = Period(date.fromisoformat(event.first), date.fromisoformat(event.last))
    text = "absence.undone" if event.undone else "absence.marked"
    _tell(text, uow.people.get(event.person_id), period, uow)


def _tell(text: str, person: Person, period: Period, uow: UnitOfWork) -> None:
    """Whoever marked it, the person and the office hear it."""
    told = {p.id: p for p in (uow.person, person, uow.office()) if p is not None}
    for one in told.values():
        uow.say(one, Message(text, _facts(person, period)))


def _facts(person: Person, period: Period) -> dict[str, Any]:
    return {"name": person.name, "role": person.role.value, **period.as_json()}
