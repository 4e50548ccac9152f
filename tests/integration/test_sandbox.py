"""The box itself: limits, deaths, restarts (design section 2, reliability 4.5)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from hoso_bot.domain.checks import Limits
from hoso_bot.domain.errors import FileRefused, SandboxFailed
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import Box, ReviewCopyOrder
from hoso_bot.pdf.sandbox import Sandbox
from hoso_bot.pdf.sandbox_child import MOST_SHARED, SandboxLimits
from hoso_bot.sample.lesson_plan import write_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("plan") / "plan.pdf"
    write_plan(
        target,
        week=3,
        first=date(2026, 9, 21),
        last=date(2026, 9, 25),
        teacher="Trần Thị Ví Dụ",
        class_name="3A",
        school="Trường Tiểu học Ví Dụ",
        lessons=2,
    )
    return target


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


@pytest.fixture(autouse=True)
def _others() -> Iterator[None]:
    """Warm servers that other tests share are nobody's business here."""
    OTHERS.update(servers())
    yield
    OTHERS.clear()


OTHERS: set[int] = set()


def servers() -> list[int]:
    """Process ids of the sandboxes started by this test."""
    mine: list[int] = []
    for listing in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread of ours has just ended
            mine += map(int, listing.read_text().split())
    return [pid for pid in mine if pid not in OTHERS and is_sandbox(pid)]


def is_sandbox(pid: int) -> bool:
    with contextlib.suppress(OSError):  # it has just ended
        return b"sandbox_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: object, seconds: float = 10.0) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def order(source: Path, target: Path) -> ReviewCopyOrder:
    return ReviewCopyOrder(source, target, (Box("Buoc1", "TỔ TRƯỞNG"),), "KHBD tuần 3", "KHBD-2627-T03-GV01")


