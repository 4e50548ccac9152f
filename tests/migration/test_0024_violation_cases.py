"""A school of version 0022 opens with 0024: its rows are as they were, and cases can be kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.migration.old_rows import columns_of, contents, old_file

from hoso_bot.domain.violation import Case
from hoso_bot.store.db import Database
from hoso_bot.store.violations import Violations

OLD = """
INSERT INTO people (id, school_id, staff_id, name, role, group_name, classes, subjects, periods,
  phone, active) VALUES
  ('p1', 'school', 'GV01', 'Người Thứ Nhất', 'teacher', 'Tổ 1', '["1A"]', '["Toán"]', 20, '', 1);
INSERT INTO leave_requests (id, school_id, person_id, year, week, asked_at, state)
  VALUES ('r1', 'school', 'p1', '2026-2027', 12, '2026-11-20T01:00:00.000+00:00', 'waiting');
"""
FILLED = ["people", "leave_requests"]


def test_every_row_is_kept_and_a_case_can_be_written(tmp_path: Path) -> None:
    file = old_file(tmp_path / "hoso.db", "0022", OLD)
    then = columns_of(file, FILLED)
    before = contents(file, then)
    db = Database(f"sqlite:///{file}")
    db.migrate()
    assert contents(file, then) == before
    store = Violations(db)
    assert store.all() == []
    case = Case("c1", 1, "2026-2027", "p1", "p1", datetime(2026, 11, 25, 3, tzinfo=UTC))
    with db.write() as written:
        written.execute(store.add(case))
    assert store.all() == [case]
    db.close()
