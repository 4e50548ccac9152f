"""`hoso-bot init`: a new school."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hoso_bot.clock import SystemClock


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the school.")],
    name: Annotated[str, typer.Option(help="The school's name.")] = "Trường Tiểu học",
    sample: Annotated[bool, typer.Option("--sample", help="Fill it with a made-up school.")] = False,
) -> None:
    """Make a school folder: hoso.toml, database, certificate authority, master key."""
    if sample:
        from hoso_bot.demo import make_school

        make_school(folder)
    else:
        from hoso_bot import office

        office.init(folder, name, SystemClock())
    typer.echo(f"School folder ready: {folder}")
    typer.echo(f"  settings     {folder / 'hoso.toml'}")
    typer.echo(f"  master key   {folder / 'master.key'} (print it, keep it in a safe, never with a backup):")
    typer.echo(f"               {(folder / 'master.key').read_text(encoding='ascii').strip()}")
    typer.echo("  custody      server: this machine's master key opens every signer's key")
    typer.echo(f"Next: hoso-bot staff import LIST.xlsx --home {folder}")
