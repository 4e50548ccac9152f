"""The machine fails: disk, database, clock, rows that cannot be worked on. People hear it, nothing is lost.

What the fault is of a platform is in test_channel_trouble.py and integration/test_failing_calls.py, of a
signature in test_signing_trouble.py, of a server database in test_on_postgres.py.
"""

from __future__ import annotations

import errno
import json
import re
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.mortal_bot import Bot, sample_bot
from tests.acceptance.test_pin_restarts import linked
from tests.database import rows_of
from tests.fakes.telegram_sim import TelegramSim
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week

from hoso_bot import cli
from hoso_bot.commands import parked
from hoso_bot.settings import Reminders
from hoso_bot.store.files import FolderStore
from hoso_bot.workers import dispatcher

Says = Callable[..., tuple[int, str]]
LOCKED_SECONDS = 12.0
"""Longer than SQLite waits for a lock."""


@pytest.fixture
def troubled(make_school: MakeSchool, monkeypatch: pytest.MonkeyPatch) -> School:
    """A running school that gives up after two tries."""
    monkeypatch.setattr(dispatcher, "MAX_ATTEMPTS", 2)
    running = make_school(may_park=True)
    running.start()
    return running


@pytest.fixture
def hoso_bot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Says:
    """`hoso-bot …` on a school, at the school's own time; (exit code, stdout)."""

    def run(school: School, *words: str) -> tuple[int, str]:
        monkeypatch.setattr(parked, "SystemClock", lambda: school.clock)
        monkeypatch.setattr(sys, "argv", ["hoso-bot", *words, "--home", str(school.home)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capsys.readouterr().out

    return run


def first_id(listed: str) -> str:
    """Of what `parked list` printed."""
    found = re.search(r"^(?:in|out)\d+", listed, re.MULTILINE)
    assert found, listed
    return found[0]


# --- rows nobody can work on -------------------------------------------------------------------------


def test_a_file_missing_from_the_store_is_named_and_the_signature_made_when_it_is_back(
    troubled: School, desk: Desk, hoso_bot: Says
) -> None:
    troubled.teacher.hands_in(desk.plan(13))
    card = troubled.head.gets_card()
    assert card.sha256
    file = troubled.app.desk.files.path(card.sha256)
    bytes_ = file.read_bytes()
    file.unlink()
    troubled.head.presses("Ký duyệt")
    troubled.head.presses("Xác nhận")
    for waiting in (troubled.teacher, troubled.head):
        waiting.hears("chưa ký xong hồ sơ KHBD-.*vẫn giữ nguyên")
    troubled.vice.hears("Có một việc em chưa làm xong được.*ký hồ sơ.*hoso-bot parked")
    troubled["GV08"].says("/trangthai")
    troubled["GV08"].hears("chưa nộp KHBD nào")
    code, out = hoso_bot(troubled, "parked", "list")
    assert code == 1 and "StepApproved: a stored file is missing; bring it back from a backup" in out
    file.write_bytes(bytes_)
    assert hoso_bot(troubled, "parked", "retry", first_id(out))[0] == 0
    troubled.vice.gets_card()
    assert troubled.step_states() == ["signed", "pending"]


def test_a_person_deleted_underneath_stops_only_their_own_plan(
    troubled: School, desk: Desk, hoso_bot: Says
) -> None:
    troubled.teacher.hands_in(desk.plan(13))
    troubled.head.gets_card()
    person = troubled.teacher.staff.id
    ((copy,),) = troubled.rows("SELECT json_group_array(name) FROM pragma_table_info('people')")
    columns = ", ".join(json.loads(copy))
    (row,) = troubled.rows(f"SELECT {columns} FROM people WHERE id = ?", person)
    rows_of(troubled.settings.database, "DELETE FROM people WHERE id = ?", [person])
    troubled.head.presses("Ký duyệt")
    troubled.vice.hears("Có một việc em chưa làm xong")
    troubled["GV08"].says("/hotro")
    troubled["GV08"].hears("liên hệ")
    blanks = ", ".join("?" * len(row))
    rows_of(troubled.settings.database, f"INSERT INTO people ({columns}) VALUES ({blanks})", row)
    assert hoso_bot(troubled, "parked", "retry")[0] == 0
    troubled.head.hears("Chữ ký số được ghi vào tệp")
    troubled.head.presses("Xác nhận")
    troubled.vice.gets_card()


def test_work_of_an_unknown_kind_is_parked_at_once_and_told_once(troubled: School, hoso_bot: Says) -> None:
    for number in range(3):
        insert = (
            "INSERT INTO inbox (school_id, source, external_id, lane, payload, received_at, try_at)"
            " SELECT id, 'internal', ?, ?, ?, '2020', '2020' FROM schools"
        )
        payload = json.dumps({"type": "OfALaterVersion"})
        rows_of(troubled.settings.database, insert, [f"x{number}", f"x{number}", payload])
    troubled.vice.hears("Có một việc em chưa làm xong")
    troubled.rests()
    assert sum("chưa làm xong" in m.text for m in troubled.vice.messages()) == 1
    code, out = hoso_bot(troubled, "parked", "list")
    assert code == 1 and out.count("OfALaterVersion: ") == 3


def test_a_message_the_platform_refuses_is_listed_told_and_sent_by_hand(
    troubled: School, hoso_bot: Says
) -> None:
    refusal = "Bad Request: something Telegram thought of"
    chat = troubled.teacher.chat_id
    troubled.world.fault("status", "sendMessage", chat_id=chat, status=400, description=refusal)
    troubled.teacher.says("/hotro")
    troubled.vice.hears("chưa gửi được cho Tạ Thị Loan.*hoso-bot parked")
    troubled.teacher.says("/trangthai")
    troubled.teacher.hears("chưa nộp KHBD nào")
    code, out = hoso_bot(troubled, "parked", "list")
    assert code == 1 and "to GV09" in out and "the platform did not take it" in out
    assert hoso_bot(troubled, "parked", "retry", "in99")[0] == 2
    assert hoso_bot(troubled, "parked", "retry", first_id(out))[0] == 0
    troubled.teacher.hears("liên hệ")
    code, out = hoso_bot(troubled, "parked", "list")
    assert code == 0 and out.endswith("nothing is parked\n")


# --- disk and database -------------------------------------------------------------------------------


def test_a_folder_that_takes_no_file_for_a_while_costs_no_file(
    school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt, refused = FolderStore.adopt, []

    def read_only_at_first(store: FolderStore, temporary: Path, hold: bool = False) -> str:
        if len(refused) < 2:
            refused.append(temporary)
            raise OSError(errno.EROFS, "Read-only file system")
        return adopt(store, temporary, hold)

    monkeypatch.setattr(FolderStore, "adopt", read_only_at_first)
    school.teacher.sends(desk.plan(13))
    school.head.says("/trangthai")
    school.head.hears("chưa nộp KHBD nào")
    school.teacher.hears("xác nhận trình ký")
    assert len(refused) == 2


@pytest.mark.sqlite
def test_a_database_locked_by_another_program_is_waited_for(school: School) -> None:
    other = sqlite3.connect(school.home / "hoso.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(LOCKED_SECONDS, other.rollback).start()
    began = time.monotonic()
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ", 60)
    assert time.monotonic() - began >= LOCKED_SECONDS
    school.rests()
    assert len(school.teacher.messages()) == 1
    other.close()


@pytest.fixture
def bot(tmp_path: Path, telegram: TelegramSim) -> Iterator[Bot]:
    """The real process."""
    bot = sample_bot(tmp_path, telegram.world())
    bot.start()
    yield bot
    bot.die()


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(bot: Bot) -> None:
    teacher, head = linked(bot)
    assert bot.process
    _, most = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    sent = [teacher.says("/hotro")["update_id"], head.says("/trangthai")["update_id"]]
    time.sleep(3)
    assert set(sent) <= set(bot.world.does("waiting")["update_ids"]), "Telegram holds what was not kept"
    assert bot.process.poll() is None
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, most))
    teacher.hears("liên hệ", 60)
    head.hears("chưa nộp KHBD nào", 60)
    bot.leave()


# --- the clock ---------------------------------------------------------------------------------------


def test_a_clock_that_jumps_reminds_nobody_twice_and_signs_all_the_same(
    make_school: MakeSchool, desk: Desk
) -> None:
    school = make_school(reminders=Reminders())
    school.start()
    sunday = week(13).deadline.date()
    school.comes(sunday, "08:01")
    school.teacher.hears("KHBD Tuần 13, hạn nộp|là hạn nộp KHBD Tuần 13")
    count = len(school.teacher.messages())
    school.clock.skip(timedelta(hours=-1))
    school.ticks()
    school.clock.skip(timedelta(hours=1))
    school.ticks()
    assert len(school.teacher.messages()) == count
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.clock.skip(timedelta(hours=-1))
    school.vice.gets_card()
    school.vice.approves()
    school.clock.skip(timedelta(days=1))
    signed = school.teacher.hears("đã được phê duyệt đủ")
    target = school.home / "copy.pdf"
    target.write_bytes(signed.file())
    ca: Any = school.rows("SELECT ca_pem FROM schools")[0][0]
    assert school.inspector.verify(target, ca).valid
    school.checks()
