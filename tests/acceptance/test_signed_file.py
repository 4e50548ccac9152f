"""The file the teacher gets at the end, judged by us and by somebody else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.integration.signing_parts import pdfsig
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.pdf.keys import create_authority
from hoso_bot.store.school import School as Record


@dataclass(frozen=True)
class Outcome:
    """One plan's way through the school, looked at by several tests."""

    school: School
    original: bytes
    review: bytes
    after_head: bytes
    signed: Path
    ca: Path


@pytest.fixture(scope="module")
def outcome(
    make_any_school: MakeSchool, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    """A twelve-page plan, approved by head and vice-principal; the school does not run any more."""
    school, folder = make_any_school(), tmp_path_factory.mktemp("outcome")
    school.start()
    original = desk.plan(13, lessons=12)
    school.teacher.hands_in(original)
    review = school.head.gets_card().file()
    school.head.approves()
    after_head = school.vice.gets_card().file()
    school.vice.approves()
    signed, ca = folder / "signed.pdf", folder / "ca.pem"
    signed.write_bytes(school.teacher.hears("phê duyệt đủ").file())
    ca.write_bytes(Record(school.app.db).row().ca_pem)
    school.checks()
    school.stop()
    yield Outcome(school, original.read_bytes(), review, after_head, signed, ca)
    school.close()


def hoso_verify(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = [str(Path(sys.executable).with_name("hoso-bot")), "verify", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


def test_each_signature_only_adds_bytes_to_what_was_reviewed(outcome: Outcome) -> None:
    assert outcome.after_head.startswith(outcome.review)
    assert outcome.signed.read_bytes().startswith(outcome.after_head)
    assert len(outcome.review) < len(outcome.after_head) < outcome.signed.stat().st_size


def test_the_original_stays_in_the_archive_untouched(outcome: Outcome) -> None:
    ((sha256,),) = outcome.school.rows("SELECT original_sha256 FROM versions")
    kept = outcome.school.home / "files" / sha256[:2] / sha256
    assert kept.read_bytes() == outcome.original


def test_verify_with_the_ca_alone_finds_two_good_signatures(outcome: Outcome) -> None:
    code, found = hoso_verify(str(outcome.signed), "--ca", str(outcome.ca))
    assert (code, found["valid"], found["known"], found["problems"]) == (0, True, False, [])
    head, vice = found["signatures"]
    assert (head["signer"], head["role"]) == ("Bùi Thị Tuyết Nga", "Tổ trưởng – Tổ 4-5")
    assert (vice["signer"], vice["role"]) == ("Lương Quang Tùng", "Phó hiệu trưởng")
    assert all(s["trusted"] and s["intact"] and s["level"] == "PAdES B-B" for s in (head, vice))
    assert not head["covers_whole_file"] and vice["covers_whole_file"]
    assert all(s["time"].endswith("+07:00") for s in (head, vice))


def test_verify_with_the_school_knows_the_file(outcome: Outcome) -> None:
    code, found = hoso_verify(str(outcome.signed), "--home", str(outcome.school.home))
    assert (code, found["valid"], found["known"]) == (0, True, True)


def test_a_changed_byte_is_noticed(outcome: Outcome, tmp_path: Path) -> None:
    changed = bytearray(outcome.signed.read_bytes())
    at = len(outcome.review) // 2
    changed[at] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    code, found = hoso_verify(str(tmp_path / "changed.pdf"), "--ca", str(outcome.ca))
    assert (code, found["valid"]) == (1, False)


def test_the_last_signature_cut_off_is_noticed_alone_and_by_the_record(
    outcome: Outcome, tmp_path: Path
) -> None:
    (tmp_path / "cut.pdf").write_bytes(outcome.after_head)
    for whose in (["--ca", str(outcome.ca)], ["--home", str(outcome.school.home)]):
        code, found = hoso_verify(str(tmp_path / "cut.pdf"), *whose)
        assert (code, found["valid"]) == (1, False)
        assert any("not signed" in problem for problem in found["problems"])


def test_another_schools_ca_is_no_trust(outcome: Outcome, tmp_path: Path) -> None:
    stranger = tmp_path / "other.pem"
    other = create_authority("Trường khác", outcome.school.clock.now(), bytes(32))
    stranger.write_bytes(other.ca_pem)
    code, found = hoso_verify(str(outcome.signed), "--ca", str(stranger))
    assert code == 1
    assert not any(s["trusted"] for s in found["signatures"])


def test_poppler_says_two_valid_signatures_and_the_whole_document(outcome: Outcome, tmp_path: Path) -> None:
    said = pdfsig(outcome.signed, outcome.ca.read_bytes(), tmp_path)
    assert re.findall(r"Signature Validation: (.*)", said) == ["Signature is Valid."] * 2
    assert re.findall(r"Certificate Validation: (.*)", said) == ["Certificate is Trusted."] * 2
    assert "Total document signed" in said.rpartition("Signature #2")[2]


def test_verify_of_no_pdf_is_a_no_in_json(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "words.pdf").write_text("không phải PDF", encoding="utf-8")
    code, found = hoso_verify(str(tmp_path / "words.pdf"), "--ca", str(outcome.ca))
    assert (code, found["valid"], found["signatures"]) == (1, False, [])
    assert found["problems"]
