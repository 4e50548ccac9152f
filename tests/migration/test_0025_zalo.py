"""Chats and invitations of a school from before Zalo go on as they were."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import insert
from tests.school import NOW

from hoso_bot.domain.events import Address
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import Database, alembic_config, moment
from hoso_bot.store.invites import Invites, code_hash
from hoso_bot.store.people import People

CODE = "long-code-of-the-sheet-1"
ACCOUNT = {
    "id": "a1",
    "school_id": SCHOOL_ID,
    "person_id": "p1",
    "channel": "telegram",
    "chat_id": "41",
    "linked_at": moment(NOW),
    "consent_text": "consent-1",
    "reachable": 1,
}
INVITE = {
    "id": "i1",
    "school_id": SCHOOL_ID,
    "person_id": "p2",
    "code_hash": code_hash(CODE),
    "created_at": moment(NOW),
    "expires_at": moment(NOW + timedelta(days=14)),
}
COLUMNS = {
    "accounts": "id, person_id, channel, chat_id, linked_at, consent_text, reachable",
    "invites": "id, person_id, code_hash, created_at, expires_at, used_at, revoked_at",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    command.upgrade(alembic_config(url), "0024")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("accounts", ACCOUNT))
        connection.execute(insert("invites", INVITE))
    db.close()
    return url


def test_chats_are_read_where_they_were_and_codes_stay_good(url: str) -> None:
    db = Database(url)
    db.migrate()
    people = People(db)
    (account,) = people.accounts("p1")
    assert (account.address, account.reachable) == (Address("telegram", "41"), True)
    assert (account.heard_at, account.last_used) == (None, NOW)
    assert people.chats()["p1"] == account
    invite = Invites(db).by_code(CODE, NOW)
    assert invite and (invite.open, invite.channel) == (True, None)
    db.close()


def test_the_way_back_keeps_them_too(url: str) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    before = contents(file, COLUMNS)
    db = Database(url)
    db.migrate()
    db.close()
    command.downgrade(alembic_config(url), "0024")
    assert contents(file, COLUMNS) == before
