"""A school of version 0016 opens with 0020: every consent has its moment, and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.migration.old_rows import columns_of, contents, old_file

from hoso_bot.domain.events import Address
from hoso_bot.store.db import Database, from_moment
from hoso_bot.store.people import People
from hoso_bot.store.tickets import Tickets

OLD = """
INSERT INTO people VALUES
  ('p1', 'school', 'GV01', 'Người Thứ Nhất', 'teacher', 'Tổ 1', '["1A"]', '["Toán"]', 20, '', 1);
INSERT INTO accounts VALUES
  ('a1', 'school', 'p1', 'telegram', '1001', '2026-09-01T01:00:00.000+00:00', 'consent-1', 1);
INSERT INTO tickets VALUES
  ('t1', 'school', 3, 'p1', '2026-10-01T01:00:00.000+00:00', NULL, NULL, NULL, NULL);
INSERT INTO uploads (id, school_id, person_id, sha256, name, size, sent_at, state, channel, chat_id)
  VALUES ('u1', 'school', 'p1', 'aa', 'KHBD.pdf', 10, '2026-10-17T01:00:00.000+00:00',
  'ready', 'telegram', '1001');
INSERT INTO versions (id, school_id, plan_id, number, upload_id, state, original_sha256, review_sha256,
  current_sha256, size, pages, submitted_at, minutes_late)
  VALUES ('v1', 'school', 'pl1', 1, 'u1', 'approved', 'aa', 'bb', 'cc', 10, 2,
  '2026-10-17T01:00:00.000+00:00', 0);
"""
FILLED = ["people", "accounts", "tickets", "uploads", "versions"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_file(tmp_path / "hoso.db", "0016", OLD)


def test_every_row_is_kept(old: Path) -> None:
    then = columns_of(old, FILLED)
    before = contents(old, then)
    Database(f"sqlite:///{old}").migrate()
    assert contents(old, then) == before


def test_old_consents_have_the_moment_of_their_link(old: Path) -> None:
    db = Database(f"sqlite:///{old}")
    db.migrate()
    people = People(db)
    (account,) = people.accounts("p1")
    assert account.address == Address("telegram", "1001")
    assert (account.consent_text, account.consent_at) == ("consent-1", account.linked_at)
    assert account.linked_at == from_moment("2026-09-01T01:00:00.000+00:00")
    assert people.get("p1").withdrawn is False
    assert Tickets(db).get("t1").number == 3
