"""Approving where every signer's key is under a PIN: choosing it, entering it, getting it wrong."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from tests import pins
from tests.conversation import Heard, Member
from tests.pins import PIN, WRONG, confirms, school_under_pins, waits
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.signing import Signed, SignOrder
from hoso_bot.domain.verdict import Verdict
from hoso_bot.domain.verdict_facts import facts
from hoso_bot.pdf.sign import SigningDesk
from hoso_bot.store.archive import Archive
from hoso_bot.store.files import FolderStore
from hoso_bot.store.tables import metadata


@pytest.fixture
def school(make_school: MakeSchool) -> School:
    return school_under_pins(make_school)


@pytest.fixture
def card(school: School, desk: Desk) -> Heard:
    return waits(school, desk)


def chooses(leader: Member, pin: str = PIN) -> None:
    confirms(leader)
    pins.chooses(leader, pin)


def signed_in(school: School, leader: Member) -> None:
    leader.hears("^Đúng mã PIN")
    leader.hears("^Đã ký KHBD")


def kept_anywhere(school: School, secret: str) -> list[str]:
    """Tables of the school's database that hold these characters somewhere."""
    return [
        t for t in metadata.tables if any(secret in str(row) for row in school.rows(f"SELECT * FROM {t}"))
    ]


def test_the_first_approval_asks_for_a_pin_twice_and_then_signs(school: School, card: Heard) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    assert school.step_states() == ["signed", "pending"]
    assert school.audited("pin.set")
    ((code,),) = school.rows("SELECT lookup_code FROM versions")
    recorded = Archive(school.app.db, FolderStore(school.home / "files")).by_lookup_code(code)
    assert recorded and facts(Verdict(recorded))["signatures"][0]["custody"] == "pin"


def test_typed_pins_leave_the_chat_and_are_kept_nowhere(school: School, card: Heard) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    school.rests()
    assert not [m for m in school.head.messages() if PIN in m.text]
    assert kept_anywhere(school, PIN) == []


def test_one_pin_opens_a_window_for_the_next_signatures(school: School, card: Heard, desk: Desk) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    school.head.approves()


def test_after_the_window_the_pin_is_asked_again(school: School, card: Heard, desk: Desk) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    school.passes(minutes=11)
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    confirms(school.head)
    school.head.hears("nhập mã PIN")
    school.head.says("40 71 93")
    signed_in(school, school.head)


def test_a_closed_window_asks_again(school: School, card: Heard, desk: Desk) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    school.head.presses("Đóng cửa sổ ký")
    school.head.hears("Đã đóng cửa sổ ký")
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    confirms(school.head)
    school.head.hears("nhập mã PIN")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("123456", "dễ đoán"),
        ("777777", "dễ đoán"),
        ("12345", "đúng 6 chữ số"),
        ("một hai ba", "đúng 6 chữ số"),
    ],
)
def test_a_bad_first_pin_is_asked_for_again(school: School, card: Heard, typed: str, answer: str) -> None:
    confirms(school.head)
    school.head.hears("đặt mã PIN")
    school.head.says(typed)
    if answer == "dễ đoán":
        school.head.hears("một lần nữa")
        school.head.says(typed)
    school.head.hears(answer)
    assert school.step_states() == ["pending", "waiting"]


def test_two_different_first_pins_set_none(school: School, card: Heard) -> None:
    confirms(school.head)
    school.head.hears("đặt mã PIN")
    school.head.says(PIN)
    school.head.hears("một lần nữa")
    school.head.says(WRONG)
    school.head.hears("Hai lần nhắn không giống nhau")
    assert not school.audited("pin.set")


@pytest.fixture
def asked(school: School, card: Heard, desk: Desk) -> Member:
    """The group head has a PIN, closed her window, and is asked for the PIN over the plan of week 14."""
    chooses(school.head)
    signed_in(school, school.head)
    school.head.presses("Đóng cửa sổ ký")
    school.teacher.hands_in(desk.plan(14))
    school.head.gets_card()
    confirms(school.head)
    school.head.hears("nhập mã PIN")
    return school.head


def guesses(leader: Member, *lefts: int) -> None:
    """Wrong tries, each answered with how many are left."""
    for left in lefts:
        leader.says(WRONG)
        leader.hears(f"Mã PIN chưa đúng.* còn {left} lần thử")


