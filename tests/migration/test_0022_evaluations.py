"""A record from before outages and freezes keeps its marks, and can be frozen afterwards."""

from __future__ import annotations

from pathlib import Path

from tests.migration.old_rows import contents, goes_back, old_database
from tests.migration.test_0007_looking_up_signatures import PLAN, VERSION

from hoso_bot.store.evaluations import Evaluations
from hoso_bot.store.outages import Outages


def test_old_marks_stay_and_nothing_is_on_record_yet(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    late = {**VERSION, "minutes_late": 541}
    db = old_database(file, "0015", ("plans", PLAN), ("versions", late))
    kept = {"plans": "id, code, state", "versions": "id, number, minutes_late, submitted_at"}
    before = contents(file, kept)
    db.migrate()
    assert contents(file, kept) == before
    assert Outages(db).all() == ()
    assert Evaluations(db).of_year("2026-2027") == ()
    db.close()
    goes_back(db.url, "0015")
    assert contents(file, kept) == before
