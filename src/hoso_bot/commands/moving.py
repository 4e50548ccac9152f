"""`hoso-bot migrate-to URL`, `migrate-files`: database and files move to a server and a bucket."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer

from hoso_bot.commands.options import Home
from hoso_bot.commands.reporter import Reporter
from hoso_bot.deployment import load
from hoso_bot.domain.errors import SettingsError
from hoso_bot.settings import Settings


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
    from hoso_bot.store.home_lock import alone
    from hoso_bot.store.moving import move

    settings = load(home)
    if use and not (settings.home / "hoso.toml").exists():
        raise SettingsError("--use: only for a school with a hoso.toml of its own, not for one of many")
    with (
        alone(settings.home),
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


def migrate_files(
    home: Home = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Instead: the `files` folder of a backup, to mend what the bucket lost."),
    ] = None,
) -> None:
    """Move the stopped school's files into the bucket of [files]; each is read back and compared.

    What moved lies in `files-moved` until somebody removes it. After an interruption: the same command again.
    Exit 1: all moved but some files, damaged in the folder (named); 2: stopped.
    """
    from hoso_bot.filing import FOLDER, MOVED, object_store
    from hoso_bot.store.db import Database
    from hoso_bot.store.home_lock import alone
    from hoso_bot.store.moving_files import move_files

    settings = load(home)
    if not settings.files.bucket:
        raise SettingsError("no bucket: set HOSO_FILES__BUCKET, HOSO_FILES__KEY_ID and HOSO_FILES__SECRET")
    if source and not source.is_dir():
        raise SettingsError(f"no folder {source}; a backup's is called `files`")
    aside = None if source else settings.home / MOVED
    with (
        alone(settings.home),
        contextlib.closing(Database(settings.database, settings.school_id)) as db,
    ):
        db.migrate()
        moved = move_files(source or settings.home / FOLDER, object_store(settings, db), aside, Reporter())
    typer.echo(
        f"Files: {moved.found}, {moved.written} of them new in the bucket, each read back and compared"
    )
    for sha256 in moved.damaged:
        typer.echo(f"DAMAGED, left where it is: file {sha256}", err=True)
    if aside:
        typer.echo(f"What moved lies in {aside}, for nobody's use: keep it until the next backup.")
        typer.echo("Next: hoso-bot doctor, hoso-bot run.")
    raise typer.Exit(1 if moved.damaged else 0)


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
