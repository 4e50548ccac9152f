"""Chats of a school from before the choice: nobody chose, so people are told things where they wrote last."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import insert
from tests.migration.test_0025_zalo import ACCOUNT
from tests.school import NOW

from hoso_bot.store.db import Database, alembic_config, moment
from hoso_bot.store.people import People

ON_ZALO = {**ACCOUNT, "id": "a2", "channel": "zalo_oa", "linked_at": moment(NOW - timedelta(days=3))}
COLUMNS = {"accounts": "id, person_id, channel, chat_id, linked_at, consent_text, reachable, last_heard_at"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0025")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("accounts", ACCOUNT))
        connection.execute(insert("accounts", ON_ZALO))
    db.close()
    return url


def test_nobody_has_chosen_yet_and_may(url: str) -> None:
    db = Database(url)
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


def test_the_way_back_keeps_the_chats(url: str) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    before = contents(file, COLUMNS)
    db = Database(url)
    db.migrate()
    db.close()
    command.downgrade(alembic_config(url), "0025")
    assert contents(file, COLUMNS) == before
