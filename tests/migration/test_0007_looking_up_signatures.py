"""Versions handed in before there were lookup codes stay as they were."""

from __future__ import annotations

from pathlib import Path

from tests.migration.old_rows import old_database

from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.archive import Archive
from hoso_bot.store.files import FolderStore
from hoso_bot.store.plans import Plans

VERSION = {
    "id": "v1",
    "school_id": SCHOOL_ID,
    "plan_id": "p1",
    "number": 1,
    "upload_id": "u1",
    "state": "approved",
    "original_sha256": "a" * 64,
    "review_sha256": "b" * 64,
    "current_sha256": "c" * 64,
    "size": 9,
    "pages": 2,
    "submitted_at": "2026-11-22T13:15:42.000+00:00",
    "minutes_late": 0,
}
PLAN = {
    "id": "p1",
    "school_id": SCHOOL_ID,
    "year": "2026-2027",
    "register": "KHBD",
    "person_id": "t1",
    "week": 13,
    "code": "KHBD-2627-T13-GV09",
    "version": 1,
    "state": "approved",
}


def test_old_versions_have_no_code_and_are_not_found_by_one(tmp_path: Path) -> None:
    db = old_database(tmp_path / "old.db", "0006", ("plans", PLAN), ("versions", VERSION))
    db.migrate()
    _, version = Plans(db).version("v1")
    assert version.lookup_code == ""
    archive = Archive(db, FolderStore(tmp_path / "files"))
    assert archive.by_lookup_code("") is None
    db.close()
