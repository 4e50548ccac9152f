"""Backups of a school that is at work: a consistent database, every file, and never the master key.

Files never change, so a second backup to the same place copies only what is new. Nothing is hard-linked: a
link would share the one copy's rotten block.
"""

from __future__ import annotations

import errno
import fcntl
import json
import re
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hoso_bot.domain.calendar import VN
from hoso_bot.ports import FileStore
from hoso_bot.store import backup_format as form
from hoso_bot.store.backup_format import BackupFailed, Manifest, Progress
from hoso_bot.store.backup_sources import SqliteFile, source_of
from hoso_bot.store.db import moment
from hoso_bot.store.files import file_sha256, hashed_files, sync

KEEP = 14
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_STAYS_HERE = re.compile(r"\s*[\"']?(master_key|database_url)[\"']?\s*=")
"""Lines of hoso.toml that belong to one machine."""
_FILES_TABLE = re.compile(r"^[ \t]*\[files\].*?(?=^[ \t]*\[|\Z)", re.M | re.S)
"""Where the files are there; a backup brings them along."""
_READ_ME = """\
Backups of a school's hoso-bot. Confidential: names, lesson plans, and perhaps the bot's token.
The master key is NOT in here and must never be: keep its printed sheet apart from these files.

    hoso-bot restore THIS_FOLDER --home NEW_FOLDER
"""


@dataclass(frozen=True)
class Source:
    """A school to be backed up. master_key: its text form (empty: unknown), so that it is never copied.

    settings: what stands for a hoso.toml where the school has none of its own.
    """

    home: Path
    database_url: str
    school_id: str
    files: FileStore
    master_key: str = ""
    settings: str = ""


@dataclass(frozen=True)
class Made:
    """A finished backup. copied, bytes: files that were new; removed: names of snapshots given up.

    missing: hashes of plans' files that neither the school nor the backup has; damaged: files of the school
    whose bytes are not what their name says.
    """

    folder: Path
    files: int
    copied: int
    bytes: int
    removed: tuple[str, ...]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]


def back_up(
    source: Source, dest: Path, at: datetime, tell: Progress, keep: int = KEEP, reread: bool = False
) -> Made:
    """Add one snapshot to `dest` and keep the newest `keep`; the bot may run meanwhile.

    reread: also read what the backup holds already, and copy anew what has rotted there.
    Raises BackupFailed with the reason (no room, wrong place, damaged database); earlier snapshots stay.
    """
    dest = dest.resolve()
    _refuse_wrong_place(source, dest)
    with _explained(dest), ExitStack() as stack:
        dest.mkdir(parents=True, exist_ok=True)
        stack.enter_context(_only_one(dest))
        return _Making(source, dest, at, tell, reread).run(keep)


def _refuse_wrong_place(source: Source, dest: Path) -> None:
    home = source.home.resolve()
    if dest == home or dest.is_relative_to(home):
        raise BackupFailed(f"{dest} is inside the school's own folder; choose a folder on another disk")
    if (dest / "hoso.toml").exists() or (dest / "hoso.db").exists():
        raise BackupFailed(f"{dest} holds a school; choose a folder of its own for backups")
    if (dest / form.POOL).exists() and not (dest / form.MARK).exists():
        raise BackupFailed(f"{dest} has a folder '{form.POOL}' of somebody else; choose an empty folder")


