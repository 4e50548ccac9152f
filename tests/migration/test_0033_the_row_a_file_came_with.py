"""Files of a school from before their rows were kept: they stay, without a number for the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import insert
from tests.school import NOW

from hoso_bot.store.db import Database, alembic_config, moment
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
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0032")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("uploads", UPLOAD))
    db.close()
    return url


def test_an_old_file_is_read_and_has_no_story(url: str) -> None:
    db = Database(url)
    db.migrate()
    assert Plans(db).upload("u1").inbox_row is None
    assert Stories(db).of_upload("u1") == [] and Stories(db).of_code("KHBD-2627-T13-GV09") is None
    db.close()


def test_the_way_back_keeps_the_file(url: str) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    before = contents(file, COLUMNS)
    db = Database(url)
    db.migrate()
    db.close()
    command.downgrade(alembic_config(url), "0032")
    assert contents(file, COLUMNS) == before
