"""What the real process's log tells of one plan: its whole way in order, and nothing anybody wrote."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.mortal_bot import HOSO_BOT
from tests.acceptance.test_weekend_by_the_system_clock import running
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.commands.story import told
from hoso_bot.domain.calendar import VN

DECIDED = ["ApprovePressed", "ApprovalConfirmed", "StepApproved", "SignatureMade"]
WAY = ["FileSent", "UploadStored", "SubmitPressed", *DECIDED, *DECIDED]
SAID = ["file.received", "card.confirm", "submit.done", "card.review", "card.review", "result.approved"]


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    return make_school()


def test_the_log_tells_the_whole_way_of_one_plan(school: School, desk: Desk) -> None:
    tomorrow = (school.clock.now() + timedelta(days=1)).astimezone(VN).date()
    with running(school, tomorrow, "10:00"):
        school.teacher.says("/trangthai")  # until it is answered the bot is starting
        school.teacher.hears("chưa nộp")
        school.teacher.hands_in(desk.plan(13), "chuyen-rieng.pdf")
        school.head.gets_card()
        school.head.approves()
        school["GV08"].hands_in(desk.plan(13), "cua-nguoi-khac.pdf")
        school.vice.gets_card()
        school.vice.approves()
        school.teacher.hears("phê duyệt đủ")
        school.rests()
    log = school.home.parent / "bot.log"
    [(code, number)] = school.rows(
        "SELECT code, inbox_row FROM plans JOIN versions ON plan_id = plans.id"
        " JOIN uploads ON upload_id = uploads.id WHERE uploads.person_id = ?",
        school.teacher.staff.id,
    )
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("plan") == number]
    assert mine[0]["event"] == "file.fetched"
    assert [line["does"] for line in mine if line["event"] == "row.done"] == WAY
    said = Counter(line["text"] for line in mine if line["event"] == "message.sent")
    assert Counter(SAID) <= said
    others = {line["plan"] for line in lines if "plan" in line} - {number}
    assert len(others) == 1
    shown = told_of(code, school.home, log)
    assert shown.count("\n") == len(mine)
    for word in ("rieng", "Loan", "Nga", school.world.token, "KHBD", "%PDF", str(school.teacher.chat_id)):
        assert word not in shown


def told_of(code: str, home: Path, log: Path) -> str:
    with log.open() as piped:
        command = [HOSO_BOT, "story", code, "--home", str(home)]
        done = subprocess.run(command, stdin=piped, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_lines_of_a_journal_and_of_other_programs_are_taken_as_they_come() -> None:
    done = {"event": "row.done", "timestamp": "2026-11-30T03:00:00Z"}
    ours = {**done, "plan": 7, "does": "FileSent", "seconds": 0.2}
    bulk = {**done, "plans": [6, 7], "does": "BulkConfirmed"}
    log = [
        f"Nov 30 10:00:00 may hoso-bot[1]: {json.dumps(ours)}\n",
        "-- Boot --\n",
        "{half a line\n",
        "[1, 2]\n",
        json.dumps({**ours, "plan": 8}),
        json.dumps(bulk),
    ]
    assert list(told(log, {7})) == [
        "30/11 10:00:00  row.done       FileSent               seconds=0.2",
        "30/11 10:00:00  row.done       BulkConfirmed",
    ]


def test_an_unknown_code_and_a_log_without_it_say_so(school: School, tmp_path: Path) -> None:
    empty = tmp_path / "log"
    empty.write_text("")
    command = [HOSO_BOT, "story", "KHBD-2627-T13-GV99", str(empty), "--home", str(school.home)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "no plan has the record code" in done.stderr) == (2, True)
