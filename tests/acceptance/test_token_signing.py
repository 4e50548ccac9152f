"""A group head whose key lies on a token: her own PIN in the chat, the token in the server."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conversation import Member
from tests.fakes.soft_token import SoftToken
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.app import signing_desk
from hoso_bot.store.tables import metadata

PIN, WRONG = "Tuyet-Nga_4071", "Tuyet-Nga_4072"


@pytest.fixture
def token(tmp_path: Path) -> SoftToken:
    return SoftToken.made(tmp_path / "token", "Tuyet Nga", PIN)


@pytest.fixture
def school(make_school: MakeSchool, token: SoftToken, request: pytest.FixtureRequest) -> Iterator[School]:
    """A running school in which the head of group 4-5 signs with a token; a parameter is its address."""
    web = {"public_url": request.param} if hasattr(request, "param") else {}
    school = make_school(signing={"token_environment": token.environment}, web=web)
    office = school.office()
    office.keys_elsewhere.on_token(office.person("GV06"), (token.module, token.label, "ky-duyet"), PIN)
    office.close()
    with signing_desk(school.settings, school.clock) as own:
        own.warm()
        school.signer = own
        school.start()
        yield school
        school.stop()


def confirms(leader: Member) -> None:
    leader.presses("Ký duyệt")
    leader.hears("Chữ ký số được ghi vào tệp")
    leader.presses("Xác nhận")


@pytest.fixture
def asked(school: School, desk: Desk) -> Member:
    """The head confirmed the plan of week 13 and is asked for her token's PIN."""
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    confirms(school.head)
    school.head.hears("nhập mã PIN của token")
    return school.head


def custodies(school: School) -> list[object]:
    return [facts["custody"] for facts in school.audited("step.signed")]


def kept_anywhere(school: School, secret: str) -> list[str]:
    return [
        t for t in metadata.tables if any(secret in str(row) for row in school.rows(f"SELECT * FROM {t}"))
    ]


def test_the_tokens_pin_signs_and_stays_nowhere(school: School, asked: Member, desk: Desk) -> None:
    asked.says(PIN)
    asked.hears("^Đúng mã PIN")
    asked.hears("^Đã ký KHBD")
    school.vice.gets_card()
    school.vice.approves()
    school.teacher.hears("phê duyệt đủ")
    assert custodies(school) == ["token", "server"]
    assert kept_anywhere(school, PIN) == []
    assert not [message for message in asked.messages() if PIN in message.text]
    school.teacher.hands_in(desk.plan(14))
    asked.gets_card()
    asked.approves()


def test_two_wrong_pins_and_the_token_is_left_alone_until_the_office_says_so(
    school: School, asked: Member
) -> None:
    asked.says("hai chữ")
    asked.hears("không có dấu cách")
    asked.says(WRONG)
    asked.hears("còn 1 lần thử")
    asked.says(WRONG)
    asked.hears("để token hoặc dịch vụ ký số của đ/c không bị khóa")
    school.vice.hears("Mã PIN của .* đã khóa")
    asked.says(PIN)
    asked.hears("để token hoặc dịch vụ ký số của đ/c không bị khóa")
    office = school.office()
    office.signers.unlock_pin(office.person("GV06"))
    office.close()
    confirms(asked)
    asked.hears("nhập mã PIN của token")
    asked.says(PIN)
    asked.hears("^Đã ký KHBD")


def test_a_token_left_at_home_is_said_and_costs_no_try(
    school: School, asked: Member, token: SoftToken
) -> None:
    token.pulled_out()
    for _ in range(3):
        asked.says(PIN)
        asked.hears("không thấy token")
    token.plugged_in()
    asked.says(PIN)
    asked.hears("^Đã ký KHBD")


def test_a_token_pulled_out_before_the_signature_is_waited_for(
    school: School, asked: Member, token: SoftToken, desk: Desk
) -> None:
    asked.says(PIN)
    asked.hears("^Đã ký KHBD")
    token.pulled_out()
    school.teacher.hands_in(desk.plan(14))
    asked.gets_card()
    confirms(asked)
    asked.hears("chưa ký được.*không thấy token")
    school.vice.hears("chưa ký được")
    assert custodies(school) == ["token"] and school.audited("step.signer_away")
    token.plugged_in()
    school.passes(minutes=1)
    asked.hears("^Đã ký KHBD")
    assert school.decisions() == 2


@pytest.mark.parametrize("school", ["https://hoso.example.edu.vn"], indirect=True)
def test_the_tokens_pin_may_be_typed_on_the_page(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    confirms(school.head)
    link = re.search(r"/pin/\S+", school.head.hears("nhập mã PIN của token để ký").text)
    assert link

    def post(pin: str) -> str:
        url = f"http://127.0.0.1:{school.app.port}{link[0]}"
        data = urllib.parse.urlencode({"pin": pin}).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, data, timeout=30) as page:
            return str(page.read().decode())

    assert "không có dấu cách" in post("hai chữ")
    assert "Đúng mã PIN" in post(PIN)
    school.head.hears("^Đã ký KHBD")
