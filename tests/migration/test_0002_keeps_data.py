"""A school of version 0001 opens with 0002 and loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.migration.old_rows import columns_of, contents, old_file
from tests.school import NOW

from hoso_bot.domain.submission import UploadState
from hoso_bot.school_year import SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.plans import Plans
from hoso_bot.store.tables import metadata

OLD = """
INSERT INTO schools VALUES ('school', 'Trường Hoa Phượng', '2026-08-20T01:00:00.000+00:00', x'00',
  x'00', NULL);
INSERT INTO people VALUES ('p1', 'school', 'GV01', 'Người Thứ Nhất', 'teacher', 'Tổ 1', '["1A"]', '["Toán"]',
  20, '', 1), ('p2', 'school', 'GV02', 'Người Đã Đi', 'teacher', 'Tổ 1', '["1B"]', '["Toán"]', 20, '', 0);
INSERT INTO weeks VALUES ('w1', 'school', '2026-2027', 7, '["2026-10-19","2026-10-20"]', 1, 'thi');
INSERT INTO uploads VALUES ('u1', 'school', 'p1', 'aa', 'KHBD.pdf', 10, '2026-10-17T01:00:00.000+00:00',
  'ready', NULL, '2026-2027', 7, 'name', 'telegram', '1', NULL);
INSERT INTO plans VALUES ('pl1', 'school', '2026-2027', 'KHBD', 'p1', 7, 'KHBD-2627-T07-GV01', 1, 'approved');
INSERT INTO versions VALUES ('v1', 'school', 'pl1', 1, 'u0', 'approved', 'aa', 'bb', 'cc', 10, 2,
  '2026-10-17T01:00:00.000+00:00', 3);
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_file(tmp_path / "hoso.db", "0001", OLD)


def test_every_row_is_kept(old: Path) -> None:
    tables = ["schools", "people", "weeks", "plans", "versions", "uploads"]
    then = columns_of(old, tables)
    before = contents(old, then)
    Database(f"sqlite:///{old}").migrate()
    assert contents(old, then) == before


def test_the_tables_are_those_of_the_code(old: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    db = Database(f"sqlite:///{old}")
    db.migrate()
    with db.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    db.close()


def test_migrating_again_changes_nothing(old: Path) -> None:
    Database(f"sqlite:///{old}").migrate()
    before = contents(old, ["uploads", "weeks"])
    Database(f"sqlite:///{old}").migrate()
    assert contents(old, ["uploads", "weeks"]) == before


def test_an_old_school_goes_on_as_it_was(old: Path) -> None:
    """An unconfirmed upload, the week table, who owes what and the rules of hoso.toml."""
    desk = SchoolYear(Settings(home=old.parent), FakeClock(NOW))
    try:
        upload = Plans(desk.db).upload("u1")
        assert (upload.state, upload.register) == (UploadState.READY, None)
        (week,) = desk.weeks("2026-2027")
        assert (week.number, week.label, f"{week.deadline:%H:%M:%S}") == (7, "thi", "23:59:59")
        (due,) = desk.obligations.dues(week)
        assert (due.person.staff_id, due.standing.value, due.late) == ("GV01", "approved", 3)
        assert [register.code for register in desk.registers() if register.open] == ["KHBD"]
    finally:
        desk.close()
