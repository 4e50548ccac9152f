"""A link to the PIN page that was sent before the update still leads there after it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import insert
from tests.school import NOW

from hoso_bot.domain.events import Address
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import Database, alembic_config, moment
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
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0015")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("pin_links", OPEN))
        connection.execute(insert("pin_links", ANSWERED))
    db.close()
    return url


def test_links_to_the_pin_page_are_kept(url: str) -> None:
    db = Database(url)
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


def test_the_way_back_keeps_them_too(url: str) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    shown = ", ".join(f"json_extract(facts, '$.{name}')" for name in ("week", "teacher", "code", "kept"))
    columns = {
        "pin_links": f"id, token_hash, person_id, chat_id, version_id, step, {shown}, expires_at, outcome"
    }
    before = contents(file, columns)
    db = Database(url)
    db.migrate()
    db.close()
    command.downgrade(alembic_config(url), "0015")
    assert contents(file, columns) == before
