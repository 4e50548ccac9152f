"""PostgreSQL as the engine: the same shape, the same order of writers, and the way there and back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests.database import rows_of
from tests.fakes.clock import FakeClock
from tests.parts import Parts
from tests.postgres import ADMIN, PostgresServer
from tests.school import NOW, NewHome

from hoso_bot.domain.events import Address
from hoso_bot.restoration import look_over, restore
from hoso_bot.settings import SCHOOL_ID, Settings
from hoso_bot.store import audit
from hoso_bot.store.audit import Entry
from hoso_bot.store.backups import Source, back_up
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import Database, alembic_config, moment
from hoso_bot.store.inbox import Arrival, Inbox
from hoso_bot.store.moving import MoveFailed, move
from hoso_bot.store.server_checks import describe
from hoso_bot.store.tables import metadata

HOSO_BOT = str(Path(sys.executable).with_name("hoso-bot"))


def quietly(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database."""
    address = postgres.url(postgres.create())
    yield address
    postgres.drop(address)


@pytest.fixture
def on_server(postgres: PostgresServer, template: Path, tmp_path: Path) -> Iterator[Parts]:
    """The sample school with its rows on the server."""
    with Parts.of(NewHome(template, postgres).at(tmp_path / "school")) as parts:
        yield parts


# --- shape and order -----------------------------------------------------------------------------


def test_the_migrations_make_the_tables_the_program_knows(url: str) -> None:
    with closing(Database(url)) as db:
        db.migrate()
        db.migrate()
        with db.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_processes_that_start_at_once_migrate_once(url: str) -> None:
    script = f"from hoso_bot.store.db import Database; Database({url!r}).migrate()"
    started = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]


def test_a_commit_is_on_disk_before_it_returns(on_server: Parts) -> None:
    assert rows_of(on_server.db.url, "SHOW synchronous_commit") == [("on",)]


def test_what_is_read_stays_what_it_was(on_server: Parts) -> None:
    counted = sa.text("SELECT count(*) FROM weeks")
    with on_server.db.read() as looking:
        before = looking.scalar(counted)
        rows_of(on_server.db.url, "DELETE FROM weeks")
        assert looking.scalar(counted) == before == 35
    with on_server.db.read() as looking:
        assert looking.scalar(counted) == 0


def test_looking_cannot_change_anything(on_server: Parts) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only"), on_server.db.read() as connection:
        connection.execute(sa.text("DELETE FROM weeks"))


def test_the_log_stays_one_chain_however_many_write(on_server: Parts) -> None:
    """Threads with engines of their own, as other processes have them."""

    def write(number: int) -> None:
        with closing(Database(on_server.db.url)) as db:
            for n in range(10):
                entry = Entry("office", "test", f"{number}.{n}")
                commit(db, moment(NOW), Changes(entries=[entry]))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    with on_server.db.read() as connection:
        entries, broken = audit.first_broken(connection, SCHOOL_ID)
    assert (entries, broken) == (8 + 60, None)


def test_a_school_waits_for_its_own_writers_only(on_server: Parts) -> None:
    with closing(Database(on_server.db.url, "this")) as db, db.write():
        with closing(Database(on_server.db.url, "another")) as other, other.write():
            pass
        waited = threading.Event()

        def write() -> None:
            with closing(Database(on_server.db.url, "this")) as same, same.write():
                waited.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert not waited.wait(0.3)
    writer.join(10)
    assert waited.is_set()


def test_words_with_a_nul_are_kept_readable(on_server: Parts) -> None:
    payload = {"text": "Tuần\0 13 \ud83d"}
    on_server.inbox.keep([Arrival("telegram", "1", "lane\0", payload)])
    (row,) = on_server.inbox.claim(1, [])
    assert (row.lane, row.payload) == ("lane\N{REPLACEMENT CHARACTER}", payload)


# --- one process ---------------------------------------------------------------------------------


