"""`hoso-bot calendar …` and `hoso-bot new-year`: the week table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hoso_bot.commands.options import AsJson, Home, day, print_json, school_year
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.calendar import school_year as year_of
from hoso_bot.domain.calendar_edits import Move
from hoso_bot.domain.errors import HosoError

app = typer.Typer(help="The school's week table.", no_args_is_help=True)

Year = Annotated[str | None, typer.Option(help="A school year such as 2026-2027 (default: the current one).")]


@app.command("show")
def show(home: Home = None, as_json: AsJson = False, year: Year = None) -> None:
    """A school year's weeks with their deadlines."""
    with school_year(home) as desk:
        weeks = _table(desk, year)
    if as_json:
        print_json([_row(week) for week in weeks])
        return
    for week in weeks:
        typer.echo(f"{week.number:>3}  {_days(week)}  deadline {_deadline(week)}  {week.label}".rstrip())


def _table(desk: Any, year: str | None) -> tuple[Week, ...]:
    try:
        return tuple(desk.weeks(year or year_of(desk.today())))
    except ValueError as error:
        raise HosoError(str(error)) from None


def _row(week: Week) -> dict[str, Any]:
    return {
        "week": week.number,
        "first": week.first.isoformat(),
        "last": week.last.isoformat(),
        "deadline": week.deadline.date().isoformat(),
    }


@app.command("set-week")
def set_week(
    number: Annotated[int, typer.Argument(metavar="N", help="The week's number.")],
    days: Annotated[str, typer.Option(help="Its teaching days, as 2027-02-05,2027-02-06.")],
    label: Annotated[str | None, typer.Option(help="A word beside the week.")] = None,
    home: Home = None,
) -> None:
    """Give a week exactly these days: halves around Tết, a make-up Saturday, week 0."""
    chosen = [day(text) for text in days.split(",") if text.strip()]
    with school_year(home) as desk:
        _report(desk.set_week(number, chosen, label))


@app.command("skip")
def skip(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="First day without lessons.")],
    last: Annotated[
        str | None, typer.Argument(metavar="[LAST]", help="Last such day (default: FIRST).")
    ] = None,
    home: Home = None,
) -> None:
    """Take days out (storm, holiday): a week without any day left moves on, and all after it."""
    with school_year(home) as desk:
        _report(desk.skip(day(first), day(last or first)))


def _report(moves: tuple[Move, ...]) -> None:
    for move in moves:
        was = f"{_days(move.before)}, deadline {_deadline(move.before)}" if move.before else "(new)"
        typer.echo(f"week {move.number:>2}: {was}")
        typer.echo(f"      -> {_days(move.after)}, deadline {_deadline(move.after)}")
    if moves:
        typer.echo(f"{len(moves)} weeks changed; what was handed in keeps its on-time or late mark.")
    else:
        typer.echo("The table is like that already; nothing was changed.")


def _days(week: Week) -> str:
    if (week.last - week.first).days + 1 == len(week.days):
        return f"{week.first} – {week.last}"
    return " ".join(d.isoformat() for d in week.days)


def _deadline(week: Week) -> str:
    return f"{week.deadline:%Y-%m-%d %H:%M:%S}"


def new_year(
    home: Home = None,
    year: Annotated[str | None, typer.Option(help="Such as 2027-2028 (default: the one ahead).")] = None,
) -> None:
    """Prepare a school year: its week table, the staff carried over; may be run again."""
    with school_year(home) as desk:
        try:
            done = desk.new_year(year)
        except ValueError as error:
            raise HosoError(str(error)) from None
    weeks = f"weeks {done.weeks[0].number}–{done.weeks[-1].number}"
    span = f"{done.weeks[0].first} – {done.weeks[-1].last}"
    state = "prepared" if done.made else "was prepared already, nothing changed"
    typer.echo(f"{done.year} {state}: {weeks}, {span}; {done.staff} people carried over.")
    typer.echo("Next: hoso-bot staff import LIST.xlsx (who teaches what this year), then calendar show.")
