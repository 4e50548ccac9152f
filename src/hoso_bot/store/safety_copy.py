"""The database file as it was before a newer version changed its shape, kept beside it for a while."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

from hoso_bot.domain.errors import SettingsError
from hoso_bot.store.backup_sources import SqliteFile

MOST, KEPT_FOR = 3, timedelta(days=30)
"""As long as words of messages stay by default: a copy holds what retention removes meanwhile."""


def keep_copy(file: Path, school_id: str, was: str, newest: str) -> Path | None:
    """A durable copy `<file>.before-<newest>`, the newest MOST stay; None when the shape just changed.

    Raises SettingsError when there is no room, BackupFailed when the database is damaged.
    """
    fresh, kept = file.with_name(f"{file.name}.copying"), file.with_name(f"{file.name}.before-{newest}")
    try:
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        SqliteFile(file, school_id).copy_to(fresh, lambda _what, _done, _total: None)
        if _shape(fresh) != was:  # another process was faster
            fresh.unlink()
            return None
        fresh.replace(kept)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            fresh.unlink()
        raise SettingsError(f"no copy of {file} before its change, so nothing was changed: {error}") from None
    for old in copies(file)[:-MOST]:
        old.unlink()
    return kept


def copies(file: Path) -> list[Path]:
    """Those that are there, oldest first."""
    return sorted(file.parent.glob(f"{file.name}.before-*"))


def drop_old_copies(file: Path, now: datetime) -> None:
    """Away with those that have been kept long enough."""
    for copy in copies(file):
        if copy.stat().st_mtime < (now - KEPT_FOR).timestamp():
            copy.unlink()


def _shape(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
