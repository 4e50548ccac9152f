"""A believable weekly lesson plan (KHBD) as a teacher would hand it in, made up and repeatable."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from random import Random
from typing import Any

from fpdf import FPDF
from fpdf.enums import Align, VAlign, XPos, YPos
from fpdf.fonts import FontFace

_DAYS = ("hai", "ba", "tư", "năm", "sáu", "bảy", "chủ nhật")
_SIZE = 13
_LINE = 6.3  # mm: Word's 1.15 lines at 13 pt
_WIDTH = 165.0  # mm between margins of 30 and 15
_PLAIN_HEAD = FontFace(emphasis="BOLD")

Lesson = dict[str, Any]


@dataclass(frozen=True)
class _Week:
    number: int
    days: tuple[date, ...]
    teacher: str
    class_name: str
    school: str


@dataclass(frozen=True)
class _Period:
    """One lesson at its place: period 1.. of `day`, running number `count` of its subject."""

    day: date
    number: int
    lesson: Lesson
    count: int


def write_plan(
    target: Path,
    *,
    week: int,
    first: date,
    last: date,
    teacher: str,
    class_name: str,
    school: str,
    lessons: int = 12,
    seed: int = 0,
) -> None:
    """Write the plan of one week (`first`..`last`, Sundays left out) with so many lessons to `target`.

    Laid out like CV 2345, annex 3: four parts per lesson, activities in two columns; 12 lessons are
    about 12 pages. `seed` changes the order of lessons; equal arguments give equal bytes.
    """
    days = tuple(
        day for day in (first + timedelta(n) for n in range((last - first).days + 1)) if day.weekday() < 6
    )
    plan = _Week(week, days or (first,), teacher, class_name, school)
    periods = _timetable(plan, lessons, Random(seed))  # noqa: S311
    sheet = _new_sheet(plan)
    _heading(sheet, plan)
    _schedule(sheet, periods)
    for day, group in itertools.groupby(periods, key=lambda period: period.day):
        _day(sheet, day)
        for period in group:
            _lesson(sheet, period)
    sheet.output(str(target))


# --- content -------------------------------------------------------------------------------------


@cache
def _library() -> tuple[Lesson, ...]:
    text = files(__package__).joinpath("lessons.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["lesson"])


def _timetable(plan: _Week, lessons: int, random: Random) -> list[_Period]:
    """Flag ceremony first, class meeting last, the rest in between, spread evenly over the days."""
    opening, *middle, closing = _library()
    if random.random() > 0.5:
        random.shuffle(middle)
    chosen = [opening, *itertools.islice(itertools.cycle(middle), max(0, lessons - 2)), closing][-lessons:]
    counts: dict[str, int] = {}
    periods: list[_Period] = []
    for index, lesson in enumerate(chosen):
        day = plan.days[index * len(plan.days) // len(chosen)]
        number = 1 + sum(period.day == day for period in periods)
        counts[lesson["subject"]] = counts.get(lesson["subject"], 0) + 1
        periods.append(_Period(day, number, _filled(lesson, plan), counts[lesson["subject"]]))
    return periods


def _filled(value: Any, plan: _Week) -> Any:
    if isinstance(value, str):
        blanks = {"week": str(plan.number), "next": str(plan.number + 1), "class": plan.class_name}
        return value.format_map(blanks)
    if isinstance(value, list):
        return [_filled(item, plan) for item in value]
    return {key: _filled(item, plan) for key, item in value.items()}


# --- layout --------------------------------------------------------------------------------------


class _Sheet(FPDF):  # type: ignore[misc]
    def __init__(self, running_head: str) -> None:
        super().__init__(format="A4")
        self._running_head = running_head

    def header(self) -> None:
        if self.page_no() > 1:
            self.set_font("Serif", size=10)
            self.cell(0, 5, self._running_head, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(2)

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Serif", size=11)
        self.cell(0, 6, str(self.page_no()), align=Align.C)


def _new_sheet(plan: _Week) -> _Sheet:
    sheet = _Sheet(f"Kế hoạch bài dạy lớp {plan.class_name} – Năm học {_school_year(plan.days[0])}")
    for style, file in (("", "LiberationSerif-Regular.ttf"), ("B", "LiberationSerif-Bold.ttf")):
        with as_file(files("hoso_bot.pdf").joinpath("fonts", file)) as font:
            sheet.add_font("Serif", style, str(font))
    sheet.set_creation_date(datetime.combine(plan.days[0], time(1), UTC) - timedelta(days=3))
    sheet.set_title(f"Kế hoạch bài dạy tuần {plan.number}")
    sheet.set_author(plan.teacher)
    sheet.set_lang("vi-VN")
    sheet.set_margins(left=30, top=20, right=15)
    sheet.set_auto_page_break(True, margin=20)
    sheet.add_page()
    return sheet


def _school_year(day: date) -> str:
    start = day.year if day.month >= 8 else day.year - 1
    return f"{start} – {start + 1}"


def _write(sheet: FPDF, text: str, *, bold: bool = False, align: Align = Align.J, size: int = _SIZE) -> None:
    sheet.set_font("Serif", "B" if bold else "", size)
    sheet.multi_cell(_WIDTH, _LINE * size / _SIZE, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _heading(sheet: FPDF, plan: _Week) -> None:
    _write(sheet, plan.school.upper(), bold=True, align=Align.L)
    _write(sheet, f"Giáo viên: {plan.teacher}", align=Align.L)
    _write(sheet, f"Lớp: {plan.class_name}", align=Align.L)
    sheet.ln(4)
    _write(sheet, "KẾ HOẠCH BÀI DẠY", bold=True, align=Align.C, size=17)
    _write(sheet, f"TUẦN {plan.number}", bold=True, align=Align.C, size=15)
    span = f"(Từ ngày {plan.days[0]:%d/%m/%Y} đến ngày {plan.days[-1]:%d/%m/%Y})"
    _write(sheet, span, align=Align.C)
    sheet.ln(3)


def _schedule(sheet: FPDF, periods: list[_Period]) -> None:
    """The week at a glance (lịch báo giảng)."""
    _write(sheet, "LỊCH BÁO GIẢNG", bold=True, align=Align.C)
    sheet.ln(1)
    sheet.set_font("Serif", size=12)
    with sheet.table(
        col_widths=(24, 12, 42, 87),
        width=_WIDTH,
        line_height=6,
        align=Align.L,
        text_align=(Align.C, Align.C, Align.L, Align.L),
        headings_style=_PLAIN_HEAD,
        padding=0.8,
    ) as table:
        table.row(("Thứ, ngày", "Tiết", "Môn học", "Tên bài học"))
        for day, group in itertools.groupby(periods, key=lambda period: period.day):
            items = list(group)
            for item in items:
                row = table.row()
                if item is items[0]:
                    row.cell(f"{_weekday(day)}\n{day:%d/%m}", rowspan=len(items))
                row.cell(str(item.number))
                row.cell(item.lesson["subject"])
                row.cell(item.lesson["title"])
    sheet.ln(4)


def _weekday(day: date) -> str:
    name = _DAYS[day.weekday()]
    return name.capitalize() if day.weekday() == 6 else f"Thứ {name}"


def _day(sheet: FPDF, day: date) -> None:
    _keep_together(sheet, 60)
    sheet.ln(2)
    _write(
        sheet, f"{_weekday(day)}, ngày {day.day} tháng {day.month} năm {day.year}", bold=True, align=Align.C
    )


def _keep_together(sheet: FPDF, height: float) -> None:
    """A new page unless `height` mm are left: no heading alone at the foot of a page."""
    if sheet.will_page_break(height):
        sheet.add_page()


def _lesson(sheet: FPDF, period: _Period) -> None:
    lesson = period.lesson
    _keep_together(sheet, 50)
    sheet.ln(1)
    _write(sheet, f"Tiết {period.number}: {lesson['subject']}", bold=True, align=Align.L)
    _write(sheet, lesson["title"].upper(), bold=True, align=Align.C)
    _write(sheet, "I. YÊU CẦU CẦN ĐẠT", bold=True)
    for goal in lesson["goals"]:
        _write(sheet, f"- {goal}")
    _write(sheet, "II. ĐỒ DÙNG DẠY HỌC", bold=True)
    for tool in lesson["tools"]:
        _write(sheet, f"- {tool}")
    _keep_together(sheet, 40)
    _write(sheet, "III. CÁC HOẠT ĐỘNG DẠY HỌC CHỦ YẾU", bold=True)
    sheet.ln(1)
    _activities(sheet, lesson["stages"])
    _keep_together(sheet, 25)
    sheet.ln(2)
    _write(sheet, "IV. ĐIỀU CHỈNH SAU BÀI DẠY (nếu có)", bold=True)
    for _ in range(2):
        _write(sheet, "." * 118, align=Align.L)


def _activities(sheet: FPDF, stages: list[list[str]]) -> None:
    sheet.set_font("Serif", size=_SIZE)
    with sheet.table(
        col_widths=(95, 70),
        width=_WIDTH,
        line_height=_LINE,
        align=Align.L,
        v_align=VAlign.T,
        text_align=Align.L,
        headings_style=_PLAIN_HEAD,
        padding=(0.6, 1.4),
    ) as table:
        table.row(("Hoạt động của giáo viên", "Hoạt động của học sinh"))
        for number, (stage, *steps) in enumerate(stages, start=1):
            table.row(style=_PLAIN_HEAD).cell(f"{number}. {stage}", colspan=2)
            for step in steps:
                teacher, pupils = step.split(" | ")
                table.row((f"- {teacher}", f"- {pupils}"))
