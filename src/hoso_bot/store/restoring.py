"""A backup back into a school's folder, every byte compared with the manifest on its way."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hoso_bot.domain.messages import ERASED
from hoso_bot.store import backup_format as form
from hoso_bot.store.audit import Entry
from hoso_bot.store.backup_format import BackupFailed, Manifest, Progress
from hoso_bot.store.commit import Changes, Unguarded, commit
from hoso_bot.store.db import Database, from_moment, moment
from hoso_bot.store.files import copy_hashed, sync
from hoso_bot.store.tables import outbox

STALE = timedelta(hours=1)
"""After so long what was waiting to be said was very likely said by the bot that is gone."""
HELD = "held back: the school was restored from a backup"


@dataclass(frozen=True)
class Snapshot:
    """One complete snapshot of a backup folder, its manifest already proved."""

    folder: Path
    manifest: Manifest

    @property
    def dest(self) -> Path:
        """The backup folder it belongs to."""
        return self.folder.parent


def find_snapshot(source: Path, name: str = "") -> Snapshot:
    """The snapshot `name` of a backup folder, by default the newest; `source` may be a snapshot itself.

    Raises BackupFailed.
    """
    source = source.resolve()
    if form.SNAPSHOT.fullmatch(source.name) and (source.parent / form.MARK).exists():
        source, name = source.parent, name or source.name
    if not (source / form.MARK).exists():
        raise BackupFailed(f"{source} is not a backup folder (no {form.MARK} in it)")
    known = {path.name: path for path in form.snapshots(source)}
    if not known:
        raise BackupFailed(f"{source} holds no complete backup")
    if name and name not in known:
        raise BackupFailed(f"no backup {name} in {source}; there are: {', '.join(known)}")
    folder = known[name or max(known)]
    return Snapshot(folder, form.read_manifest(folder))


@contextmanager
def new_home(home: Path) -> Iterator[Path]:
    """A folder beside `home` that gets its name only at the end, so a killed restore is never a school.

    Raises BackupFailed when something is there already.
    """
    home = home.resolve()
    if (home / "hoso.toml").exists() or (home / "hoso.db").exists():
        raise BackupFailed(f"{home} holds a school already; restore into a new folder")
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupFailed(f"{home} is not empty; restore into a new folder")
    making = home.with_name(f".{home.name}.restoring-{secrets.token_hex(4)}")
    try:
        making.mkdir(parents=True, mode=0o700)
        yield making
        sync(making)
        making.rename(home)
        sync(home.parent)
    except OSError as error:
        raise BackupFailed(f"cannot restore to {home}: {error}") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def unpack(snapshot: Snapshot, into: Path, tell: Progress) -> tuple[list[str], list[str]]:
    """Copy everything; (damaged parts, damaged or missing files), each named with what is wrong.

    Parts are the database and hoso.toml. Damaged files are left out. Raises OSError for a full disk.
    """
    manifest, files = snapshot.manifest, into / "files"
    parts = [
        trouble
        for name, sha256 in manifest.parts.items()
        if (trouble := _copy(snapshot.folder / name, into / name, sha256))
    ]
    troubles = []
    for number, sha256 in enumerate(manifest.files):
        tell("files", number, len(manifest.files))
        target = files / sha256[:2] / sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        if trouble := _copy(form.pooled(snapshot.dest, sha256), target, sha256):
            troubles.append(trouble)
    for folder in files.glob("??"):
        sync(folder)
    return parts, troubles


def _copy(source: Path, target: Path, sha256: str) -> str:
    """What is wrong with the source; empty when the copy is what it should be."""
    try:
        if not source.exists():
            return f"{source} is missing"
        with source.open("rb"):
            pass
    except OSError as error:
        return f"{source} cannot be read ({error.strerror})"
    if copy_hashed(source, target) == sha256:
        return ""
    target.unlink()
    return f"{source} is damaged (its bytes are not those that were backed up)"


def hold_stale(db: Database, snapshot: Snapshot, now: datetime) -> int:
    """Note the restore in the log and hold back what need not be said twice; how many messages.

    A message that asks (buttons), brings a file, changes or erases an earlier one is sent, perhaps a second
    time: a lost one could stop a plan, a second one does nothing, its buttons are good for one decision. What
    only tells is held back, unless the backup is younger than STALE (a move to another machine).
    """
    taken = snapshot.manifest.taken_at
    only_tells = (
        outbox.c.school_id == db.school_id,
        outbox.c.state.in_(["todo", "sending"]),
        outbox.c.edits.is_(None),
        outbox.c.message["buttons"].as_string() == "[]",
        outbox.c.message["attachment"].as_string().is_(None),
        outbox.c.message["text"].as_string() != ERASED,
    )
    stale = now - from_moment(taken) > STALE
    with db.read() as connection:
        held = connection.scalar(sa.select(sa.func.count()).where(*only_tells)) if stale else 0
    facts = {"backup": snapshot.folder.name, "taken_at": taken, "held": held or 0}
    hold = sa.update(outbox).where(*only_tells).values(state="gone", error=HELD, lease_until=None)
    commit(
        db,
        moment(now),
        Changes(
            statements=[Unguarded(hold)] if stale else [],
            entries=[Entry("office", "school.restored", snapshot.folder.name, facts)],
        ),
    )
    return held or 0


def belongs(snapshot: Snapshot) -> str:
    """The name of the school whose backup this is."""
    mark = json.loads((snapshot.dest / form.MARK).read_text(encoding="utf-8"))
    return str(mark["school"])


__all__ = ["BackupFailed", "Snapshot", "belongs", "find_snapshot", "hold_stale", "new_home", "unpack"]
