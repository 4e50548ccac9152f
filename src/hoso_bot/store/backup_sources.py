"""What a backup copies the database from: a SQLite file, or a school on a PostgreSQL server."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from hoso_bot.store import backup_format as form
from hoso_bot.store.backup_format import BackupFailed, Progress
from hoso_bot.store.db import Database
from hoso_bot.store.files import sync
from hoso_bot.store.moving import MoveFailed, move
from hoso_bot.store.tables import schools

_PAGES = 2048
_NAMED_FILES = " UNION ".join(
    [
        *(
            f"SELECT {column} FROM versions WHERE removed_at IS NULL AND school_id = :school"  # noqa: S608
            for column in ("original_sha256", "review_sha256", "current_sha256")
        ),
        """SELECT signed_sha256 FROM steps JOIN versions ON versions.id = version_id
        WHERE signed_sha256 IS NOT NULL AND removed_at IS NULL AND steps.school_id = :school""",
        "SELECT sha256 FROM violation_lines WHERE sha256 IS NOT NULL AND school_id = :school",
        "SELECT docx_sha256 FROM violation_papers WHERE school_id = :school",
        "SELECT pdf_sha256 FROM violation_papers WHERE school_id = :school",
    ]
)
"""Every file that a handed-in plan or a case needs; retention gave up those of `removed_at`."""


class BackupSource(Protocol):
    """A school's database while its bot is at work."""

    def owner(self) -> dict[str, str]:
        """Whose it is: the school's name and the hash of its CA certificate. Raises BackupFailed."""
        ...

    def copy_to(self, target: Path, tell: Progress) -> None:
        """A consistent copy as a SQLite file, checked and durable. Raises BackupFailed, sqlite3.Error."""
        ...

    def named_files(self) -> list[str]:
        """SHA-256 of every file its rows need."""
        ...


def source_of(url: str, school_id: str) -> BackupSource:
    """The source behind a database URL."""
    if url.startswith("sqlite"):
        return SqliteFile(Path(sa.make_url(url).database or ""), school_id)
    return PostgresSchool(url, school_id)


class SqliteFile:
    """A file that is being written to."""

    def __init__(self, path: Path, school_id: str) -> None:
        self._path, self._school = path, school_id

    def owner(self) -> dict[str, str]:
        """See `BackupSource`."""
        return form.owner(self._path)

    def copy_to(self, target: Path, tell: Progress) -> None:
        """See `BackupSource`. One read transaction is held throughout: writers go on (WAL)."""
        if not self._path.exists():
            raise BackupFailed(f"no database {self._path}")
        with (
            closing(sqlite3.connect(self._path, isolation_level=None, timeout=10)) as reading,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            copy.execute("PRAGMA locking_mode=EXCLUSIVE")
            copy.execute("PRAGMA synchronous=OFF")  # synced as a whole below
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            reading.backup(
                copy, pages=_PAGES, progress=lambda _, left, all_: tell("database", all_ - left, all_)
            )
            copy.execute("PRAGMA journal_mode=DELETE")
            if (found := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise BackupFailed(
                    f"the school's database is damaged ({found}): bring back an earlier backup"
                )
        sync(target)

    def named_files(self) -> list[str]:
        """See `BackupSource`."""
        with closing(sqlite3.connect(self._path)) as connection:
            return [sha256 for (sha256,) in connection.execute(_NAMED_FILES, {"school": self._school})]


class PostgresSchool:
    """A school's rows on a server; their copy is the same SQLite file a school of its own would have."""

    def __init__(self, url: str, school_id: str) -> None:
        self._url, self._school = url, school_id

    def owner(self) -> dict[str, str]:
        """See `BackupSource`."""
        with closing(Database(self._url, self._school)) as db, db.read() as connection:
            query = sa.select(schools.c.name, schools.c.ca_pem).where(schools.c.id == self._school)
            row = connection.execute(query).first()
        if row is None:
            raise BackupFailed("no school in the database of HOSO_DATABASE_URL")
        return {"school": row.name, "ca_sha256": hashlib.sha256(row.ca_pem).hexdigest()}

    def copy_to(self, target: Path, tell: Progress) -> None:
        """See `BackupSource`. Everything is read in one transaction that sees one moment."""
        with (
            closing(Database(self._url, self._school)) as source,
            closing(Database(f"sqlite:///{target}", self._school)) as copy,
        ):
            try:
                move(source, copy, tell)
            except MoveFailed as error:
                raise BackupFailed(f"the database cannot be copied: {error}") from None
        with closing(sqlite3.connect(target, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        sync(target)

    def named_files(self) -> list[str]:
        """See `BackupSource`."""
        with closing(Database(self._url, self._school)) as db, db.read() as connection:
            return list(connection.scalars(sa.text(_NAMED_FILES), {"school": self._school}))
