"""Chats and invitations of a school from before Zalo go on as they were."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.migration.old_rows import old_database, stays_there_and_back
from tests.school import NOW

from hoso_bot.domain.events import Address
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import Database, moment
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
def file(tmp_path: Path) -> Path:
    file = tmp_path / "old.db"
    old_database(file, "0024", ("accounts", ACCOUNT), ("invites", INVITE)).close()
    return file


def test_chats_are_read_where_they_were_and_codes_stay_good(file: Path) -> None:
    db = Database(f"sqlite:///{file}")
    db.migrate()
    people = People(db)
    (account,) = people.accounts("p1")
    assert (account.address, account.reachable) == (Address("telegram", "41"), True)
    assert (account.heard_at, account.last_used) == (None, NOW)
    assert people.chats()["p1"] == account
    invite = Invites(db).by_code(CODE, NOW)
    assert invite and (invite.open, invite.channel) == (True, None)
    db.close()


def test_the_way_back_keeps_them_too(file: Path) -> None:
    stays_there_and_back(file, "0024", COLUMNS)
