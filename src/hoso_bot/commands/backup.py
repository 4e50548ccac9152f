"""`hoso-bot backup DEST` and `hoso-bot restore SRC`."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoso_bot.clock import SystemClock
from hoso_bot.commands.options import Home
from hoso_bot.commands.reporter import Reporter
from hoso_bot.deployment import load, own_toml
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SettingsError
from hoso_bot.settings import Settings

if TYPE_CHECKING:
    from hoso_bot.restoration import Found, Restored
    from hoso_bot.store.backups import Made
    from hoso_bot.store.db import Database

_NO_KEY = "The master key is NOT in the backup: keep its printed sheet apart from it."
_AGAIN = """\
What was done in chat after that moment is not in this backup, and Telegram does not send it again: people who
sent a plan or decided something since then do it again, and whoever was revoked since has to be revoked again
(hoso-bot staff revoke MÃ)."""


def backup(
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A folder for backups, on another disk.")],
    home: Home = None,
    keep: Annotated[int, typer.Option(min=1, help="How many snapshots stay in DEST.")] = 14,
    reread: Annotated[
        bool, typer.Option("--reread", help="Also read what DEST holds, and renew what has rotted.")
    ] = False,
) -> None:
    """Back the school up while the bot runs; only what is new is copied. The master key never goes along.

    Exit 1: made, but files of plans are lost or damaged in the school (named); 2: not made.
    """
    from hoso_bot.filing import file_store
    from hoso_bot.store.backups import Source, back_up
    from hoso_bot.store.db import Database

    settings, now = load(home), SystemClock().now()
    with closing(Database(settings.database, settings.school_id)) as db:
        files, key = file_store(settings, db), _master_key(settings)
        own = own_toml(settings)
        source = Source(settings.home, settings.database, settings.school_id, files, key, own)
        made = back_up(source, dest, now, Reporter(), keep, reread)
        _note(db, settings.home, made)
    typer.echo(f"Backup made: {made.folder}")
    typer.echo(f"  {made.files} files, {made.copied} of them new ({made.bytes / 2**20:.1f} MB)")
    if made.removed:
        typer.echo(f"  given up, older than the newest {keep}: {', '.join(made.removed)}")
    typer.echo(_NO_KEY)
    if _same_disk(settings.home, made.folder):
        typer.echo("DEST is on the same disk as the school: when that disk dies, both are gone.", err=True)
    for what, hashes in (("LOST in the school", made.missing), ("DAMAGED in the school", made.damaged)):
        for sha256 in hashes:
            typer.echo(
                f"{what}: file {sha256} (hoso-bot doctor names its plan after the next night)", err=True
            )
    raise typer.Exit(1 if made.missing or made.damaged else 0)


def _master_key(settings: Settings) -> str:
    try:
        return settings.master()
    except SettingsError:
        return ""


def _note(db: Database, home: Path, made: Made) -> None:
    """An entry in the log of the school, where the doctor looks for it."""
    from hoso_bot.store.audit import Entry
    from hoso_bot.store.commit import Changes, commit
    from hoso_bot.store.db import moment

    same = _same_disk(home, made.folder)
    facts = {"folder": str(made.folder), "files": made.files, "same_disk": same}
    entry = Entry("office", "backup.made", made.folder.name, facts)
    commit(db, moment(SystemClock().now()), Changes(entries=[entry]))


def _same_disk(home: Path, dest: Path) -> bool:
    return home.stat().st_dev == dest.stat().st_dev


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A backup folder, or one snapshot of it.")],
    home: Home = None,
    snapshot: Annotated[str, typer.Option(help="Which one, as 20261124-083000 (default: the newest).")] = "",
    master_key: Annotated[
        str,
        typer.Option(envvar="HOSO_MASTER_KEY", help="From the printed sheet; is written to master.key."),
    ] = "",
    without_damaged: Annotated[
        bool, typer.Option("--without-damaged", help="Go on although files in the backup are damaged.")
    ] = False,
) -> None:
    """Make a new school folder (--home) from a backup and check the log and every signature in it.

    Exit 1: restored, but something in it is not as it was signed (named); 2: nothing was restored.
    """
    from hoso_bot import restoration as work

    if home is None:
        raise SettingsError("restore where? give --home NEW_FOLDER")
    for name, what in (("HOSO_DATABASE_URL", "database is"), ("HOSO_FILES__BUCKET", "files are")):
        if os.environ.get(name):
            raise SettingsError(f"{name} points elsewhere: unset it, the restored {what} in --home")
    restored = work.restore(
        source,
        home,
        SystemClock(),
        Reporter(),
        name=snapshot,
        master_key=master_key,
        without_damaged=without_damaged,
    )
    _tell_restored(home, restored)
    if not master_key:
        typer.echo(
            f"No master key yet: put master.key back at {home / 'master.key'}, from the printed sheet."
        )
    found = work.look_over(home, SystemClock(), Reporter())
    _tell_found(found)
    raise typer.Exit(0 if found.sound and not restored.left_out else 1)


def _tell_restored(home: Path, restored: Restored) -> None:
    from hoso_bot.store.db import from_moment
    from hoso_bot.store.restoring import belongs

    manifest = restored.snapshot.manifest
    typer.echo(f"Restored to {home}: {belongs(restored.snapshot)}, backup {restored.snapshot.folder.name}")
    typer.echo(f"  {len(manifest.files) - len(restored.left_out)} files, every hash as it was backed up")
    for trouble in restored.left_out:
        typer.echo(f"  left out: {trouble}", err=True)
    if last := manifest.last_entry:
        at = from_moment(last.at).astimezone(VN)
        typer.echo(f"  the last thing it knows happened on {at:%Y-%m-%d at %H:%M:%S} (Vietnam)")
    typer.echo(_AGAIN)
    if restored.held:
        typer.echo(f"{restored.held} messages were waiting to be said then and are held back, as too old.")


def _tell_found(found: Found) -> None:
    if found.broken is None:
        typer.echo(f"Log: {found.entries} entries, chain intact.")
    else:
        typer.echo(f"Log: entry {found.broken} was changed, removed or moved.", err=True)
    typer.echo(f"Archive: {found.signed} signed files validated, {len(found.doubted)} of them not as signed.")
    for code, problems in found.doubted:
        typer.echo(f"  {code}: {'; '.join(problems)}", err=True)
    typer.echo("Next: stop the old bot if it still runs anywhere, then hoso-bot doctor, hoso-bot run.")
