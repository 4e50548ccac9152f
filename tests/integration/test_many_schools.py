"""Schools that share connections, claims and a deployment's settings: nothing of one reaches another."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.database import rows_of
from tests.fakes.clock import FakeClock
from tests.parts import Parts
from tests.postgres import PostgresServer
from tests.school import NOW

from hoso_bot.commands.schools import _check
from hoso_bot.deployment import Deployment, changed, load, own_toml
from hoso_bot.domain.errors import SettingsError
from hoso_bot.founding import AlreadyThere, found, init_deployment
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.store.claims import Claims, ClaimsLost, key_of
from hoso_bot.store.db import Database
from hoso_bot.store.engines import server_pool
from hoso_bot.store.inbox import Arrival, Inbox
from hoso_bot.store.row_security import SETTING
from hoso_bot.store.school_settings import Directory, SchoolSettings
from hoso_bot.store.tables import inbox, metadata
from hoso_bot.web.schools import Schools, host_of, out_of_order
from hoso_bot.workers.bell import Bell
from hoso_bot.workers.patience import Patience
from hoso_bot.workers.rest import rest

IDS = ("hoa-sen", "kim-dong", "le-loi")
OWN = {"telegram": {"token": "1:a"}, "signing": {"custody": "server"}}


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """A database with this version's tables."""
    url = postgres.url(postgres.create())
    with closing(Database(url)) as db:
        db.migrate()
    return url


@pytest.fixture
def deployment(url: str, tmp_path: Path) -> Deployment:
    """With three schools."""
    home = tmp_path / "district"
    init_deployment(home, url)
    made = Deployment.at(home)
    for number, school_id in enumerate(IDS):
        own = {
            **OWN,
            "telegram": {"token": f"1:{number}"},
            "web": {"public_url": f"https://{school_id}.example"},
        }
        with closing(made.database(school_id)) as db:
            row = SchoolSettings(db).keep(made.seal(school_id, own), NOW)
            found(db, school_id, NOW, master_key_from_text(made.settings.master()), more=row)
    return made


# --- one pool --------------------------------------------------------------------------------------


@pytest.fixture
def pool(url: str) -> Iterator[sa.Engine]:
    """Two connections for everybody."""
    made = server_pool(url, size=2, overflow=0)
    yield made
    made.dispose()


def test_no_connection_comes_back_with_a_schools_setting(url: str, pool: sa.Engine) -> None:
    """Whatever became of the transaction; and what names no school sees and writes nothing."""
    dbs = {school_id: Database(url, school_id, pool) for school_id in IDS}
    for school_id, db in dbs.items():
        Inbox(db, FakeClock(NOW)).keep([Arrival("telegram", "1", "lane", {"of": school_id})])
    dice = random.Random(7)

    def visit(school_id: str) -> set[str]:
        how = dice.choice(["read", "write", "error", "refused", "killed"])
        try:
            with dbs[school_id].write() if how != "read" else dbs[school_id].read() as connection:
                seen = set(connection.scalars(sa.select(inbox.c.school_id)))
                if how == "error":
                    raise ZeroDivisionError
                if how == "refused":
                    connection.execute(sa.text("SELECT no_such_column FROM inbox"))
                if how == "killed":
                    connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        except (ZeroDivisionError, sa.exc.DBAPIError):
            pass
        with pool.connect() as nobodys:
            assert not nobodys.scalar(sa.text(f"SELECT current_setting('{SETTING}', true)"))
            assert nobodys.execute(sa.select(inbox)).all() == []
        return seen

    visits = [dice.choice(IDS) for _ in range(300)]
    with ThreadPoolExecutor(4) as threads:
        for school_id, seen in zip(visits, threads.map(visit, visits), strict=True):
            assert seen == {school_id}
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), pool.begin() as nobodys:
        nobodys.execute(inbox.insert().values(_row("hoa-sen")))
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        dbs["kim-dong"].write() as connection,
    ):
        connection.execute(inbox.insert().values(_row("hoa-sen")))


def _row(school_id: str) -> dict[str, object]:
    now = NOW.isoformat()
    queue = {"source": "telegram", "external_id": "2", "lane": "lane", "payload": {}}
    return {"school_id": school_id, **queue, "received_at": now, "try_at": now}


def test_writers_of_a_school_queue_on_shared_connections_too(url: str, pool: sa.Engine) -> None:
    db, times = Database(url, "hoa-sen", pool), []

    def write(_number: int) -> None:
        with db.write():
            times.append(time.monotonic())
            time.sleep(0.05)
            times.append(time.monotonic())

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, range(6)))
    inside = [last - first for first, last in zip(times[::2], times[1::2], strict=True)]
    assert times == sorted(times) and min(inside) > 0.04


def test_the_directory_shows_the_list_of_schools_and_nothing_else(deployment: Deployment) -> None:
    with closing(Directory(deployment.settings.database)) as directory:
        assert [one.school_id for one in directory.all()] == list(IDS)
        with directory._pool.connect() as connection:
            for table in metadata.sorted_tables:
                if table.name != "school_settings":
                    assert connection.execute(sa.select(table)).all() == [], table.name
        with directory._pool.connect() as connection:
            for statement in ("DELETE FROM school_settings", "UPDATE school_settings SET stopped_at = 'x'"):
                assert connection.execute(sa.text(statement)).rowcount == 0
        assert b"1:0" not in b"".join(one.sealed for one in directory.all())


# --- claims ----------------------------------------------------------------------------------------


