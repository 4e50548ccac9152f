"""A link to the PIN page that was sent before the update still leads there after it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.migration.old_rows import old_database, stays_there_and_back
from tests.school import NOW

from hoso_bot.domain.events import Address
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import Database, moment
from hoso_bot.store.links import Links, Purpose, hash_of

SHOWN = '{"week":13,"teacher":"Cô Đặng Thị Ngọc Ánh","code":"KHBD-2627-T13-GV07","kept":""}'
OPEN = {
    "id": "l1",
    "school_id": SCHOOL_ID,
    "token_hash": hash_of("mở"),
    "person_id": "p1",
    "channel": "telegram",
    "chat_id": "41",
    "version_id": "v1",
    "step": 2,
    "facts": SHOWN,
    "expires_at": moment(NOW),
}
ANSWERED = {**OPEN, "id": "l2", "token_hash": hash_of("rồi"), "step": 1, "outcome": "pin.accepted"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "old.db"
    old_database(file, "0015", ("pin_links", OPEN), ("pin_links", ANSWERED)).close()
    return file


def test_links_to_the_pin_page_are_kept(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    db.migrate()
    links = Links(db)
    link = links.by_token(Purpose.PIN, "mở")
    assert link and (link.id, link.person_id, link.address) == ("l1", "p1", Address("telegram", "41"))
    assert link.facts == {
        "week": 13,
        "teacher": "Cô Đặng Thị Ngọc Ánh",
        "code": "KHBD-2627-T13-GV07",
        "kept": "",
        "version_id": "v1",
        "step": 2,
    }
    assert (link.expires_at, link.outcome) == (NOW, None)
    assert (links.get("l2") or link).outcome == "pin.accepted"
    with db.read() as connection:
        assert "pin_links" not in sa.inspect(connection).get_table_names()
    db.close()


def test_the_way_back_keeps_them_too(file: Path) -> None:
    shown = ", ".join(f"json_extract(facts, '$.{name}')" for name in ("week", "teacher", "code", "kept"))
    columns = {
        "pin_links": f"id, token_hash, person_id, chat_id, version_id, step, {shown}, expires_at, outcome"
    }
    stays_there_and_back(file, "0015", columns)
