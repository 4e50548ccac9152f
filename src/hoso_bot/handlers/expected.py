"""`/thieu` and `/miennop`: who has not handed in, and who need not (R8, R49, R50, Q21, Q22)."""

from __future__ import annotations

import re
from typing import Any

from hoso_bot.casework import exempting
from hoso_bot.casework.sight import Sight
from hoso_bot.domain import cards
from hoso_bot.domain import events as ev
from hoso_bot.domain import year_events as yev
from hoso_bot.domain.calendar import Week, find, next_week
from hoso_bot.domain.expected import Due, Standing, same_code
from hoso_bot.domain.messages import Button, Message
from hoso_bot.domain.reasons import clean
from hoso_bot.unit_of_work import UnitOfWork

MIN_REASON_LETTERS = 3
MOST_WEEKS = 20

_WEEKS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")


# --- who is missing ----------------------------------------------------------------------------------


def show_missing(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/thieu`, `/thieu 13`: the missing of the own group, for the board of the school; else refused."""
    words, weeks = event.argument.split(), uow.weeks()
    if not Sight(uow).anybody:
        uow.reply(Message("expected.not_yours"))
    elif not words:
        today = uow.today()
        _show(next_week(weeks, today) or weeks[-1], uow)
    elif len(words) == 1 and words[0].isdecimal() and (week := find(weeks, int(words[0]))):
        _show(week, uow)
    else:
        uow.reply(Message("expected.which_week", {"lowest": weeks[0].number, "highest": weeks[-1].number}))


def show_missing_of(event: yev.MissingAsked, uow: UnitOfWork) -> None:
    """A button with another week."""
    if Sight(uow).anybody:
        _show(uow.week(event.year, event.week), uow)
    else:
        uow.reply(Message("expected.not_yours"))


def _show(week: Week, uow: UnitOfWork) -> None:
    sight, rules = Sight(uow), uow.rules(week)
    dues = uow.obligations.dues(week, rules.effective_week, rules.unit)
    lines = [due for due in dues if sight.week_of(due.person)]
    facts = {
        **cards.week_facts(week),
        "owed": sum(due.standing is not Standing.EXEMPT for due in lines),
        "lacking": sum(due.standing is Standing.MISSING for due in lines),
        "missing": _people(lines, Standing.MISSING, uow),
        "returned": _people(lines, Standing.RETURNED, uow),
        "exempt": _people(lines, Standing.EXEMPT, uow),
    }
    uow.reply(Message("expected.missing", facts, _other_weeks(week, uow)))


def _people(dues: list[Due], standing: Standing, uow: UnitOfWork) -> list[dict[str, Any]]:
    """One line a person, with the classes or subjects it is about."""
    linked, lines = uow.people.linked(), dict[str, dict[str, Any]]()
    for due in (due for due in dues if due.standing is standing):
        line = lines.setdefault(due.person.id, _line(due, linked))
        line["parts"] += [due.part] if due.part else []
    return list(lines.values())


def _line(due: Due, linked: set[str]) -> dict[str, Any]:
    person = due.person
    return {
        "staff_id": person.staff_id,
        "name": person.name,
        "group": person.group,
        "reason": due.reason,
        "linked": person.id in linked,
        "parts": [],
    }


def _other_weeks(week: Week, uow: UnitOfWork) -> tuple[tuple[Button, ...], ...]:
    table = uow.school.weeks(week.year)
    beside = [w for number in (week.number - 1, week.number + 1) if (w := find(table, number))]
    row = tuple(
        Button("button.week", yev.MissingAsked(w.year, w.number), cards.week_facts(w)) for w in beside
    )
    return tuple((button,) for button in row)


# --- exemptions --------------------------------------------------------------------------------------


def exempt(event: ev.CommandSent, uow: UnitOfWork) -> None:
    """`/miennop GV09 13 lý do`, `/miennop GV09 13-15 lý do`: the head's own group, the board anybody."""
    if not Sight(uow).anybody:
        uow.reply(Message("expected.not_yours"))
        return
    code, weeks, reason = _parts(event.argument, uow)
    if not weeks or sum(c.isalpha() for c in reason) < MIN_REASON_LETTERS:
        uow.reply(Message("expected.exempt_how"))
        return
    person = next((p for p in uow.people.all() if p.active and same_code(p.staff_id, code)), None)
    if person is None or not exempting.may(person, uow):
        uow.reply(Message("expected.exempt_not_yours", {"code": code}))
        return
    exempting.free(person, weeks[0].year, [week.number for week in weeks], reason, uow)


def _parts(argument: str, uow: UnitOfWork) -> tuple[str, list[Week], str]:
    """Staff id, weeks that exist (none when one does not), reason."""
    code, weeks, reason = [*argument.split(maxsplit=2), "", "", ""][:3]
    found = _WEEKS.fullmatch(weeks)
    if not found:
        return code, [], clean(reason)
    first, last = int(found[1]), int(found[2] or found[1])
    numbers = range(first, last + 1)
    rows = [week for number in numbers if (week := find(uow.weeks(), number))]
    whole = len(rows) == len(numbers) and 0 < len(rows) <= MOST_WEEKS
    return code, rows if whole else [], clean(reason)


def end_exemption(event: yev.ExemptionEnded, uow: UnitOfWork) -> None:
    """`Bỏ miễn nộp`: the person owes these weeks again and is told."""
    person = uow.people.get(event.person_id)
    if not exempting.may(person, uow):
        uow.reply(Message("expected.not_yours"))
        return
    uow.change(*(uow.obligations.end_exemption(person.id, event.year, week) for week in event.weeks))
    uow.record("exemption.ended", person.staff_id, year=event.year, weeks=event.weeks)
    facts = {"name": person.name, "weeks": event.weeks}
    uow.reply(Message("expected.exemption_ended", facts))
    exempting.tell(person, Message("expected.you_owe_again", facts), uow)


def tell_exempted(event: yev.WeekExempted, uow: UnitOfWork) -> None:
    """The office did it at the command line: the person hears of it all the same."""
    person = uow.people.get(event.person_id)
    office = uow.office()
    facts = {"weeks": event.weeks, "reason": event.reason, "by": office.name if office else ""}
    text = "expected.you_owe_again" if event.undone else "expected.you_are_exempt"
    exempting.tell(person, Message(text, facts), uow)
