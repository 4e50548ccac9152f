"""Chats of a school from before the choice: nobody chose, so people are told things where they wrote last."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.migration.old_rows import old_database, stays_there_and_back
from tests.migration.test_0025_zalo import ACCOUNT
from tests.school import NOW

from hoso_bot.store.db import Database, moment
from hoso_bot.store.people import People

ON_ZALO = {**ACCOUNT, "id": "a2", "channel": "zalo_oa", "linked_at": moment(NOW - timedelta(days=3))}
COLUMNS = {"accounts": "id, person_id, channel, chat_id, linked_at, consent_text, reachable, last_heard_at"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "old.db"
    old_database(file, "0025", ("accounts", ACCOUNT), ("accounts", ON_ZALO)).close()
    return file


def test_nobody_has_chosen_yet_and_may(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    db.migrate()
    people = People(db)
    assert [(one.address.channel, one.chosen) for one in people.accounts("p1")] == [
        ("telegram", False),
        ("zalo_oa", False),
    ]
    with db.write() as connection:
        connection.execute(people.choose("p1", "zalo_oa"))
    assert people.accounts("p1")[0].address.channel == people.chats()["p1"].address.channel == "zalo_oa"
    assert people.last_used("p1")[0].address.channel == "telegram"
    db.close()


def test_the_way_back_keeps_the_chats(file: Path) -> None:
    stays_there_and_back(file, "0025", COLUMNS)
