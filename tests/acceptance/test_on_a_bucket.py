"""A school whose files lie in an S3-compatible bucket: the same job, also while the bucket is away."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.day_of_kills import small_plan
from tests.acceptance.mortal_bot import HOSO_BOT, Bot, hoso_bot, linked, sample_bot
from tests.acceptance.test_on_postgres import ready
from tests.acceptance.test_pin_restarts import killed
from tests.acceptance.test_restore_drill import backs_up, quietly
from tests.acceptance.test_zalo_main_job import judged
from tests.database import rows_of
from tests.fakes.s3_sim import S3Bucket, S3Sim
from tests.fakes.telegram_sim import TelegramSim
from tests.plans_to_send import Desk
from tests.ports import free_port
from tests.school import MakeSchool, School
from tests.web_board import PUBLIC, Browser, looks

from hoso_bot.domain.calendar import VN
from hoso_bot.domain.errors import SettingsError
from hoso_bot.filing import COPIES, FOLDER
from hoso_bot.restoration import look_over


@pytest.fixture
def bucket(s3: S3Sim) -> S3Bucket:
    return s3.bucket()


@pytest.fixture
def school(make_school: MakeSchool, bucket: S3Bucket) -> School:
    running = make_school(files=bucket.settings(), web={"port": free_port()})
    running.start()
    return running


def is_approved_by_both(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()


def comes_to_another_host(school: School) -> None:
    """None of its copies is there."""
    for copy in (school.home / COPIES).glob("??/*"):
        copy.unlink()


def named(school: School) -> set[str]:
    """What the record names as files of plans."""
    [row] = school.rows("SELECT original_sha256, review_sha256, current_sha256 FROM versions")
    return set(row)


def test_the_main_job_leaves_its_files_in_the_bucket_only(
    school: School, bucket: S3Bucket, desk: Desk, tmp_path: Path
) -> None:
    is_approved_by_both(school, desk)
    judged(school, school.teacher.hears("phê duyệt đủ"), tmp_path)
    school.rests()
    assert named(school) < bucket.files()
    assert not any((school.home / FOLDER).glob("??/*"))
    school.checks()


def test_another_host_reads_them_and_a_backup_brings_them_home(
    school: School, bucket: S3Bucket, desk: Desk, tmp_path: Path
) -> None:
    is_approved_by_both(school, desk)
    school.teacher.hears("phê duyệt đủ")
    school.rests()
    comes_to_another_host(school)
    school.teacher.says("/hoso")
    school.teacher.presses("Bản đã duyệt")
    judged(school, school.teacher.hears("Bản đã duyệt KHBD Tuần 13"), tmp_path)
    assert backs_up(school, tmp_path / "usb").missing == ()
    home = tmp_path / "restored"
    hoso_bot("restore", str(tmp_path / "usb"), "--home", str(home), HOSO_MASTER_KEY=school.settings.master())
    found = look_over(home, school.clock, quietly)
    assert (found.sound, found.signed) == (True, 1)


def test_while_the_bucket_is_away_nothing_is_lost_and_everybody_hears(
    school: School, s3: S3Sim, bucket: S3Bucket, desk: Desk
) -> None:
    s3.behaves(status=503)
    school.teacher.sends(desk.plan(13), "giao-an.pdf")
    school.teacher.says("/trangthai")
    assert waits_for_files(school)
    school.passes(seconds=40)
    said = school.teacher.hears("không cần gửi lại")
    assert "giao-an.pdf" in said.text
    school.vice.hears("Kho lưu tệp không trả lời")
    status, state = ready(school)
    assert (status, state["ok"]) == (503, False) and "503" in str(state["files"])
    assert "hoso_files_away 1.0" in metrics(school)
    s3.behaves()
    assert bucket.files() == set()
    bucket_is_back(school)
    school.teacher.hears("xác nhận trình ký")
    assert len([m for m in school.teacher.messages() if "không cần gửi lại" in m.text]) == 1
    assert "hoso_files_away 0.0" in metrics(school)
    school.checks()


def test_a_page_that_needs_the_bucket_says_when_to_come_again(
    make_school: MakeSchool, s3: S3Sim, bucket: S3Bucket, desk: Desk
) -> None:
    school = make_school(files=bucket.settings(), web={"public_url": PUBLIC})
    school.start()
    is_approved_by_both(school, desk)
    school.teacher.hears("đã được phê duyệt đủ")
    board = Browser(school)
    board.enters(school.vice)
    [version] = school.rows("SELECT id FROM versions")
    comes_to_another_host(school)
    s3.behaves(status=503)
    seen = board.opens(f"/bang/tep/{version[0]}/hien-tai.pdf")
    assert (seen.status, seen.headers["retry-after"]) == (503, "15") and "mở lại trang này" in seen.text
    s3.behaves()
    bucket_is_back(school)
    assert board.opens(f"/bang/tep/{version[0]}/hien-tai.pdf").status == 200
    school.checks()


def test_a_signature_waits_for_the_bucket_and_is_made_once(school: School, s3: S3Sim, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    s3.behaves(status=500, methods=["PUT"])
    school.head.presses("Ký duyệt")
    school.head.hears("Chữ ký số được ghi vào tệp")
    school.head.presses("Xác nhận")
    assert waits_for_files(school)
    s3.behaves()
    bucket_is_back(school)
    school.vice.gets_card()
    assert school.step_states() == ["signed", "pending"] and school.decisions() == 1
    school.checks()


def test_an_object_somebody_changed_is_found_by_night(school: School, bucket: S3Bucket, desk: Desk) -> None:
    is_approved_by_both(school, desk)
    school.teacher.hears("phê duyệt đủ")
    school.rests()
    [(current,)] = school.rows("SELECT current_sha256 FROM versions")
    bucket.writes(bucket.key_of(current), b"%PDF-1.7 something else")
    assert school.app.desk.files.path(current).exists()  # the copy here is whole and proves nothing
    tomorrow = school.clock.now().astimezone(VN).date() + timedelta(days=1)
    school.comes(tomorrow, "01:31")
    [doubted] = school.audited("archive.doubted")
    assert doubted["problems"] == ["the signed file is not in the archive as it was kept"]


def waits_for_files(school: School) -> bool:
    """Whether a row was put off, with its tries as they were."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if rows := school.rows("SELECT attempts FROM inbox WHERE state = 'todo' AND error LIKE 'FilesAway%'"):
            return rows[0][0] == 0
        time.sleep(0.05)
    return False


