"""Rows of files that come by a page: one way only, needed until taken, gone with what was never handed in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.parts import Parts
from tests.school import NOW

from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.page_upload import PageUpload, PageUploadState
from hoso_bot.domain.retention import Kind
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.backups import Source, back_up
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import moment
from hoso_bot.store.file_parts import FileParts
from hoso_bot.store.page_uploads import PageUploads
from hoso_bot.store.references import is_needed
from hoso_bot.store.retention import Retention

SUM = "ab" * 32


@pytest.fixture
def uploads(parts: Parts) -> PageUploads:
    return PageUploads(parts.db)


def begun(parts: Parts, uploads: PageUploads, upload_id: str = "u1") -> PageUpload:
    upload = PageUpload(
        upload_id,
        "link1",
        parts.staff("GV09").id,
        parts.link("GV09", upload_id),
        None,
        "mark",
        "tuan 13.pdf",
        5,
        PageUploadState.RECEIVING,
        NOW,
    )
    write(parts, uploads.begin(upload))
    return upload


def write(parts: Parts, *statements: object) -> None:
    commit(parts.db, moment(NOW), Changes(statements=list(statements)))


def test_it_arrives_once_and_is_taken_once(parts: Parts, uploads: PageUploads) -> None:
    upload = begun(parts, uploads)
    assert uploads.get("u1") == upload
    assert uploads.of_link("link1") == uploads.unfinished(upload.person_id) == [upload]
    with pytest.raises(Conflict):
        write(parts, uploads.taken("u1"))
    write(parts, uploads.arrived("u1", SUM, NOW))
    assert is_needed(parts.db, SUM)
    for again in (uploads.arrived("u1", SUM, NOW), uploads.drop("u1")):
        with pytest.raises(Conflict):
            write(parts, again)
    write(parts, uploads.taken("u1"))
    assert not is_needed(parts.db, SUM)
    assert uploads.unfinished(upload.person_id) == []
    assert uploads.begun_since(upload.person_id, NOW) == 1
    assert uploads.begun_since(upload.person_id, NOW + timedelta(seconds=1)) == 0


def test_rows_go_with_what_was_never_handed_in(parts: Parts, uploads: PageUploads) -> None:
    begun(parts, uploads)
    write(parts, uploads.arrived("u1", SUM, NOW))
    retention = Retention(parts.db)
    assert retention.find(Kind.UNSUBMITTED, NOW) == []
    (item,) = retention.find(Kind.UNSUBMITTED, NOW + timedelta(seconds=1))
    assert (item.shelf, item.id, item.files) == ("page_uploads", "u1", (SUM,))
    write(parts, *retention.clear(Kind.UNSUBMITTED, [item], NOW))
    assert uploads.get("u1") is None


def test_a_backup_leaves_unfinished_files_alone(parts: Parts, uploads: PageUploads, tmp_path: Path) -> None:
    begun(parts, uploads)
    unfinished = FileParts(parts.home / "parts")
    unfinished.add("u1", 0, b"half")
    source = Source(parts.home, parts.db.url, SCHOOL_ID, parts.desk.files)
    made = back_up(source, tmp_path / "backup", SystemClock().now(), lambda *news: None)
    assert (made.missing, made.damaged) == ((), ())
    assert not [path for path in made.folder.rglob("*") if "parts" in path.name]
    assert unfinished.size("u1") == 4
