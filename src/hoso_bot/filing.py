"""Where a school's files are kept, as the settings say: a folder, or a bucket with copies here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hoso_bot.domain.errors import SettingsError
from hoso_bot.ports import FileStore
from hoso_bot.settings import Settings
from hoso_bot.store.bucket import Bucket, BucketPlace
from hoso_bot.store.db import Database
from hoso_bot.store.files import FolderStore, hashed_files
from hoso_bot.store.objects import ObjectStore
from hoso_bot.store.school import School

FOLDER, COPIES, MOVED = "files", "files-cache", "files-moved"
"""In the school's folder: where files lie without a bucket, copies of a bucket's, and what moved into it."""

MAKING, MAKING_WEB = "tmp", "tmp-web"
"""Where files are made: a worker empties its own when it starts, web processes share the other one."""


def file_store(settings: Settings, db: Database, making: str = MAKING) -> FileStore:
    """The store of this school's files; making: the folder for what this process makes.

    Raises SettingsError where some would be out of its sight.
    """
    home = settings.home
    if not settings.files.bucket:
        if has_files(home / MOVED):
            raise SettingsError("this school's files moved into a bucket: set HOSO_FILES__BUCKET and its key")
        return FolderStore(home / FOLDER, making=making)
    if has_files(home / FOLDER):
        raise SettingsError(f"files of plans still lie in {home / FOLDER}: hoso-bot migrate-files")
    return object_store(settings, db, making)


def has_files(root: Path) -> bool:
    """Whether any kept file lies below it."""
    return next(hashed_files(root), None) is not None


def object_store(settings: Settings, db: Database, making: str = MAKING) -> ObjectStore:
    """The bucket of the settings. Raises SettingsError."""
    given, ca = settings.files, School(db).row().ca_pem
    assert given.secret
    place = BucketPlace(
        given.bucket,
        given.endpoint,
        given.region,
        given.key_id,
        given.secret.get_secret_value(),
        given.prefix or settings.school_id,
    )
    local = FolderStore(settings.home / COPIES, making=making)
    owner = hashlib.sha256(ca).hexdigest()
    return ObjectStore(Bucket(place), local, given.cache_mb * 2**20, owner, db.alone)
