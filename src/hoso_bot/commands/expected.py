"""`hoso-bot expected WEEK` and `hoso-bot staff exempt`: who owes a week's plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoso_bot.commands.options import AsJson, Home, print_json, school_year
from hoso_bot.domain.board import Line
from hoso_bot.domain.expected import Due, Standing

if TYPE_CHECKING:
    from hoso_bot.school_year import WeekReport

HANDED_IN = (Standing.HANDED_IN, Standing.RETURNED, Standing.APPROVED)
TITLES = {
    Standing.MISSING: "missing",
    Standing.RETURNED: "sent back, not mended yet",
    Standing.HANDED_IN: "waiting for approval",
    Standing.APPROVED: "approved",
    Standing.EXEMPT: "exempt",
}


def expected(
    week: Annotated[int, typer.Argument(metavar="WEEK", help="A week of the current school year.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Who owes this week's plan: handed in, approved, exempt, missing; and who has no linked chat."""
    with school_year(home) as desk:
        report = desk.expected(week)
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report)


def _as_json(report: WeekReport) -> dict[str, Any]:
    """Lists of staff ids, each once, and one line a plan under `people`.

    handed_in: who handed in every plan owed, the approved and those sent back too; approved: every plan is;
    returned, missing: at least one is.
    """
    standings: dict[str, set[Standing]] = {}
    for due in report.dues:
        standings.setdefault(due.person.staff_id, set()).add(due.standing)

    def everything(*wanted: Standing) -> list[str]:
        return [who for who, found in standings.items() if found <= set(wanted)]

    def something(wanted: Standing) -> list[str]:
        return [who for who, found in standings.items() if wanted in found]

    return {
        "week": report.week.number,
        "unit": report.unit,
        "owed": everything(*HANDED_IN, Standing.MISSING),
        "handed_in": everything(*HANDED_IN),
        "approved": everything(Standing.APPROVED),
        "returned": something(Standing.RETURNED),
        "exempt": everything(Standing.EXEMPT),
        "missing": something(Standing.MISSING),
        "unlinked": [person.staff_id for person in report.unlinked],
        "people": [_plan(due, line) for due, line in zip(report.dues, report.lines, strict=True)],
    }


def _plan(due: Due, line: Line) -> dict[str, Any]:
    return {
        "staff_id": due.person.staff_id,
        "name": due.person.name,
        "group": due.person.group,
        "part": due.part,
        "standing": due.standing.value,
        "minutes_late": line.late,
        "minutes_excused": line.excused,
        "reason": due.reason,
    }


def _print(report: WeekReport) -> None:
    week = report.week
    owed = [due for due in report.dues if due.standing is not Standing.EXEMPT]
    done = sum(due.standing in HANDED_IN for due in owed)
    typer.echo(f"week {week.number} ({week.first} – {week.last}), deadline {week.deadline:%Y-%m-%d %H:%M:%S}")
    typer.echo(f"{len(owed)} owed, {done} handed in, {len(owed) - done} missing")
    for standing, title in TITLES.items():
        for due, line in zip(report.dues, report.lines, strict=True):
            if due.standing is not standing:
                continue
            more = f"  late {line.late} min" if line.late else f"  {due.reason}" if due.reason else ""
            more += f"  excused {line.excused} min ({', '.join(line.causes)})" if line.excused else ""
            part = f"  {due.part}" if due.part else ""
            who = f"{due.person.staff_id}\t{due.person.name} ({due.person.group})"
            typer.echo(f"  {title:<26} {who}{part}{more}")
    for person in report.unlinked:
        typer.echo(f"  {'no linked chat':<26} {person.staff_id}\t{person.name} ({person.group})")


def exempt(
    staff_id: Annotated[str, typer.Argument(metavar="MÃ", help="Whose plan is not owed.")],
    week: Annotated[list[int], typer.Option(help="A week of the current year; may be given several times.")],
    reason: Annotated[str, typer.Option(help="Why, in words.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="The weeks are owed again.")] = False,
    home: Home = None,
) -> None:
    """Free a person of weeks (leave, no lessons), or take it back; they are told in chat."""
    with school_year(home) as desk:
        person = desk.end_exemption(staff_id, week) if undo else desk.exempt(staff_id, week, reason)
    words = "owes again" if undo else "is exempt from"
    typer.echo(f"{person.name} ({person.staff_id}) {words} week {', '.join(map(str, week))}.")
