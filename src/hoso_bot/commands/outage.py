"""`hoso-bot outage …`: outages on record, which move deadlines for everybody."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import AsJson, Home, print_json
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.outages import Cause

if TYPE_CHECKING:
    from hoso_bot.desks.outages import OutageDesk

app = typer.Typer(help="Outages on record: they move deadlines for everybody.", no_args_is_help=True)


def _desk(home: Path | None) -> closing[OutageDesk]:
    from hoso_bot.deployment import load
    from hoso_bot.desks.outages import OutageDesk

    return closing(OutageDesk(load(home), SystemClock()))


@app.command("list")
def show(home: Home = None, as_json: AsJson = False) -> None:
    """Every outage on record."""
    with _desk(home) as desk:
        known = [{"id": one.id, **one.facts()} for one in desk.all()]
    if as_json:
        print_json(known)
        return
    for one in known:
        typer.echo(f"{one['id']}  {one['cause']:<6}  {one['start'][:16]} – {one['end'][:16]}")


@app.command("add")
def add(
    cause: Annotated[Cause, typer.Argument(metavar="bot|chat|portal|power", help="What did not work.")],
    start: Annotated[str, typer.Option("--from", help="Such as 2026-11-29T19:00, in Vietnam.")],
    end: Annotated[str, typer.Option("--to", help="Such as 2026-11-29T23:30, in Vietnam.")],
    home: Home = None,
) -> None:
    """Put an outage on record: where it touched the last 24 hours before a deadline, that one moves."""
    with _desk(home) as desk:
        outage, moves = desk.add(cause, _moment(start), _moment(end))
    typer.echo(f"{outage.id} on record")
    _report(moves)


@app.command("undo")
def undo(
    outage_id: Annotated[str, typer.Argument(metavar="ID", help="As `outage list` shows it.")],
    home: Home = None,
) -> None:
    """Take an outage off the record: deadlines go back, what was on time meanwhile stays on time."""
    with _desk(home) as desk:
        _report(desk.undo(outage_id))


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a moment such as 2026-11-29T19:00") from None
    return at if at.tzinfo else at.replace(tzinfo=VN)


def _report(moves: list[dict[str, Any]]) -> None:
    for move in moves:
        was, now = (datetime.fromisoformat(move[key]) for key in ("was", "now"))
        typer.echo(f"week {move['week']:>2}: deadline {was:%Y-%m-%d %H:%M:%S} -> {now:%Y-%m-%d %H:%M:%S}")
    typer.echo(f"{len(moves)} deadlines moved" if moves else "no deadline moved")
