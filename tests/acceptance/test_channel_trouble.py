"""Telegram stumbles, people block the bot, updates make no sense: nothing stops, is lost or doubled."""

from __future__ import annotations

import pytest
from tests.plans_to_send import Desk
from tests.school import MakeSchool, School

from hoso_bot import handlers
from hoso_bot.domain.errors import SettingsError
from hoso_bot.domain.events import CommandSent, Event
from hoso_bot.unit_of_work import UnitOfWork
from hoso_bot.workers import dispatcher


@pytest.fixture
def troubled(make_school: MakeSchool) -> School:
    """A running school that may park rows."""
    running = make_school(may_park=True)
    running.start()
    return running


# --- sending -------------------------------------------------------------------------------------


def test_too_many_requests_only_delays(school: School) -> None:
    school.world.fault("429", "sendMessage", retry_after=1)
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ Lương Quang Tùng")
    school.rests()
    assert len(school.teacher.messages()) == 1


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_server_that_neither_draws_nor_edits_still_gets_the_plan_signed(
    make_school: MakeSchool, desk: Desk, status: int
) -> None:
    school = make_school()
    for method in ("sendPhoto", "editMessageText", "editMessageCaption", "setMyCommands"):
        if status != 500 or method == "sendPhoto":
            school.world.fault("status", method, times=999, status=status, description="Not Found")
    school.start()
    school.teacher.hands_in(desk.plan(13))
    school.head.gets_card()
    school.head.approves()
    school.vice.gets_card()
    school.vice.approves()
    assert school.teacher.hears("đã được phê duyệt đủ").file().startswith(b"%PDF-")


def test_server_errors_keep_messages_in_order(school: School) -> None:
    school.world.fault("status", "sendMessage", times=2, status=502)
    school.teacher.says("/hotro")
    school.teacher.says("/trangthai")
    school.rests()
    first, second = school.teacher.messages()
    assert "liên hệ" in first.text and "chưa nộp" in second.text


def test_trouble_with_one_chat_does_not_delay_another(school: School) -> None:
    school.world.fault("429", "sendMessage", chat_id=school.teacher.chat_id, retry_after=3)
    school.teacher.says("/hotro")
    school.head.says("/hotro")
    school.head.hears("liên hệ")
    assert school.teacher.messages() == []
    school.teacher.hears("liên hệ")


def test_a_lost_answer_to_a_message_repeats_it_at_most(school: School) -> None:
    school.world.fault("lost", "sendMessage")
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ")
    school.rests()
    assert 1 <= len(school.teacher.messages()) <= 2


def test_a_card_whose_delivery_got_no_answer_is_decided_once(school: School, desk: Desk) -> None:
    school.world.fault("lost", "sendDocument")
    school.teacher.hands_in(desk.plan(13))
    twin, card = school.head.gets_card(), school.head.gets_card()
    school.head.approves()
    assert school.head.buttons_now(card) == []
    school.passes(seconds=11)
    school.head.presses("Ký duyệt", twin)
    school.head.hears("Nút này đã được dùng")
    assert len(school.audited("step.signed")) == 1


def test_updates_whose_answer_was_lost_are_handled_once(school: School, desk: Desk) -> None:
    school.world.fault("lost", "getUpdates", times=2)
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ")
    school.rests()
    assert len(school.teacher.messages()) == 1


def test_a_dropped_connection_while_polling_is_mended(school: School) -> None:
    school.world.fault("drop", "getUpdates", times=2)
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ")


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "kind"), [("getFile", "status"), ("download", "lost"), ("getFile", "429")]
)
def test_a_file_that_stumbles_on_its_way_arrives_all_the_same(
    school: School, desk: Desk, method: str, kind: str
) -> None:
    school.world.fault(kind, method)
    school.teacher.hands_in(desk.plan(13))


def test_a_file_telegram_lost_is_asked_for_again(school: School, desk: Desk) -> None:
    school.world.fault("status", "getFile", status=400, description="Bad Request: wrong file_id")
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("Em chưa tải được KHBD_Tuan_13.*gửi lại tệp")
    school.teacher.hands_in(desk.plan(13))


def test_a_file_that_cannot_be_fetched_for_good_is_told_to_the_teacher(
    school: School, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "MAX_ATTEMPTS", 2)
    school.world.fault("status", "getFile", times=2, status=500)
    school.teacher.sends(desk.plan(13))
    school.teacher.hears("Em chưa tải được KHBD_Tuan_13.*gửi lại tệp")


# --- blocked -------------------------------------------------------------------------------------


def test_the_office_hears_who_blocked_the_bot(school: School) -> None:
    school.teacher.blocks()
    school.vice.hears("không gửi được tin cho Tạ Thị Loan")


