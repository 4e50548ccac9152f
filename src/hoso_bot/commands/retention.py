"""`hoso-bot retention …`: what is kept how long, what may go, what must not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import AsJson, Home, print_json

if TYPE_CHECKING:
    from hoso_bot.desks.retention import RetentionDesk, Share

app = typer.Typer(help="How long things are kept, and holds.", no_args_is_help=True)

Subject = Annotated[str, typer.Argument(metavar="MÃ|CODE", help="A staff id, or the record code of a plan.")]


def _desk(home: Path | None) -> closing[RetentionDesk]:
    from hoso_bot.deployment import load
    from hoso_bot.desks.retention import RetentionDesk

    return closing(RetentionDesk(load(home), SystemClock()))


@app.command("show")
def show(home: Home = None, as_json: AsJson = False) -> None:
    """What may go now, by kind, with counts and bytes; and what is held."""
    with _desk(home) as desk:
        shares, holds = desk.due(), desk.holds()
    if as_json:
        held = [{"subject": name, "reason": hold.reason} for name, hold in holds]
        print_json({"due": [{**vars(share), "kind": share.kind.value} for share in shares], "held": held})
        return
    for share in shares:
        typer.echo(_line(share))
    for name, hold in holds:
        typer.echo(f"held: {name} since {hold.made_at:%Y-%m-%d} ({hold.reason})")


@app.command("apply")
def apply(home: Home = None) -> None:
    """Have the running bot remove all of it now, instead of step by step at night."""
    with _desk(home) as desk:
        shares = desk.apply()
    for share in shares:
        typer.echo(_line(share))
    typer.echo("the running bot removes it, in small steps" if shares else "nothing is older than it is kept")


@app.command("hold")
def hold(
    subject: Subject,
    reason: Annotated[str, typer.Option(help="Why; kept with the hold.")],
    home: Home = None,
) -> None:
    """Nothing of this person, or of this plan, goes until it is released."""
    with _desk(home) as desk:
        desk.hold(subject, reason)
    typer.echo(f"{subject}: nothing is removed until hoso-bot retention release {subject}")


@app.command("release")
def release(subject: Subject, home: Home = None) -> None:
    """What is older than it is kept may go again."""
    with _desk(home) as desk:
        desk.release(subject)
    typer.echo(f"{subject} is no longer held")


def _line(share: Share) -> str:
    if not share.before:
        return f"{share.kind.value:<14} kept"
    counts = f"{share.rows} rows, {share.files} files, {share.size} bytes"
    return f"{share.kind.value:<14} older than {share.before}: {counts}"
