"""A school whose rows lie on a PostgreSQL server: the same job, also when the server is away for a while."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.acceptance.test_zalo_main_job import judged
from tests.database import rows_of
from tests.fakes.clock import FakeClock
from tests.fakes.telegram_sim import TelegramSim
from tests.plans_to_send import Desk
from tests.ports import free_port
from tests.postgres import INSTALL, PostgresServer, programs
from tests.school import NOW, SCHOOL_NAME, NewHome, School, import_sample_staff
from tests.waiting import wait_for
from tests.web_board import looks

from hoso_bot.domain.errors import SettingsError
from hoso_bot.founding import AlreadyThere, Where, init
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.store.tables import audit, inbox, outbox, plans, questions, step_cards, steps, versions


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that may be stopped."""
    if programs() is None:
        pytest.skip(INSTALL)
    with PostgresServer() as server:
        yield server


@pytest.fixture
def school(
    own_server: PostgresServer,
    template: Path,
    tmp_path: Path,
    telegram: TelegramSim,
    inspector: Sandbox,
    signer: SigningDesk,
) -> Iterator[School]:
    """Running, everybody linked."""
    home = NewHome(template, own_server).at(tmp_path / "school")
    running = School(home, telegram, inspector, signer, changes={"web": {"port": free_port()}})
    running.start()
    yield running
    running.checks()
    running.close()


def test_the_main_job_ends_with_the_signed_file(school: School, desk: Desk, tmp_path: Path) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()
    judged(school, school.teacher.hears("phê duyệt đủ"), tmp_path)
    assert school.settings.database.startswith("postgresql://")
    assert not (school.home / "hoso.db").exists()


def test_connections_cut_in_the_middle_are_nobodys_trouble(school: School, desk: Desk) -> None:
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND usename = 'hoso'"
    )
    school.teacher.hands_in(desk.plan(13))
    rows_of(school.settings.database, cut)
    school.head.gets_card()
    rows_of(school.settings.database, cut)
    school.head.approves()
    rows_of(school.settings.database, cut)
    school.vice.gets_card()
    assert school.step_states() == ["signed", "pending"]
    wait_for(lambda: ready(school)[0] == 200)  # every worker has the database again


def test_while_the_server_is_away_nothing_is_lost_and_the_state_says_so(
    school: School, own_server: PostgresServer, desk: Desk
) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    own_server.stop()
    try:
        school.head.presses("Ký duyệt")
        status, state = ready(school)
        assert status == 503 and state["ok"] is False
    finally:
        own_server.start()
    school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.presses("Xác nhận")
    school.vice.gets_card()
    school.rests()
    assert ready(school)[0] == 200
    assert school.step_states() == ["signed", "pending"]
    assert school.decisions() == 1


def test_a_second_process_for_the_same_school_does_not_start(school: School, tmp_path: Path) -> None:
    """Another machine with a copy of the folder: its lock is another one, the database's is not."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("hoso.toml", "master.key"):
        (copy / name).write_bytes((school.home / name).read_bytes())
    other = School(copy, school.telegram, school.inspector, school.signer, linked=())
    with pytest.raises(SettingsError, match="another hoso-bot runs this school"):
        other.start()


@pytest.fixture
def two_schools(
    own_server: PostgresServer, tmp_path: Path, telegram: TelegramSim, inspector: Sandbox
) -> Iterator[tuple[School, School]]:
    """In one database, each with its folder, its bot and its people, who have the same staff and chat ids."""
    url, schools = own_server.url(own_server.create()), []
    for school_id in ("hoa-phuong", "hoa-sen"):
        home, clock = tmp_path / school_id, FakeClock(NOW)
        init(home, SCHOOL_NAME, clock, custody="server", where=Where(school_id, url))
        import_sample_staff(home, clock)
        key = master_key_from_text((home / "master.key").read_text(encoding="ascii").strip())
        schools.append(School(home, telegram, inspector, SigningDesk(key, workers=1)))
    for school in schools:
        school.start()
    yield schools[0], schools[1]
    for school in schools:
        school.checks()
        school.close()
        school.signer.close()


def test_two_schools_in_one_database_do_not_meet(
    two_schools: tuple[School, School], desk: Desk, tmp_path: Path
) -> None:
    for school in two_schools:
        school.teacher.hands_in(desk.plan(13))
    for school in two_schools:
        school.head.gets_card()
        school.head.approves()
        school.vice.gets_card()
        school.vice.approves()
        judged(school, school.teacher.hears("phê duyệt đủ"), tmp_path)
    for school in two_schools:
        school.rests()
        tables = (plans, versions, steps, outbox, inbox, questions, step_cards, audit)
        with school.app.db.read() as connection:
            seen = {s for table in tables for s in connection.scalars(sa.select(table.c.school_id))}
        assert seen == {school.settings.school_id}
        assert len(school.audited("step.approved")) == 2
        school.principal.says("/hoso")
        assert school.principal.hears("KHBD").text.count("GV09") <= 1


def test_a_school_that_is_there_already_is_not_made_again(
    two_schools: tuple[School, School], tmp_path: Path
) -> None:
    url = two_schools[0].settings.database
    with pytest.raises(AlreadyThere, match="holds hoa-sen already"):
        init(tmp_path / "again", SCHOOL_NAME, FakeClock(NOW), where=Where("hoa-sen", url))
    assert not (tmp_path / "again").exists()
    with pytest.raises(SettingsError, match="letters, digits"):
        init(tmp_path / "again", SCHOOL_NAME, FakeClock(NOW), where=Where("hoa sen; --", url))


def ready(school: School) -> tuple[int, dict[str, object]]:
    seen = looks(school.app.port, "/readyz")
    return seen.status, json.loads(seen.body)
