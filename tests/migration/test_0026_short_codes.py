"""Short codes that were given out for the OA stay good, as Zalo's; long codes stay everybody's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.migration.old_rows import goes_back, old_database
from tests.migration.test_0025_zalo import INVITE
from tests.school import NOW

from hoso_bot.store.db import Database
from hoso_bot.store.invites import Invites

BEFORE = "0028"


@pytest.fixture
def url(tmp_path: Path) -> str:
    short = {**INVITE, "id": "i2", "code_hash": "x", "channel": "zalo_oa"}
    db = old_database(tmp_path / "old.db", BEFORE, ("invites", INVITE), ("invites", short))
    db.close()
    return db.url


def worlds(url: str) -> list[str | None]:
    db = Database(url)
    with db.read() as connection:
        rows = connection.exec_driver_sql("SELECT channel FROM invites ORDER BY id").fetchall()
    db.close()
    return [channel for (channel,) in rows]


def test_codes_of_the_account_are_codes_of_zalo(url: str) -> None:
    db = Database(url)
    db.migrate()
    invite = Invites(db).by_id("i2", NOW + timedelta(hours=1))
    assert invite and invite.open
    db.close()
    assert worlds(url) == [None, "zalo"]


def test_there_is_a_way_back(url: str) -> None:
    db = Database(url)
    db.migrate()
    db.close()
    goes_back(url, BEFORE)
    assert worlds(url) == [None, "zalo_oa"]
