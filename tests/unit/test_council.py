"""Spans as people ask for them, and what a council looks at, counted by hand and without a name."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from PIL import Image

from hoso_bot import texts
from hoso_bot.domain.approval import StepState
from hoso_bot.domain.board import Board, Line, State, Wait
from hoso_bot.domain.calendar import VN, default_weeks
from hoso_bot.domain.cards import QUICK_REASONS
from hoso_bot.domain.council import Point, overview, top_reasons
from hoso_bot.domain.roster import Person, Role
from hoso_bot.domain.spans import Span, begun, read_span
from hoso_bot.reports.council import Council, paper_of
from hoso_bot.reports.paper import Heading, Picture, Table
from hoso_bot.reports.trend import HEIGHT, WIDTH, draw_trend

YEAR = default_weeks("2026-2027")
NOW = datetime(2026, 12, 20, 9, tzinfo=VN)
SAID = {key: texts.render(key) for key in QUICK_REASONS}
LOAN = Person("gv", "GV01", "Tạ Thị Loan", Role.TEACHER, "Tổ 1")
NGA = Person("nga", "GV06", "Bùi Thị Nga", Role.TEACHER, "tổ 1 ")  # the same group, typed otherwise
ANH = Person("anh", "GV09", "Đặng Ngọc Ánh", Role.TEACHER, "")

TYPED = [
    ("thang 11", Span("2026-2027", month=11)),
    ("tháng 9", Span("2026-2027", month=9)),
    ("Tháng 1/2027", Span("2026-2027", month=1)),
    ("t11", Span("2026-2027", month=11)),
    ("hk1", Span("2026-2027", semester=1)),
    ("Học kỳ II", Span("2026-2027", semester=2)),
    ("hoc ki 2", Span("2026-2027", semester=2)),
    ("nam", Span("2026-2027")),
    ("cả năm", Span("2026-2027")),
    ("thang 13", None),
    ("hk3", None),
    ("GV09", None),
    ("13", None),
]


@pytest.mark.parametrize(("typed", "span"), TYPED)
def test_spans_as_people_type_them(typed: str, span: Span | None) -> None:
    assert read_span(typed, "2026-2027") == span


def test_which_weeks_belong_to_a_span() -> None:
    assert [week.number for week in Span("2026-2027", month=11).of(YEAR)] == [9, 10, 11, 12, 13]
    assert len(Span("2026-2027", semester=2).of(YEAR)) == 17
    assert Span("2026-2027").of(YEAR) == list(YEAR)
    codes = [Span("2026-2027", month=9), Span("2026-2027", semester=1), Span("2026-2027")]
    assert [span.code for span in codes] == ["2026-2027-thang-09", "2026-2027-hk1", "2026-2027"]


def test_what_can_be_asked_for_follows_the_year() -> None:
    assert begun(YEAR, date(2026, 9, 1)) == []
    autumn = begun(YEAR, date(2026, 10, 20))
    assert [(span.month, span.semester) for span in autumn] == [(9, 0), (10, 0), (0, 1), (0, 0)]
    assert [span.month for span in begun(YEAR, date(2027, 6, 1))][:9] == [9, 10, 11, 12, 1, 2, 3, 4, 5]


# --- why plans came back -------------------------------------------------------------------------------


def test_reasons_are_counted_by_the_ready_made_one_they_begin_with() -> None:
    said = [
        SAID["reason.layout"],
        f"{SAID['reason.layout']}: xem lại trang 3",
        "lỗi chính tả, trình bày nhiều chỗ",
        SAID["reason.dates"],
        "Em xem lại phần khởi động giúp chị",
        f"{SAID['reason.dates']}\n{SAID['reason.pages']}",
    ]
    assert top_reasons(said, SAID) == (
        ("reason.layout", 3),
        ("reason.dates", 2),
        ("reason.pages", 1),
        ("other", 1),
    )


def test_five_at_most_and_others_last() -> None:
    said = [text for key, text in SAID.items() for _ in range(1 + (key == "reason.pages"))] + ["khác hẳn"] * 9
    found = top_reasons(said, SAID)
    assert len(found) == 6 and found[0] == ("reason.pages", 2) and found[-1] == ("other", 9)
    assert top_reasons([], SAID) == ()


# --- the overview -----------------------------------------------------------------------------------------


def line(person: Person, number: int, **more: object) -> Line:
    made = Line(YEAR[number - 1], person, "", State.MISSING)
    return replace(made, **more)  # type: ignore[arg-type]


def boards() -> tuple[Board, ...]:
    """Week 11: one in time after a rejection, one missing. Week 12: one late. Week 16 is not due."""
    deadline = YEAR[10].deadline
    sent = deadline - timedelta(days=2)
    turns = (
        Wait("h", Role.GROUP_HEAD, sent, sent + timedelta(hours=2), StepState.REJECTED, SAID["reason.dates"]),
        Wait("h", Role.GROUP_HEAD, sent, sent + timedelta(hours=4), StepState.SIGNED),
    )
    good = line(LOAN, 11, state=State.APPROVED, approved_at=deadline, returns=1, waits=turns, first_at=sent)
    late = line(NGA, 12, state=State.HEAD, late=30, first_at=YEAR[11].deadline)
    ahead = replace(YEAR[15], days=tuple(day + timedelta(days=7) for day in YEAR[15].days))
    return (
        Board(YEAR[10], NOW, (good, line(ANH, 11))),
        Board(YEAR[11], NOW, (late,)),
        Board(ahead, NOW, (replace(line(LOAN, 16), week=ahead),)),
        Board(YEAR[0], NOW, (line(LOAN, 1),), backfill=True),
    )


def test_an_overview_worked_out_by_hand() -> None:
    seen = overview(boards(), SAID, NOW)
    assert (seen.total.owed, seen.total.on_time, seen.total.late, seen.total.missing) == (3, 1, 1, 1)
    assert [(name, counts.owed) for name, counts in seen.groups] == [("Tổ 1", 2), ("", 1)]
    assert seen.trend == (Point(11, 0.5, 0.5), Point(12, 0.0, 0.0))
    assert (seen.reasons, seen.returned) == ((("reason.dates", 1),), 1)
    assert (seen.approving.decided, seen.approving.median_minutes, seen.approving.person_id) == (2, 180, "")


def test_the_paper_names_nobody_and_leaves_room_to_write() -> None:
    council = Council("Trường Hoa Phượng", Span("2026-2027", 11), boards(), NOW, texts.render, (7, "a" * 64))
    paper = paper_of(council)
    assert not any(person.name in repr(paper.blocks) for person in (LOAN, NGA, ANH))
    headings = [block.text for block in paper.blocks if isinstance(block, Heading)]
    assert headings[-1] == "Nhận xét, đề nghị của hội đồng" and len(headings) == 6
    groups = next(block for block in paper.blocks if isinstance(block, Table))
    assert groups.rows[-1][:4] == ("Toàn trường", "3", "33\u00a0%", "1")


def test_one_week_is_no_trend_and_no_return_is_said() -> None:
    one = (replace(boards()[1]),)
    council = Council("Trường Hoa Phượng", Span("2026-2027", 11), one, NOW, texts.render, (7, "a" * 64))
    blocks = paper_of(council).blocks
    assert not any(isinstance(block, Picture) for block in blocks)
    assert "Không có lượt trả lại nào" in repr(blocks)


@pytest.mark.parametrize("count", [1, 2, 18, 35])
def test_the_chart_draws_any_number_of_weeks(count: int) -> None:
    points = [Point(n, None if n == 3 else n / 40, 0.5) for n in range(1, count + 1)]
    picture = Image.open(io.BytesIO(draw_trend(points, texts.render)))
    assert (picture.size, picture.format) == ((WIDTH, HEIGHT), "PNG")
    assert len(picture.getcolors(1 << 20) or ()) > 4
