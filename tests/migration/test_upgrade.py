"""The way up from earlier shapes: a school that has worked goes on; all or nothing, with a copy before it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from tests.acceptance.mortal_bot import HOSO_BOT, sample_bot
from tests.acceptance.test_restore_drill import backs_up, quietly
from tests.database import rows_of
from tests.fakes.telegram_sim import TelegramSim
from tests.migration.old_rows import goes_back
from tests.parts import Parts
from tests.plans_to_send import Desk
from tests.postgres import PostgresServer
from tests.school import NewHome, School

from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import SettingsError
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.restoration import look_over, restore
from hoso_bot.settings import of_folder
from hoso_bot.store import db as store
from hoso_bot.store.db import alembic_config, newest_revision
from hoso_bot.store.engines import with_driver
from hoso_bot.store.safety_copy import KEPT_FOR, MOST, copies, drop_old_copies

OLDEST = "0022"
"""From here on every shape is tried with rows that a working school has left in it."""


def earlier(steps: int) -> str:
    """The shape so many migrations before the newest one."""
    chain = [s.revision for s in ScriptDirectory.from_config(alembic_config("sqlite://")).walk_revisions()]
    return chain[steps]


@pytest.fixture(params=["sqlite", "postgresql"])
def old_school(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path: Path,
    telegram: TelegramSim,
    inspector: Sandbox,
    signer: SigningDesk,
    desk: Desk,
) -> Iterator[School]:
    """A school that signed one plan, rejected one and waits with a third; stopped, on either engine."""
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
    school = School(NewHome(template, server).at(tmp_path / "school"), telegram, inspector, signer)
    school.start()
    school.teacher.hands_in(desk.plan(13))
    for leader in (school.head, school.vice):
        leader.gets_card()
        leader.approves()
    school.teacher.hears("phê duyệt đủ")
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    school.head.rejects("Tiết 2 chưa có hoạt động vận dụng, đề nghị bổ sung")
    school.teacher.hears("cần chỉnh sửa")
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    school.rests()
    school.stop()
    yield school
    school.close()


def test_a_school_that_worked_goes_on_after_every_upgrade(
    old_school: School, desk: Desk, tmp_path: Path
) -> None:
    url = old_school.settings.database
    entries = old_school.rows("SELECT number, hash FROM audit ORDER BY number")
    goes_back(url, earlier(1))
    old_school.start()
    old_school.head.approves()  # the card of before
    old_school.vice.gets_card()
    old_school.rests()
    old_school.stop()
    goes_back(url, OLDEST)
    old_school.start()
    old_school.vice.approves()
    old_school.teacher.hears("phê duyệt đủ")
    old_school["GV10"].hands_in(desk.plan(13))
    old_school.head.gets_card()
    old_school.checks()
    old_school.stop()
    assert old_school.rows("SELECT number, hash FROM audit ORDER BY number")[: len(entries)] == entries
    backs_up(old_school, tmp_path / "usb")
    key = old_school.settings.master()
    restore(tmp_path / "usb", tmp_path / "restored", old_school.clock, quietly, master_key=key)
    found = look_over(tmp_path / "restored", old_school.clock, quietly)
    assert (found.signed, found.sound) == (2, True), found
    if url.startswith("sqlite"):
        [copy] = copies(old_school.home / "hoso.db")
        assert copy.name == f"hoso.db.before-{newest_revision()}"
        assert rows_of(f"sqlite:///{copy}", "SELECT version_num FROM alembic_version") == [(OLDEST,)]
        assert len(rows_of(f"sqlite:///{copy}", "SELECT number FROM audit")) > len(entries)


DIES = f"""\
import os, signal
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9998", "{newest_revision()}", None, None

def upgrade():
    op.create_table("half", sa.Column("id", sa.Text), sa.Column("school_id", sa.Text))
    op.drop_column("people", "phone")
    op.execute("DELETE FROM accounts")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_kill_in_the_middle_of_an_upgrade_changes_nothing(
    engine: str, template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgres") if engine == "postgresql" else None
    home = NewHome(template, server).at(tmp_path / "school")
    url = of_folder(home).database
    migrations = shutil.copytree(store.MIGRATIONS, tmp_path / "migrations")
    (migrations / "versions" / "9998_dies.py").write_text(DIES, encoding="utf-8")
    before = people_and_shape(url)
    order = (
        "import sys; from pathlib import Path; from hoso_bot.store import db;"
        "db.MIGRATIONS = Path(sys.argv[1]); db.Database(sys.argv[2]).migrate()"
    )
    done = subprocess.run([sys.executable, "-c", order, str(migrations), url], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert people_and_shape(url) == before
    if engine == "sqlite":
        assert [copy.name for copy in copies(home / "hoso.db")] == ["hoso.db.before-9998"]


def people_and_shape(url: str) -> tuple[list[tuple[object, ...]], list[str]]:
    """All of the staff, and every column of every table."""
    engine = sa.create_engine(with_driver(url))
    shape = sa.inspect(engine)
    columns = [f"{table}.{c['name']}" for table in shape.get_table_names() for c in shape.get_columns(table)]
    engine.dispose()
    return rows_of(url, "SELECT * FROM people ORDER BY id"), sorted(columns)


def test_the_real_program_upgrades_an_old_folder_and_says_so(tmp_path: Path, telegram: TelegramSim) -> None:
    bot = sample_bot(tmp_path, telegram.world())
    goes_back(of_folder(bot.home).database, earlier(1))
    bot.start()
    try:
        bot.wait_until_ready()
        [copy] = copies(bot.home / "hoso.db")
        assert f'"as_it_was": "{copy.name}", "event": "database.upgraded"' in bot.log()
        assert copy.stat().st_mode & 0o777 == 0o600
        bot.leave()
    finally:
        bot.die()


def test_the_real_program_refuses_a_newer_database_in_words(parts: Parts) -> None:
    with parts.db.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    done = subprocess.run(
        [HOSO_BOT, "run", "--home", str(parts.home)], capture_output=True, text=True, timeout=60, env={}
    )
    assert done.returncode == 2
    assert "shape 9999 of a newer hoso-bot" in done.stderr
    assert "Traceback" not in done.stderr
    assert copies(parts.home / "hoso.db") == []


@pytest.mark.sqlite
def test_without_room_for_the_copy_nothing_is_changed(parts: Parts) -> None:
    goes_back(parts.db.url, earlier(1))
    (parts.home / "hoso.db.copying").mkdir()  # where no file can be written
    with pytest.raises(SettingsError, match="nothing was changed"):
        parts.db.migrate()
    assert not parts.db.is_newest


@pytest.mark.sqlite
def test_few_copies_stay_and_not_for_long(parts: Parts) -> None:
    file = parts.home / "hoso.db"
    for number in range(5):
        (parts.home / f"hoso.db.before-000{number}").touch()
    goes_back(parts.db.url, earlier(1))
    kept = parts.db.migrate()
    assert kept == copies(file)[-1] == file.with_name(f"hoso.db.before-{newest_revision()}")
    assert len(copies(file)) == MOST
    drop_old_copies(file, SystemClock().now() + KEPT_FOR - timedelta(hours=1))
    assert len(copies(file)) == MOST
    drop_old_copies(file, SystemClock().now() + KEPT_FOR + timedelta(hours=1))
    assert copies(file) == []