def fifo(tmp_path: Path) -> Path:
    """A file that never answers: whoever reads it waits for ever."""
    path = tmp_path / "never"
    os.mkfifo(path)
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A PDF that keeps pdfium busy for minutes: forms that call forms, 10 times each, 12 deep."""
    levels = 12
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 5>>stream\n/X Do\nendstream",
    ]
    for level in range(levels):
        body = b"/X Do " * 10
        inner = b"/Resources<</XObject<</X %d 0 R>>>>" % (6 + level) if level + 1 < levels else b""
        bodies.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]%s/Length %d>>stream\n%s\nendstream"
            % (inner, len(body), body)
        )
    data = b"%PDF-1.7\n"
    for number, body in enumerate(bodies, start=1):
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    data += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n0\n%%%%EOF\n" % (len(bodies) + 1)
    path = tmp_path / "endless.pdf"
    path.write_bytes(data)
    return path


def test_a_warm_server_is_used_again(sandbox: Sandbox, plan: Path) -> None:
    sandbox.inspect(plan, "x.pdf")
    before = servers()
    sandbox.inspect(plan, "x.pdf")
    assert servers() == before


def test_a_killed_server_is_replaced_without_a_word(sandbox: Sandbox, plan: Path) -> None:
    sandbox.inspect(plan, "x.pdf")
    (pid,) = servers()
    os.kill(pid, signal.SIGKILL)
    assert sandbox.inspect(plan, "x.pdf").facts.weeks == (3,)
    assert servers() != [pid]


def test_a_server_killed_in_the_middle_of_a_job_is_replaced(sandbox: Sandbox, plan: Path) -> None:
    sandbox.inspect(plan, "x.pdf")
    (pid,) = servers()
    os.kill(pid, signal.SIGSTOP)
    killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    killer.start()
    assert sandbox.inspect(plan, "x.pdf").facts.weeks == (3,)
    killer.join()


def test_a_hung_server_costs_one_job_and_is_replaced(plan: Path) -> None:
    with Sandbox(limits=SandboxLimits(wall=0.5)) as box:
        box.inspect(plan, "x.pdf")
        (pid,) = servers()
        os.kill(pid, signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(SandboxFailed):
            box.inspect(plan, "x.pdf")
        assert time.monotonic() - started < 10
        assert not alive(pid)
        assert box.inspect(plan, "x.pdf").facts.weeks == (3,)


def test_a_job_that_waits_for_ever_is_stopped_by_the_clock(tmp_path: Path) -> None:
    with Sandbox(limits=SandboxLimits(wall=0.5)) as box:
        never = fifo(tmp_path)
        for _ in range(2):
            with pytest.raises(SandboxFailed, match="no answer in time"):
                box.verify(never, b"")
        server = servers()[-1]
        assert wait_until(lambda: len(children(server)) == 1)  # the one that waits for the next job


def test_a_job_that_computes_for_ever_is_stopped_by_the_cpu_limit(endless: Path) -> None:
    with Sandbox(limits=SandboxLimits(cpu=1, wall=20)) as box:
        started = time.monotonic()
        with pytest.raises(SandboxFailed):
            box.inspect(endless, "x.pdf")
        assert time.monotonic() - started < 15


def test_a_job_that_needs_too_much_memory_is_stopped(tmp_path: Path) -> None:
    kids = tmp_path / "kids.pdf"
    kids.write_bytes(
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        b"2 0 obj\n<</Type/Pages/Count 1000000/Kids[" + b"3 0 R " * 1_000_000 + b"]>>\nendobj\n"
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n"
        b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"
    )
    with Sandbox(limits=SandboxLimits(memory=256 * 2**20)) as box, pytest.raises(SandboxFailed):
        box.inspect(kids, "x.pdf")


def test_a_missing_file_is_a_failure_not_a_crash(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxFailed):
        sandbox.inspect(tmp_path / "nowhere.pdf", "x.pdf")


def test_many_threads_share_few_servers(plan: Path) -> None:
    with Sandbox(workers=2) as box:
        weeks: list[tuple[int, ...]] = []
        threads = [
            threading.Thread(target=lambda: weeks.append(box.inspect(plan, "x.pdf").facts.weeks))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert weeks == [(3,)] * 12
        assert len(servers()) <= 2


def test_closing_ends_every_process_and_refuses_later_jobs(plan: Path) -> None:
    box = Sandbox()
    box.inspect(plan, "x.pdf")
    (pid,) = servers()
    box.close()
    assert not alive(pid)
    with pytest.raises(SandboxFailed):
        box.inspect(plan, "x.pdf")
    box.close()


def test_a_child_that_died_before_its_job_is_replaced(sandbox: Sandbox, plan: Path) -> None:
    sandbox.inspect(plan, "x.pdf")
    (server,) = servers()
    sandbox.review_copy(order(plan, plan.with_name("any.pdf")))  # everything is imported: a child waits
    assert wait_until(lambda: len(children(server)) == 1)
    (spare,) = children(server)
    os.kill(spare, signal.SIGKILL)
    assert wait_until(lambda: not alive(spare))
    assert sandbox.inspect(plan, "x.pdf").facts.weeks == (3,)
    assert servers() == [server]


def test_files_of_our_own_share_a_child_for_a_while_and_others_never_do(sandbox: Sandbox, plan: Path) -> None:
    sandbox.verify(plan, b"", ours=True)
    (server,) = servers()
    assert wait_until(lambda: len(children(server)) == 2)
    shared, spare = children(server)
    for _ in range(MOST_SHARED - 1):
        assert shared in children(server)
        sandbox.verify(plan, b"", ours=True)
    assert wait_until(lambda: not alive(shared)) and spare in children(server)
    sandbox.verify(plan, b"")
    assert wait_until(lambda: not alive(spare))


def test_a_shared_child_that_died_is_replaced(sandbox: Sandbox, plan: Path) -> None:
    sandbox.verify(plan, b"", ours=True)
    (server,) = servers()
    shared = children(server)[0]
    os.kill(shared, signal.SIGKILL)
    assert wait_until(lambda: not alive(shared))
    assert sandbox.verify(plan, b"", ours=True).problems
    assert servers() == [server]


def test_no_child_holds_a_pipe_of_another(sandbox: Sandbox, plan: Path) -> None:
    sandbox.verify(plan, b"", ours=True)
    (server,) = servers()
    assert wait_until(lambda: len(children(server)) == 2)
    shared, spare = children(server)
    assert wait_until(lambda: len(_pipes(shared)) == len(_pipes(spare)) == 2)  # just forked it has all
    assert not _pipes(shared) & _pipes(spare)


def _pipes(pid: int) -> set[str]:
    open_files = (str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir())
    return {name for name in open_files if name.startswith("pipe:")}


def test_a_file_is_taken_in_with_the_very_review_copy_that_would_be_made_alone(
    sandbox: Sandbox, plan: Path, tmp_path: Path
) -> None:
    alone, beside, picture = tmp_path / "alone.pdf", tmp_path / "beside.pdf", tmp_path / "page.jpg"
    made = sandbox.review_copy(order(plan, alone))
    read: list[Inspection] = []

    def then(inspection: Inspection) -> ReviewCopyOrder:
        read.append(inspection)
        return order(plan, beside)

    assert sandbox.take_in(plan, "x.pdf", picture, then) == (sandbox.inspect(plan, "x.pdf"), made)
    assert [inspection.facts.weeks for inspection in read] == [(3,)]
    assert beside.read_bytes() == alone.read_bytes()
    assert picture.read_bytes().startswith(b"\xff\xd8")


def test_nothing_is_made_of_a_blocked_file(plan: Path, tmp_path: Path) -> None:
    with Sandbox(rules=Limits(max_pages=0)) as box:
        picture = tmp_path / "page.jpg"
        seen, made = box.take_in(plan, "x.pdf", picture, lambda read: pytest.fail("asked for an order"))
        assert (seen.blocked, made, picture.exists()) == (True, None, False)


def test_a_job_that_dies_after_reading_has_read(plan: Path, tmp_path: Path) -> None:
    with Sandbox(limits=SandboxLimits(wall=5)) as box:
        seen, made = box.take_in(plan, "x.pdf", fifo(tmp_path), lambda read: None)
        assert (seen.facts.weeks, made) == ((3,), None)
        assert box.inspect(plan, "x.pdf").facts.weeks == (3,)


def test_a_caller_that_fails_in_the_middle_of_a_job_harms_no_other(
    sandbox: Sandbox, plan: Path, tmp_path: Path
) -> None:
    def then(read: Inspection) -> None:
        raise ConnectionResetError("the database is gone")

    with pytest.raises(ConnectionResetError):
        sandbox.take_in(plan, "x.pdf", tmp_path / "page.jpg", then)
    assert sandbox.inspect(plan, "x.pdf").facts.weeks == (3,)


def test_no_upload_waits_for_a_validation(sandbox: Sandbox, plan: Path, tmp_path: Path) -> None:
    never = fifo(tmp_path)
    ended = threading.Event()

    def validate() -> None:
        with suppress(FileRefused, SandboxFailed):
            sandbox.verify(never, b"")
        ended.set()

    thread = threading.Thread(target=validate)
    thread.start()
    assert wait_until(lambda: len(servers()) == 1)
    assert sandbox.inspect(plan, "x.pdf").facts.weeks == (3,)
    assert not ended.is_set()
    never.write_bytes(b"no PDF")
    thread.join(30)


def test_what_the_largest_job_needed_is_known(sandbox: Sandbox, plan: Path) -> None:
    sandbox.inspect(plan, "x.pdf")
    assert 2**20 < sandbox.peak_memory <= sandbox.peak_address_space <= SandboxLimits().memory


def test_closing_frees_a_waiting_caller(tmp_path: Path, plan: Path) -> None:
    box = Sandbox()
    box.inspect(plan, "x.pdf")
    caught: list[type[BaseException]] = []

    def job() -> None:
        try:
            box.verify(fifo(tmp_path), b"")
        except SandboxFailed:
            caught.append(SandboxFailed)

    thread = threading.Thread(target=job)
    thread.start()
    time.sleep(0.3)
    box.close()
    thread.join(5)
    assert caught == [SandboxFailed]


def test_the_server_dies_with_its_parent(plan: Path) -> None:
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from hoso_bot.pdf.sandbox import Sandbox\n"
        "box = Sandbox()\n"
        "box.inspect(Path(sys.argv[1]), 'x.pdf')\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(plan)], stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "ready\n"
        (server,) = children(host.pid)
        host.kill()
    assert wait_until(lambda: not alive(server))


def test_the_child_sees_no_environment_and_no_network(sandbox: Sandbox, plan: Path) -> None:
    sandbox.inspect(plan, "x.pdf")
    (pid,) = servers()
    names = {pair.partition("=")[0] for pair in _environment(pid)}
    assert {name for name in names if not name.startswith("MALLOC_")} <= {"LC_CTYPE", "GLIBC_TUNABLES"}
    if Path(f"/proc/{pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink():
        pytest.skip("this machine allows no network namespaces (run as root or enable user namespaces)")
    routes = Path(f"/proc/{pid}/net/route").read_text().splitlines()
    assert len(routes) <= 1


def _environment(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_text().strip("\0").split("\0")


def test_several_files_start_several_servers_and_one_file_one(plan: Path) -> None:
    with Sandbox(workers=2) as box, ThreadPoolExecutor(2) as people:
        box.inspect(plan, "x.pdf")
        assert len(servers()) == 1
        both = threading.Barrier(2)

        def take_in(number: int) -> None:
            def then(_seen: Inspection) -> None:
                both.wait(20)  # which one file after the other would do in vain

            box.take_in(plan, "x.pdf", plan.with_suffix(f".{number}"), then)

        list(people.map(take_in, range(2)))
        assert len(servers()) == 2 and not box.is_awaited()


def test_warming_up_does_not_wait() -> None:
    box = Sandbox()
    started = time.monotonic()
    box.warm()
    assert time.monotonic() - started < 0.5
    box.close()
