"""A record from before outages and freezes keeps its marks, and can be frozen afterwards."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import PLAN, VERSION, insert

from hoso_bot.store.db import Database, alembic_config
from hoso_bot.store.evaluations import Evaluations
from hoso_bot.store.outages import Outages


def test_old_marks_stay_and_nothing_is_on_record_yet(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    url = f"sqlite:///{file}"
    command.upgrade(alembic_config(url), "0015")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("plans", PLAN))
        connection.execute(insert("versions", {**VERSION, "minutes_late": 541}))
    kept = {"plans": "id, code, state", "versions": "id, number, minutes_late, submitted_at"}
    before = contents(file, kept)
    db.migrate()
    assert contents(file, kept) == before
    assert Outages(db).all() == ()
    assert Evaluations(db).of_year("2026-2027") == ()
    db.close()
    command.downgrade(alembic_config(url), "0015")
    assert contents(file, kept) == before
