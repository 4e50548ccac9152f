"""Messages said before the update are found by chat after it; the way back keeps them."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from tests.fakes.clock import FakeClock
from tests.migration.old_rows import goes_back, old_database
from tests.school import NOW

from hoso_bot.domain.events import Address
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import Database, moment
from hoso_bot.store.outbox import Outbox
from hoso_bot.store.shown_messages import ShownMessages

SAID = {
    "school_id": SCHOOL_ID,
    "key": "in1:0",
    "person_id": "p1",
    "channel": "zalo_oa",
    "chat_id": "41",
    "message": '{"text":"guide","facts":{},"buttons":[],"attachment":null}',
    "created_at": moment(NOW),
    "try_at": moment(NOW),
    "state": "sent",
}


def test_old_messages_are_kept_both_ways(tmp_path: Path) -> None:
    db = old_database(tmp_path / "old.db", "0030", ("outbox", SAID))
    db.migrate()
    shown = ShownMessages(db).find(Address("zalo_oa", "41"), "in1:0")
    assert shown
    assert (shown.text, shown.buttons, shown.changed) == ("guide", (), False)
    db.close()
    goes_back(db.url, "0030")
    db = Database(db.url)
    assert Outbox(db, FakeClock(NOW)).find("in1:0")
    with db.read() as connection:
        assert "known_browsers" not in sa.inspect(connection).get_table_names()
    db.close()
