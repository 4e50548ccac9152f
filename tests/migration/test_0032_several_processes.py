"""A school from before there were web processes apart: nothing of it changes, there and back."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import insert
from tests.migration.test_0025_zalo import ACCOUNT
from tests.school import NOW

from hoso_bot.store.db import Database, alembic_config
from hoso_bot.store.doors import Doors

COLUMNS = {"accounts": "id, person_id, channel, chat_id, linked_at, consent_text, reachable, last_heard_at"}


def test_old_rows_stay_and_the_first_worker_opens_its_door(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    url = f"sqlite:///{file}"
    command.upgrade(alembic_config(url), "0031")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("accounts", ACCOUNT))
    before = contents(file, COLUMNS)
    db.migrate()
    doors = Doors(db)
    assert doors.sealed() is None
    doors.open(b"sealed", NOW)
    assert doors.sealed() == b"sealed" and contents(file, COLUMNS) == before
    db.close()
    command.downgrade(alembic_config(url), "0031")
    assert contents(file, COLUMNS) == before
