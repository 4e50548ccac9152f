"""`hoso-bot staff certificate`: the office registers what another authority issued, and takes it back."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.fakes.foreign_authority import DER, ForeignAuthority, written

from hoso_bot import cli
from hoso_bot.clock import SystemClock
from hoso_bot.doctor import _outside
from hoso_bot.office import Office
from hoso_bot.settings import load

AUTHORITY = ForeignAuthority()


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    target = tmp_path / "school"
    shutil.copytree(template, target)
    return target


def staff(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path, *words: object
) -> tuple[int, str, str]:
    """One `hoso-bot staff certificate …`: exit code, stdout, stderr."""
    command = ["hoso-bot", "staff", "certificate", *map(str, words), "--home", str(home)]
    monkeypatch.setattr(sys, "argv", command)
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_registered_listed_refused_and_taken_back(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> tuple[int, str, str]:
        return staff(monkeypatch, capsys, home, *words)

    head = AUTHORITY.certifies("BUI THI TUYET NGA")
    card = written(tmp_path, "nga.cer", head.certificate.public_bytes(DER))
    code, _, says = run("GV06", card)
    assert code == 1 and "--chain FILE" in says
    chain = written(tmp_path, "ca.pem", AUTHORITY.below.pem())
    code, out, says = run("GV06", card, "--chain", chain)
    assert (code, says) == (0, "") and f"own tool\t{AUTHORITY.name}\tuntil 2045-01-01" in out
    code, _, says = run("PHT01", written(tmp_path, "nga.p7b", head.p7b()))
    assert code == 1 and "registered to GV06 already" in says
    code, _, says = run("GV09", card, "--chain", chain)
    assert code == 1 and "only approvers sign" in says
    assert doctor_says(home) == [
        f"Bùi Thị Tuyết Nga signs with a certificate of {AUTHORITY.name}, good until 2045-01-01"
    ]
    code, out, _ = run("GV06", "--remove")
    assert code == 0 and "by this server" in out
    assert run("GV06", card, "--chain", chain)[0] == 0  # the same one again
    _, out, _ = run()
    assert out.count("own tool") == 1 and out.count("by this server") == len(out.splitlines()) - 1


def test_another_name_on_the_certificate_is_said(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = written(tmp_path, "other.p7b", AUTHORITY.certifies("Đỗ Quốc Vượng").p7b())
    code, _, says = staff(monkeypatch, capsys, home, "GV06", other)
    assert code == 0 and "names “Đỗ Quốc Vượng”" in says


def doctor_says(home: Path) -> list[str]:
    office = Office(load(home), SystemClock())
    try:
        return [finding.what for finding in _outside(office)]
    finally:
        office.close()
