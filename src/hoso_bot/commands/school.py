"""`hoso-bot init`: a new school."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Passphrase
from hoso_bot.settings import SCHOOL_ID, Custody, of_folder

CUSTODY = {
    "pin": "pin: every signer chooses a PIN at the first approval; without it the key signs nothing",
    "server": "server: this machine's master key opens every signer's key",
}


class More(NamedTuple):
    """What `init` may be told beside the name."""

    authority: str
    place: str
    school_id: str
    database: str


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the school.")],
    name: Annotated[str, typer.Option(help="The school's name.")] = "Trường Tiểu học",
    sample: Annotated[bool, typer.Option("--sample", help="Fill it with a made-up school.")] = False,
    authority: Annotated[str, typer.Option(help="Who is above the school: UBND xã …")] = "",
    place: Annotated[str, typer.Option(help="Where the school is, before a document's date.")] = "",
    passphrase: Passphrase = "",
    school_id: Annotated[str, typer.Option("--id", help="Its id, when it is one of several.")] = SCHOOL_ID,
    database: Annotated[str, typer.Option(help="postgresql://… instead of a file in DIR.")] = "",
    many_schools: Annotated[
        bool,
        typer.Option("--many-schools", help="A folder for those `hoso-bot school add` makes."),
    ] = False,
) -> None:
    """Make a school folder: hoso.toml, database, certificate authority, master key."""
    if many_schools:
        _make_deployment(folder, database)
        return
    custody = of_folder(folder).signing.custody
    more = More(authority, place, school_id, database)
    shown = _make(folder, name, sample, passphrase, custody, more)
    typer.echo(f"School folder ready: {folder}")
    typer.echo(f"  settings     {folder / 'hoso.toml'}")
    typer.echo(f"  master key   {folder / 'master.key'} (print it, keep it in a safe, never with a backup):")
    typer.echo(f"               {(folder / 'master.key').read_text(encoding='ascii').strip()}")
    if shown:
        typer.echo("  passphrase   of the office, for making signers; shown only now, kept nowhere:")
        typer.echo(f"               {shown}")
    typer.echo(f"  custody      {CUSTODY[custody]}")
    _tell_next(folder, sample, custody)


def _make_deployment(folder: Path, database: str) -> None:
    from hoso_bot.founding import init_deployment

    init_deployment(folder, database)
    typer.echo(f"Deployment ready: {folder}")
    typer.echo(f"  settings     {folder / 'hoso.toml'}")
    typer.echo(f"  master key   {folder / 'master.key'}, of all its schools (print it, keep it in a safe):")
    typer.echo(f"               {(folder / 'master.key').read_text(encoding='ascii').strip()}")
    typer.echo(f'Next: hoso-bot school add ID --name "Trường Tiểu học …" --home {folder}')


def _make(folder: Path, name: str, sample: bool, given: str, custody: Custody, more: More) -> str:
    """Make it; the office passphrase that was invented for it, empty where none was needed."""
    from hoso_bot import founding
    from hoso_bot.pdf.keys import new_passphrase

    invented = new_passphrase() if custody == "pin" and not given else ""
    passphrase = (given or invented) if custody == "pin" else ""
    where = founding.Where(more.school_id, more.database)
    if sample:
        from hoso_bot.demo import make_school

        make_school(folder, custody=custody, passphrase=passphrase, where=where)
    else:
        founding.init(
            folder,
            name,
            SystemClock(),
            passphrase=passphrase,
            custody=custody,
            authority=more.authority,
            place=more.place,
            where=where,
        )
    return invented


def _tell_next(folder: Path, sample: bool, custody: Custody) -> None:
    home, with_passphrase = f"--home {folder}", " --passphrase …" if custody == "pin" else ""
    if sample:
        typer.echo(f"A made-up staff is in it. Next: hoso-bot run {home}, then hoso-bot staff invite {home}")
    else:
        typer.echo(f"Next: hoso-bot staff import LIST.xlsx {home}{with_passphrase}")