def bucket_is_back(school: School) -> None:
    """Until it was noticed; then what waited is due."""
    while ready(school)[0] != 200:
        time.sleep(0.1)
    school.passes(seconds=15)


def metrics(school: School) -> str:
    seen = looks(school.app.port, "/metrics")
    assert seen.status == 200
    return seen.body.decode()


# --- settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key_id": "somebody"}, "InvalidAccessKeyId"),
        ({"bucket": "khong-co"}, "NoSuchBucket"),
    ],
    ids=["key", "bucket"],
)
def test_a_wrong_key_or_bucket_stops_the_start_and_the_doctor_says_what_mends_it(
    make_school: MakeSchool, bucket: S3Bucket, changes: dict[str, str], said: str
) -> None:
    school = make_school(files=bucket.settings(**changes))
    with pytest.raises(SettingsError, match=said):
        school.start()


def test_a_bucket_that_does_not_answer_stops_nobody(
    make_school: MakeSchool, s3: S3Sim, bucket: S3Bucket
) -> None:
    s3.behaves(drops=True)
    school = make_school(files=bucket.settings())
    school.start()
    school.teacher.says("/trangthai")
    school.teacher.hears("Thầy/cô")
    s3.behaves()
    bucket_is_back(school)


def test_two_schools_share_a_bucket_but_no_place(
    make_school: MakeSchool, bucket: S3Bucket, desk: Desk
) -> None:
    first, second = (make_school(files=bucket.settings(prefix=name)) for name in ("hoa-sen", "kim-dong"))
    for school in (first, second):
        school.start()
        school.teacher.hands_in(desk.plan(13))
        school.head.gets_card()
    keys = {key.split("/")[0] for key in bucket.every_key()}
    assert keys == {"hoa-sen", "kim-dong"}
    for school in (first, second):
        assert school.app.desk.files.stored().keys() >= named(school)


# --- the real process ---------------------------------------------------------------------------------


@pytest.fixture
def bot(tmp_path: Path, telegram: TelegramSim, bucket: S3Bucket) -> Iterator[Bot]:
    bot = sample_bot(tmp_path, telegram.world())
    with (bot.home / "hoso.toml").open("a", encoding="utf-8") as settings:
        settings.write(bucket.toml())
    bot.start()
    yield bot
    bot.die()


def test_a_kill_between_the_object_and_the_commit_leaves_nothing_but_the_object(
    bot: Bot, s3: S3Sim, bucket: S3Bucket, tmp_path: Path
) -> None:
    teacher, _ = linked(bot)
    assert bot.process
    s3.behaves(kills=bot.process.pid, methods=["PUT"], times=1)
    plan = small_plan(tmp_path, "Tạ Thị Loan", bot.weeks()[-1])
    teacher.sends(plan, "giao-an.pdf")
    bot.process.wait(60)
    assert len(bucket.files()) == 1
    assert rows_of(f"sqlite:///{bot.home / 'hoso.db'}", "SELECT count(*) FROM uploads") == [(0,)]
    killed(bot)
    teacher.hears("xác nhận trình ký")
    teacher.presses("Trình ký")
    teacher.hears("^Đã trình ký")
    assert rows_of(f"sqlite:///{bot.home / 'hoso.db'}", "SELECT count(*) FROM uploads") == [(1,)]


def test_a_school_moves_into_a_bucket_in_two_goes(
    make_school: MakeSchool, bucket: S3Bucket, desk: Desk, tmp_path: Path
) -> None:
    school = make_school()
    school.start()
    is_approved_by_both(school, desk)
    school.teacher.hears("phê duyệt đủ")
    school.rests()
    school.stop()
    kept = school.app.desk.files.stored()
    with (school.home / "hoso.toml").open("a", encoding="utf-8") as settings:
        settings.write(bucket.toml())
    files = school.home / FOLDER
    assert "hoso-bot migrate-files" in told("doctor", school.home)
    spoiled = sorted(kept)[0]
    place = files / spoiled[:2] / spoiled
    whole = place.read_bytes()
    place.write_bytes(b"spoiled")
    assert f"DAMAGED, left where it is: file {spoiled}" in told("migrate-files", school.home, code=1)
    assert bucket.files() == kept.keys() - {spoiled}
    place.write_bytes(whole)
    assert "Files: 1, 1 of them new" in told("migrate-files", school.home)
    assert bucket.files() == kept.keys() and not any(files.glob("??/*"))
    assert "ok   bucket" in told("doctor", school.home)
    assert "chain intact" in told("audit verify", school.home)
    # An object rots: the backup's folder brings it back, and only it.
    usb = tmp_path / "usb"
    told(f"backup {usb}", school.home)
    bucket.writes(bucket.key_of(spoiled), b"rotten")
    assert "1 of them new in the bucket" in told(f"migrate-files --from {usb / 'files'}", school.home)


def told(line: str, home: Path, code: int | None = None) -> str:
    """What a command says; `code`: with which it has to end."""
    command = [HOSO_BOT, *line.split(), "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr
