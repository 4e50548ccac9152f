"""The office's commands about a school year, in the office's own words."""

from __future__ import annotations

import io
import json
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FakeClock
from tests.school import NOW

from hoso_bot import cli
from hoso_bot.domain.calendar import VN, school_year
from hoso_bot.founding import init
from hoso_bot.school_year import SchoolYear
from hoso_bot.settings import Settings

ROSTER = Path(__file__).parents[2] / "src/hoso_bot/sample/roster.csv"
YEAR = school_year(datetime.now(VN).date())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truong") / "school"
    says(folder, "init", str(folder))
    says(folder, "staff", "import", str(ROSTER))
    return folder


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run(home: Path, *words: str) -> Done:
    """One command as the installed program would run it, on a machine far from Vietnam."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["hoso-bot", *words])
        patch.setenv("HOSO_HOME", str(home))
        patch.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
    time.tzset()
    return Done(code, out.getvalue(), err.getvalue())


def says(home: Path, *words: str) -> str:
    done = run(home, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refuses(home: Path, *words: str) -> str:
    done = run(home, *words)
    assert done.returncode in (1, 2), done.stdout
    return done.stderr


def weeks(home: Path) -> dict[int, dict[str, str]]:
    rows: list[dict[str, Any]] = json.loads(says(home, "calendar", "show", "--json"))
    return {row["week"]: row for row in rows}


def audited(home: Path, action: str) -> int:
    desk = SchoolYear(Settings(home=home), FakeClock(NOW))
    try:
        with desk.db.read() as connection:
            query = "SELECT count(*) FROM audit WHERE action = ?"
            return int(connection.exec_driver_sql(query, (action,)).scalar_one())
    finally:
        desk.close()


# --- the calendar --------------------------------------------------------------------------------------


def test_calendar_show_keeps_its_contract(home: Path) -> None:
    rows = json.loads(says(home, "calendar", "show", "--json", "--year", "2023-2024"))
    assert len(rows) == 35
    assert rows[3] == {"week": 4, "first": "2023-09-25", "last": "2023-09-29", "deadline": "2023-09-24"}


def test_a_skipped_week_moves_on_and_is_reported(home: Path) -> None:
    before = weeks(home)
    report = says(home, "calendar", "skip", before[30]["first"], before[30]["last"])
    after = weeks(home)
    assert "6 weeks changed" in report and f"-> {before[31]['first']}" in report
    assert after[30]["first"] == before[31]["first"] and after[29] == before[29]
    assert audited(home, "calendar.changed") == 1


def test_set_week_takes_days_in_any_order(home: Path) -> None:
    week = weeks(home)[33]
    saturday = date.fromisoformat(week["last"]) + timedelta(days=1)
    report = says(
        home, "calendar", "set-week", "33", "--days", f"{saturday},{week['first']}", "--label", "bù"
    )
    assert "week 33" in report and "1 weeks changed" in report
    assert weeks(home)[33]["last"] == saturday.isoformat()
    assert "bù" in says(home, "calendar", "show")
    again = says(home, "calendar", "set-week", "33", "--days", f"{saturday},{week['first']}")
    assert "nothing was changed" in again


def test_wrong_calendar_words_are_refused(home: Path) -> None:
    table = weeks(home)
    assert "belongs to week 11" in refuses(home, "calendar", "set-week", "10", "--days", table[11]["first"])
    assert "is not a date" in refuses(home, "calendar", "skip", "05/02/2027")
    assert "is before" in refuses(home, "calendar", "skip", table[11]["last"], table[11]["first"])
    assert "at least one day" in refuses(home, "calendar", "set-week", "10", "--days", ",")
    assert "not a school year" in refuses(home, "calendar", "show", "--year", "2026")


def test_new_year_prepares_once(home: Path) -> None:
    start = int(YEAR[:4]) + 1
    year = f"{start}-{start + 1}"
    assert "prepared: weeks 1–35" in says(home, "new-year", "--year", year)
    assert "nothing changed" in says(home, "new-year", "--year", year)
    assert audited(home, "year.prepared") == 1


def test_new_year_without_a_name_is_the_year_ahead(tmp_path: Path) -> None:
    """Before August the next year, with its own default table; the effective week is not carried over."""
    clock = FakeClock(datetime(2027, 6, 10, tzinfo=VN))
    init(tmp_path / "s", "Trường", FakeClock(datetime(2026, 9, 1, tzinfo=VN)))
    (tmp_path / "s/hoso.toml").write_text("[rules]\neffective_week = 4\nopen_weeks = 3\n")
    desk = SchoolYear(Settings(home=tmp_path / "s", rules={"effective_week": 4, "open_weeks": 3}), clock)
    done = desk.new_year()
    rules = desk.school.rules(done.weeks[0], desk.default_rules())
    desk.close()
    assert (done.year, len(done.weeks), done.made) == ("2027-2028", 35, True)
    assert (rules.effective_week, rules.open_weeks) == (1, 3)


# --- who owes what -----------------------------------------------------------------------------------------


def test_expected_lists_everybody_with_lessons(home: Path) -> None:
    found = json.loads(says(home, "expected", "20", "--json"))
    assert len(found["owed"]) == 13 and "NV01" not in found["owed"]
    assert found["missing"] == found["owed"]
    assert {"HT01", "PHT01"} <= set(found["owed"])  # R6
    assert "NV01" in found["unlinked"]  # R5
    assert "13 owed, 0 handed in, 13 missing" in says(home, "expected", "20")


def test_an_exemption_and_its_undoing(home: Path) -> None:
    assert "is exempt from week 21, 22" in says(
        home, "staff", "exempt", "gv09", "--week", "21", "--week", "22", "--reason", "nghỉ thai sản"
    )
    found = json.loads(says(home, "expected", "21", "--json"))
    assert found["exempt"] == ["GV09"] and "GV09" not in found["owed"]
    says(home, "staff", "exempt", "GV09", "--week", "21", "--undo")
    assert json.loads(says(home, "expected", "21", "--json"))["exempt"] == []
    assert json.loads(says(home, "expected", "22", "--json"))["exempt"] == ["GV09"]


def test_wrong_exemptions_are_refused(home: Path) -> None:
    assert "nobody has" in refuses(home, "staff", "exempt", "GV77", "--week", "21", "--reason", "nghỉ ốm")
    assert "needs a reason" in refuses(home, "staff", "exempt", "GV08", "--week", "21")
    assert "no week 77" in refuses(home, "staff", "exempt", "GV08", "--week", "77", "--reason", "nghỉ ốm")
    assert "is not exempt" in refuses(home, "staff", "exempt", "GV08", "--week", "21", "--undo")
    assert "no week 77" in refuses(home, "expected", "77")


# --- rules and registers -----------------------------------------------------------------------------------


def test_rules_are_set_from_a_day_on_and_shown(home: Path) -> None:
    start = weeks(home)[32]["first"]
    said = says(home, "rules", "set", "open_weeks=3", "deadline=21:00", "--from", start, "--note", "Họp HĐ")
    assert "open_weeks: 2 -> 3" in said and f"In force from {start}" in said
    shown = says(home, "rules", "show")
    assert f"from {start} ({YEAR}): effective_week=1 open_weeks=3 deadline=21:00" in shown
    assert "Họp HĐ; read by 0 of 0 linked people" in shown
    table = says(home, "calendar", "show").splitlines()
    assert "21:00:00" in table[31] and "23:59:59" in table[30]
    assert "in force already" in refuses(home, "rules", "set", "open_weeks=3", "--from", start, "--note", "")


def test_a_rule_nobody_knows_is_refused(home: Path) -> None:
    assert "known rules are" in refuses(home, "rules", "set", "x=1", "--from", "2027-01-11", "--note", "")
    assert "expected one of teacher, class, subject" in refuses(home, "rules", "set", "unit=grade")
    past = "2024-09-09"
    assert "can only count from today on" in refuses(home, "rules", "set", "unit=class", "--from", past)


def test_a_plan_a_class(tmp_path: Path) -> None:
    """From the next week that begins; what --json tells then."""
    school = tmp_path / "school"
    says(school, "init", str(school))
    says(school, "staff", "import", str(ROSTER))
    assert "unit: teacher -> class" in says(school, "rules", "set", "unit=class")
    today = datetime.now(VN).date().isoformat()
    ahead = [number for number, row in weeks(school).items() if row["first"] >= today]
    if not ahead:
        return  # between two school years
    found = json.loads(says(school, "expected", str(ahead[0]), "--json"))
    mine = [line["part"] for line in found["people"] if line["staff_id"] == "GV10"]
    assert (found["unit"], mine) == ("class", ["3A", "4A", "4B", "5A", "5B"])
    assert len(found["owed"]) == len(found["missing"]) == 13 and found["handed_in"] == []
    assert "(Tổ 4-5)  4B" in says(school, "expected", str(ahead[0]))


def test_a_register_needs_a_document_and_can_be_closed(home: Path) -> None:
    assert "number of the document" in refuses(
        home, "register", "open", "KHDH", "--name", "Kế hoạch dạy học", "--document", " "
    )
    says(home, "register", "open", "KHDH", "--name", "Kế hoạch dạy học", "--document", "15/HD")
    assert "KHDH      open    Kế hoạch dạy học (15/HD" in says(home, "register", "list")
    says(home, "register", "close", "khdh")
    assert "KHDH      closed" in says(home, "register", "list")
    assert "is not open" in refuses(home, "register", "close", "KHDH")
    assert "always open" in refuses(home, "register", "close", "KHBD")


def test_everything_is_in_the_audit_log(home: Path) -> None:
    assert "chain intact" in says(home, "audit", "verify")


# --- reports ---------------------------------------------------------------------------------------------


def test_reports_and_exports_at_the_command_line(home: Path, tmp_path: Path) -> None:
    sheet = str(tmp_path / "w.xlsx")
    assert "13 plans owed" in says(home, "report", "week", "12", "--xlsx", sheet)
    assert YEAR in says(home, "report", "year", "--xlsx", str(tmp_path / "y.xlsx"))
    assert "0 approved plans written" in says(home, "export", str(tmp_path / "zip"), "--week", "12")
    assert "no week 99" in refuses(home, "report", "week", "99", "--xlsx", sheet)
    assert "not a school year" in refuses(home, "report", "year", "--year", "2026", "--xlsx", sheet)
    assert "No such file" in refuses(home, "report", "week", "12", "--xlsx", str(tmp_path / "no" / "w.xlsx"))
    assert "give --week N or --teacher" in refuses(home, "export", str(tmp_path))
    assert "no group Toán" in refuses(home, "export", str(tmp_path), "--week", "12", "--group", "Toán")
    assert audited(home, "report.exported") == 2 and audited(home, "bundle.exported") == 0
