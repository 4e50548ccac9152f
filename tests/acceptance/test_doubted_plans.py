"""A signed file that was damaged on disk stops its plan; `hoso-bot parked retry` gets it going again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot import cli
from hoso_bot.commands import parked
from hoso_bot.domain.signing import SignatureReport
from hoso_bot.ports import Inspector


def damage(path: Path) -> None:
    """One bit on the disk turns; turning it again mends the file."""
    body = bytearray(path.read_bytes())
    body[len(body) // 3] ^= 1
    path.write_bytes(body)


@dataclass
class FailingDisk:
    """Looks at files, but the disk spoils the signed file just before the `at`-th verification."""

    real: Inspector
    at: int
    verified: list[Path] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def verify(self, path: Path, ca_pem: bytes, ours: bool = False) -> SignatureReport:
        self.verified.append(path)
        if len(self.verified) == self.at:
            damage(path)
        return self.real.verify(path, ca_pem, ours)

    @property
    def spoiled(self) -> Path:
        """The file on disk that is damaged now."""
        return self.verified[self.at - 1]


@pytest.fixture
def doubting(make_school: MakeSchool, desk: Desk) -> Iterator[Any]:
    """Makes a running school whose plan of week 13 is doubted after so many signatures."""
    made = []

    def make(signatures: int) -> School:
        school = make_school()
        school.inspector = FailingDisk(school.inspector, signatures)
        school.start()
        made.append(school)
        school.teacher.hands_in(desk.plan(13))
        for leader in (school.head, school.vice)[:signatures]:
            leader.gets_card()
            leader.presses("Ký duyệt")
            leader.presses("Xác nhận")
        school.teacher.hears("tạm dừng: chữ ký vừa tạo")
        school.rests()
        return school

    yield make
    for school in made:
        school.checks()


@pytest.fixture
def looks_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `hoso-bot parked …` on a school, at the school's own time; (exit code, stdout)."""

    def run(school: School, *options: str) -> tuple[int, str]:
        monkeypatch.setattr(parked, "SystemClock", lambda: school.clock)
        monkeypatch.setattr(sys, "argv", ["hoso-bot", "parked", "--home", str(school.home), *options])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        school.rests()
        return int(end.value.code or 0), capsys.readouterr().out

    return run


def finishes(school: School) -> None:
    """The vice-principal signs and the teacher gets a file that verifies."""
    school.vice.gets_card()
    school.vice.approves()
    copy = school.teacher.hears("đã được phê duyệt đủ")
    target = school.home / "copy.pdf"
    target.write_bytes(copy.file())
    ca = school.rows("SELECT ca_pem FROM schools")[0][0]
    assert school.inspector.verify(target, ca).valid


def test_a_file_that_is_whole_again_is_released_and_goes_on(doubting: Any, looks_again: Any) -> None:
    school = doubting(1)
    code, out = looks_again(school)
    assert code == 1 and "-T13-GV09  version 1: a signature failed validation" in out
    damage(school.inspector.spoiled)  # brought back from a backup
    assert looks_again(school, "--retry")[0] == 0
    for person in (school.teacher, school.head, school.vice):
        person.hears("đã kiểm tra lại: chữ ký của Bùi Thị Tuyết Nga hợp lệ, hồ sơ tiếp tục")
    assert school.audited("plan.released") == [{"version": 1, "step": 1}]
    finishes(school)
    assert looks_again(school) == (0, "nothing is parked\n")


def test_a_file_that_stays_damaged_goes_back_to_its_signer_on_a_fresh_copy(
    doubting: Any, looks_again: Any
) -> None:
    school = doubting(1)
    spoiled = school.inspector.spoiled
    evidence = spoiled.read_bytes()
    looks_again(school, "--retry")
    for person in (school.teacher, school.vice):
        person.hears("bị hỏng và đã được giữ lại để đối chứng.*không cần nộp lại")
    school.head.hears("Nhờ Bùi Thị Tuyết Nga xem và ký lại bản sạch")
    assert school.step_states() == ["pending", "waiting"]
    (entry,) = school.audited("plan.given_back")
    assert entry["evidence"] == spoiled.name and entry["problems"] and entry["step"] == 1
    card = school.head.gets_card()
    assert card.sha256 == entry["sha256"] != spoiled.name
    school.head.approves()
    finishes(school)
    assert spoiled.read_bytes() == evidence


def test_only_the_damaged_signature_is_asked_for_again(doubting: Any, looks_again: Any) -> None:
    school = doubting(2)
    (first, _), cards = (
        school.rows("SELECT signed_sha256, state FROM steps ORDER BY number")[0],
        len(school.head.messages()),
    )
    looks_again(school, "--retry")
    school.vice.hears("Nhờ Lương Quang Tùng xem và ký lại")
    assert school.step_states() == ["signed", "pending"]
    assert school.rows("SELECT current_sha256 FROM versions") == [(first,)]
    assert len(school.head.messages()) == cards
    finishes(school)


def test_when_the_earlier_file_is_damaged_too_everybody_signs_a_fresh_copy(
    doubting: Any, looks_again: Any
) -> None:
    school = doubting(2)
    damage(school.inspector.verified[0])
    looks_again(school, "--retry")
    school.head.hears("chữ ký của Bùi Thị Tuyết Nga, Lương Quang Tùng bị hỏng")
    assert school.step_states() == ["pending", "waiting"]
    school.head.gets_card()
    school.head.approves()
    finishes(school)


def test_without_any_whole_file_the_plan_waits_for_a_backup(doubting: Any, looks_again: Any) -> None:
    school = doubting(1)
    ((original,),) = school.rows("SELECT original_sha256 FROM versions")
    damage(school.app.desk.files.path(original))
    looks_again(school, "--retry")
    school.vice.hears("vẫn tạm dừng.*khôi phục tệp từ bản sao lưu")
    assert school.rows("SELECT state FROM plans") == [("doubted",)]
    damage(school.app.desk.files.path(original))
    looks_again(school, "--retry")
    school.head.gets_card()
