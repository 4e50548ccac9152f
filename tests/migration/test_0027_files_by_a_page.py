"""Links of a school from before files came by a page stay as they were, there and back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.migration.old_rows import contents, goes_back, old_database
from tests.school import NOW

from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.db import moment
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
    db = old_database(file, "0026", ("links", LINK))
    before = contents(file, COLUMNS)
    db.migrate()
    link = Links(db).by_token(Purpose.FILE, "token-of-a-file")
    assert link and link.person_id == "p1"
    assert PageUploads(db).of_link(link.id) == []
    db.close()
    goes_back(db.url, "0026")
    assert contents(file, COLUMNS) == before
