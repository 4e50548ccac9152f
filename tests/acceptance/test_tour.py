"""First use (R45): three short cards with a picture, a mark for the office, and the guide later on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.school import School

HOSO_BOT = Path(sys.executable).with_name("hoso-bot")


def marks(school: School) -> dict[str, tuple[bool, str]]:
    """What the office sees: staff id -> (linked, tour without its date)."""
    command = [str(HOSO_BOT), "staff", "list", "--json", "--home", str(school.home)]
    listed = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    return {row["staff_id"]: (row["linked"], row["tour"].split(" ")[0]) for row in listed}


def test_who_links_is_offered_three_cards_and_the_office_sees_who_took_them(new_school: School) -> None:
    school, teacher, head = new_school, new_school.teacher, new_school.head
    for person in (teacher, head):
        person.says(f"/start {school.invites(person.staff.staff_id)}")
        person.hears("đồng ý")
        person.presses("Đồng ý")
        person.hears("Đã liên kết")
    teacher.presses("Xem hướng dẫn")
    teacher.hears("^Nộp KHBD")
    teacher.presses("Tiếp")
    teacher.hears("^Theo dõi")
    teacher.presses("Tiếp")
    teacher.hears("^Cần giúp đỡ")
    teacher.presses("Em đã xem xong")
    teacher.hears("đã xem hết hướng dẫn")
    assert len(school.world.calls("sendPhoto")) == 3

    head.presses("Bỏ qua")
    head.hears("gõ /huongdan")
    school.rests()
    seen = marks(school)
    assert (seen["GV09"], seen["GV06"], seen["GV01"]) == ((True, "done"), (True, "skipped"), (False, ""))

    head.says("/huongdan")
    head.hears("/choduyet")
    head.presses("Xem hướng dẫn")
    head.hears("^Duyệt KHBD")
    for _ in range(2):
        head.presses("Tiếp")
        head.hears("^Nộp KHBD|^Cần giúp đỡ")
    head.presses("Em đã xem xong")
    head.hears("đã xem hết")
    teacher.says("/huongdan")
    teacher.hears("/trangthai")
    teacher.presses("Xem hướng dẫn")
    teacher.presses("Bỏ qua")  # who has seen them keeps the mark
    teacher.hears("gõ /huongdan")
    school.rests()
    after = marks(school)
    assert (after["GV09"], after["GV06"]) == ((True, "done"), (True, "done"))
