"""Made-up weekly plans in the shapes teachers give them: every draw mixes a title, a layout, days, lessons,
a flag ceremony, a class meeting and lines that mislead, all with invented content.

A `Plan` knows which weeks it really holds, so a reader can be measured on hundreds of them
(real shapes: domain.md 2.3, 3.2, 3.3, 3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.plan_forms import (
    DAY_FORMS,
    FLAGS,
    HEADS,
    LESSONS,
    MEETING_HEADS,
    MEETINGS,
    NAMES,
    NOISE,
    RUNNING,
    TITLES,
    TOPICS,
)
from tests.plan_makers import to_cp1258, to_nfd, to_tcvn3, to_vni

DAYS = ("hai", "ba", "tư", "năm", "sáu")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")


@dataclass(frozen=True)
class Plan:
    """One made-up file: `told` how it was drawn, `name` as sent, text by page, the weeks it holds."""

    told: str
    name: str
    pages: tuple[str, ...]
    weeks: tuple[int, ...]


def monday_of(week: int, year: int) -> date:
    """The Monday of a school week, counted from the first Monday after 3 September, Tết left out."""
    first = date(year, 9, 4)
    first += timedelta((7 - first.weekday()) % 7)
    return first + timedelta(7 * (week - 1 + (2 if week > 20 else 0)))


def roman(number: int) -> str:
    """1 to 39 in Roman numerals."""
    return "X" * (number // 10) + _ROMAN[number % 10]


@dataclass(frozen=True)
class Habits:
    """What one teacher always does."""

    title: str
    running: str
    placing: str  # once, cover, days, lessons, running, foot, schedule, meeting
    day: str
    lesson: str
    flag: str
    meeting: str
    noise: int
    daily: int
    year: int

    def filled(self, form: str, week: int) -> str:
        """A form with the week's own numbers and dates."""
        monday = monday_of(week, self.year)
        return form.format(
            w=week,
            p=max(0, week - 1),
            n=week + 1,
            o=(week + 9) % 35 + 1,
            r=roman(week),
            s=" ".join(str(week)),
            a=f"{monday.day:02}/{monday.month:02}/{monday.year}",
            b=(monday + timedelta(4)).strftime("%d/%m/%Y"),
            y=f"{self.year}-{self.year + 1}",
        )


def drawn_habits(random: Random) -> Habits:
    """One teacher's habits, drawn."""
    return Habits(
        title=random.choice(TITLES),
        running=random.choice(RUNNING),
        placing=random.choice(
            ("once", "cover", "days", "lessons", "running", "running", "foot", "schedule", "meeting")
        ),
        day=random.choice(DAY_FORMS),
        lesson=random.choice(LESSONS),
        flag=random.choice(("", *FLAGS)),
        meeting=random.choice(("", *MEETINGS, *MEETINGS)),
        noise=random.choice((0, 2, 5, 9)),
        daily=random.choice((1, 2, 3, 4)),
        year=random.choice((2010, 2012, 2018, 2022, 2024, 2025)),
    )


def week_pages(week: int, habits: Habits, random: Random) -> list[str]:
    """The pages of one week's plan."""
    pages = _front(week, habits)
    if habits.noise:
        misleading = [habits.filled(line, week) for line in random.sample(NOISE, habits.noise)]
    else:
        misleading = []
    for index in range(5):
        blocks = _day(week, index, habits, random)
        if habits.placing == "days" or (habits.placing == "once" and index == 0):
            blocks.insert(0, habits.filled(habits.title, week))
        text = "\n".join(blocks)
        for line in misleading[index::5]:
            text = text.replace("1. ", f"{line}\n1. ", 1) if random.random() < 0.5 else f"{text}\n{line}"
        pages += _split(text, random)
    return [_framed(page, week, habits) for page in pages]


