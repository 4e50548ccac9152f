"""Freezing and writing sheets at the command line, from a real record."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from tests.fakes.clock import FakeClock
from tests.integration.test_reports import keep
from tests.parts import Parts
from tests.school import week

from hoso_bot import cli
from hoso_bot.desks.evaluations import EvaluationDesk
from hoso_bot.desks.outages import OutageDesk
from hoso_bot.domain.calendar import VN
from hoso_bot.domain.evaluation import EvaluationRefused, Term
from hoso_bot.domain.outages import Cause
from hoso_bot.school_year import NotThere
from hoso_bot.settings import Evaluation, Settings

TUESDAY = datetime.combine(week(18).first, datetime.min.time(), VN) + timedelta(days=1, hours=9)
WEIGHTS = Evaluation(weights={"on_time_rate": 60, "own_part_rate": 40}, caps={})


@pytest.fixture
def settings(parts: Parts) -> Settings:
    keep(parts, "GV09")
    keep(parts, "GV08", late=400)
    return Settings(home=parts.home, evaluation=WEIGHTS)


@pytest.fixture
def desk(settings: Settings) -> Iterator[EvaluationDesk]:
    desk = EvaluationDesk(settings, FakeClock(TUESDAY))
    yield desk
    desk.close()


def rows_of(path: Path, sheet: int) -> dict[str, dict[str, object]]:
    """The rows of a sheet by staff id."""
    head, *rows = list(load_workbook(path).worksheets[sheet].iter_rows(min_row=5, values_only=True))
    found = [dict(zip(head, row, strict=True)) for row in rows]
    return {str(row["Mã"]): row for row in found if row["Mã"]}


def test_a_sheet_says_what_the_record_says(desk: EvaluationDesk, tmp_path: Path) -> None:
    evaluation, people = desk.freeze(Term.FIRST, "Hồ Sỹ Lâm")
    assert (people, evaluation.frozen_by) == (13, "Hồ Sỹ Lâm")
    assert desk.sheet(Term.FIRST, "xlsx", tmp_path / "e.xlsx") is False
    row = rows_of(tmp_path / "e.xlsx", 0)["GV08"]
    assert (row["Phải nộp"], row["Đúng hạn"], row["Trễ"], row["Chưa nộp"]) == (18, 0, 1, 17)
    assert row["Điểm"] == pytest.approx(40 / 18, abs=0.05)
    details = rows_of(tmp_path / "e.xlsx", 1)["GV08"]
    assert details["Trễ, tổng (giờ)"] == 6.7
    approver = rows_of(tmp_path / "e.xlsx", 2)["PHT01"]
    assert (approver["Lượt đã quyết định"], approver["Ủy nhiệm (lần)"]) == (2, 0)
    page = load_workbook(tmp_path / "e.xlsx").worksheets[0]
    assert (page.page_setup.orientation, page.page_setup.fitToWidth) == ("landscape", 1)
    assert page.print_title_rows == "$5:$5"


def test_an_outage_before_the_freeze_is_taken_into_account(
    settings: Settings, desk: EvaluationDesk, tmp_path: Path
) -> None:
    deadline = week(12).deadline
    outages = OutageDesk(settings, FakeClock(TUESDAY))
    outages.add(Cause.CHAT, deadline - timedelta(hours=3), deadline - timedelta(hours=1))
    outages.close()
    evaluation, _ = desk.freeze(Term.FIRST, "Hồ Sỹ Lâm")
    assert [outage["cause"] for outage in evaluation.outages] == ["chat"]
    desk.sheet(Term.FIRST, "xlsx", tmp_path / "e.xlsx")
    row = rows_of(tmp_path / "e.xlsx", 0)["GV08"]
    assert (row["Đúng hạn"], row["Trễ"], row["Không tính trễ (sự cố)"]) == (1, 0, 1)
    defined = [cell.value for cell in load_workbook(tmp_path / "e.xlsx")["Định nghĩa"]["B"]]
    assert any("Ứng dụng chat không hoạt động" in str(text) for text in defined)


def test_the_print_of_a_sheet(desk: EvaluationDesk, tmp_path: Path) -> None:
    desk.freeze(Term.FIRST, "Hồ Sỹ Lâm")
    desk.sheet(Term.FIRST, "pdf", tmp_path / "e.pdf")
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "e.pdf").pages)
    assert "BẢN NHÁP" in text and "Điểm" in text and "NGƯỜI LẬP BẢNG" in text


def test_once_a_period_and_not_before_its_end(desk: EvaluationDesk, tmp_path: Path) -> None:
    with pytest.raises(NotThere):
        desk.sheet(Term.FIRST, "xlsx", tmp_path / "e.xlsx")
    with pytest.raises(EvaluationRefused, match="week 35 is not begun"):
        desk.freeze(Term.YEAR, "Hồ Sỹ Lâm")
    desk.freeze(Term.FIRST, "Hồ Sỹ Lâm")
    with pytest.raises(EvaluationRefused, match="frozen already"):
        desk.freeze(Term.FIRST, "Hồ Sỹ Lâm")


WRONG = [
    (("freeze", "--by", "A"), "give either"),
    (("freeze", "--by", "A", "--semester", "1", "--year"), "give either"),
    (("freeze", "--by", "A", "--semester", "3"), "equal to 2"),
    (("sheet", "--semester", "1"), "give --xlsx"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_the_command_line_says_what_is_missing(
    parts: Parts,
    words: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["hoso-bot", "evaluation", *words, "--home", str(parts.home)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_the_councils_report_at_the_command_line(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    keep(parts, "GV09")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["hoso-bot", "report", "council", *words, "--home", str(parts.home)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    year = week(1).year
    files = ("--docx", str(tmp_path / "c.docx"), "--pdf", str(tmp_path / "c.pdf"))
    code, said = run("--month", "11", "--year", year, *files)
    assert code == 0 and f"{year}-thang-11:" in said
    assert (tmp_path / "c.docx").read_bytes()[:2] == b"PK"
    assert "BÁO CÁO SỬ DỤNG HỒ SƠ CHUYÊN MÔN" in PdfReader(tmp_path / "c.pdf").pages[0].extract_text()
    assert run("--month", "11", "--semester", "1", *files)[0] == 2
    assert run()[0] == 2
    assert "not a school year" in run("--year", "2026", *files)[1]
    assert "no week of this period has begun" in run("--year", "2040-2041", *files)[1]
