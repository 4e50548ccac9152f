"""Modern plans laid out as Word writes them, each with its own trouble, seen through the sandbox."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.plan_corpus import ENCODINGS, Plan, several, single
from tests.plan_makers import (
    WordFile,
    lesson,
    photo,
    to_cp1258,
    to_nfd,
    to_tcvn3,
    to_vni,
    week_of_lessons,
    word_plan,
)

from hoso_bot.domain.inspection import Inspection
from hoso_bot.pdf.sandbox import Sandbox

HEAD = ["KẾ HOẠCH BÀI DẠY LỚP 3A", "TUẦN 12", "(Từ ngày 23/11/2026 đến ngày 27/11/2026)"]
SCHEDULE = ["LỊCH BÁO GIẢNG", "Thứ\tMôn\tTên bài học", *(f"Thứ {n}\tToán\tBài {n}" for n in range(2, 7))]
MEETING = ["SINH HOẠT LỚP", "1. Nhận xét tuần 12", "2. Phương hướng tuần 13"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture
def seen(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Inspection]:
    def look(lines: list[str], name: str = "x.pdf", running: str = "") -> Inspection:
        return sandbox.inspect(word_plan(tmp_path / "plan.pdf", lines, running), name)

    return look


def test_a_word_plan_with_its_schedule_first_passes_without_a_word(seen: Callable[..., Inspection]) -> None:
    found = seen([*HEAD, *SCHEDULE, *week_of_lessons(10), *MEETING])
    assert found.findings == ()
    assert found.structure.revisions == 2
    assert (found.facts.weeks, found.facts.week_from) == ((12,), "text")
    assert found.facts.classes == ("3A",)
    assert found.facts.lessons == 10
    assert set(found.facts.parts) == {"1", "2", "3", "4"}
    assert found.facts.encodings == ("unicode",)


@pytest.mark.parametrize(
    ("encode", "name"), [(to_vni, "vni"), (to_tcvn3, "tcvn3"), (to_cp1258, "cp1258"), (to_nfd, "nfd")]
)
def test_a_plan_in_an_old_encoding_is_read_alike(
    seen: Callable[..., Inspection], encode: Callable[[str], str], name: str
) -> None:
    found = seen([encode(line) for line in [*HEAD, *week_of_lessons(6), *MEETING]])
    assert name in found.facts.encodings
    assert (found.facts.weeks, found.facts.lessons, found.blocked) == ((12,), 6, False)


def test_encodings_mixed_line_by_line_are_read_alike(seen: Callable[..., Inspection]) -> None:
    ways = (to_vni, to_tcvn3, to_nfd, str)
    lines = [ways[row % 4](line) for row, line in enumerate([*HEAD, *week_of_lessons(6), *MEETING])]
    found = seen(lines)
    assert (found.facts.weeks, found.facts.lessons, found.blocked) == ((12,), 6, False)
    assert {"vni", "tcvn3", "nfd", "unicode"} <= set(found.facts.encodings)


def test_half_a_week_is_one_week(seen: Callable[..., Inspection]) -> None:
    found = seen(["Kế hoạch bài dạy Lớp 1 - Tuần 7 (Thứ 2+3+4)", *week_of_lessons(6)])
    assert (found.facts.weeks, found.blocked) == ((7,), False)


def test_two_weeks_in_one_file_are_blocked(seen: Callable[..., Inspection]) -> None:
    found = seen(["TUẦN 12", *week_of_lessons(10), "TUẦN 13", *week_of_lessons(10)])
    assert (found.facts.weeks, found.blocked) == ((12, 13), True)


def _written(plan: Plan, target: Path) -> Path:
    file = WordFile()
    for page in plan.pages:
        file.page(page.splitlines())
    return file.write(target)


@pytest.mark.parametrize("number", range(24))
def test_a_drawn_plan_is_read_from_its_pdf(sandbox: Sandbox, tmp_path: Path, number: int) -> None:
    plan = single(number)
    file = _written(plan, tmp_path / "plan.pdf")
    assert sandbox.inspect(file, plan.name).facts.weeks == plan.weeks
    nameless = sandbox.inspect(file, "scan.pdf")
    assert nameless.facts.weeks in ((), plan.weeks)
    assert not nameless.blocked


@pytest.mark.parametrize("number", range(6))
def test_a_drawn_file_of_several_weeks_is_blocked(sandbox: Sandbox, tmp_path: Path, number: int) -> None:
    plan = several(number)
    found = sandbox.inspect(_written(plan, tmp_path / "plan.pdf"), "scan.pdf")
    assert (found.facts.weeks, found.blocked) == (plan.weeks, True)


def test_the_drawn_plans_come_in_every_encoding() -> None:
    told = " ".join(single(number).told for number in range(24))
    assert all(f" {encoding}:" in told for encoding in ENCODINGS)


def test_a_running_head_of_the_week_is_enough(seen: Callable[..., Inspection]) -> None:
    found = seen(week_of_lessons(10), running="Trần Thị Ví Dụ - Tuần 12 - Năm học 2026-2027")
    assert found.facts.weeks == (12,)


def test_a_secondary_plan_is_counted_by_its_own_profile(seen: Callable[..., Inspection]) -> None:
    points = ["a) Mục tiêu: nêu", "b) Nội dung: đọc", "c) Sản phẩm: lời giải", "d) Tổ chức thực hiện: nhóm"]
    activities = [line for n in (1, 2, 3, 4) for line in (f"{n}. Hoạt động {n}", *points)]
    parts = ["I. MỤC TIÊU", "II. THIẾT BỊ DẠY HỌC VÀ HỌC LIỆU", "III. TIẾN TRÌNH DẠY HỌC"]
    found = seen(["Tuần 9", "Tiết: 17", *parts, *activities])
    assert (found.facts.profile, found.facts.lessons) == ("cv5512", 1)
    assert found.facts.parts == dict.fromkeys("123", (1,))
    assert found.findings == ()


def test_a_scan_is_told_from_text(sandbox: Sandbox, tmp_path: Path) -> None:
    file = WordFile()
    for number in range(3):
        file.scan(photo(40, number))
    found = sandbox.inspect(file.write(tmp_path / "scan.pdf"), "KHBD_Tuan_12_Lop_3A.pdf")
    assert [finding.code for finding in found.findings] == ["scan"]
    assert (found.structure.text_layer, found.structure.scanned_pages) == (False, (1, 2, 3))
    assert (found.facts.weeks, found.facts.week_from, found.facts.classes) == ((12,), "name", ("3A",))


def test_photographed_and_blank_pages_are_told_by_number(sandbox: Sandbox, tmp_path: Path) -> None:
    file = WordFile()
    file.page([*HEAD, *lesson()])
    file.scan(photo(40))
    file.page([])
    file.page(lesson(2))
    found = sandbox.inspect(file.write(tmp_path / "mixed.pdf"), "x.pdf")
    assert {finding.code: finding.pages for finding in found.findings} == {
        "scanned_pages": (2,),
        "blank_pages": (3,),
    }


def test_the_picture_shows_page_one_and_stays_small(sandbox: Sandbox, tmp_path: Path) -> None:
    plan, picture = word_plan(tmp_path / "plan.pdf", [*HEAD, *lesson()]), tmp_path / "page.jpg"
    assert sandbox.take_in(plan, "x.pdf", picture, lambda _: None) == (sandbox.inspect(plan, "x.pdf"), None)
    data = picture.read_bytes()
    assert len(data) < 150_000
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        assert 790 <= image.width <= 810
        darkest, brightest = image.convert("L").getextrema()
    assert darkest < 80 < 240 < brightest


def test_a_page_of_photos_still_gives_a_small_picture(sandbox: Sandbox, tmp_path: Path) -> None:
    file = WordFile()
    file.scan(photo(600))
    sandbox.take_in(file.write(tmp_path / "scan.pdf"), "x.pdf", tmp_path / "page.jpg", lambda _: None)
    assert 0 < (tmp_path / "page.jpg").stat().st_size < 150_000