def test_wrong_pins_are_counted_over_a_restart_and_then_have_to_wait(school: School, asked: Member) -> None:
    guesses(asked, 4, 3)
    school.stop()
    school.start()
    guesses(asked, 2, 1)
    asked.says(WRONG)
    asked.hears("tạm khóa đến")
    asked.says(PIN)
    asked.hears("tạm khóa đến")
    school.passes(minutes=16)
    confirms(asked)
    asked.hears("nhập mã PIN")
    asked.says(PIN)
    signed_in(school, asked)


def test_ten_wrong_pins_block_until_the_office_unlocks(school: School, asked: Member) -> None:
    for pause in ("tạm khóa đến", "đã khóa sau 10 lần sai"):
        guesses(asked, 4, 3, 2, 1)
        asked.says(WRONG)
        asked.hears(pause)
        school.passes(minutes=16)
        confirms(asked)
        asked.hears("nhập mã PIN" if "tạm" in pause else "đã khóa")
    school.vice.hears("Mã PIN của .* đã khóa")
    assert len(school.audited("pin.refused")) == 10
    office = school.office()
    office.signers.unlock_pin(office.person("GV06"))
    office.close()
    confirms(asked)
    asked.hears("nhập mã PIN")
    asked.says(PIN)
    signed_in(school, asked)


def test_a_new_key_from_the_office_asks_for_a_new_pin(school: School, asked: Member) -> None:
    office = school.office()
    office.signers.enrol_anew(office.person("GV06"))
    office.close()
    asked.says(PIN)
    asked.hears("đặt mã PIN")


class Restarting:
    """A desk that has just been restarted when it is asked to `seal` or to `sign` the first time."""

    def __init__(self, desk: SigningDesk, at: str) -> None:
        self._desk, self._at, self._done = desk, at, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    def _restarts(self, at: str) -> bool:
        first, self._done = at == self._at and not self._done, self._done or at == self._at
        return first

    def seal(self, typed: str) -> str:
        sealed_to = SigningDesk(b"0" * 32) if self._restarts("seal") else self._desk
        return sealed_to.seal(typed)

    def sign(self, order: SignOrder) -> Signed:
        if self._restarts("sign"):
            self._desk.close_window(order.key.key_id)
        return self._desk.sign(order)


def restarting(make_school: MakeSchool, desk: Desk, at: str) -> School:
    school = make_school(signing={"custody": "pin"})
    school.signer = Restarting(school.signer, at)  # type: ignore[arg-type]
    school.start()
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    return school


def test_a_restart_between_decision_and_signature_asks_to_finish(make_school: MakeSchool, desk: Desk) -> None:
    school = restarting(make_school, desk, "sign")
    chooses(school.head)
    school.head.hears("^Đúng mã PIN")
    school.head.hears("trước khi ký xong")
    assert school.step_states() == ["approved", "waiting"]
    school.head.presses("Nhập mã PIN")
    school.head.hears("nhập mã PIN")
    school.head.says(PIN)
    signed_in(school, school.head)
    assert school.decisions() == 1


def test_a_pin_sealed_to_a_desk_that_is_gone_is_asked_for_again(make_school: MakeSchool, desk: Desk) -> None:
    school = restarting(make_school, desk, "seal")
    chooses(school.head)
    school.head.hears("vừa khởi động lại")


def test_a_pin_typed_without_being_asked_is_erased_all_the_same(school: School, card: Heard) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    school.head.says(PIN)
    school.head.hears("em không hỏi mã PIN, nên mã .* không giữ lại")
    school.rests()
    assert kept_anywhere(school, PIN) == []


def test_numbers_of_somebody_without_a_pin_are_ordinary_words(school: School) -> None:
    school.teacher.says(PIN)
    school.teacher.hears("PDF")


def test_a_signer_without_a_certificate_hears_whom_to_ask(school: School, card: Heard) -> None:
    office = school.office()
    with office.db.write() as connection:
        connection.execute(sa.text("UPDATE signing_keys SET retired_at = '2020'"))
    office.close()
    confirms(school.head)
    school.head.hears("chưa có chứng thư")
    school.vice.hears("hoso-bot staff enrol")
    assert school.step_states() == ["pending", "waiting"]


def test_a_lost_phone_signs_nothing_more_and_what_was_signed_stays_valid(
    school: School, card: Heard, desk: Desk
) -> None:
    chooses(school.head)
    signed_in(school, school.head)
    school.vice.gets_card()
    office = school.office()
    assert office.signers.revoke(office.person("GV06")) == 1
    office.close()
    school.rests()
    school.teacher.hands_in(desk.plan(14))
    school.head.says("/choduyet")
    school.rests()
    assert not any("Tuần 14" in message.text for message in school.head.messages())
    chooses(school.vice, "518204")
    school.vice.hears("đã ký đủ")
