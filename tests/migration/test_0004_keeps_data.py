"""A school of version 0003, in the middle of its work, opens with 0004 and loses nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.migration.old_rows import columns_of, contents, goes_back, old_file
from tests.school import NOW

from hoso_bot.domain.calendar import Week
from hoso_bot.domain.submission import UploadState
from hoso_bot.school_year import SchoolYear
from hoso_bot.settings import Settings
from hoso_bot.store.db import Database
from hoso_bot.store.plans import Plans

OLD = """
INSERT INTO schools VALUES ('school', 'Trường Hoa Phượng', '2026-08-20T01:00:00.000+00:00', x'00',
  x'00', NULL);
INSERT INTO people VALUES
  ('p1', 'school', 'GV01', 'Người Thứ Nhất', 'teacher', 'Tổ 1', '["1A","1B"]', '["Toán"]', 20, '', 1),
  ('p2', 'school', 'GV02', 'Người Mới Đến', 'teacher', 'Tổ 1', '["1B"]', '["Toán"]', 20, '', 1);
INSERT INTO weeks VALUES ('w1', 'school', '2026-2027', 7, '["2026-10-19","2026-10-20"]', 1, '');
INSERT INTO stays VALUES ('s1', 'school', 'p2', '2026-2027', 9, NULL, NULL);
INSERT INTO uploads (id, school_id, person_id, sha256, name, size, sent_at, state, year, week, week_from,
  channel, chat_id, register) VALUES ('u1', 'school', 'p1', 'aa', 'KHBD.pdf', 10,
  '2026-10-17T01:00:00.000+00:00', 'ready', '2026-2027', 8, 'name', 'telegram', '1', 'KHBD');
INSERT INTO plans VALUES
  ('pl1', 'school', '2026-2027', 'KHBD', 'p1', 7, 'KHBD-2627-T07-GV01', 2, 'approved'),
  ('pl2', 'school', '2026-2027', 'KHDH', 'p1', 7, 'KHDH-2627-T07-GV01', 1, 'pending');
INSERT INTO versions (id, school_id, plan_id, number, upload_id, state, original_sha256, review_sha256,
  current_sha256, size, pages, submitted_at, minutes_late) VALUES
  ('v1', 'school', 'pl1', 1, 'u0', 'superseded', 'aa', 'bb', 'cc', 10, 2, '2026-10-17T01:00:00.000+00:00', 3),
  ('v2', 'school', 'pl1', 2, 'u0', 'approved', 'dd', 'ee', 'ff', 10, 2, '2026-10-18T01:00:00.000+00:00', 0);
INSERT INTO steps (version_id, number, school_id, role, signer_id, state) VALUES
  ('v2', 1, 'school', 'group_head', 'p9', 'signed');
INSERT INTO lent_plans VALUES ('pl1', 'p2', 'school', 'p9', '2026-10-19T01:00:00.000+00:00');
"""
FILLED = ["schools", "people", "weeks", "stays", "uploads", "plans", "versions", "steps", "lent_plans"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_file(tmp_path / "hoso.db", "0003", OLD)


def test_every_row_is_kept(old: Path) -> None:
    then = columns_of(old, FILLED)
    before = contents(old, then)
    Database(f"sqlite:///{old}").migrate()
    assert all(before.values())
    assert contents(old, then) == before


def test_plans_cover_whole_weeks_and_drafts_are_unsettled(old: Path) -> None:
    Database(f"sqlite:///{old}").migrate()
    assert contents(old, {"plans": "part", "uploads": "part"}) == {
        "plans": [("",), ("",)],
        "uploads": [(None,)],
    }


def test_a_week_holds_a_plan_a_part_and_each_once(old: Path) -> None:
    Database(f"sqlite:///{old}").migrate()
    row = "('{0}', 'school', '2026-2027', 'KHBD', 'p1', 7, '{0}', 1, 'pending', '{1}', '{2}')"
    connection = sqlite3.connect(old)
    for made in (("n1", "1A", ""), ("n2", "1A", "p2")):  # the own one, and one for an absent colleague
        connection.execute(f"INSERT INTO plans VALUES {row.format(*made)}")
    for refused in (("n3", "1A", ""), ("n4", "", ""), ("n5", "1A", "p2")):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(f"INSERT INTO plans VALUES {row.format(*refused)}")
    connection.close()


def test_an_old_school_goes_on_as_it_was(old: Path) -> None:
    """Who owes what, with nobody's post changed, and a draft that waits for its `Trình ký`."""
    desk = SchoolYear(Settings(home=old.parent), FakeClock(NOW))
    try:
        (week,) = desk.weeks("2026-2027")
        (due,) = desk.obligations.dues(week)
        assert (due.person.staff_id, due.part, due.standing.value, due.late) == ("GV01", "", "approved", 3)
        assert desk.obligations.dues(week, unit="class") == (due,)  # finished stays finished
        later = Week("2026-2027", 9, week.days, 1)
        assert [(d.person.staff_id, d.part) for d in desk.obligations.dues(later, unit="class")] == [
            ("GV01", "1A"),
            ("GV01", "1B"),
            ("GV02", "1B"),
        ]
        upload = Plans(desk.db).upload("u1")
        assert (upload.state, upload.register, upload.part) == (UploadState.READY, "KHBD", None)
    finally:
        desk.close()


def test_the_way_back_keeps_the_plans(old: Path) -> None:
    then = columns_of(old, ["plans"])
    before = contents(old, then)
    Database(f"sqlite:///{old}").migrate()
    goes_back(f"sqlite:///{old}", "0003")
    assert contents(old, then) == before