def test_a_school_is_one_processs_and_anothers_when_that_is_gone(url: str) -> None:
    with closing(Claims(url)) as one, closing(Claims(url)) as two, closing(Database(url, "le-loi")) as alone:
        assert one.look() == (1, set()) and two.look()[0] == 2
        assert one.take("hoa-sen") and not two.take("hoa-sen")
        assert alone.claim("run").holds() and not one.take("le-loi")  # the right a school alone has
        assert key_of("hoa-sen") in two.look()[1]
        one.give_back("hoa-sen")
        assert two.take("hoa-sen")
        two.close()
        deadline = time.monotonic() + 20  # the server notices in its own time that somebody is gone
        while one.look()[0] > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert one.look()[0] == 1 and one.take("hoa-sen")


def test_who_lost_the_connection_knows_that_every_claim_is_lost(url: str) -> None:
    with closing(Claims(url)) as one, closing(Claims(url)) as two:
        one.look()
        assert one.take("hoa-sen")
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        rows_of(url, cut)
        time.sleep(0.1)
        with pytest.raises(ClaimsLost):
            one.look()
        two.look()
        assert two.take("hoa-sen")
        assert key_of("hoa-sen") in one.look()[1] and not one.take("hoa-sen")


# --- settings --------------------------------------------------------------------------------------


def test_a_school_has_its_own_settings_and_the_deployments_below_them(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSO_QUIET", "22:00-05:00")
    monkeypatch.setenv("HOSO_RULES__OPEN_WEEKS", "3")
    around = Deployment.at(deployment.settings.home)
    own = changed(OWN, ["rules.open_weeks=4", "web.public_url=https://x.example/", "telegram.token="])
    settings = around.settings_of("le-loi", own)
    assert (settings.quiet, settings.rules.open_weeks, settings.telegram.token) == ("22:00-05:00", 4, None)
    assert settings.home == deployment.settings.home / "schools/le-loi" and settings.school_id == "le-loi"
    assert settings.master() == deployment.settings.master()
    assert load(settings.home).web.public_url == "https://le-loi.example"  # what is on record


@pytest.mark.parametrize("name", ["TELEGRAM__TOKEN", "WEB__PUBLIC_URL", "SIGNING__CUSTODY"])
def test_a_deployment_does_not_say_what_is_a_schools(
    deployment: Deployment, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"HOSO_{name}", "pin" if "CUSTODY" in name else "https://x.example")
    with pytest.raises(SettingsError, match="a school's own"):
        Deployment.at(deployment.settings.home)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("web.port=1", "the deployment's"),
        ("database_url=x", "the deployment's"),
        ("web.public_url=https://x.example/truong", "no path"),
        ("web.public_url=x.example", "host name"),
        ("telegram.mode=pigeon", "telegram.mode"),
        ("telegram=x", "telegram"),
        ("no.such=1", "no"),
        ("telegram.token", "is not like"),
        ("signing.custody.x=1", "is no setting"),
        ("web.public_url=https://KIM-DONG.example", "kim-dong's"),
        ("telegram.token=1:2", "le-loi has this bot"),
    ],
)
def test_what_cannot_be_a_schools_setting_is_said(deployment: Deployment, change: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        _check(deployment, "hoa-sen", changed({"signing": {"custody": "pin"}}, [change]))


def test_a_row_under_another_name_or_key_opens_nothing(deployment: Deployment) -> None:
    sealed = deployment.seal("hoa-sen", OWN)
    assert deployment.unseal("hoa-sen", sealed) == OWN
    with pytest.raises(SettingsError, match="another master key"):
        deployment.unseal("kim-dong", sealed)


def test_commands_need_a_schools_name(deployment: Deployment) -> None:
    home = deployment.settings.home
    with pytest.raises(SettingsError, match="many schools are here"):
        load(home)
    with pytest.raises(SettingsError, match="no school nowhere here"):
        load(home / "schools/nowhere")
    with pytest.raises(AlreadyThere):
        init_deployment(home, deployment.settings.database)


def test_a_school_could_go_on_alone(deployment: Deployment) -> None:
    settings = load(deployment.settings.home / "schools/le-loi")
    text = own_toml(settings)
    web = {"public_url": "https://le-loi.example"}
    assert tomllib.loads(text) == {"school_id": "le-loi", **OWN, "telegram": {"token": "1:2"}, "web": web}
    assert settings.master() not in text


# --- pages and rest ----------------------------------------------------------------------------------


def test_a_host_is_one_schools() -> None:
    schools = Schools()
    schools.open("hoa-sen", "a.example", out_of_order())
    schools.open("hoa-sen", "b.example", out_of_order())
    with pytest.raises(ValueError, match="hoa-sen's"):
        schools.open("kim-dong", "b.example", out_of_order())
    schools.open("kim-dong", "a.example", out_of_order())
    assert [host_of(url) for url in ("//A.example:80", "https://[bad", "", "//x")] == [
        "a.example",
        "",
        "",
        "x",
    ]


async def test_a_quiet_schools_worker_sleeps_until_its_next_row_is_due(parts: Parts) -> None:
    async def slept(longest: float) -> float:
        began = time.monotonic()
        await rest(Bell(), parts.inbox, Patience(), longest)
        return time.monotonic() - began

    parts.inbox.keep([Arrival("telegram", "1", "lane", {})])
    assert 0.9 < await slept(30) < 5  # due, but perhaps its lane is in work
    with parts.db.write() as connection:
        connection.execute(sa.delete(inbox))
    assert 1.9 < await slept(2) < 6
