"""`hoso-bot audit …`: the tamper-evident log."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from hoso_bot.commands.options import Home, office_of

app = typer.Typer(help="The tamper-evident log.", no_args_is_help=True)

_ROOT = re.compile(r"(\d+):([0-9a-f]{16,64})")


def _root(text: str) -> str:
    """A root as people write it down, capitals and spaces allowed."""
    written = re.sub(r"\s", "", text).lower()
    if not _ROOT.fullmatch(written):
        raise typer.BadParameter(
            "a root is NUMBER:HASH, at least 16 characters of the hash: 1204:9f3c51aa0e7d42b6"
        )
    return written


Root = Annotated[
    str | None,
    typer.Option(
        parser=_root,
        metavar="NUMBER:HASH",
        help="also check that the log once ended in this entry, as told on a Monday",
    ),
]


@app.command("verify")
def verify(root: Root = None, home: Home = None) -> None:
    """Check every entry of the log against its hash chain; exit 1 at the first that does not fit."""
    from hoso_bot.store import audit as log

    number, _, digest = (root or "").partition(":")
    with office_of(home) as office, office.db.read() as connection:
        count, broken = log.first_broken(connection, office.db.school_id)
        head = log.head(connection, office.db.school_id)[1]
        entry = log.hash_of(connection, office.db.school_id, int(number)) if root else ""
    if broken is not None:
        typer.echo(f"entry {broken} was changed, removed or moved")
        raise typer.Exit(1)
    typer.echo(f"{count} entries, chain intact, head {head}")
    if root and (entry is None or not entry.startswith(digest)):
        typer.echo(f"entry {number} is not the one you wrote down: the log up to it is another one")
        raise typer.Exit(1)
    if root:
        typer.echo(f"entry {number} is the one you wrote down: nothing up to it was changed since")
