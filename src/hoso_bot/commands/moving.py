"""`hoso-bot migrate-to URL`: the school's database moves to a PostgreSQL server."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated

import typer

from hoso_bot.commands.options import Home
from hoso_bot.commands.reporter import Reporter
from hoso_bot.settings import Settings, load


def migrate_to(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            envvar="HOSO_NEW_DATABASE_URL",
            help="postgresql://USER:PASSWORD@HOST/DATABASE (or a sqlite:/// file that is not there yet).",
        ),
    ],
    home: Home = None,
    use: Annotated[
        bool,
        typer.Option("--use", help="Write the new address into hoso.toml."),
    ] = False,
) -> None:
    """Copy the stopped school's database to another one and prove that every row arrived.

    The old database stays as it is. Files of plans, keys and settings stay in the school's folder.
    Exit 2: nothing was moved.
    """
    from hoso_bot.store.db import Database
    from hoso_bot.store.home_lock import only_one
    from hoso_bot.store.moving import move

    settings = load(home)
    with (
        only_one(settings.home),
        contextlib.closing(Database(settings.database, settings.school_id)) as old,
        contextlib.closing(Database(url, settings.school_id)) as new,
    ):
        old.migrate()
        moved = move(old, new, Reporter())
        if use:
            _use(settings, url)
    typer.echo(f"Moved: {moved.total} rows of {len(moved.rows)} tables, each compared on both sides")
    typer.echo(f"Log: {moved.entries} entries, chain intact.")
    if use:
        typer.echo("hoso.toml names the new database. Next: hoso-bot doctor, hoso-bot run.")
    else:
        typer.echo("Next: set HOSO_DATABASE_URL to the new address, then hoso-bot doctor, hoso-bot run.")
    typer.echo("The old database is still there, and old from now on: keep it apart until the next backup.")


def _use(settings: Settings, url: str) -> None:
    """Name the database in hoso.toml; the key belongs before the first table."""
    path = settings.home / "hoso.toml"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not _names_database(line)]
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join([f"database_url = {json.dumps(url)}", *kept, ""]), encoding="utf-8")
    fresh.replace(path)


def _names_database(line: str) -> bool:
    return line.split("=")[0].strip().strip("\"'") == "database_url"
