"""What is signed is checked before anybody gets it; a signature that fails is tried again, never skipped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.acceptance.test_bulk_approving import asks, hand_in, opens
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.errors import SandboxFailed, SigningFailed
from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import ReviewCopy, ReviewCopyOrder, SignatureReport, Signed, SignOrder
from hoso_bot.ports import Inspector, OrderFor, Signer
from hoso_bot.store.inbox import Inbox
from hoso_bot.workers import dispatcher


@dataclass
class Meddling:
    """A signer whose file is meddled with after it was signed."""

    real: Signer
    meddle: Callable[[bytes], bytes]

    @property
    def public_door(self) -> bytes:
        return self.real.public_door

    def sign(self, order: SignOrder) -> Signed:
        signed = self.real.sign(order)
        body = self.meddle(order.target.read_bytes())
        order.target.write_bytes(body)
        return replace(signed, sha256=hashlib.sha256(body).hexdigest(), size=len(body))


@dataclass
class Stumbling:
    """A signer that fails so many times first."""

    real: Signer
    failures: int
    seen: list[SignOrder] = field(default_factory=list)

    @property
    def public_door(self) -> bytes:
        return self.real.public_door

    def sign(self, order: SignOrder) -> Signed:
        self.seen.append(order)
        if len(self.seen) <= self.failures:
            raise SigningFailed("the token is not plugged in")
        return self.real.sign(order)


@dataclass
class Dying:
    """An inspector whose box dies over every upload."""

    real: Inspector

    def take_in(self, path: Path, name: str, picture: Path, then: OrderFor) -> tuple[Inspection, None]:
        raise SandboxFailed("out of memory")

    def review_copy(self, order: ReviewCopyOrder) -> ReviewCopy:
        return self.real.review_copy(order)

    def verify(self, path: Path, ca_pem: bytes, ours: bool = False) -> SignatureReport:
        return self.real.verify(path, ca_pem, ours)


def flipped(body: bytes) -> bytes:
    at = len(body) // 3
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def extended(body: bytes) -> bytes:
    return body + b"\n% something after the signature\n"


@pytest.fixture
def quiet_school(make_school: MakeSchool) -> School:
    """A school that does not run yet and may park rows."""
    return make_school(may_park=True)


def confirms(school: School, desk: Desk) -> None:
    """Up to the head's decision."""
    school.start()
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.presses("Ký duyệt")
    school.head.presses("Xác nhận")


@pytest.mark.parametrize("meddle", [flipped, extended])
def test_a_signature_that_does_not_verify_stops_the_plan_and_three_people_hear_it(
    quiet_school: School, desk: Desk, meddle: Callable[[bytes], bytes]
) -> None:
    quiet_school.signer = Meddling(quiet_school.signer, meddle)
    confirms(quiet_school, desk)
    for person in (quiet_school.head, quiet_school.teacher, quiet_school.vice):
        person.hears("tạm dừng: chữ ký vừa tạo không qua được bước kiểm tra")
    quiet_school.rests()
    assert [m for m in quiet_school.vice.messages() if m.file_name] == []
    assert quiet_school.rows("SELECT state FROM plans") == [("doubted",)]
    assert quiet_school.audited("plan.doubted")[0]["problems"]


def test_a_doubted_plan_takes_no_decision_and_no_new_file(quiet_school: School, desk: Desk) -> None:
    quiet_school.signer = Meddling(quiet_school.signer, extended)
    confirms(quiet_school, desk)
    quiet_school.teacher.hears("tạm dừng")
    quiet_school.teacher.sends(desk.mended(13))
    quiet_school.teacher.hears("đã có người ký nên em không thay tệp được")
    quiet_school.teacher.says("/trangthai")
    quiet_school.teacher.hears("Tuần 13: tạm dừng, đang kiểm tra")


def test_a_signature_that_failed_once_is_made_again_at_the_moment_of_the_decision(
    make_school: MakeSchool, desk: Desk
) -> None:
    school = make_school()
    stumbling = Stumbling(school.signer, failures=1)
    school.signer = stumbling
    confirms(school, desk)
    school.vice.gets_card()
    first, second = stumbling.seen
    assert first.at == second.at
    school.checks()


def test_a_signature_that_never_comes_is_told_to_the_office_and_loses_no_decision(
    quiet_school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "MAX_ATTEMPTS", 2)
    quiet_school.signer = Stumbling(quiet_school.signer, failures=99)
    confirms(quiet_school, desk)
    quiet_school.vice.hears("Có một việc em chưa làm xong.*ký hồ sơ")
    for waiting in (quiet_school.teacher, quiet_school.head):
        waiting.hears("chưa ký xong hồ sơ KHBD-.*-T13-GV09.*vẫn giữ nguyên")
    assert quiet_school.step_states() == ["approved", "waiting"]


def test_a_parked_signature_is_made_when_the_office_has_mended_the_cause(
    quiet_school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "MAX_ATTEMPTS", 2)
    quiet_school.signer = Stumbling(quiet_school.signer, failures=2)
    confirms(quiet_school, desk)
    quiet_school.vice.hears("Có một việc em chưa làm xong")
    quiet_school.rests()
    office = quiet_school.office()
    box = Inbox(office.db, quiet_school.clock)
    [(row, error)] = box.parked()
    assert "not plugged in" in error
    assert box.retry([row.id]) == 1
    office.close()
    quiet_school.vice.gets_card()
    assert quiet_school.step_states() == ["signed", "pending"]


def test_a_signature_of_a_bulk_that_never_comes_is_said_in_the_bulks_message(
    quiet_school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message of all of them does not go on promising; when the cause is mended it tells the rest."""
    monkeypatch.setattr(dispatcher, "MAX_ATTEMPTS", 2)
    quiet_school.signer = Stumbling(quiet_school.signer, failures=3)
    quiet_school.start()
    hand_in(quiet_school, desk, "GV08", "GV09")
    opens(quiet_school, quiet_school.head, "GV08", "GV09")
    quiet_school.head.presses("Xác nhận", asks(quiet_school.head))
    given_up = quiet_school.head.hears("Đã ký 1/2 hồ sơ.*chưa ký xong sau nhiều lần thử, em đã báo văn phòng")
    assert "đang ký" not in given_up.text
    quiet_school.vice.hears("Có một việc em chưa làm xong")
    quiet_school.rests()
    office = quiet_school.office()
    box = Inbox(office.db, quiet_school.clock)
    assert box.retry([row.id for row, _ in box.parked()]) == 1
    office.close()
    quiet_school.head.hears("Đã ký đủ 2 hồ sơ")


def test_a_file_the_box_dies_over_is_refused_kindly(make_school: MakeSchool, desk: Desk) -> None:
    school = make_school()
    school.inspector = Dying(school.inspector)
    school.start()
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("Em chưa đọc được KHBD_Tuan_13.*In → Lưu thành PDF.*/hotro")
    school.checks()
