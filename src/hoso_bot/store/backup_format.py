"""What a backup looks like on its disk.

    DEST/hoso-backup.json            whose backups these are
    DEST/files/ab/abcdef…            every file once, by its SHA-256, shared by all snapshots
    DEST/20261124-083000/            one snapshot (time in Vietnam): hoso.db, hoso.toml,
                                     manifest.json (hash and size of everything), its own hash beside it

A snapshot gets its name by one rename, after all of it is on the disk: what has the name is complete.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hoso_bot.domain.errors import HosoError
from hoso_bot.store.files import sync

FORMAT = 1
MARK, POOL, LOCK = "hoso-backup.json", "files", ".lock"
DATABASE, SETTINGS, MANIFEST, SEAL = "hoso.db", "hoso.toml", "manifest.json", "manifest.json.sha256"
SNAPSHOT = re.compile(r"\d{8}-\d{6}(\.\d+)?")

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many bytes or files of it are done, and how many there are."""


class BackupFailed(HosoError):
    """The backup could not be made or used; what was there before is as it was."""


@dataclass(frozen=True)
class Entry:
    """The newest entry of the log in a snapshot: what came after it is not in there."""

    number: int
    hash: str
    at: str


@dataclass(frozen=True)
class Manifest:
    """taken_at: UTC moment of the database; parts: name → SHA-256; files: SHA-256 → bytes.

    last_entry: None for a school whose log is empty.
    """

    taken_at: str
    parts: dict[str, str]
    files: dict[str, int]
    last_entry: Entry | None
    format: int = FORMAT


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Manifest and, beside it, its own hash in the form `sha256sum -c` reads; both durable."""
    body = json.dumps(asdict(manifest), indent=1).encode()
    seal = f"{hashlib.sha256(body).hexdigest()}  {MANIFEST}\n".encode()
    for name, content in ((MANIFEST, body), (SEAL, seal)):
        (folder / name).write_bytes(content)
        sync(folder / name)


def read_manifest(folder: Path) -> Manifest:
    """Raises BackupFailed when it is missing, of a newer kind, or not the bytes that were written."""
    try:
        body, seal = (folder / MANIFEST).read_bytes(), (folder / SEAL).read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise BackupFailed(f"{folder / MANIFEST} cannot be read: {error}") from None
    if seal.split()[:1] != [hashlib.sha256(body).hexdigest()]:
        raise BackupFailed(f"{folder / MANIFEST} is damaged: its bytes are not those of {SEAL}")
    facts: dict[str, Any] = json.loads(body)
    if facts["format"] > FORMAT:
        raise BackupFailed(f"{folder} was made by a newer hoso-bot; install that version")
    last = facts.pop("last_entry")
    return Manifest(**facts, last_entry=Entry(**last) if last else None)


def snapshots(dest: Path) -> list[Path]:
    """Complete snapshots, oldest first."""
    found = [path for path in dest.iterdir() if SNAPSHOT.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=lambda path: path.name)


def pooled(dest: Path, sha256: str) -> Path:
    """Where a backup keeps the file with this hash."""
    return dest / POOL / sha256[:2] / sha256


def owner(database: Path) -> dict[str, str]:
    """Whose database this is: the school's name and the hash of its CA certificate. Raises BackupFailed."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            row = connection.execute("SELECT name, ca_pem FROM schools").fetchone()
    except sqlite3.Error as error:
        raise BackupFailed(f"{database} is not a school's database ({error})") from None
    if row is None:
        raise BackupFailed(f"no school in {database}")
    return {"school": row[0], "ca_sha256": hashlib.sha256(row[1]).hexdigest()}
