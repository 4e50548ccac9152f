"""Cases of R41 in the database: guards, the one count of records, kept documents, the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader
from tests.parts import Parts
from tests.school import NOW, week

from hoso_bot import cli
from hoso_bot.casework.violation_desk import make_papers, read_sheet
from hoso_bot.domain.calendar import VN, school_year
from hoso_bot.domain.errors import Conflict
from hoso_bot.domain.violation import Answer, Case, Details, Kind, Line, State
from hoso_bot.settings import SCHOOL_ID
from hoso_bot.store.backup_sources import source_of
from hoso_bot.store.commit import Changes, commit
from hoso_bot.store.db import moment
from hoso_bot.store.references import is_needed
from hoso_bot.store.violations import Violations
from hoso_bot.unit_of_work import UnitOfWork

TODAY = NOW.astimezone(VN).date()
YEAR = school_year(TODAY)
SAID = Details("Tiết 2", "5B", "Toán", conclusion="Đã xem xét.", remedy="", remedy_by="", number="")


@pytest.fixture
def store(parts: Parts) -> Violations:
    return Violations(parts.db)


def case(parts: Parts, number: int = 1, staff_id: str = "GV09", **more: object) -> Case:
    teacher, opener = parts.staff(staff_id), parts.staff("PHT01")
    made = Case(f"case{number}", number, YEAR, teacher.id, opener.id, NOW, day=TODAY, week=12, details=SAID)
    return replace(made, kind=Kind.UNAPPROVED, **more)  # type: ignore[arg-type]


def write(parts: Parts, *statements: object) -> None:
    commit(parts.db, moment(NOW), Changes(statements=list(statements)))


def unit(parts: Parts) -> UnitOfWork:
    return UnitOfWork(parts.desk, "test", None, parts.staff("PHT01"))


def test_what_was_written_comes_back(parts: Parts, store: Violations) -> None:
    kept = case(
        parts,
        state=State.EXPLAINED,
        answer=Answer.CHAT,
        answered_at=NOW,
        invited_at=NOW,
        explain_by=NOW + timedelta(days=2),
        sheet={"plans": [], "made_at": NOW.isoformat()},
    )
    write(parts, store.add(kept))
    assert store.get("case1") == kept and store.about(kept.person_id) == [kept]
    assert store.next_number(YEAR) == 2 and store.next_number("2030-2031") == 1


def test_who_comes_second_changes_nothing(parts: Parts, store: Violations) -> None:
    draft = case(parts)
    write(parts, store.add(draft))
    write(parts, store.change(draft, replace(draft, state=State.INVITED)))
    with pytest.raises(Conflict):
        write(parts, store.change(draft, replace(draft, state=State.DROPPED)))
    assert store.get("case1").state is State.INVITED and store.get("case1").version == 2


def test_two_cases_never_share_a_number(parts: Parts, store: Violations) -> None:
    write(parts, store.add(case(parts)))
    with pytest.raises(Conflict):
        write(parts, store.add(replace(case(parts), id="another")))


def test_only_records_that_stand_are_counted_by_the_day_of_the_lesson(
    parts: Parts, store: Violations
) -> None:
    monday = TODAY - timedelta(days=2)
    rows = [
        case(parts, 1, state=State.RECORDED),
        case(parts, 2, state=State.RECORDED, day=monday),
        case(parts, 3, "GV08", state=State.RECORDED),
        *(case(parts, 10 + n, state=state) for n, state in enumerate(State) if state is not State.RECORDED),
    ]
    write(parts, *(store.add(row) for row in rows))
    one, other = parts.staff("GV09").id, parts.staff("GV08").id
    assert store.confirmed(monday, TODAY) == {one: 2, other: 1}
    assert store.confirmed(TODAY, TODAY) == {one: 1, other: 1}
    assert store.confirmed(TODAY + timedelta(days=1), TODAY + timedelta(days=9)) == {}


def test_a_dropped_draft_is_gone(parts: Parts, store: Violations) -> None:
    write(parts, store.add(case(parts, state=State.DROPPED)))
    assert store.all() == []
    with pytest.raises(LookupError):
        store.get("case1")


def test_pieces_of_an_explanation_keep_their_order_and_their_words(parts: Parts, store: Violations) -> None:
    kept = case(parts)
    words = ["Một 🙏", "Hai\n  thụt vào", "Ba"]
    lines = [Line(f"l{n}", NOW + timedelta(seconds=n), "who", text) for n, text in enumerate(words)]
    write(parts, store.add(kept), *(store.add_line(kept, line) for line in lines))
    assert [line.text for line in store.lines(kept.id)] == words
    write(parts, store.remove_line(kept, "l1"))
    assert [line.text for line in store.lines(kept.id)] == ["Một 🙏", "Ba"]


def recorded(parts: Parts, store: Violations) -> Case:
    """A record whose documents are kept."""
    uow = unit(parts)
    kept = case(parts, invited_at=NOW, explain_by=NOW, decided_by=parts.staff("PHT01").id, decided_at=NOW)
    kept = replace(kept, sheet=read_sheet(kept, uow), state=State.RECORDED)
    uow.change(uow.violations.add(kept))
    make_papers(kept, uow)
    uow.commit()
    return kept


def test_documents_and_pictures_stay_and_go_into_backups(parts: Parts, store: Violations) -> None:
    kept = recorded(parts, store)
    papers = store.papers(kept.id)
    assert papers
    picture = Line("l1", NOW, "who", "", "anh.jpg", "9" * 64)
    write(parts, store.add_line(kept, picture))
    for sha256 in (papers.docx_sha256, papers.pdf_sha256, "9" * 64):
        assert is_needed(parts.db, sha256)
        assert sha256 in source_of(parts.db.url, SCHOOL_ID).named_files()


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["hoso-bot", *map(str, words)])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def test_the_office_lists_and_exports_at_the_command_line(
    parts: Parts,
    store: Violations,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = recorded(parts, store)
    write(parts, store.add(case(parts, 2, "GV08", state=State.DRAFT)))
    home = ("--home", parts.home)
    code, listed = run(capsys, monkeypatch, "violation", "list", *home)
    assert code == 0 and kept.code in listed and "GV08" in listed
    docx, pdf = tmp_path / "b.docx", tmp_path / "b.pdf"
    code, shown = run(
        capsys, monkeypatch, "violation", "show", kept.code, "--docx", docx, "--pdf", pdf, *home
    )
    assert code == 0 and "recorded" in shown and str(pdf) in shown
    assert any("Kết luận" in line.text for line in Document(str(docx)).paragraphs)
    assert "BIÊN BẢN" in PdfReader(pdf).pages[0].extract_text()
    code, data = run(capsys, monkeypatch, "violation", "show", kept.code.lower(), "--json", *home)
    assert code == 0 and json.loads(data)["staff_id"] == "GV09"
    code, refused = run(capsys, monkeypatch, "violation", "show", "VV-9999-99", *home)
    assert code == 1 and "no case" in refused
    draft = kept.code.replace("-01", "-02")
    code, refused = run(capsys, monkeypatch, "violation", "show", draft, "--pdf", pdf, *home)
    assert code == 1 and "has no document" in refused
    log = parts.rows("SELECT action FROM audit WHERE actor = 'office' AND action LIKE 'violation.%'")
    assert [action for (action,) in log][:3] == ["violation.listed", "violation.read", "violation.exported"]


def test_the_invitation_can_be_printed_at_the_command_line(
    parts: Parts,
    store: Violations,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = case(parts, state=State.INVITED, invited_at=NOW, explain_by=NOW + timedelta(days=2))
    asked = replace(asked, sheet=read_sheet(asked, unit(parts)))
    write(parts, store.add(asked))
    pdf = tmp_path / "moi.pdf"
    code, _ = run(capsys, monkeypatch, "violation", "show", asked.code, "--pdf", pdf, "--home", parts.home)
    text = PdfReader(pdf).pages[0].extract_text()
    assert code == 0 and "GIẤY MỜI GIẢI TRÌNH" in text and "vi phạm" not in text.lower()
    assert len(PdfReader(pdf).pages) == 1 and week(12).number == 12