@contextmanager
def _explained(dest: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if "full" in str(error):
            raise BackupFailed(_no_room(dest)) from None
        raise BackupFailed(f"the database cannot be copied to {dest}: {error}") from None
    except OSError as error:
        if error.errno in _FULL:
            raise BackupFailed(_no_room(dest)) from None
        raise BackupFailed(f"cannot write the backup to {dest}: {error}") from None


def _no_room(dest: Path) -> str:
    return (
        f"the disk of {dest} is full: nothing was added, earlier backups are whole. Make room or use --keep"
    )


@contextmanager
def _only_one(dest: Path) -> Iterator[None]:
    with (dest / form.LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(f"another backup to {dest} is running") from None
        except OSError:  # a network disk without locks
            pass
        yield


class _Making:
    """One backup in the making."""

    def __init__(self, source: Source, dest: Path, at: datetime, tell: Progress, reread: bool) -> None:
        self._source, self._dest, self._at, self._tell, self._reread = source, dest, at, tell, reread
        self._database = source_of(source.database_url, source.school_id)
        self._pool = dest / form.POOL
        self._copied: dict[str, int] = {}
        self._damaged: list[str] = []

    def run(self, keep: int) -> Made:
        self._mark()
        self._sweep()
        making = self._dest / f".making-{self._stamp()}"
        making.mkdir(mode=0o700)
        try:
            (making / form.SETTINGS).write_text(self._settings(), encoding="utf-8")
            sync(making / form.SETTINGS)
            self._database.copy_to(making / form.DATABASE, self._tell)
            named = set(SqliteFile(making / form.DATABASE, self._source.school_id).named_files())
            files = self._bring(named)
            parts = {name: file_sha256(making / name) for name in (form.DATABASE, form.SETTINGS)}
            last = _last_entry(making / form.DATABASE)
            form.write_manifest(making, Manifest(moment(self._at), parts, files, last))
            sync(making)
            done = making.rename(self._dest / self._stamp())
            sync(self._dest)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        removed = self._prune(done, keep)
        still = set(self._database.named_files())  # what retention removed meanwhile is not missing
        missing = tuple(sorted((named & still) - files.keys() - set(self._damaged)))
        total = sum(self._copied.values())
        return Made(done, len(files), len(self._copied), total, removed, missing, tuple(self._damaged))

    def _mark(self) -> None:
        """Say whose backups these are. Raises BackupFailed when they are another school's."""
        mine, mark = self._database.owner(), self._dest / form.MARK
        if mark.exists():
            there = json.loads(mark.read_text(encoding="utf-8"))
            if there["ca_sha256"] != mine["ca_sha256"]:
                raise BackupFailed(f"{self._dest} holds the backups of another school ({there['school']})")
            return
        with suppress(OSError):  # a disk without Unix permissions
            self._dest.chmod(0o700)
        (self._dest / "README.txt").write_text(_READ_ME, encoding="utf-8")
        fresh = mark.with_suffix(".new")
        fresh.write_text(json.dumps({"format": form.FORMAT, **mine}, ensure_ascii=False), encoding="utf-8")
        sync(fresh)
        fresh.replace(mark)

    def _sweep(self) -> None:
        """Remove what a killed backup left in the making."""
        for leftover in (*self._dest.glob(".making-*"), *self._dest.glob(".removing-*")):
            shutil.rmtree(leftover, ignore_errors=True)
        for leftover in self._pool.glob("??/*.part"):
            leftover.unlink()

    def _stamp(self) -> str:
        name = f"{self._at.astimezone(VN):%Y%m%d-%H%M%S}"
        again = sum(path.name.startswith(name) for path in form.snapshots(self._dest))
        return f"{name}.{again}" if again else name

    def _settings(self) -> str:
        path = self._source.home / "hoso.toml"
        text = self._source.settings or path.read_text(encoding="utf-8")
        return portable(text, self._source.master_key)

    # --- files -----------------------------------------------------------------------------------

    def _bring(self, named: set[str]) -> dict[str, int]:
        """Copy what is new; the files of this snapshot with their sizes."""
        there = self._source.files.stored()
        wanted = sorted(named | there.keys())
        files = {sha256: size for sha256 in wanted if (size := self._kept(sha256, there)) is not None}
        new = [sha256 for sha256 in wanted if sha256 not in files]
        if sum(there.get(sha256, 0) for sha256 in new) > shutil.disk_usage(self._dest).free:
            raise OSError(errno.ENOSPC, "no room for the new files")
        for number, sha256 in enumerate(new):
            self._tell("files", number, len(new))
            with suppress(FileNotFoundError):  # removed since the listing, or lost: the snapshot tells
                files |= self._copy(sha256)
        for folder in {sha256[:2] for sha256 in self._copied}:
            sync(self._pool / folder)
        return files

    def _kept(self, sha256: str, there: dict[str, int]) -> int | None:
        """Bytes of a file the backup has already; None when it has to be copied."""
        held = form.pooled(self._dest, sha256)
        if not held.exists() or (self._reread and file_sha256(held) != sha256):
            return None
        size = held.stat().st_size
        return size if there.get(sha256, size) == size else None

    def _copy(self, sha256: str) -> dict[str, int]:
        target = form.pooled(self._dest, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{sha256}.part")
        try:
            sound = self._source.files.read(sha256, part) == sha256
            if sound:
                self._copied[sha256] = part.stat().st_size
                part.replace(target)
                return {sha256: self._copied[sha256]}
        finally:
            part.unlink(missing_ok=True)
        self._damaged.append(sha256)
        return {}

    # --- keeping few -----------------------------------------------------------------------------

    def _prune(self, newest: Path, keep: int) -> tuple[str, ...]:
        """Give up the oldest snapshots, and the files that only they named."""
        others = [path for path in form.snapshots(self._dest) if path != newest]
        old = others[: max(0, len(others) - (keep - 1))]
        for path in old:
            shutil.rmtree(path.rename(self._dest / f".removing-{path.name}"))
        try:
            named = {sha for path in form.snapshots(self._dest) for sha in form.read_manifest(path).files}
        except BackupFailed:  # what a damaged manifest named is unknown: remove nothing
            return tuple(path.name for path in old)
        for _, _, path in hashed_files(self._pool):
            if path.name not in named:
                path.unlink()
        return tuple(path.name for path in old)


def portable(settings: str, master_key: str) -> str:
    """hoso.toml without what belongs to one machine. Raises BackupFailed if the key would stay."""
    lines = _FILES_TABLE.sub("", settings).splitlines(keepends=True)
    kept = "".join(line for line in lines if not _STAYS_HERE.match(line))
    try:
        left = tomllib.loads(kept).keys() & {"master_key", "database_url", "files"}
    except tomllib.TOMLDecodeError:
        left = {"master_key"}
    if left or (master_key and _digits(master_key) in _digits(kept)):
        raise BackupFailed(
            "hoso.toml holds the master key; move it to the file master.key, then back up again"
            if left != {"files"}
            else "hoso.toml names the bucket outside of a table [files]; write it there, then back up again"
        )
    return kept


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text).lower()


def _last_entry(database: Path) -> form.Entry | None:
    query = "SELECT number, hash, at FROM audit ORDER BY number DESC LIMIT 1"
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute(query).fetchone()
    return form.Entry(*row) if row else None
