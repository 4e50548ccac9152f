"""The head signs with a token, the vice-principal with a remote service: one file everybody believes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conversation import Member
from tests.fakes.signing_service import CLIENT, OTP, PIN, SECRET, SigningService
from tests.fakes.soft_token import SoftToken
from tests.fakes.timestamp_authority import TimestampAuthority
from tests.integration.signing_parts import pdfsig
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.app import signing_desk
from hoso_bot.keys_elsewhere import TheirCertificate
from hoso_bot.record import against_record
from hoso_bot.store.revocations import Revocations

TOKEN_PIN = "Tuyet-Nga_4071"


@pytest.fixture
def service() -> Iterator[SigningService]:
    with SigningService.started() as service:
        yield service


def signed_elsewhere(
    make_school: MakeSchool, service: SigningService, credential: str, theirs: bool = False, **more: object
) -> School:
    """A school whose vice-principal signs with a credential of the service; not started.

    theirs: with the certificate of the service's own authority.
    """
    signing = {"csc_url": service.url, "csc_client_id": CLIENT, "csc_client_secret": SECRET, **more}
    school = make_school(signing=signing)
    office = school.office()
    office.keys_elsewhere.at_service(
        office.person("PHT01"), credential, TheirCertificate() if theirs else None
    )
    office.close()
    return school


@pytest.fixture
def school(make_school: MakeSchool, service: SigningService) -> Iterator[School]:
    school = signed_elsewhere(make_school, service, "ec", theirs=True)
    with signing_desk(school.settings, school.clock) as own:
        own.warm()
        school.signer = own
        school.start()
        yield school
        school.stop()


def confirms(leader: Member, question: str) -> None:
    leader.gets_card()
    leader.presses("Ký duyệt")
    leader.hears("Chữ ký số được ghi vào tệp")
    leader.presses("Xác nhận")
    leader.hears(question)


@pytest.fixture
def asked(school: School, desk: Desk) -> Member:
    """The vice-principal confirmed a plan that the head signed, and is asked for the service's PIN."""
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    confirms(school.vice, "mã PIN của dịch vụ ký số")
    return school.vice


def test_a_token_and_a_service_sign_one_file_that_outside_judges_believe(
    make_school: MakeSchool, service: SigningService, desk: Desk, tmp_path: Path
) -> None:
    token = SoftToken.made(tmp_path / "token", "Tuyet Nga", TOKEN_PIN)
    with TimestampAuthority.started() as authority:
        school = signed_elsewhere(
            make_school, service, "rsa", token_environment=token.environment, tsa_url=authority.url("good")
        )
        authority.says(school.clock.now())
        office = school.office()
        place = (token.module, token.label, "ky-duyet")
        office.keys_elsewhere.on_token(office.person("GV06"), place, TOKEN_PIN)
        ca_pem = office.school.row().ca_pem
        office.close()
        with signing_desk(school.settings, school.clock) as own:
            own.warm()
            school.signer = own
            school.start()
            school.teacher.hands_in(desk.plan(13))
            confirms(school.head, "mã PIN của token")
            school.head.says(TOKEN_PIN)
            school.head.hears("^Đã ký KHBD")
            confirms(school.vice, "dấu \\+")
            school.vice.says(f"{PIN}+{OTP}")
            school.vice.hears("chuyển mã tới dịch vụ")
            heard = school.teacher.hears("phê duyệt đủ")
            delivered = tmp_path / "delivered.pdf"
            delivered.write_bytes(heard.file())
            trust = Revocations(school.app.db).trust()
            report = against_record(delivered, school.inspector.verify(delivered, trust), school.settings)
            school.stop()
    assert [facts["custody"] for facts in school.audited("step.signed")] == ["token", "remote"]
    assert "PAdES B-T" in heard.text
    said = pdfsig(delivered, ca_pem, tmp_path)
    assert said.count("Signature is Valid.") == said.count("Certificate is Trusted.") == 2
    assert report["valid"] and report["known"]


def test_a_wrong_pin_leaves_the_decision_and_asks_again(
    school: School, asked: Member, service: SigningService
) -> None:
    asked.says("sai-0000")
    asked.hears("chuyển mã tới dịch vụ")
    asked.hears("mã vừa dùng không đúng")
    asked.presses("Nhập mã PIN")
    asked.hears("mã PIN của dịch vụ ký số")
    asked.says(PIN)
    asked.hears("đã ký đủ")
    heard = school.teacher.hears("phê duyệt đủ")
    assert b"CA of the service" in bytes.fromhex(
        heard.file().rsplit(b"/Contents <", 1)[1].split(b">")[0].decode()
    )
    assert school.decisions() == 2
    assert len(school.audited("pin.passed_on")) == 2 and len(school.audited("pin.refused")) == 1


def test_a_dead_service_is_waited_for_and_nothing_is_half_signed(
    school: School, asked: Member, service: SigningService
) -> None:
    service.is_bad("dead")
    asked.says(PIN)
    asked.hears("chuyển mã tới dịch vụ")
    asked.hears("Dịch vụ ký số chưa trả lời")
    school.passes(minutes=1)
    assert school.step_states() == ["signed", "approved"]
    service.is_bad("")
    school.passes(minutes=2)
    asked.hears("đã ký đủ")
    assert school.decisions() == 2 and len(school.audited("step.signed")) == 2