def _front(week: int, habits: Habits) -> list[str]:
    title = habits.filled(habits.title, week)
    if habits.placing == "cover":
        return [f"PHÒNG GIÁO DỤC VÀ ĐÀO TẠO\nTRƯỜNG TIỂU HỌC VÍ DỤ\n{title}\nGiáo viên: Trần Thị Ví Dụ"]
    if habits.placing == "schedule":
        rows = [f"Thứ {day}\n{n} Toán Bài {week * 5 + n}" for day in DAYS for n in (1, 2, 3, 4)]
        return [f"{title}\nThứ\nTiết\nMôn\nTên bài dạy\n" + "\n".join(rows)]
    return []


def _day(week: int, index: int, habits: Habits, random: Random) -> list[str]:
    day = monday_of(week, habits.year) + timedelta(index)
    written = day - timedelta(5)
    blocks = [
        habits.day.format(
            t=DAYS[index], T=DAYS[index].upper(), k=index + 2, d=day.day, m=day.month, y=day.year,
            wd=written.day, wm=written.month,
        )
    ]  # fmt: skip
    if index == 0 and habits.flag:
        blocks.append(f"CHÀO CỜ\n{habits.lesson}\n{habits.filled(habits.flag, week)}")
    for number in range(habits.daily):
        own = f"{habits.filled(habits.title, week)}\n" if habits.placing == "lessons" else ""
        head, topic = random.choice(HEADS), random.choice(TOPICS)
        blocks.append(f"{own}{head}\n{topic} (tiết {number + 1})\n{habits.lesson}")
    meeting = habits.meeting or (MEETINGS[0] if habits.placing == "meeting" else "")
    if index == 4 and meeting:
        blocks.append(f"{random.choice(MEETING_HEADS)}\n{habits.lesson}\n{habits.filled(meeting, week)}")
    return [block for block in blocks if block]


def _split(text: str, random: Random) -> Iterator[str]:
    """Pages of uneven length, broken wherever it happens."""
    lines = text.splitlines()
    while lines:
        rows = random.randint(18, 40)
        yield "\n".join(lines[:rows])
        lines = lines[rows:]


def _framed(page: str, week: int, habits: Habits) -> str:
    if habits.placing == "running":
        return f"{habits.filled(habits.running, week)}\n{page}"
    return f"{page}\n{habits.filled(habits.running, week)}" if habits.placing == "foot" else page


ENCODINGS: dict[str, Callable[[str], str]] = {
    "unicode": str,
    "nfd": to_nfd,
    "vni": to_vni,
    "tcvn3": to_tcvn3,
    "cp1258": to_cp1258,
}


def single(number: int) -> Plan:
    """The plan of one week, drawn by its number."""
    random = Random(number)
    habits = drawn_habits(random)
    week = random.choice((0, *range(1, 36), *range(1, 36), 36))
    if habits.title in ("TUẦN {r}",) and week == 0:
        week = 9
    encoding = random.choice(("unicode",) * 6 + ("nfd", "vni", "tcvn3", "cp1258"))
    pages = [ENCODINGS[encoding](page) for page in week_pages(week, habits, random)]
    name = random.choice(NAMES).format(w=week)
    return Plan(_told(number, habits, encoding), name, tuple(pages), (week,))


def several(number: int) -> Plan:
    """Two to five weeks in one file, drawn by its number."""
    random = Random(10_000 + number)
    habits = drawn_habits(random)
    first, count = random.randint(1, 30), random.choice((2, 2, 2, 3, 5))
    weeks = tuple(range(first, first + count))
    pages = [page for week in weeks for page in week_pages(week, habits, random)]
    names = (
        ", ".join(map(str, weeks)),
        ",".join(map(str, weeks)),
        f"{first}-{weeks[-1]}",
        f"{first} - {weeks[-1]}",
    )
    name = f"TUAN {random.choice(names)}.pdf"
    return Plan(_told(number, habits, "unicode"), name, tuple(pages), weeks)


def _told(number: int, habits: Habits, encoding: str) -> str:
    forms = (habits.title, habits.running, habits.day, habits.lesson[:12])
    return f"{number} {habits.placing} {habits.daily} a day, {encoding}: {' | '.join(map(repr, forms))}"