def test_a_school_is_run_by_one_process(on_server: Parts) -> None:
    with closing(Database(on_server.db.url)) as here, closing(Database(on_server.db.url)) as there:
        mine, theirs = here.claim("run"), there.claim("run")
        assert mine.holds() and mine.holds()
        assert not theirs.holds()
        mine.release()
        assert theirs.holds() and not mine.holds()


def test_a_claim_outlives_its_connection_unless_somebody_was_faster(on_server: Parts) -> None:
    with closing(Database(on_server.db.url)) as here, closing(Database(on_server.db.url)) as there:
        mine, theirs = here.claim("run"), there.claim("run")
        assert mine.holds()
        _cut_all_connections(on_server.db.url)
        assert mine.holds() and not theirs.holds()
        _cut_all_connections(on_server.db.url)
        assert theirs.holds() and not mine.holds()


def test_connections_that_were_cut_are_made_anew(on_server: Parts) -> None:
    on_server.inbox.keep([Arrival("telegram", "1", "a", {})])
    _cut_all_connections(on_server.db.url)
    on_server.inbox.keep([Arrival("telegram", "2", "b", {})])
    _cut_all_connections(on_server.db.url)
    assert len(on_server.inbox.claim(5, [])) == 2


def _cut_all_connections(url: str) -> None:
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    rows_of(url, query)
    time.sleep(0.1)


# --- schools apart -------------------------------------------------------------------------------


def test_every_table_keeps_schools_apart(on_server: Parts) -> None:
    """Whatever a query forgets: another school's connection sees no row, changes none, adds none of ours."""
    with closing(Database(on_server.db.url, "another")) as other:
        for table in metadata.sorted_tables:
            with other.read() as connection:
                assert connection.execute(sa.select(table)).all() == [], table.name
            with other.write() as connection:
                assert connection.execute(sa.delete(table)).rowcount == 0, table.name
        other.school_id = SCHOOL_ID  # as if it took itself for the first school
        mistaken = Inbox(other, FakeClock(NOW))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            mistaken.keep([Arrival("telegram", "1", "lane", {})])
    assert len(on_server.rows("SELECT id FROM people")) == 14


def test_every_table_has_its_policy(on_server: Parts) -> None:
    """A new table gets it by itself, for its owner too."""
    forced = {name for (name,) in on_server.rows("SELECT relname FROM pg_class WHERE relforcerowsecurity")}
    named = {name for (name,) in on_server.rows("SELECT tablename FROM pg_policies")}
    assert forced == named == set(metadata.tables)


def test_the_doctor_says_what_weakens_the_server(on_server: Parts, postgres: PostgresServer) -> None:
    what, weak = describe(on_server.db)
    assert what.startswith("the database is PostgreSQL 1")
    assert len(weak) == 1 and "fsync = on" in weak[0]  # this test's server saves the time
    name = on_server.db.url.rpartition("/")[2]
    with closing(Database(postgres.url(name, ADMIN))) as above:
        assert "ALTER ROLE postgres NOSUPERUSER NOBYPASSRLS" in describe(above)[1][0]


def test_a_migration_changes_every_schools_rows(url: str) -> None:
    """0020 fills a column: row security must not hide another school's rows from it."""
    command.upgrade(alembic_config(url), "0019")
    row = (
        "INSERT INTO accounts (id, school_id, person_id, channel, chat_id, linked_at, consent_text)"
        " VALUES ('{0}', '{0}', 'p', 'telegram', '1', '2026-09-01', 'consent-1')"
    )
    for school_id in ("one", "two"):
        with closing(Database(url, school_id)) as db, db.write() as connection:
            connection.exec_driver_sql(row.format(school_id))
    with closing(Database(url, "one")) as db:
        db.migrate()
    for school_id in ("one", "two"):
        with closing(Database(url, school_id)) as db, db.read() as connection:
            assert connection.exec_driver_sql("SELECT id, consent_at FROM accounts").all() == [
                (school_id, "2026-09-01")
            ]


# --- there and back ------------------------------------------------------------------------------


