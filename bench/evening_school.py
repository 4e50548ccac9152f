"""A school whose people are all linked, for `bench.evening`: groups with a head each, and who signs last."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from tests.plan_makers import big_plan

from hoso_bot.clock import SystemClock
from hoso_bot.domain.calendar import Week
from hoso_bot.domain.events import Address
from hoso_bot.domain.roster import COLUMNS
from hoso_bot.founding import Where, init
from hoso_bot.office import Office
from hoso_bot.settings import Settings
from hoso_bot.store.people import People
from hoso_bot.store.roster_file import read_roster

GROUPS = 8
PAGES, BYTES = 12, 650_000
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ")
GIVEN = ("Hương", "Uyên", "Quỳnh", "Oanh", "Phúc", "Nguyệt", "Trâm", "Diễm", "Loan", "Khuyên", "Ánh")
VICE = 9001


@dataclass(frozen=True)
class EveningSchool:
    """Its folder; chats are numbers: a teacher's is the number of the staff id."""

    home: Path
    teachers: list[int]
    heads: dict[int, int]
    """Who signs first for a teacher."""

    @classmethod
    def made(cls, home: Path, teachers: int, database: str = "") -> EveningSchool:
        """So many teachers besides the heads; custody `server`, since nobody is there to type a PIN."""
        where = Where("bench", database) if database else Where()
        init(home, "Trường Tiểu học Hoa Sen", SystemClock(), custody="server", where=where)
        roster = home / "staff.csv"
        with roster.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([COLUMNS, *_staff(teachers)])
        office = Office(Settings(home=home), SystemClock())
        office.import_staff(read_roster(roster))
        now = datetime.now(UTC)
        with office.db.write() as connection:
            for person in office.people.all():
                chat = VICE if person.staff_id == "PHT01" else int(person.staff_id.lstrip("GVHT"))
                link = People(office.db).link(person.id, Address("telegram", str(chat)), "bench", now)
                connection.execute(link)
        office.close()
        who = range(1, GROUPS + teachers + 1)
        return cls(home, [n for n in who if n > GROUPS], {n: (n - 1) % GROUPS + 1 for n in who if n > GROUPS})


def _staff(teachers: int) -> list[list[str]]:
    rows = [["HT9000", "Vũ Thị Bích Hạnh", "Hiệu trưởng", "Ban giám hiệu", "", "", "", ""]]
    rows.append(["PHT01", "Lương Quang Tùng", "Phó hiệu trưởng", "Ban giám hiệu", "", "", "", ""])
    for number in range(1, GROUPS + teachers + 1):
        group = (number - 1) % GROUPS + 1
        name = f"{FAMILY[number % 10]} Thị {GIVEN[number % 11]}"
        post = "Tổ trưởng" if number <= GROUPS else "Giáo viên"
        classes = f"{group % 5 + 1}{chr(65 + number % 26)}"
        rows.append([f"GV{number}", name, post, f"Tổ {group}", classes, "Toán, Tiếng Việt", "20", ""])
    return rows


def next_week(home: Path) -> Week:
    """The first week that begins after today."""
    office = Office(Settings(home=home), SystemClock())
    try:
        return next(week for week in office.weeks() if week.first > date.today())
    finally:
        office.close()


def plan_for(week: Week, target: Path) -> Path:
    """A plan of that week as Word saves it."""
    days = f"(Từ ngày {week.first:%d/%m/%Y} đến ngày {week.last:%d/%m/%Y})"
    return big_plan(target, PAGES, BYTES, ("KẾ HOẠCH BÀI DẠY LỚP 3A", f"TUẦN {week.number}", days))