def test_an_unblocked_person_is_reached_again(school: School, desk: Desk) -> None:
    school.teacher.hands_in(desk.plan(13))
    school.teacher.blocks()
    school.vice.hears("không gửi được tin")
    school.teacher.unblocks()
    school.rests()
    school.head.approves()
    school.teacher.hears("đã ký duyệt KHBD Tuần 13")


def test_a_leader_who_blocked_the_bot_finds_the_plan_in_the_queue(school: School, desk: Desk) -> None:
    school.head.blocks()
    school.vice.hears("không gửi được tin cho Bùi Thị Tuyết Nga")
    school.teacher.hands_in(desk.plan(13))
    school.rests()
    assert sum("không gửi được tin cho" in message.text for message in school.vice.messages()) == 1
    school.head.unblocks()
    school.head.says("/choduyet")
    school.head.presses("Tuần 13")
    school.head.gets_card()
    school.head.approves()


def test_a_refusal_while_sending_tells_the_office_too(school: School) -> None:
    blocked = "Forbidden: bot was blocked by the user"
    chat = school.teacher.chat_id
    school.world.fault("status", "sendMessage", chat_id=chat, status=403, description=blocked)
    school.teacher.says("/hotro")
    school.vice.hears("không gửi được tin cho Tạ Thị Loan")


# --- poison --------------------------------------------------------------------------------------


def test_an_update_nobody_can_read_is_parked_and_the_next_message_goes_on(troubled: School) -> None:
    chat = {"id": troubled.teacher.chat_id, "type": "private"}
    troubled.world.pushes({"message": {"message_id": "?", "date": "yesterday", "chat": chat, "text": ["?"]}})
    troubled.teacher.says("/hotro")
    troubled.teacher.hears("liên hệ")
    troubled.vice.hears("Có một việc em chưa làm xong")
    ((payload,),) = troubled.rows("SELECT payload FROM inbox WHERE state = 'parked'")
    assert "yesterday" in payload


@pytest.mark.parametrize(
    "update",
    [{}, {"message": None}, {"callback_query": {"id": 5}}, {"edited_message": {"chat": 1}}, {"new_kind": {}}],
    ids=["empty", "null", "tap", "edit", "unknown"],
)
def test_nonsense_updates_stop_nobody(troubled: School, update: dict[str, object]) -> None:
    troubled.world.pushes(update)
    troubled.teacher.says("/hotro")
    troubled.teacher.hears("liên hệ")


def _stumbles(event: CommandSent, uow: UnitOfWork) -> None:
    raise RuntimeError("a bug in a handler")


@pytest.fixture
def buggy_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """`/hotro` always fails; two tries."""
    monkeypatch.setattr(dispatcher, "MAX_ATTEMPTS", 2)
    monkeypatch.setitem(handlers.COMMANDS, "hotro", handlers.Route(_stumbles))


@pytest.mark.usefixtures("buggy_help")
def test_a_failing_message_delays_its_chat_only_and_ends_parked(troubled: School) -> None:
    troubled.teacher.says("/hotro")
    troubled.teacher.says("/trangthai")
    troubled.head.says("/trangthai")
    troubled.head.hears("chưa nộp KHBD nào")
    troubled.teacher.hears("chưa nộp KHBD nào")
    troubled.vice.hears("Có một việc em chưa làm xong")
    ((attempts, error),) = troubled.rows("SELECT attempts, error FROM inbox WHERE state = 'parked'")
    assert attempts == 2 and "RuntimeError at" in error


@pytest.mark.usefixtures("buggy_help")
def test_whose_message_was_given_up_is_told(troubled: School) -> None:
    troubled.teacher.says("/hotro")
    troubled.teacher.hears("Em gặp trục trặc, chưa làm xong việc thầy/cô vừa gửi")


def test_a_handler_that_stumbles_once_is_tried_again(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    right, calls = handlers.COMMANDS["hotro"], []

    def stumbles_once(event: Event, uow: UnitOfWork) -> None:
        calls.append(event)
        if len(calls) == 1:
            raise RuntimeError("the database was away")
        right.handler(event, uow)

    monkeypatch.setitem(handlers.COMMANDS, "hotro", handlers.Route(stumbles_once))
    school.teacher.says("/hotro")
    school.teacher.hears("liên hệ")
    assert len(school.teacher.messages()) == 1


# --- restarts ------------------------------------------------------------------------------------


def test_what_was_said_while_the_bot_was_down_is_answered_later(school: School, desk: Desk) -> None:
    school.stop()
    school.teacher.sends(desk.plan(13))
    school.start()
    school.teacher.presses("Trình ký")
    school.stop()
    school.start()
    school.head.gets_card()


def test_a_second_bot_on_the_same_folder_refuses_to_start(school: School, make_school: MakeSchool) -> None:
    twin = make_school()
    twin.home, twin.settings = school.home, school.settings
    with pytest.raises(SettingsError, match="another hoso-bot is running"):
        twin.start()
