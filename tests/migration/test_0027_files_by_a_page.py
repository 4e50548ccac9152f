"""Links of a school from before files came by a page stay as they were, there and back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from alembic import command
from tests.migration.test_0002_keeps_data import contents
from tests.migration.test_0007_looking_up_signatures import insert
from tests.school import NOW

from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import Database, alembic_config, moment
from hoso_bot.store.links import Links, Purpose, hash_of
from hoso_bot.store.page_uploads import PageUploads

LINK = {
    "id": "l1",
    "school_id": SCHOOL_ID,
    "token_hash": hash_of("token-of-a-file"),
    "purpose": "file",
    "person_id": "p1",
    "channel": "telegram",
    "chat_id": "41",
    "facts": "{}",
    "expires_at": moment(NOW + timedelta(hours=24)),
}
COLUMNS = {"links": "id, token_hash, purpose, person_id, channel, chat_id, expires_at"}


def test_links_stay_and_no_file_came_by_a_page_yet(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    url = f"sqlite:///{file}"
    command.upgrade(alembic_config(url), "0026")
    db = Database(url)
    with db.write() as connection:
        connection.execute(insert("links", LINK))
    before = contents(file, COLUMNS)
    db.migrate()
    link = Links(db).by_token(Purpose.FILE, "token-of-a-file")
    assert link and link.person_id == "p1"
    assert PageUploads(db).of_link(link.id) == []
    db.close()
    command.downgrade(alembic_config(url), "0026")
    assert contents(file, COLUMNS) == before
