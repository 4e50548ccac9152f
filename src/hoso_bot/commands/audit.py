"""`hoso-bot audit …`: the tamper-evident log."""

from __future__ import annotations

import typer

from hoso_bot.commands.options import Home, office_of

app = typer.Typer(help="The tamper-evident log.", no_args_is_help=True)


@app.command("verify")
def verify(home: Home = None) -> None:
    """Check every entry of the log against its hash chain; exit 1 at the first that does not fit."""
    from hoso_bot.office import SCHOOL_ID
    from hoso_bot.store import audit as log

    with office_of(home) as office, office.db.read() as connection:
        count, broken = log.first_broken(connection, SCHOOL_ID)
        head = log.head(connection, SCHOOL_ID)[1]
    if broken is not None:
        typer.echo(f"entry {broken} was changed, removed or moved")
        raise typer.Exit(1)
    typer.echo(f"{count} entries, chain intact, head {head}")
