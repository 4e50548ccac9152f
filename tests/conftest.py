"""What tests share: no outside settings, the fake Telegram, a running school, and no silent skips."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent.parent))  # `tests.…` in a plain `pytest` too

from tests import chromium
from tests.chromium import CHROMIUM
from tests.conversation import Heard
from tests.fakes.clock import FakeClock
from tests.fakes.s3_sim import S3Sim
from tests.fakes.telegram_sim import TelegramSim
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.integration.signing_parts import MASTER
from tests.parts import Parts
from tests.plans_to_send import Desk
from tests.postgres import INSTALL, ON_POSTGRES, PostgresServer, programs
from tests.school import NOW, SCHOOL_NAME, MakeSchool, NewHome, School, import_sample_staff

from hoso_bot.founding import init
from hoso_bot.pdf.keys import master_key_from_text
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sign import SigningDesk

# Property tests run on shared and slow machines too: speed is not what they judge. Where a run decides
# about a change (HOSO_NO_SKIP) it looks at the same examples every time; a developer's looks for new ones.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize="HOSO_NO_SKIP" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

OF_THE_TESTS = (
    "HOSO_NO_SKIP",
    "HOSO_TEST_ENGINE",
    "HOSO_TEST_ROLES",
    "HOSO_REAL_PLANS",
    "HOSO_KILLS",
    "HOSO_CRASHES",
    "HOSO_SEED",
    "HOSO_FLIPS",
    "HOSO_RIGHTS",
)
ALLOWED_SKIP = "HOSO_REAL_PLANS"

MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """A developer's own school must not leak into the tests, nor into the processes they start.

    Their schools lie in memory where that has room, because a conversation waits for some seventy fsyncs;
    `--basetemp=FOLDER` keeps them on disk, to be looked at.
    """
    for name in [n for n in os.environ if n.startswith("HOSO_") and n not in OF_THE_TESTS]:
        del os.environ[name]
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _has_room(MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder = tempfile.mkdtemp(prefix="hoso-tests-", dir=MEMORY)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test begins first, so that no process waits for it in the end."""
    items.sort(key=lambda item: item.path.name != "test_kill.py")
    if ON_POSTGRES:
        items[:] = [item for item in items if item.get_closest_marker("sqlite") is None]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A test that was skipped while it ran, or before."""
    return _judged((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """A whole file that was skipped."""
    return _judged((yield))


def _judged(report: Any) -> Any:
    """Where every tool is installed (HOSO_NO_SKIP) a skip fails; real plans are nobody's to install."""
    if os.environ.get("HOSO_NO_SKIP") and report.skipped and not hasattr(report, "wasxfail"):
        why = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if ALLOWED_SKIP not in why:
            report.outcome, report.longrepr = "failed", f"skipped although HOSO_NO_SKIP is set: {why}"
    return report


# --- shared by the whole run -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def telegram() -> Iterator[TelegramSim]:
    """The fake Telegram, a process of its own; every test gets a bot of its own on it."""
    with TelegramSim() as server:
        yield server


@pytest.fixture(scope="session")
def zalo() -> Iterator[ZaloSim]:
    """The fake Zalo, another process; every school that asks for it gets an OA of its own."""
    with ZaloSim() as server:
        yield server


@pytest.fixture(scope="session")
def zalo_bot() -> Iterator[ZaloBotSim]:
    """The fake Zalo Bot Platform; every school that asks for it gets a bot of its own."""
    with ZaloBotSim() as server:
        yield server


@pytest.fixture(scope="session")
def s3_service() -> Iterator[S3Sim]:
    """The fake S3 service, another process."""
    with S3Sim() as server:
        yield server


@pytest.fixture
def s3(s3_service: S3Sim) -> Iterator[S3Sim]:
    """The same, well again after the test."""
    yield s3_service
    s3_service.behaves()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where teachers take their files from."""
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this process's own."""
    if programs() is None:
        pytest.skip(INSTALL)
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def new_home(request: pytest.FixtureRequest, template: Path) -> NewHome:
    """Copies the template school to a folder; with HOSO_TEST_ENGINE=postgresql its rows lie there."""
    server = request.getfixturevalue("postgres") if ON_POSTGRES else None
    return NewHome(template, server)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample school, made once, at the test's own time; nobody is linked yet."""
    home = tmp_path_factory.mktemp("template") / "school"
    clock = FakeClock(NOW)
    init(home, SCHOOL_NAME, clock, custody="server")  # no test but those about PINs has to type one
    import_sample_staff(home, clock)
    return home


@pytest.fixture(scope="session")
def inspector() -> Iterator[Sandbox]:
    """One warm sandbox for all schools."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def signer(template: Path) -> Iterator[SigningDesk]:
    """One warm signing desk: every copy of the template has its master key."""
    key = master_key_from_text((template / "master.key").read_text(encoding="ascii").strip())
    with SigningDesk(key, workers=1) as signing:
        signing.warm()
        yield signing


@pytest.fixture(scope="session")
def signing_desk() -> Iterator[SigningDesk]:
    """The same for tests that make certificates of their own, under the master key of `signing_parts`."""
    with SigningDesk(MASTER, workers=1) as signing:
        yield signing


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium; one for a file, since playwright's loop may not run beside others for long."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with chromium.started() as started:
        yield started


# --- a school of one's own ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def make_any_school(
    new_home: NewHome,
    tmp_path_factory: pytest.TempPathFactory,
    telegram: TelegramSim,
    inspector: Sandbox,
    signer: SigningDesk,
) -> MakeSchool:
    """Makes a school that does not run yet; the caller closes it."""

    def make(
        linked: tuple[str, ...] | None = None,
        may_park: bool = False,
        zalo: ZaloSim | None = None,
        on_zalo: tuple[str, ...] = (),
        bots: ZaloBotSim | None = None,
        on_zalo_bot: tuple[str, ...] = (),
        **changes: Any,
    ) -> School:
        home = new_home.at(tmp_path_factory.mktemp("home") / "school")
        return School(
            home,
            telegram,
            inspector,
            signer,
            changes,
            linked,
            may_park,
            zalo=zalo,
            on_zalo=on_zalo,
            bots=bots,
            on_zalo_bot=on_zalo_bot,
        )

    return make


@pytest.fixture
def make_school(make_any_school: MakeSchool) -> Iterator[MakeSchool]:
    """The same, closed after the test; keywords are settings, `linked` and `may_park`."""
    with ExitStack() as stack:

        def make(**wishes: Any) -> School:
            school = make_any_school(**wishes)
            stack.callback(school.close)
            return school

        yield make


@pytest.fixture
def school(make_school: MakeSchool) -> Iterator[School]:
    """A running school in which everybody is linked."""
    running = make_school()
    running.start()
    yield running
    running.checks()


@pytest.fixture
def new_school(make_school: MakeSchool) -> Iterator[School]:
    """A running school in which only the office (the vice-principal) is linked."""
    running = make_school(linked=("PHT01",))
    running.start()
    yield running
    running.checks()


@pytest.fixture
def parts(new_home: NewHome, tmp_path: Path) -> Iterator[Parts]:
    """The path's parts on a copy of the template school; looking at files and signing are not there."""
    with Parts.of(new_home.at(tmp_path / "school")) as opened:
        yield opened


@pytest.fixture
def waiting(school: School, desk: Desk) -> Heard:
    """A plan of the teacher's week 13 waits for the group head; her card."""
    school.teacher.hands_in(desk.plan(13))
    return school.head.gets_card()
