"""Files of a school from before their rows were kept: they stay, without a number for the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.migration.old_rows import old_database, stays_there_and_back
from tests.school import NOW

from hoso_bot.store.db import Database, moment
from hoso_bot.store.plans import Plans
from hoso_bot.store.stories import Stories

UPLOAD = {
    "id": "u1",
    "school_id": "school",
    "person_id": "p1",
    "sha256": "a" * 64,
    "name": "giao-an.pdf",
    "size": 9,
    "sent_at": moment(NOW),
    "state": "ready",
    "channel": "telegram",
    "chat_id": "7",
}
COLUMNS = {"uploads": "id, person_id, sha256, name, size, sent_at, state, channel, chat_id"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "old.db"
    old_database(file, "0032", ("uploads", UPLOAD)).close()
    return file


def test_an_old_file_is_read_and_has_no_story(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    db.migrate()
    assert Plans(db).upload("u1").inbox_row is None
    assert Stories(db).of_upload("u1") == [] and Stories(db).of_code("KHBD-2627-T13-GV09") is None
    db.close()


def test_the_way_back_keeps_the_file(file: Path) -> None:
    stays_there_and_back(file, "0032", COLUMNS)
