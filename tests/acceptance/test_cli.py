"""The command line: the contract other people's scripts call."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from tests.plans_to_send import Desk

from hoso_bot import cli

HEADER = "Mã,Họ và tên,Chức vụ,Tổ,Lớp,Môn,Số tiết/tuần,Điện thoại"
LOAN = "GV01,Nguyễn Thị Loan,Giáo viên,Tổ 1,1A,Toán,23,0900000001"
NGA = "GV02,Trần Thị Nga,Tổ trưởng,Tổ 1,1B,Toán,20,0900000002"

Hoso = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hoso(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hoso:
    """Runs one command as the installed program would; (exit code, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hoso-bot", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """The sample school, its week table that of the tests' year."""
    target = tmp_path / "school"
    shutil.copytree(template, target)
    return target


def roster(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "staff.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


# --- init ----------------------------------------------------------------------------------------


def test_init_makes_a_school_folder_nobody_else_can_read(hoso: Hoso, tmp_path: Path) -> None:
    code, out, _ = hoso("init", tmp_path / "school", "--name", "Trường Tiểu học Sen Hồng")
    assert code == 0
    key = (tmp_path / "school/master.key").read_text(encoding="ascii").strip()
    assert key in out
    for name in ("hoso.toml", "hoso.db", "master.key"):
        assert (tmp_path / "school" / name).exists()
    assert stat.S_IMODE((tmp_path / "school/master.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "school").stat().st_mode) == 0o700


def test_init_never_touches_a_school_that_is_there(hoso: Hoso, home: Path) -> None:
    before = {path: path.read_bytes() for path in home.iterdir() if path.is_file()}
    code, _, err = hoso("init", home)
    assert code == 2 and "holds a school already" in err
    assert {path: path.read_bytes() for path in before} == before


def test_init_where_nothing_can_be_written_says_so(hoso: Hoso, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, _, err = hoso("init", tmp_path / "file" / "school")
    assert code == 2 and "cannot write" in err


def test_a_new_school_can_be_worked_with_at_once(hoso: Hoso, tmp_path: Path) -> None:
    school = tmp_path / "school"
    hoso("init", school)
    code, out, _ = hoso("staff", "import", roster(tmp_path, LOAN, NGA), "--home", school)
    assert (code, out.strip()) == (0, "2 people listed, 2 new, 0 left.")
    code, out, _ = hoso("calendar", "show", "--json", "--home", school)
    assert code == 0 and len(json.loads(out)) == 35
    assert hoso("audit", "verify", "--home", school)[0] == 0


# --- staff ---------------------------------------------------------------------------------------


def test_importing_again_updates(hoso: Hoso, home: Path, tmp_path: Path) -> None:
    hoso("staff", "import", roster(tmp_path, LOAN, NGA), "--home", home)
    code, out, _ = hoso("staff", "import", roster(tmp_path, LOAN.replace("Loan", "Hoan")), "--home", home)
    assert (code, out.strip()) == (0, "1 people listed, 0 new, 1 left.")
    invited = json.loads(hoso("staff", "invite", "--json", "--home", home)[1])
    assert [p["name"] for p in invited] == ["Nguyễn Thị Hoan"]


def test_a_workbook_works_like_csv(hoso: Hoso, home: Path, tmp_path: Path) -> None:
    book = Workbook()
    for row in (HEADER, LOAN, NGA):
        book.active.append(row.split(","))
    book.save(tmp_path / "staff.xlsx")
    code, out, _ = hoso("staff", "import", tmp_path / "staff.xlsx", "--home", home)
    assert code == 0 and "2 people listed" in out


def test_a_bad_row_is_named_and_nothing_is_imported(hoso: Hoso, home: Path, tmp_path: Path) -> None:
    wrong = NGA.replace("Tổ trưởng", "Sếp")
    code, _, err = hoso("staff", "import", roster(tmp_path, LOAN, wrong), "--home", home)
    assert code == 1
    assert "3" in err and "Chức vụ" in err and "Tổ trưởng" in err
    assert "Nothing was imported." in err
    assert len(json.loads(hoso("staff", "invite", "--json", "--home", home)[1])) == 14


@pytest.mark.parametrize("name", ["missing.csv", "staff.docx"])
def test_a_file_that_is_no_list_is_refused(hoso: Hoso, home: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "staff.docx").write_bytes(b"PK")
    code, _, err = hoso("staff", "import", tmp_path / name, "--home", home)
    assert code == 1 and "Nothing was imported." in err


def test_invitations_as_json(hoso: Hoso, home: Path) -> None:
    code, out, _ = hoso("staff", "invite", "--json", "--home", home)
    invites = json.loads(out)
    assert code == 0
    assert {frozenset(i) for i in invites} == {frozenset({"staff_id", "name", "code", "telegram_link"})}
    assert all(len(i["code"]) >= 22 and i["telegram_link"] is None for i in invites)
    assert len({i["code"] for i in invites}) == 14


def test_links_appear_once_the_bots_name_is_known(
    hoso: Hoso, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSO_TELEGRAM__USERNAME", "hoso_bot")
    (invite,) = json.loads(hoso("staff", "invite", "GV09", "--json", "--home", home)[1])
    assert invite["telegram_link"] == f"https://t.me/hoso_bot?start={invite['code']}"


def test_a_sheet_to_print(hoso: Hoso, home: Path, tmp_path: Path) -> None:
    code, _, _ = hoso("staff", "invite", "--pdf", tmp_path / "sheet.pdf", "--home", home)
    assert code == 0
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF")


def test_inviting_nobody_there_is_refused(hoso: Hoso, home: Path) -> None:
    code, _, err = hoso("staff", "invite", "GV99", "--home", home)
    assert code == 1 and "GV99" in err


# --- calendar, audit -----------------------------------------------------------------------------


def test_the_calendar_as_json(hoso: Hoso, tmp_path: Path) -> None:
    hoso("init", tmp_path / "school")
    weeks = json.loads(hoso("calendar", "show", "--json", "--home", tmp_path / "school")[1])
    assert [w["week"] for w in weeks] == list(range(1, 36))
    assert weeks[0].keys() == {"week", "first", "last", "deadline"}
    assert all(w["deadline"][:10] < w["first"] <= w["last"] for w in weeks)


def test_the_log_of_a_school_verifies(hoso: Hoso, home: Path) -> None:
    code, out, _ = hoso("audit", "verify", "--home", home)
    assert code == 0 and "chain intact, head " in out


def test_a_changed_log_is_found(hoso: Hoso, home: Path) -> None:
    with sqlite3.connect(home / "hoso.db") as connection:
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE number = 2")
    connection.close()
    code, out, _ = hoso("audit", "verify", "--home", home)
    assert code == 1 and "entry 2 was changed" in out


# --- check ---------------------------------------------------------------------------------------

CHECK_KEYS = {"ok", "weeks", "classes", "pages", "text_layer", "encodings", "lessons", "findings"}


def checked(hoso: Hoso, *arguments: object) -> tuple[int, dict[str, Any]]:
    code, out, _ = hoso("check", *arguments, "--json")
    found = json.loads(out)
    assert found.keys() == CHECK_KEYS
    for finding in found["findings"]:
        assert finding.keys() == {"code", "severity", "pages", "message"}
        assert finding["severity"] in ("block", "hint")
    return code, found


def test_check_of_a_good_plan(hoso: Hoso, desk: Desk) -> None:
    code, found = checked(hoso, desk.plan(13))
    assert (code, found["ok"], found["weeks"], found["classes"]) == (0, True, [13], ["5B"])
    assert found["text_layer"] and found["pages"] >= 1 and found["lessons"] == 1


def test_check_of_a_blocked_file(hoso: Hoso, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(desk.locked())
    code, found = checked(hoso, tmp_path / "x.pdf")
    assert (code, found["ok"]) == (1, False)
    assert "mật khẩu" in found["findings"][0]["message"]


def test_check_uses_the_name_the_teacher_gave(hoso: Hoso, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(desk.without_week())
    assert checked(hoso, tmp_path / "x.pdf")[1]["weeks"] == []
    assert checked(hoso, tmp_path / "x.pdf", "--name", "KHBD tuần 13.pdf")[1]["weeks"] == [13]


def test_check_without_a_file_cannot_run(hoso: Hoso, tmp_path: Path) -> None:
    code, _, err = hoso("check", tmp_path / "nothing.pdf", "--json")
    assert code == 2 and "no file" in err


def test_check_for_people_says_the_same(hoso: Hoso, desk: Desk, tmp_path: Path) -> None:
    assert hoso("check", desk.plan(13))[1].startswith("OK")
    (tmp_path / "x.pdf").write_bytes(b"")
    assert hoso("check", tmp_path / "x.pdf")[1].startswith("BLOCKED")


# --- verify, run ---------------------------------------------------------------------------------


def test_verify_of_an_unsigned_plan(hoso: Hoso, home: Path, desk: Desk) -> None:
    code, out, _ = hoso("verify", desk.plan(13), "--home", home, "--json")
    found = json.loads(out)
    assert code == 1
    assert found.keys() == {"valid", "signatures", "known", "problems"}
    assert (found["valid"], found["signatures"], found["known"]) == (False, [], False)


def test_verify_without_school_or_ca_cannot_run(hoso: Hoso, desk: Desk) -> None:
    code, _, err = hoso("verify", desk.plan(13))
    assert code == 2 and "HOSO_HOME" in err


def test_commands_need_a_school(hoso: Hoso) -> None:
    for command in (("calendar", "show"), ("audit", "verify"), ("run",), ("staff", "invite")):
        code, _, err = hoso(*command)
        assert code == 2 and "give --home DIR or set HOSO_HOME" in err


def installed(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The installed program itself, in a process of its own."""
    program = Path(sys.executable).with_name("hoso-bot")
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def test_run_without_a_token_says_which_setting_is_missing(home: Path) -> None:
    done = installed("run", "--home", home)
    assert done.returncode == 2
    assert "set HOSO_TELEGRAM__TOKEN" in done.stderr.splitlines()[-1]


def test_the_installed_program_answers_without_a_traceback(tmp_path: Path) -> None:
    done = installed("check", tmp_path / "none.pdf")
    assert done.returncode == 2
    assert done.stderr.startswith("hoso-bot: no file")
    assert "Traceback" not in done.stderr


# --- signers' keys under a PIN -------------------------------------------------------------------


@pytest.fixture
def own_pins(hoso: Hoso, tmp_path: Path) -> tuple[Path, str]:
    """A new school, and the office passphrase `init` showed."""
    code, out, _ = hoso("init", tmp_path / "school")
    assert code == 0
    shown = re.search(r"(\w{5}-){3}\w{5}", out)
    assert shown and shown[0] not in (tmp_path / "school/hoso.toml").read_text(encoding="utf-8")
    return tmp_path / "school", shown[0]


def test_without_the_passphrase_nobody_gets_a_certificate(
    hoso: Hoso, own_pins: tuple[Path, str], tmp_path: Path
) -> None:
    home, passphrase = own_pins
    code, _, err = hoso("staff", "import", roster(tmp_path, LOAN, NGA), "--home", home)
    assert code == 0 and "No certificate yet: GV02" in err
    code, _, err = hoso("staff", "enrol", "--home", home, "--passphrase", "wrong")
    assert code == 2 and "office passphrase" in err
    code, out, err = hoso("staff", "enrol", "--home", home, "--passphrase", passphrase)
    assert (code, out.strip(), err) == (0, "1 certificates made", "")
    assert hoso("staff", "enrol", "--home", home)[1].strip() == "0 certificates made"


def test_a_signer_who_forgot_the_pin_gets_a_new_key(
    hoso: Hoso, own_pins: tuple[Path, str], tmp_path: Path
) -> None:
    home, passphrase = own_pins
    hoso("staff", "import", roster(tmp_path, LOAN, NGA), "--home", home, "--passphrase", passphrase)
    assert hoso("staff", "enrol", "GV02", "--home", home)[0] == 2
    code, out, _ = hoso("staff", "enrol", "GV02", "--home", home, "--passphrase", passphrase)
    assert code == 0 and "GV02" in out
    assert hoso("staff", "unlock", "GV02", "--home", home)[0] == 0
    assert hoso("staff", "unlock", "GV01", "--home", home)[0] == 1


def test_a_made_up_school_is_ready_for_pins(hoso: Hoso, tmp_path: Path) -> None:
    code, out, _ = hoso("init", tmp_path / "school", "--sample", "--passphrase", "một câu của văn phòng")
    assert code == 0 and "custody      pin" in out and "một câu" not in out
    code, out, _ = hoso("doctor", "--home", tmp_path / "school")
    assert "ok   every approver has a certificate" in out and "is under the office passphrase" in out
    assert "no PIN yet, the first approval asks for it: " in out


@pytest.fixture
def silent(home: Path) -> Path:
    """A school made before `init` wrote its custody down."""
    config = (home / "hoso.toml").read_text(encoding="utf-8")
    assert 'custody = "server"' in config
    (home / "hoso.toml").write_text(config.replace("custody =", "# custody ="), encoding="utf-8")
    return home


def test_a_school_from_before_goes_on_as_it_was_until_somebody_chooses(hoso: Hoso, silent: Path) -> None:
    assert hoso("staff", "enrol", "--home", silent) == (0, "0 certificates made\n", "")
    assert "FIX  hoso.toml does not say who opens signers' keys" in hoso("doctor", "--home", silent)[1]
    code, out, err = hoso("staff", "enrol", "--home", silent, "--passphrase", "một câu của văn phòng")
    assert (code, err) == (0, "") and "chooses a PIN" in out and "6 certificates made" in out
    found = hoso("doctor", "--home", silent)[1]
    assert "is under the office passphrase" in found and "no PIN yet" in found


def test_a_school_that_chose_the_servers_custody_keeps_an_open_authority(hoso: Hoso, home: Path) -> None:
    code, out, _ = hoso("staff", "enrol", "--home", home, "--passphrase", "một câu của văn phòng")
    assert (code, out) == (0, "0 certificates made\n")
    assert "ok   custody server" in hoso("doctor", "--home", home)[1]


def test_a_wrong_custody_is_named_before_anything_is_made(
    hoso: Hoso, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSO_SIGNING__CUSTODY", "nobody")
    code, _, err = hoso("init", tmp_path / "school")
    assert code == 2 and "signing.custody" in err and not (tmp_path / "school").exists()


def test_a_school_moves_from_the_servers_custody_to_pins(
    hoso: Hoso, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSO_SIGNING__CUSTODY", "pin")
    code, out, _ = hoso("staff", "enrol", "--home", home, "--passphrase", "một câu của văn phòng")
    assert code == 0 and "under the office passphrase" in out and "0 certificates" not in out
    assert hoso("staff", "enrol", "GV06", "--home", home)[0] == 2
