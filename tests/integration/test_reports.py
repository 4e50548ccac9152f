"""Workbooks, pictures and bundles made from a real record, and read back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PIL import Image
from tests.fakes.clock import FakeClock
from tests.parts import Parts
from tests.school import NOW, week

from hoso_bot.desks.reports import ReportDesk
from hoso_bot.domain.approval import ApprovalStep, StepState
from hoso_bot.domain.expected import Exemption
from hoso_bot.domain.report_events import (
    BundleAsked,
    BundleOffered,
    PortalMarked,
    PortalUnmarked,
    WorkbookAsked,
)
from hoso_bot.domain.roster import Role
from hoso_bot.domain.submission import Plan, PlanState, Version, VersionState, record_code
from hoso_bot.handlers import handle, report
from hoso_bot.reports import bundle as zips
from hoso_bot.settings import Settings
from hoso_bot.store.db import moment, new_id
from hoso_bot.store.obligations import Obligations
from hoso_bot.store.plans import Plans

EVIL = '=HYPERLINK("http://x.example")'
SENT = week(12).deadline - timedelta(hours=5)


def keep(parts: Parts, staff_id: str, number: int = 12, approved: bool = True, late: int = 0) -> bytes:
    """A plan on record as if it had come through the chat; the bytes of its signed file."""
    person, plan_id, version_id = parts.staff(staff_id), new_id(), new_id()
    data = f"%PDF-1.7 {staff_id} {number}".encode() * 40
    place = parts.desk.files.new_temporary()
    place.write_bytes(data)
    sha256, plans = parts.desk.files.adopt(place), Plans(parts.db)
    state = VersionState.APPROVED if approved else VersionState.PENDING
    code = record_code(week(number), staff_id)
    at = week(number).deadline - timedelta(hours=5) + timedelta(minutes=late)
    version = Version(version_id, plan_id, 1, new_id(), state, sha256, sha256, sha256, len(data), 3, at, late)
    plan_state = PlanState.APPROVED if approved else PlanState.PENDING
    plan = Plan(plan_id, week(number).year, "KHBD", person.id, number, code, 1, plan_state)
    chain = ((Role.GROUP_HEAD, "GV06"), (Role.VICE_PRINCIPAL, "PHT01"))
    with parts.db.write() as connection:
        connection.execute(plans.add_plan(plan))
        connection.execute(plans.add_version(version))
        for n, (role, signer) in enumerate(chain, start=1):
            done = approved or n == 1
            step_state = StepState.SIGNED if done else StepState.PENDING
            step = ApprovalStep(version_id, n, role, parts.staff(signer).id, step_state)
            decided = moment(at + timedelta(hours=n)) if done else None
            connection.execute(plans.add_step(step).values(decided_at=decided))
    return data


@pytest.fixture
def record(parts: Parts) -> dict[str, bytes]:
    """Week 12: two plans approved, one waiting, one exempt with an evil reason, an evil name; the files."""
    files = {"GV09": keep(parts, "GV09"), "GV08": keep(parts, "GV08", late=90)}
    keep(parts, "GV07", approved=False)
    who = parts.staff("GV10").id
    excuse = Exemption(who, week(12).year, 12, EVIL, "GV06", NOW)
    with parts.db.write() as connection:
        for statement in Obligations(parts.db).exempt(excuse):
            connection.execute(statement)
        connection.exec_driver_sql("UPDATE people SET name = ? WHERE staff_id = 'GV08'", (f"{EVIL}\x07",))
    return files


@pytest.fixture
def office(parts: Parts) -> Iterator[ReportDesk]:
    desk = ReportDesk(Settings(home=parts.home), FakeClock(NOW))
    yield desk
    desk.close()


def rows_of(path: Path, sheet: int | str) -> list[dict[str, Any]]:
    """The rows of a sheet by the words of its header."""
    book = load_workbook(path)
    table = book[sheet] if isinstance(sheet, str) else book.worksheets[sheet]
    head, *rows = list(table.iter_rows(min_row=5, values_only=True))
    return [dict(zip(head, row, strict=True)) for row in rows]


# --- workbooks -------------------------------------------------------------------------------------------


def test_a_weeks_workbook_says_what_the_record_says(
    office: ReportDesk, record: dict[str, bytes], tmp_path: Path
) -> None:
    assert office.week(12, tmp_path / "w.xlsx") == 12
    by_code = {row["Mã"]: row for row in rows_of(tmp_path / "w.xlsx", 0)}
    assert len(by_code) == 13
    assert by_code["GV09"]["Tình trạng"] == "✔ Đã duyệt" and by_code["GV09"]["Trễ (giờ)"] is None
    assert by_code["GV08"]["Trễ (giờ)"] == 1.5
    waiting = by_code["GV07"]
    assert (waiting["Tình trạng"], waiting["Đang ở"]) == ("◕ Chờ phó hiệu trưởng", "Lương Quang Tùng")
    assert waiting["Chờ ở đó (giờ)"] == round((NOW - SENT).total_seconds() / 3600 - 1, 1)
    assert by_code["GV10"]["Tình trạng"] == "– Miễn nộp"
    assert [row["Phải nộp"] for row in rows_of(tmp_path / "w.xlsx", "Theo tổ")] == [2, 5, 5, 12]


def test_nothing_in_a_workbook_runs(office: ReportDesk, record: dict[str, bytes], tmp_path: Path) -> None:
    office.week(12, tmp_path / "w.xlsx")
    office.year(None, tmp_path / "y.xlsx")
    for name in ("w.xlsx", "y.xlsx"):
        book = load_workbook(tmp_path / name)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
        evil = [cell for cell in cells if str(cell.value).startswith("=HYPERLINK")]
        assert evil and all(cell.quotePrefix for cell in evil)


def test_every_sheet_prints_on_landscape_a4_with_its_header(
    office: ReportDesk, record: dict[str, bytes], tmp_path: Path
) -> None:
    office.year(None, tmp_path / "y.xlsx")
    book = load_workbook(tmp_path / "y.xlsx")
    assert book.sheetnames == [
        "Cả năm",
        "Học kỳ 1",
        "Học kỳ 2",
        "Theo tháng",
        "Theo tuần",
        "Theo tổ",
        "Người duyệt",
        "Thi đua",
        "Định nghĩa",
    ]
    for sheet in book:
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("C6", "$5:$5")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    year = {row["Mã"]: row for row in rows_of(tmp_path / "y.xlsx", 0)}
    assert (year["GV09"]["Phải nộp"], year["GV09"]["Đúng hạn"], year["GV09"]["Chưa nộp"]) == (12, 1, 11)
    assert (year["GV10"]["Phải nộp"], year["GV10"]["Miễn nộp"]) == (11, 1)
    emulation = {row["Họ và tên"]: row for row in rows_of(tmp_path / "y.xlsx", "Thi đua")}["Tạ Thị Loan"]
    assert (emulation["HK1: Phải nộp"], emulation["HK2: Phải nộp"], emulation["Cả năm: Chưa nộp"]) == (
        12,
        0,
        11,
    )
    assert emulation["HK1: Xong phần mình trước giờ dạy"] == 1 / 12
    head = {row["Người duyệt"]: row for row in rows_of(tmp_path / "y.xlsx", "Người duyệt")}
    assert head["Lương Quang Tùng"]["Đang chờ"] == 1


# --- bundles ---------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    """(rows of the list, files by name)"""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    listed = files.pop(zips.LIST_NAME)
    assert listed.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(listed.decode("utf-8-sig")))), files


def test_a_bundle_holds_the_signed_files_as_they_are(
    office: ReportDesk, record: dict[str, bytes], tmp_path: Path
) -> None:
    (made,), left_out = office.bundle(tmp_path / "out", 12, "", "", False)
    assert (made.path.name[-8:], left_out) == ("-T12.zip", 1)
    rows, files = read(made.path)
    by_staff = {row["Mã giáo viên"]: row for row in rows}
    assert by_staff.keys() == {"GV07", "GV08", "GV09"}
    for staff_id, data in record.items():
        row = by_staff[staff_id]
        assert files.pop(row["Tên tệp"]) == data
        assert hashlib.sha256(data).hexdigest() == row["SHA-256"]
        assert row["Người ký"] == "Bùi Thị Tuyết Nga; Lương Quang Tùng"
    assert files == {} and by_staff["GV07"]["Tên tệp"] == ""
    assert by_staff["GV08"]["Họ và tên"].startswith("'=HYPERLINK")


def test_a_bundle_is_cut_where_it_grows_too_large(
    office: ReportDesk, record: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips.write_bundles, "__defaults__", (3_200,))
    made, _ = office.bundle(tmp_path / "out", 12, "", "", False)
    assert [one.path.name[-10:] for one in made] == ["-T12-1.zip", "-T12-2.zip"]
    assert sorted(data for one in made for data in read(one.path)[1].values()) == sorted(record.values())
    assert {row["Nằm trong tệp ZIP số"] for row in read(made[0].path)[0]} == {"1", "2", ""}


def test_group_and_teacher_narrow_it(office: ReportDesk, record: dict[str, bytes], tmp_path: Path) -> None:
    (one,), _ = office.bundle(tmp_path / "a", None, "", "gv-09", False)
    assert one.path.name.endswith("-GV09.zip") and list(read(one.path)[1].values()) == [record["GV09"]]
    assert office.bundle(tmp_path / "b", 12, "tổ 1-2-3", "", False) == ([], 0)


def test_a_damaged_file_stops_the_bundle(
    office: ReportDesk, parts: Parts, record: dict[str, bytes], tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(record["GV09"]).hexdigest()
    parts.desk.files.path(sha256).write_bytes(b"other")
    with pytest.raises(OSError, match=r"KHBD-.*-T12-GV09 is not what the record says"):
        office.bundle(tmp_path / "out", 12, "", "", False)


def test_the_word_about_the_portal_is_kept_with_who_said_it(
    office: ReportDesk, parts: Parts, record: dict[str, bytes], tmp_path: Path
) -> None:
    office.bundle(tmp_path / "out", 12, "", "", True)
    office.bundle(tmp_path / "out", 12, "", "", True)  # said twice: the first word stays
    ((by, _),) = parts.rows("SELECT DISTINCT marked_by, marked_at FROM portal_marks")
    assert by == "office"
    assert len(parts.rows("SELECT * FROM portal_marks")) == 2
    rows, _ = read(office.bundle(tmp_path / "again", 12, "", "", False)[0][0].path)
    assert [bool(row["Đánh dấu đã đưa lên cổng"]) for row in rows] == [False, True, True]
    kinds = [action for (action,) in parts.rows("SELECT action FROM audit")]
    assert (kinds.count("bundle.exported"), kinds.count("portal.marked")) == (3, 2)


# --- in chat: who may ------------------------------------------------------------------------------------

YEAR = week(12).year
FOR_THE_BOARD = [
    WorkbookAsked(YEAR, 12),
    WorkbookAsked(YEAR),
    BundleOffered(YEAR, 12),
    BundleAsked(YEAR, 12),
    PortalMarked(["v"]),
    PortalUnmarked(["v"]),
]


@pytest.mark.parametrize("staff_id", ["GV09", "GV06"])
def test_files_of_the_school_are_for_the_board_only(
    parts: Parts, record: dict[str, bytes], staff_id: str
) -> None:
    origin = parts.link(staff_id, "7")
    for number, event in enumerate(FOR_THE_BOARD):
        unit = parts.unit(f"k{number}", staff_id, origin)
        handle(event, unit)
        unit.commit()
    said = [json.loads(message)["text"] for (message,) in parts.rows("SELECT message FROM outbox")]
    assert said == ["report.not_yours"] * len(FOR_THE_BOARD)
    assert parts.rows("SELECT * FROM portal_marks") == []


def test_the_board_gets_a_picture_of_its_week(parts: Parts, record: dict[str, bytes]) -> None:
    from hoso_bot.domain.report_events import BoardAsked

    unit = parts.unit("k", "HT01", parts.link("HT01", "7"))
    report.show_week(BoardAsked(YEAR, 12), unit)
    unit.commit()
    ((said,),) = parts.rows("SELECT message FROM outbox")
    message = json.loads(said)
    total = message["facts"]["total"]
    assert (total["owed"], total["approved"], total["waiting"], total["exempt"]) == (12, 2, 1, 1)
    assert (total["on_time"], total["late"]) == (2, 1)
    with Image.open(parts.desk.files.path(message["picture"]["sha256"])) as picture:
        assert picture.width == 1080 and 1_000 < picture.height < 2_500
    ((left_over,),) = parts.rows("SELECT payload FROM inbox")
    assert json.loads(left_over)["sha256"] == message["picture"]["sha256"]
