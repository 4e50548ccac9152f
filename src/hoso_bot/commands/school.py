"""`hoso-bot init`: a new school."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Passphrase
from hoso_bot.settings import Settings

CUSTODY = {
    "pin": "pin: every signer chooses a PIN at the first approval; without it the key signs nothing",
    "server": "server: this machine's master key opens every signer's key",
}


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the school.")],
    name: Annotated[str, typer.Option(help="The school's name.")] = "Trường Tiểu học",
    sample: Annotated[bool, typer.Option("--sample", help="Fill it with a made-up school.")] = False,
    passphrase: Passphrase = "",
) -> None:
    """Make a school folder: hoso.toml, database, certificate authority, master key."""
    custody = Settings(home=folder).signing.custody
    if sample:
        from hoso_bot.demo import make_school

        make_school(folder)
        passphrase = ""
    else:
        from hoso_bot import office
        from hoso_bot.pdf.keys import new_passphrase

        passphrase = passphrase or (new_passphrase() if custody == "pin" else "")
        office.init(folder, name, SystemClock(), passphrase=passphrase)
    typer.echo(f"School folder ready: {folder}")
    typer.echo(f"  settings     {folder / 'hoso.toml'}")
    typer.echo(f"  master key   {folder / 'master.key'} (print it, keep it in a safe, never with a backup):")
    typer.echo(f"               {(folder / 'master.key').read_text(encoding='ascii').strip()}")
    if passphrase:
        typer.echo("  passphrase   of the office, for making signers; shown only now, kept nowhere:")
        typer.echo(f"               {passphrase}")
    typer.echo(f"  custody      {CUSTODY[custody]}")
    typer.echo(f"Next: hoso-bot staff import LIST.xlsx --home {folder}")