def test_a_school_moves_there_and_back_row_by_row(parts: Parts, url: str, tmp_path: Path) -> None:
    address = Address("telegram", "1")
    inbox = Inbox(parts.db, FakeClock(NOW))
    inbox.keep([Arrival("telegram", str(n), f"chat:{n}", {"text": f"Số {n}"}) for n in range(2500)])
    parts.link("GV09", address.chat_id)
    with closing(Database(url)) as server, closing(Database(f"sqlite:///{tmp_path / 'back.db'}")) as back:
        there = move(parts.db, server, quietly)
        assert there.rows["inbox"] == 2500 and there.entries == 8
        assert move(server, back, quietly) == there
        later = Inbox(server, FakeClock(NOW))
        later.keep([Arrival("telegram", "later", "new", {})])
    assert rows_of(url, "SELECT max(id) FROM inbox WHERE external_id = 'later'")[0][0] > 2500
    query = "SELECT * FROM weeks ORDER BY id"
    assert rows_of(f"sqlite:///{tmp_path / 'back.db'}", query) == rows_of(parts.db.url, query)


def test_a_database_that_holds_the_school_is_left_alone(template: Path, on_server: Parts) -> None:
    with (
        closing(Database(f"sqlite:///{template / 'hoso.db'}")) as old,
        pytest.raises(MoveFailed, match="holds this school already"),
    ):
        move(old, on_server.db, quietly)
    assert len(rows_of(on_server.db.url, "SELECT id FROM people")) == 14


def test_a_changed_log_does_not_move(parts: Parts, url: str) -> None:
    rows_of(parts.db.url, "UPDATE audit SET actor = 'nobody' WHERE number = 4")
    with closing(Database(url)) as server, pytest.raises(MoveFailed, match="breaks at entry 4"):
        move(parts.db, server, quietly)
    assert rows_of(url, "SELECT count(*) FROM people") == [(0,)]


def test_the_command_moves_a_school_and_the_doctor_finds_it(template: Path, tmp_path: Path, url: str) -> None:
    home = tmp_path / "school"
    shutil.copytree(template, home)
    done = _hoso("migrate-to", url, "--use", "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "8 entries, chain intact" in done.stdout
    assert Settings(home=home).database == url
    assert (home / "hoso.toml").stat().st_mode & 0o077 == 0
    (home / "hoso.db").rename(tmp_path / "old.db")
    listed = _hoso("calendar", "show", "--json", "--home", str(home))
    assert listed.returncode == 0 and '"week": 35' in listed.stdout
    again = _hoso("migrate-to", url, "--home", str(home))
    assert again.returncode == 2 and "holds this school already" in again.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("mysql://hoso:geheim@127.0.0.1/x", "must start with"),
        ("postgresql://hoso:geheim@127.0.0.1:9/x", "cannot be reached"),
    ],
)
def test_an_address_that_is_none_is_refused_in_one_line(
    template: Path, tmp_path: Path, given: str, said: str
) -> None:
    home = tmp_path / "school"
    shutil.copytree(template, home)
    done = _hoso("migrate-to", given, "--use", "--home", str(home))
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
    assert "geheim" not in done.stderr and "geheim" not in (home / "hoso.toml").read_text(encoding="utf-8")


def _hoso(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HOSO_BOT, *words], capture_output=True, text=True, timeout=120, check=False)


def test_a_backup_of_a_school_on_a_server_is_restored_to_a_folder(on_server: Parts, tmp_path: Path) -> None:
    source = Source(on_server.home, on_server.db.url, SCHOOL_ID, on_server.desk.files)
    made = back_up(source, tmp_path / "backups", NOW, quietly)
    restored = restore(tmp_path / "backups", tmp_path / "restored", FakeClock(NOW), quietly)
    assert restored.snapshot.folder.name == made.folder.name
    assert look_over(tmp_path / "restored", FakeClock(NOW), quietly).sound
    people = "SELECT * FROM people ORDER BY id"
    there = rows_of(f"sqlite:///{tmp_path / 'restored' / 'hoso.db'}", people)
    assert there == rows_of(on_server.db.url, people)
