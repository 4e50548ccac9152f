"""`hoso-bot restore`: a new school's folder out of a backup, and what was found when looking it over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from hoso_bot import texts
from hoso_bot.domain.errors import SigningFailed
from hoso_bot.handlers.archive import found_wrong
from hoso_bot.lookups import Desk
from hoso_bot.pdf import keys
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.ports import Clock, Signer
from hoso_bot.settings import of_folder
from hoso_bot.store import audit
from hoso_bot.store.backup_format import DATABASE, BackupFailed, Progress
from hoso_bot.store.db import Database
from hoso_bot.store.files import FolderStore
from hoso_bot.store.restoring import Snapshot, find_snapshot, hold_stale, new_home, unpack
from hoso_bot.store.school import School
from hoso_bot.unit_of_work import UnitOfWork

SHOWN = 20


@dataclass(frozen=True)
class Restored:
    """held: messages that will not be said again; left_out: damaged files, each with what is wrong."""

    snapshot: Snapshot
    held: int
    left_out: list[str]


@dataclass(frozen=True)
class Found:
    """What looking over a restored school found. broken: number of the first log entry that does not fit.

    doubted: (printed code, what is wrong) of plans whose files are not as they were signed.
    """

    entries: int
    broken: int | None
    signed: int
    doubted: list[tuple[str, list[str]]]

    @property
    def sound(self) -> bool:
        """Whether log and archive are as they were."""
        return self.broken is None and not self.doubted


def restore(
    source: Path,
    home: Path,
    clock: Clock,
    tell: Progress,
    *,
    name: str = "",
    master_key: str = "",
    without_damaged: bool = False,
) -> Restored:
    """Make the school's folder `home` from a backup; it appears complete or not at all.

    master_key: its text form, proved against the database and written to `master.key`; empty: left out.
    without_damaged: go on without files that are damaged in the backup. Raises BackupFailed, SettingsError.
    """
    snapshot = find_snapshot(source, name)
    if home.resolve().is_relative_to(snapshot.dest):
        raise BackupFailed(f"{home} is inside the backup; restore into a new folder elsewhere")
    with new_home(home) as making:
        parts, files = unpack(snapshot, making, tell)
        if parts or (files and not without_damaged):
            raise BackupFailed(_damage(snapshot, parts, files))
        held = _prepare(making, snapshot, clock, master_key)
    return Restored(snapshot, held, files)


def _damage(snapshot: Snapshot, parts: list[str], files: list[str]) -> str:
    shown = [*parts, *files][:SHOWN]
    more = len(parts) + len(files) - len(shown)
    lines = [f"backup {snapshot.folder.name} is damaged; nothing was restored.", *(f"  {it}" for it in shown)]
    if more:
        lines.append(f"  and {more} more")
    if parts:
        lines.append("Try an earlier one with --snapshot, or a backup on another disk.")
    else:
        lines.append("Try a backup on another disk, or go on without these files: --without-damaged")
    return "\n".join(lines)


def _prepare(home: Path, snapshot: Snapshot, clock: Clock, master_key: str) -> int:
    """Prove the key, bring the tables to this version, hold stale messages back; how many."""
    db = _restored(home)
    try:
        db.migrate()
        if master_key:
            _put_key(home, db, master_key)
        return hold_stale(db, snapshot, clock.now())
    finally:
        db.close()


def _restored(home: Path) -> Database:
    """What lies in the folder, whose hoso.toml says which school it is."""
    return Database(f"sqlite:///{home / DATABASE}", of_folder(home).school_id)


def _put_key(home: Path, db: Database, text: str) -> None:
    master_key = keys.master_key_from_text(text)
    try:
        keys.unwrap(master_key, School(db).row().ca_wrapped_key, keys.CA_CONTEXT)
    except SigningFailed:
        raise BackupFailed("this is not the master key of the school in this backup") from None
    path = home / "master.key"
    path.touch(mode=0o600)
    path.write_text(keys.master_key_to_text(master_key) + "\n", encoding="ascii")


def look_over(home: Path, clock: Clock, tell: Progress) -> Found:
    """Check the whole log and validate every signed file, as `audit verify` and the nightly job do."""
    db = _restored(home.resolve())
    try:
        with db.read() as connection:
            entries, broken = audit.first_broken(connection, db.school_id)
        with Sandbox() as sandbox:
            files = FolderStore(home / "files")
            nobody = cast(Signer, None)  # nothing is signed here
            desk = Desk(db, clock, files, sandbox, nobody, texts.render)
            signed, doubted = _archive(UnitOfWork(desk, "look over", None, None), tell)
        return Found(entries, broken, signed, doubted)
    finally:
        db.close()


def _archive(uow: UnitOfWork, tell: Progress) -> tuple[int, list[tuple[str, list[str]]]]:
    versions = uow.archive_checks.due(uow.archive_checks.state().files)
    doubted = []
    for number, version_id in enumerate(versions):
        tell("signed files", number, len(versions))
        recorded = uow.archive.of(version_id)
        if problems := found_wrong(recorded, uow):
            doubted.append((f"{recorded.plan.code}-{recorded.version.number}", problems))
    return len(versions), doubted
