"""One look at the database is one snapshot, and asks nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.database import counted
from tests.postgres import PostgresServer

from hoso_bot.store.db import Database
from hoso_bot.store.people import People
from hoso_bot.store.rulebook import Rulebook
from hoso_bot.store.tables import people


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'hoso.db'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.create())
    with closing(Database(url)) as database:
        database.migrate()
        yield database


def joins(db: Database, staff_id: str) -> None:
    """Somebody new, written by somebody else meanwhile."""

    def write() -> None:
        row = {"id": staff_id, "school_id": db.school_id, "staff_id": staff_id, "name": staff_id}
        more = {
            "role": "teacher",
            "group_name": "",
            "classes": [],
            "subjects": [],
            "phone": "",
            "active": True,
        }
        with db.write() as connection:
            connection.execute(people.insert(), [row | more])

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()


def names(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.execute(sa.select(people.c.staff_id)).scalars())


def test_a_look_sees_one_commit_until_it_is_let_go(db: Database) -> None:
    with db.looking():
        assert names(db) == []
        joins(db, "GV01")
        assert names(db) == []
        db.let_go()
        assert names(db) == ["GV01"]
    joins(db, "GV02")
    assert names(db) == ["GV01", "GV02"]


def test_what_was_looked_up_once_is_known_until_then(db: Database) -> None:
    joins(db, "GV01")
    with counted(db) as asked, db.looking():
        assert People(db).get("GV01").name == People(db).get("GV01").name == "GV01"
        assert Rulebook(db).versions() == Rulebook(db).versions() == []
        assert len(asked) == 2
        db.let_go()
        People(db).get("GV01")
        assert len(asked) == 3
    People(db).get("GV01")


def test_a_list_is_everybody_s_own(db: Database) -> None:
    joins(db, "GV01")
    with db.looking():
        People(db).all().clear()
        assert len(People(db).all()) == 1


def test_a_failed_question_ends_the_look(db: Database) -> None:
    joins(db, "GV01")
    with db.looking():
        assert names(db) == ["GV01"]
        with pytest.raises(sa.exc.DBAPIError), db.read() as connection:
            connection.execute(sa.text("SELECT nonsense FROM nowhere"))
        assert names(db) == ["GV01"]


def test_a_thread_looks_for_itself(db: Database) -> None:
    with db.looking():
        assert names(db) == []
        joins(db, "GV01")
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.extend(names(db)))
        thread.start()
        thread.join()
        assert found == ["GV01"]
