"""A school from before there were web processes apart: nothing of it changes, there and back."""

from __future__ import annotations

from pathlib import Path

from tests.migration.old_rows import contents, goes_back, old_database
from tests.migration.test_0025_zalo import ACCOUNT
from tests.school import NOW

from hoso_bot.store.doors import Doors

COLUMNS = {"accounts": "id, person_id, channel, chat_id, linked_at, consent_text, reachable, last_heard_at"}


def test_old_rows_stay_and_the_first_worker_opens_its_door(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    db = old_database(file, "0031", ("accounts", ACCOUNT))
    before = contents(file, COLUMNS)
    db.migrate()
    doors = Doors(db)
    assert doors.sealed() is None
    doors.open(b"sealed", NOW)
    assert doors.sealed() == b"sealed" and contents(file, COLUMNS) == before
    db.close()
    goes_back(db.url, "0031")
    assert contents(file, COLUMNS) == before
