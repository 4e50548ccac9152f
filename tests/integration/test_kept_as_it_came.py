"""What arrives is kept as it came, however strange its text is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hoso_bot.clock import SystemClock
from hoso_bot.ports import Verbatim
from hoso_bot.store.db import Database
from hoso_bot.store.inbox import Arrival, Inbox

HALF_AN_EMOJI = json.loads(r'{"update_id": 7, "text": "\ud83d"}')


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hoso.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def inbox(db: Database) -> Inbox:
    return Inbox(db, SystemClock())


def test_an_update_is_stored_as_the_very_text_telegram_sent(inbox: Inbox, tmp_path: Path) -> None:
    text = '{"update_id":  7,\n "text": "Tu\\u1ea7n 12 \\ud83d\\ude00", "a": 1.10}'
    inbox.keep([Arrival("telegram", "7", "telegram:1", Verbatim(text))])
    with closing(sqlite3.connect(tmp_path / "hoso.db")) as connection:
        assert connection.execute("SELECT payload FROM inbox").fetchone() == (text,)
    assert inbox.claim(1, [])[0].payload == json.loads(text)


def test_half_an_emoji_stops_neither_itself_nor_its_neighbours(inbox: Inbox) -> None:
    inbox.keep(
        [
            Arrival("telegram", "7", "telegram:1", HALF_AN_EMOJI),
            Arrival("telegram", "8", "telegram:2", {"update_id": 8, "text": "Tuần 12"}),
        ]
    )
    assert [row.payload for row in inbox.claim(2, [])] == [HALF_AN_EMOJI, {"update_id": 8, "text": "Tuần 12"}]


@pytest.mark.parametrize("text", ["", "{", "7", "null", '"ab"', '["ab"]'])
def test_what_is_no_json_object_is_refused_or_holds_nothing_of_an_update(text: str) -> None:
    try:
        found = Verbatim(text)
    except (ValueError, TypeError):
        return
    assert "update_id" not in found
