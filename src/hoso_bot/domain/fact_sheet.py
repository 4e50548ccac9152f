"""What the record says about a lesson's plan: moments, reminders, whose time it was. Pure; judges nothing.

The time a plan waits for an approver stands on its own and is never its author's (R10, R61). A sheet is JSON
data: it is shown to the person, and stays with the case as it was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.board import Filed, Line, Wait
from hoso_bot.domain.calendar import VN, Week
from hoso_bot.domain.roster import Person
from hoso_bot.domain.violation import Kind

Sheet = dict[str, Any]

_DONE = {
    StepState.APPROVED: "signed",
    StepState.SIGNED: "signed",
    StepState.REJECTED: "rejected",
    StepState.RETURNED: "given_back",
}


@dataclass(frozen=True)
class Around:
    """What happened around the lesson besides its plan.

    exempt: why the week need not be handed in, '' when it must. leave: state of a request for the week off,
    '' for none. reminders: when the person was reminded of this week. power_cuts: `{"note", "at"}` of notices
    about that day. outages: `{"cause", "start", "end"}` near the deadline, ISO moments. lent: plans of
    colleagues the person may teach by that week, `{"code", "name"}`.
    """

    exempt: str = ""
    leave: str = ""
    reminders: Sequence[datetime] = ()
    power_cuts: Sequence[dict[str, str]] = ()
    outages: Sequence[dict[str, str]] = ()
    lent: Sequence[dict[str, str]] = ()


def fact_sheet(
    week: Week,
    day: date,
    filed: Sequence[Filed],
    lines: Sequence[Line],
    people: Mapping[str, Person],
    around: Around,
    now: datetime,
) -> Sheet:
    """The sheet about one person's lesson on `day` of `week`.

    filed: the person's plans of that week; lines: the same plans on the week's board. Ends with that day.
    """
    log = [entry for one in filed for entry in _entries(one, people)]
    log += [{"at": one.approved_at, "what": "approved", "code": one.code} for one in lines if one.approved_at]
    over = _begins(day) + timedelta(days=1)
    ordered = sorted(log, key=lambda entry: entry["at"])
    return {
        "made_at": now.isoformat(),
        "day": day.isoformat(),
        "deadline": week.deadline.isoformat(),
        "plans": [_plan(line) for line in lines if line.code],
        "log": [{**entry, "at": entry["at"].isoformat(), "after": entry["at"] >= over} for entry in ordered],
        "waits": [_wait(wait, people, min(over, now)) for wait in _waits(lines, over)],
        "exempt": around.exempt,
        "leave": around.leave,
        "reminders": [at.isoformat() for at in around.reminders],
        "power_cuts": list(around.power_cuts),
        "outages": list(around.outages),
        "lent": list(around.lent),
    }


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), VN)


def _plan(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "part": line.part,
        "state": line.state.value,
        "late": line.late,
        "first_at": line.first_at.isoformat() if line.first_at else None,
        "approved_at": line.approved_at.isoformat() if line.approved_at else None,
    }


def _entries(one: Filed, people: Mapping[str, Person]) -> Iterable[dict[str, Any]]:
    code = one.plan.code
    for version in one.versions:
        late = version.minutes_late if version.number == 1 else 0
        yield {
            "at": version.submitted_at,
            "what": "submitted",
            "code": code,
            "version": version.number,
            "late": late,
        }
        for step in one.chain(version):
            if step.decided_at and step.state in _DONE:
                yield _step(step, code, people)


def _step(step: ApprovalStep, code: str, people: Mapping[str, Person]) -> dict[str, Any]:
    decider = people.get(step.decider_id)
    return {
        "at": step.decided_at,
        "what": _DONE[step.state],
        "code": code,
        "name": decider.name if decider else "",
        "role": decider.role.value if decider else step.role.value,
        "reason": step.reason or "",
    }


def _waits(lines: Sequence[Line], over: datetime) -> list[Wait]:
    return sorted((w for line in lines for w in line.waits if w.since < over), key=lambda w: w.since)


def _wait(wait: Wait, people: Mapping[str, Person], until: datetime) -> dict[str, Any]:
    """One approver's turn, up to the end of the lesson's day."""
    person = people.get(wait.person_id)
    ended = wait.ended if wait.ended and wait.ended <= until else None
    return {
        "name": person.name if person else "",
        "role": person.role.value if person else wait.role.value,
        "since": wait.since.isoformat(),
        "ended": ended.isoformat() if ended else None,
        "minutes": max(0, int(((ended or until) - wait.since).total_seconds() // 60)),
    }


def cautions(sheet: Sheet, kind: Kind | None) -> list[str]:
    """What speaks against the case at first sight; a person weighs it, the bot does not.

    exempt: the week need not be handed in. approved_before: the plan was approved before that day. held: the
    plan had come in time and was with an approver when the day began. power_cut, outage: there was one. lent:
    a colleague's plan was given to the person for that week.
    """
    begins = _begins(date.fromisoformat(sheet["day"]))
    about_plan, plans = kind in (Kind.UNAPPROVED, Kind.NO_PLAN), sheet["plans"]
    found = {
        "exempt": bool(sheet["exempt"]),
        "approved_before": about_plan and any(_before(plan["approved_at"], begins) for plan in plans),
        "held": about_plan and any(_holds(wait, begins) for wait in sheet["waits"]) and _in_time(sheet),
        "power_cut": bool(sheet["power_cuts"]),
        "outage": bool(sheet["outages"]),
        "lent": about_plan and bool(sheet["lent"]),
    }
    return [name for name, is_so in found.items() if is_so]


def _before(at: str | None, moment: datetime) -> bool:
    return at is not None and datetime.fromisoformat(at) < moment


def _holds(wait: dict[str, Any], moment: datetime) -> bool:
    return _before(wait["since"], moment) and not _before(wait["ended"], moment)


def _in_time(sheet: Sheet) -> bool:
    return any(plan["first_at"] and not plan["late"] for plan in sheet["plans"])
