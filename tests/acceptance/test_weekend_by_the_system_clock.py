"""The real process, with the machine's clock (Debian's faketime) at every hour of a weekend's rule."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.acceptance.mortal_bot import HOSO_BOT
from tests.conversation import PATIENCE, Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School, week

from hoso_bot.domain.calendar import VN

SUNDAY = week(13).deadline.date()
STARTS_WITHIN = 3 * PATIENCE


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    """Three teachers, their head and the office have a chat; nothing runs yet."""
    return make_school(linked=("GV06", "GV08", "GV09", "GV10", "PHT01"))


@contextmanager
def running(school: School, day: date, hour: str, **settings: str) -> Iterator[None]:
    """`hoso-bot run` on a machine whose clock says so; Telegram's clock agrees."""
    at = datetime.combine(day, time.fromisoformat(hour), VN).astimezone(UTC)
    school.passes(seconds=(at - school.clock.now()).total_seconds())
    env = {key: value for key, value in os.environ.items() if not key.startswith("HOSO_")}
    env |= {
        "HOSO_TELEGRAM__TOKEN": school.world.token,
        "HOSO_TELEGRAM__BASE_URL": school.world.base_url,
        "HOSO_WEB__PORT": "0",
        **settings,
        **clock_set_to(at),
    }
    command = [HOSO_BOT, "run", "--home", str(school.home)]
    with (school.home.parent / "bot.log").open("ab") as log:
        bot = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        yield
    finally:
        bot.terminate()
        bot.wait(30)


def clock_set_to(at: datetime) -> dict[str, str]:
    """What `faketime` puts into the environment; its own process would stand between us and the bot."""
    shown = subprocess.run(["faketime", "now", "env"], capture_output=True, text=True, check=True).stdout
    library = next(line for line in shown.splitlines() if line.startswith("LD_PRELOAD="))
    offset = round((at - datetime.now(UTC)).total_seconds())
    return {
        "LD_PRELOAD": library.partition("=")[2],
        "FAKETIME": f"{offset:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def reminded(member: Member) -> int:
    """How many reminders stand in the chat: all have the button of a week off."""
    return sum("Tuần này tôi nghỉ" in m.buttons for m in member.messages())


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime")
def test_the_process_says_from_saturday_to_monday_what_the_rule_says(school: School, desk: Desk) -> None:
    on_saturday, on_sunday, late = school["GV09"], school["GV08"], school["GV10"]
    with running(school, SUNDAY - timedelta(days=1), "08:00"):
        for member in (on_sunday, late):
            heard = member.hears("KHBD Tuần 13 nhận đến CN .*23:59, còn 1 ngày nữa", STARTS_WITHIN)
            assert heard.buttons == ["⏰ Nhắc tôi sau 2 giờ", "Tuần này tôi nghỉ"]
        school.vice.hears("không nhắn được cho 8 người")
        on_saturday.hears("còn 1 ngày nữa")
        on_saturday.hands_in(desk.plan(13))
    with running(school, SUNDAY, "08:00"):
        on_sunday.hears("Hôm nay, đến 23:59, là hạn nộp KHBD Tuần 13", STARTS_WITHIN)
        late.hears("Hôm nay, đến 23:59")
        asked = school.head.hears("^Em nhắc nhẹ đ/c: 1 hồ sơ đang chờ")  # since Saturday morning
        assert asked.buttons[-1] == "Ủy nhiệm tổ phó Trịnh Văn Khánh"
        school.vice.hears("Tổ 4-5 – Bùi Thị Tuyết Nga, 1 hồ sơ")
    with running(school, SUNDAY, "17:00"):
        on_sunday.hears("còn khoảng 7 giờ nữa là hết hạn nộp KHBD Tuần 13", STARTS_WITHIN)
        late.hears("còn khoảng 7 giờ nữa")
        on_sunday.hands_in(desk.plan(13))
    with running(school, SUNDAY, "20:30"):
        heard = late.hears("em chỉ nhắc thầy/cô lần này nữa thôi ạ. KHBD Tuần 13", STARTS_WITHIN)
        assert heard.buttons == ["Tuần này tôi nghỉ"]
        school.head.hears("^Tổ 4-5: 2/6 đã nộp Tuần 13, 2 hồ sơ đang chờ")
        school.head.hears("^Em nhắc nhẹ đ/c: 2 hồ sơ đang chờ")
    with running(school, SUNDAY + timedelta(days=1), "06:30"):
        late.hears("tuần mới nhiều niềm vui. Em chưa nhận đủ KHBD Tuần 13", STARTS_WITHIN)
        board = school.vice.hears("^Tuần 13 .*: 0/13 KHBD đã được duyệt")
        assert f"• {on_saturday.staff.name}: chờ Bùi Thị Tuyết Nga" in board.text
    assert [reminded(member) for member in (on_saturday, on_sunday, late)] == [1, 3, 5]
    said = "SELECT kind, count(*) FROM reminders WHERE message_key <> '' GROUP BY kind ORDER BY kind"
    assert school.rows(said) == [
        ("board", 1),
        ("day_first", 4),
        ("day_last", 3),
        ("day_middle", 4),
        ("eve", 5),
        ("late", 3),
        ("silent", 2),
        ("summary", 1),
        ("unanswered", 2),
        ("unreached", 1),
    ]
