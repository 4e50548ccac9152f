"""Leaders approve: in order, each for themselves, once, on the version they saw."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conversation import Heard, Member
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot.domain.inspection import Inspection
from hoso_bot.domain.signing import ReviewCopy, ReviewCopyOrder, SignatureReport
from hoso_bot.ports import Inspector, OrderFor

REASON = "Bài 2 tiết 3 thiếu hoạt động khởi động, đồng chí bổ sung giúp 🙏\n(trang 4)"


# --- in order, once -----------------------------------------------------------------------------------


def test_ky_duyet_asks_once_more_and_says_exactly_what_is_signed(school: School, waiting: Heard) -> None:
    school.head.presses("Ký duyệt")
    asked = school.head.hears("Ký duyệt KHBD Tuần 13 .* của Tạ Thị Loan, bản 1, .*không gỡ ra được")
    assert waiting.sha256 and waiting.sha256[:16] in asked.text
    assert school.step_states() == ["pending", "waiting"]


@pytest.mark.usefixtures("waiting")
def test_the_head_signs_then_the_vice_principal(school: School) -> None:
    school.head.approves()
    school.teacher.hears("Bùi Thị Tuyết Nga đã ký duyệt KHBD Tuần 13. Đang chờ Lương Quang Tùng")
    card = school.vice.gets_card()
    assert "Đã ký: Bùi Thị Tuyết Nga" in card.text
    school.vice.approves()
    school.teacher.hears("phê duyệt đủ:.*Bùi Thị Tuyết Nga .*Lương Quang Tùng")
    school.head.hears("đã ký đủ")
    assert school.step_states() == ["signed", "signed"]


@pytest.mark.usefixtures("waiting")
def test_the_vice_principal_hears_nothing_before_the_head_signed(school: School) -> None:
    school.rests()
    assert school.vice.messages() == []


@pytest.mark.usefixtures("waiting")
def test_de_sau_decides_nothing_and_the_card_stays_good(school: School) -> None:
    school.head.presses("Ký duyệt")
    school.head.presses("Để sau")
    school.head.hears("em để đó. Còn 1 hồ sơ chờ đ/c")
    assert school.decisions() == 0
    school.head.approves()


def test_confirming_five_times_signs_once(school: School, waiting: Heard) -> None:
    school.head.presses("Ký duyệt")
    question = school.head.hears("Chữ ký số được ghi vào tệp")
    for _ in range(5):
        school.head.presses_as_it_was("Xác nhận", question)
    school.vice.gets_card()
    school.rests()
    assert school.decisions() == 1
    assert len(school.audited("step.signed")) == 1


def test_two_open_confirmations_sign_once(school: School, waiting: Heard) -> None:
    questions = []
    for _ in range(2):
        school.head.presses("Ký duyệt")
        questions.append(school.head.hears("Chữ ký số được ghi vào tệp"))
    for question in questions:
        school.head.presses_as_it_was("Xác nhận", question)
    school.head.hears("đã được quyết định rồi")
    school.vice.gets_card()
    assert school.decisions() == 1


def test_a_decided_card_has_no_buttons_left(school: School, waiting: Heard) -> None:
    school.head.approves()
    assert school.head.buttons_now(waiting) == []
    school.passes(seconds=11)
    school.head.presses_as_it_was("Từ chối", waiting)
    school.head.hears("Nút này đã được dùng")
    assert school.step_states()[0] == "signed"


# --- for another person, out of order, on an old version --------------------------------------------


def test_a_stolen_token_is_worth_nothing_in_another_chat(school: School, waiting: Heard) -> None:
    token = waiting.raw["buttons"][0][0]["data"]
    for thief in (school["GV01"], school.vice, school.teacher):
        thief.says("/huongdan")
        thief.presses_token(token, thief.hears("Nộp KHBD"))
        thief.hears("Nút này không dành cho thầy/cô")
    stranger = school.visitor()
    stranger.says("/start")
    stranger.presses_token(token, stranger.hears("Em là trợ lý"))
    stranger.hears("Nút này không dành cho thầy/cô")
    assert school.step_states() == ["pending", "waiting"]
    assert len(school.audited("tap.refused")) == 4


def test_a_forged_sender_under_a_leaders_card_is_dropped(school: School, waiting: Heard) -> None:
    thief = {"id": school.teacher.chat_id, "is_bot": False, "first_name": "X"}
    chat = {"id": school.head.chat_id, "type": "private"}
    shown = {"message_id": waiting.message_id, "date": 1, "chat": chat}
    token = waiting.raw["buttons"][0][0]["data"]
    query = {"id": "1", "from": thief, "message": shown, "chat_instance": "1", "data": token}
    school.world.pushes({"callback_query": query})
    school.rests()
    school.head.hears_nothing(0)
    assert school.step_states() == ["pending", "waiting"]


def test_a_made_up_token_is_answered_kindly(school: School, waiting: Heard) -> None:
    school.head.presses_token("x" * 22, waiting)
    school.head.hears("Nút này không còn hiệu lực")


def test_a_card_of_an_old_version_decides_nothing(school: School, desk: Desk, waiting: Heard) -> None:
    school.head.presses("Ký duyệt")
    question = school.head.hears("Chữ ký số được ghi vào tệp")
    school.teacher.hands_in(desk.mended(13))
    school.head.gets_card("bản 2")
    school.head.presses_as_it_was("Xác nhận", question)
    school.head.hears("đã gửi bản mới cho Tuần 13, nên thẻ này không còn hiệu lực")
    school.passes(seconds=11)
    school.head.presses_as_it_was("Ký duyệt", waiting)
    school.head.hears("Nút này đã được dùng")
    assert school.decisions() == 0


@pytest.mark.usefixtures("waiting")
def test_a_reason_typed_after_a_newer_version_came_decides_nothing(school: School, desk: Desk) -> None:
    school.head.presses("Từ chối")
    school.head.hears("ít nhất 10 chữ cái")
    school.teacher.hands_in(desk.mended(13))
    school.head.gets_card("bản 2")
    school.head.says(REASON)
    school.head.hears("đã gửi bản mới cho Tuần 13")
    assert school.step_states() == ["pending", "waiting"]


# --- own plans -----------------------------------------------------------------------------------


def chain(school: School) -> list[tuple[str]]:
    return school.rows("SELECT staff_id FROM steps JOIN people ON people.id = signer_id ORDER BY number")


@pytest.mark.parametrize(
    ("author", "signers"),
    [("GV06", ["PHT01"]), ("PHT01", ["HT01"]), ("HT01", ["PHT01"]), ("GV07", ["GV06", "PHT01"])],
    ids=["head", "vice-principal", "principal", "deputy"],
)
def test_nobody_signs_their_own_plan(school: School, desk: Desk, author: str, signers: list[str]) -> None:
    school[author].hands_in(desk.plan(13))
    for signer in signers:
        leader: Member = school[signer]
        leader.gets_card()
        leader.approves()
    school[author].hears("phê duyệt đủ")
    assert chain(school) == [(signer,) for signer in signers]


def test_a_group_without_a_head_goes_to_the_vice_principal(school: School, desk: Desk) -> None:
    school["NV01"].hands_in(desk.plan(13))
    school.vice.gets_card()
    assert chain(school) == [("PHT01",)]


# --- the queue -----------------------------------------------------------------------------------


def test_choduyet_opens_a_fresh_card_and_the_old_one_dies(school: School, waiting: Heard) -> None:
    school.head.says("/choduyet")
    school.head.hears("1 hồ sơ đang chờ đ/c duyệt")
    school.head.presses("Tuần 13 – Tạ Thị Loan")
    fresh = school.head.gets_card()
    assert fresh.message_id != waiting.message_id
    assert fresh.sha256 == waiting.sha256
    assert school.head.buttons_now(waiting) == []
    school.head.approves()


def test_choduyet_lists_every_plan_oldest_first(school: School, desk: Desk) -> None:
    for teacher, number in (("GV09", 13), ("GV08", 12)):
        school[teacher].hands_in(desk.plan(number))
    school.head.says("/choduyet")
    queue = school.head.hears("2 hồ sơ đang chờ đ/c duyệt")
    assert [label.split(" – ")[0] for label in queue.buttons] == ["Tuần 13", "Tuần 12"]


def test_choduyet_with_nothing_to_do(school: School) -> None:
    school.head.says("/choduyet")
    school.head.hears("không có hồ sơ nào chờ")


@pytest.mark.usefixtures("waiting")
def test_a_decided_plan_cannot_be_opened_from_an_old_queue(school: School) -> None:
    school.head.says("/choduyet")
    queue = school.head.hears("1 hồ sơ đang chờ đ/c duyệt")
    school.head.approves()
    school.head.presses("Tuần 13", queue)
    school.head.hears("đã được quyết định rồi")


# --- at night ------------------------------------------------------------------------------------


def test_a_card_at_night_comes_at_once_without_a_sound(school: School, desk: Desk) -> None:
    school.passes(hours=12)  # 22:00
    school.teacher.hands_in(desk.plan(13))
    assert school.head.silently_heard(school.head.gets_card())


def test_a_card_by_day_makes_a_sound(school: School, waiting: Heard) -> None:
    assert not school.head.silently_heard(waiting)


# --- at the same moment --------------------------------------------------------------------------


@dataclass
class Held:
    """An inspector that holds back the review copy of every second version until the gate opens."""

    real: Inspector
    gate: threading.Event

    def take_in(self, path: Path, name: str, picture: Path, then: OrderFor) -> tuple[Inspection, None]:
        inspection, _ = self.real.take_in(path, name, picture, lambda _: None)
        return inspection, None

    def review_copy(self, order: ReviewCopyOrder) -> ReviewCopy:
        assert not order.code.endswith("-2") or self.gate.wait(30)
        return self.real.review_copy(order)

    def verify(self, path: Path, ca_pem: bytes, ours: bool = False) -> SignatureReport:
        return self.real.verify(path, ca_pem, ours)


def test_an_approval_while_the_new_file_is_being_prepared_counts(make_school: MakeSchool, desk: Desk) -> None:
    school, gate = make_school(), threading.Event()
    school.inspector = Held(school.inspector, gate)
    school.start()
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.teacher.sends(desk.mended(13))
    school.teacher.hears("xác nhận trình ký")
    school.teacher.presses("Trình ký")
    school.head.approves()
    gate.set()
    school.teacher.hears("đã có người ký nên em không thay tệp được")
    school.vice.gets_card()
    school.checks()
    assert school.rows("SELECT version FROM plans") == [(1,)]
    assert school.step_states() == ["signed", "pending"]


@pytest.mark.parametrize("first", ["head", "teacher"])
def test_when_a_file_is_replaced_and_approved_at_once_one_of_them_wins(
    school: School, desk: Desk, waiting: Heard, first: str
) -> None:
    school.head.presses("Ký duyệt")
    question = school.head.hears("Chữ ký số được ghi vào tệp")
    school.teacher.sends(desk.mended(13))
    card = school.teacher.hears("xác nhận trình ký")
    taps = [
        lambda: school.head.presses_as_it_was("Xác nhận", question),
        lambda: school.teacher.presses_as_it_was("Trình ký", card),
    ]
    for tap in taps if first == "head" else reversed(taps):
        tap()
    school.rests()
    ((version,),) = school.rows("SELECT version FROM plans")
    if version == 1:
        school.teacher.hears("đã có người ký nên em không thay tệp được")
        assert school.step_states() == ["signed", "pending"]
    else:
        school.head.hears("không còn hiệu lực")
        assert school.step_states() == ["pending", "waiting"]
        assert school.decisions() == 0
