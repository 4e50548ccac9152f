"""The fake Bot API keeps the real one's contract: what a bot may rely on, and what it must fear."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from tests.fakes.telegram_sim import Person, TelegramSim, World

TAP = {"inline_keyboard": [[{"text": "Ký duyệt", "callback_data": "t1"}]]}


@pytest.fixture(scope="module")
def server() -> Iterator[TelegramSim]:
    with TelegramSim() as running:
        yield running


@pytest.fixture
def world(server: TelegramSim) -> World:
    return server.world()


@pytest.fixture
def lan(world: World) -> Person:
    """A teacher who wrote once; that update is confirmed."""
    teacher = world.person(101, "Cô Lan")
    teacher.says("/start")
    world.call("getUpdates", offset=world.state()["pending_updates"][-1]["update_id"] + 1)
    return teacher


def ok(answer: dict[str, Any]) -> Any:
    assert answer["ok"], answer
    return answer["result"]


def refusal(answer: dict[str, Any]) -> tuple[int, str]:
    assert not answer["ok"], answer
    return answer["error_code"], answer["description"]


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def upload(world: World, files: dict[str, Any], **data: Any) -> dict[str, Any]:
    """sendDocument to Lan as a multipart form."""
    url = f"{world.base_url}/bot{world.token}/sendDocument"
    return dict(httpx.post(url, data={"chat_id": 101, **data}, files=files, trust_env=False).json())


# --- doors ------------------------------------------------------------------------------------------


def test_malformed_tokens_are_not_let_in(server: TelegramSim) -> None:
    assert refusal(server.world("nonsense").call("getMe"))[0] == 401


def test_unknown_methods_are_404_and_known_ones_ignore_case_and_unknown_parameters(world: World) -> None:
    assert refusal(world.call("sendLove")) == (404, "Not Found: method not found")
    assert ok(world.call("GETME", colour="red"))["is_bot"] is True


def test_parameters_may_come_in_the_query(world: World, lan: Person) -> None:
    url = f"{world.base_url}/bot{world.token}/sendMessage?chat_id=101&text=ch%C3%A0o"
    assert httpx.get(url, trust_env=False).json()["result"]["text"] == "chào"


def test_each_token_is_a_world_of_its_own(server: TelegramSim, lan: Person) -> None:
    assert refusal(server.world().call("sendMessage", chat_id=101, text="x"))[1].endswith("chat not found")


# --- getUpdates -------------------------------------------------------------------------------------


def test_updates_come_again_until_a_higher_offset_confirms_them(world: World, lan: Person) -> None:
    lan.says("một")
    lan.says("hai")
    first = ok(world.call("getUpdates"))
    assert texts(first) == ["một", "hai"]
    assert texts(ok(world.call("getUpdates", offset=first[1]["update_id"]))) == ["hai"]
    assert texts(ok(world.call("getUpdates"))) == ["hai"]
    assert ok(world.call("getUpdates", offset=first[1]["update_id"] + 1)) == []


def test_a_negative_offset_keeps_only_the_last(world: World, lan: Person) -> None:
    for text in ("một", "hai", "ba"):
        lan.says(text)
    assert texts(ok(world.call("getUpdates", offset=-2))) == ["hai", "ba"]
    assert len(world.state()["pending_updates"]) == 2


def test_an_offset_far_in_the_future_confirms_nothing(world: World, lan: Person) -> None:
    lan.says("một")
    newest = world.state()["pending_updates"][0]["update_id"]
    assert texts(ok(world.call("getUpdates", offset=newest + 1000))) == ["một"]


@pytest.mark.parametrize(("limit", "given"), [(2, 2), (0, 1), (1000, 100)])
def test_limit_stays_between_1_and_100(world: World, lan: Person, limit: int, given: int) -> None:
    for number in range(101):
        world.pushes({"message": {"text": str(number)}})
    assert len(ok(world.call("getUpdates", limit=limit))) == given


def test_a_long_poll_returns_as_soon_as_something_arrives(world: World, lan: Person) -> None:
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(world.call, "getUpdates", timeout=20)
        time.sleep(0.3)
        assert not poll.done()
        lan.says("đây rồi")
        assert texts(ok(poll.result(3))) == ["đây rồi"]


def test_a_long_poll_without_news_ends_empty(world: World) -> None:
    started = time.monotonic()
    assert ok(world.call("getUpdates", timeout=1)) == []
    assert 1 <= time.monotonic() - started < 3


def test_a_second_poller_ends_the_first_with_409(world: World, lan: Person) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(world.call, "getUpdates", timeout=20)
        time.sleep(0.3)
        second = pool.submit(world.call, "getUpdates", timeout=20)
        code, why = refusal(first.result(3))
        assert code == 409
        assert why.startswith("Conflict: terminated by other getUpdates request")
        lan.says("cho người sau")
        assert texts(ok(second.result(3))) == ["cho người sau"]


def test_polling_is_refused_while_a_webhook_is_set_and_updates_wait(world: World, lan: Person) -> None:
    ok(world.call("setWebhook", url="http://127.0.0.1:9/x"))
    lan.says("chờ")
    code, why = refusal(world.call("getUpdates"))
    assert (code, "webhook is active" in why) == (409, True)
    ok(world.call("deleteWebhook"))
    assert texts(ok(world.call("getUpdates"))) == ["chờ"]


def test_a_client_that_repeats_an_offset_at_once_gets_one_update(world: World, lan: Person) -> None:
    lan.says("một")
    lan.says("hai")
    assert len(ok(world.call("getUpdates"))) == 2
    assert len(ok(world.call("getUpdates"))) == 1


def test_only_wanted_kinds_of_updates_are_kept(world: World, lan: Person) -> None:
    ok(world.call("getUpdates", allowed_updates=["callback_query"]))
    lan.says("không cần")
    assert world.state()["pending_updates"] == []


def test_messages_wait_a_day_and_taps_150_seconds(world: World, lan: Person) -> None:
    ok(world.call("sendMessage", chat_id=101, text="?", reply_markup=TAP))
    lan.says("tin")
    lan.taps("Ký")
    world.skips(149)
    assert len(world.state()["pending_updates"]) == 2
    world.skips(2)
    assert [list(update)[1] for update in world.state()["pending_updates"]] == ["message"]
    world.skips(86_400)
    assert world.state()["pending_updates"] == []


# --- sending ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "code", "why"),
    [
        ({"text": "x"}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": 999, "text": "x"}, 400, "Bad Request: chat not found"),
        ({"chat_id": 101}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 101, "text": " \n"}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 101, "text": "x" * 4097}, 400, "Bad Request: message is too long"),
        ({"chat_id": 101, "text": "😀" * 2049}, 400, "Bad Request: message is too long"),
    ],
)
def test_bad_messages(world: World, lan: Person, params: dict[str, Any], code: int, why: str) -> None:
    assert refusal(world.call("sendMessage", **params)) == (code, why)


def test_a_text_of_exactly_4096_units_passes(world: World, lan: Person) -> None:
    assert ok(world.call("sendMessage", chat_id=101, text="😀" * 2048))["text"] == "😀" * 2048


@pytest.mark.parametrize(("data", "good"), [("x" * 64, True), ("ệ" * 22, False), ("", False)])
def test_button_data_is_1_to_64_bytes(world: World, lan: Person, data: str, good: bool) -> None:
    markup = {"inline_keyboard": [[{"text": "Ký", "callback_data": data}]]}
    answer = world.call("sendMessage", chat_id=101, text="?", reply_markup=markup)
    assert answer["ok"] is good
    assert good or refusal(answer) == (400, "Bad Request: BUTTON_DATA_INVALID")


def test_only_inline_keyboards_are_shown_on_a_message(world: World, lan: Person) -> None:
    markup = {"keyboard": [[{"text": "Hỗ trợ"}]]}
    assert "reply_markup" not in ok(world.call("sendMessage", chat_id=101, text="?", reply_markup=markup))


def test_a_blocked_bot_gets_403_and_hears_of_it(world: World, lan: Person) -> None:
    lan.blocks()
    answer = world.call("sendMessage", chat_id=101, text="x")
    assert refusal(answer) == (403, "Forbidden: bot was blocked by the user")
    lan.unblocks()
    ok(world.call("sendMessage", chat_id=101, text="x"))
    changes = [
        update["my_chat_member"]["new_chat_member"]["status"] for update in ok(world.call("getUpdates"))
    ]
    assert changes == ["kicked", "member"]


@pytest.mark.parametrize("part", ["document", "anything"])
def test_a_document_comes_as_a_part_or_attached_by_name(world: World, lan: Person, part: str) -> None:
    named = {} if part == "document" else {"document": f"attach://{part}"}
    files = {part: ("Tuần 5.pdf", b"%PDF-1.7", "application/pdf")}
    message = ok(upload(world, files, caption="kế hoạch", **named))
    assert message["document"]["file_name"] == "Tuần 5.pdf"
    assert message["document"]["mime_type"] == "application/pdf"
    assert lan.hears("kế hoạch").file() == b"%PDF-1.7"


def test_a_file_id_works_for_its_own_bot_only(server: TelegramSim, world: World, lan: Person) -> None:
    sent = ok(upload(world, {"document": ("a.pdf", b"%PDF", "application/pdf")}))
    again = ok(world.call("sendDocument", chat_id=101, document=sent["document"]["file_id"]))
    assert again["document"]["file_id"] == sent["document"]["file_id"]
    other = server.world()
    other.person(101, "Cô Lan").says("/start")
    answer = other.call("sendDocument", chat_id=101, document=sent["document"]["file_id"])
    assert refusal(answer)[0] == 400


@pytest.mark.parametrize(
    ("body", "more", "code", "why"),
    [
        (b"", {}, 400, "Bad Request: file must be non-empty"),
        (b"x", {"caption": "x" * 1025}, 400, "Bad Request: message caption is too long"),
        (b"x", {"document": "no-such-id"}, 400, "Bad Request: wrong file identifier/HTTP URL specified"),
        (bytes(50_000_001), {}, 413, "Request Entity Too Large"),
    ],
    ids=["empty", "long caption", "foreign id", "over 50 MB"],
)
def test_bad_documents(
    world: World, lan: Person, body: bytes, more: dict[str, Any], code: int, why: str
) -> None:
    assert refusal(upload(world, {"document": ("a.pdf", body, "application/pdf")}, **more)) == (code, why)


# --- files of people ------------------------------------------------------------------------------------


def sent_file_id(world: World) -> str:
    return str(world.state()["pending_updates"][-1]["message"]["document"]["file_id"])


def test_a_file_is_downloaded_by_a_link_that_lives_an_hour(world: World, lan: Person) -> None:
    lan.sends(b"%PDF-1.7 nguyen van", "a.pdf")
    path = ok(world.call("getFile", file_id=sent_file_id(world)))["file_path"]
    url = f"{world.base_url}/file/bot{world.token}/{path}"
    assert httpx.get(url, trust_env=False).content == b"%PDF-1.7 nguyen van"
    world.skips(3601)
    assert httpx.get(url, trust_env=False).status_code == 404


@pytest.mark.parametrize(("size", "good"), [(20 << 20, True), ((20 << 20) + 1, False)])
def test_files_over_20_mib_cannot_be_fetched(world: World, lan: Person, size: int, good: bool) -> None:
    lan.sends(b"%PDF", "a.pdf", claimed_size=size)
    answer = world.call("getFile", file_id=sent_file_id(world))
    assert answer["ok"] is good
    assert good or refusal(answer) == (400, "Bad Request: file is too big")


def test_an_unknown_file_id_is_refused(world: World) -> None:
    assert refusal(world.call("getFile", file_id="BQAC"))[0] == 400


def test_an_album_is_one_message_for_each_file(world: World, lan: Person, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"%PDF")
    lan.sends_album(tmp_path / "a.pdf", tmp_path / "b.pdf")
    messages = [update["message"] for update in ok(world.call("getUpdates"))]
    assert [message["document"]["file_name"] for message in messages] == ["a.pdf", "b.pdf"]
    assert len({message["media_group_id"] for message in messages}) == 1


def test_a_photo_comes_in_sizes_without_a_name(world: World, lan: Person) -> None:
    lan.sends_photo(caption="ảnh")
    (update,) = ok(world.call("getUpdates"))
    assert len(update["message"]["photo"]) == 3
    assert "document" not in update["message"]


# --- editing and deleting -----------------------------------------------------------------------------


def card(world: World) -> int:
    return int(ok(world.call("sendMessage", chat_id=101, text="Đang chờ", reply_markup=TAP))["message_id"])


def test_editing_the_text_without_a_keyboard_takes_the_keyboard_away(world: World, lan: Person) -> None:
    message_id = card(world)
    edited = ok(world.call("editMessageText", chat_id=101, message_id=message_id, text="Đã ký"))
    assert (edited["text"], "reply_markup" in edited, "edit_date" in edited) == ("Đã ký", False, True)
    assert lan.hears("Đã ký").raw["earlier"] == ["Đang chờ"]


def test_an_edit_that_changes_nothing_is_refused(world: World, lan: Person) -> None:
    message_id = card(world)
    same = {"text": "Đang chờ", "reply_markup": TAP}
    answer = world.call("editMessageText", chat_id=101, message_id=message_id, **same)
    assert refusal(answer)[1].startswith("Bad Request: message is not modified")
    ok(world.call("editMessageReplyMarkup", chat_id=101, message_id=message_id))
    answer = world.call("editMessageReplyMarkup", chat_id=101, message_id=message_id)
    assert refusal(answer)[1].startswith("Bad Request: message is not modified")


@pytest.mark.parametrize(
    ("message_id", "why"), [(999_999, "message to edit not found"), (1, "message can't be edited")]
)
def test_only_own_messages_can_be_edited(world: World, lan: Person, message_id: int, why: str) -> None:
    answer = world.call("editMessageText", chat_id=101, message_id=message_id, text="x")
    assert refusal(answer) == (400, f"Bad Request: {why}")


def test_a_text_has_no_caption_and_a_file_no_text(world: World, lan: Person) -> None:
    message_id = card(world)
    answer = world.call("editMessageCaption", chat_id=101, message_id=message_id, caption="x")
    assert refusal(answer)[1] == "Bad Request: there is no caption in the message to edit"
    file_id = ok(upload(world, {"document": ("a.pdf", b"%PDF", "application/pdf")}))["message_id"]
    answer = world.call("editMessageText", chat_id=101, message_id=file_id, text="x")
    assert refusal(answer)[1] == "Bad Request: there is no text in the message to edit"
    ok(world.call("editMessageCaption", chat_id=101, message_id=file_id, caption="đã duyệt"))
    assert lan.hears("đã duyệt").file() == b"%PDF"


def test_messages_can_be_deleted_for_48_hours(world: World, lan: Person) -> None:
    young, old = card(world), card(world)
    assert ok(world.call("deleteMessage", chat_id=101, message_id=young)) is True
    assert refusal(world.call("deleteMessage", chat_id=101, message_id=young))[1].endswith("delete not found")
    world.skips(48 * 3600 + 1)
    assert refusal(world.call("deleteMessage", chat_id=101, message_id=old))[0] == 400


# --- taps ---------------------------------------------------------------------------------------------


def test_a_tap_is_answered_once(world: World, lan: Person) -> None:
    card(world)
    query = lan.taps("Ký")["query_id"]
    assert world.state()["unanswered"] == [{"id": query, "data": "t1"}]
    assert ok(world.call("answerCallbackQuery", callback_query_id=query)) is True
    code, why = refusal(world.call("answerCallbackQuery", callback_query_id=query))
    assert (code, why.startswith("Bad Request: query is too old")) == (400, True)


def test_a_tap_cannot_be_answered_after_15_seconds(world: World, lan: Person) -> None:
    card(world)
    query = lan.taps("Ký")["query_id"]
    world.skips(16)
    assert refusal(world.call("answerCallbackQuery", callback_query_id=query))[0] == 400


def test_people_can_only_tap_what_they_see(world: World, lan: Person) -> None:
    message_id = card(world)
    with pytest.raises(AssertionError, match="Ký duyệt"):
        lan.taps("Từ chối")
    ok(world.call("editMessageReplyMarkup", chat_id=101, message_id=message_id))
    with pytest.raises(AssertionError, match="no button"):
        lan.taps("Ký duyệt")


# --- webhook ------------------------------------------------------------------------------------------


class Hook(BaseHTTPRequestHandler):
    """A bot's webhook that answers as told and remembers."""

    answers: ClassVar[list[int]] = []
    seen: ClassVar[list[tuple[float, str | None, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        secret = self.headers.get("X-Telegram-Bot-Api-Secret-Token")
        type(self).seen.append((time.monotonic(), secret, body))
        self.send_response(type(self).answers.pop(0) if type(self).answers else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.answers, Hook.seen = [], []
    listening = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}/hook"
    listening.shutdown()
    listening.server_close()
    thread.join()


def until_delivered(world: World, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while world.state()["pending_updates"]:
        assert time.monotonic() < deadline, "still waiting for delivery"
        time.sleep(0.05)


def test_any_2xx_acknowledges_and_the_secret_comes_along(world: World, lan: Person, hook: str) -> None:
    ok(world.call("setWebhook", url=hook, secret_token="s3cret_-"))
    lan.says("xin chào")
    until_delivered(world)
    ((_, secret, body),) = Hook.seen
    assert (secret, "xin chào" in body.decode("unicode_escape")) == ("s3cret_-", True)


def test_a_failed_delivery_is_repeated_after_0_then_1_seconds(world: World, lan: Person, hook: str) -> None:
    Hook.answers = [500, 503]
    ok(world.call("setWebhook", url=hook))
    lan.says("một")
    lan.says("hai")
    until_delivered(world)
    times = [at for at, _, _ in Hook.seen]
    bodies = [body for _, _, body in Hook.seen]
    assert bodies[0] == bodies[1] == bodies[2] != bodies[3]  # order of a chat is kept
    assert times[1] - times[0] < 0.5
    assert 0.9 < times[2] - times[1] < 2
    assert "Wrong response" in ok(world.call("getWebhookInfo"))["last_error_message"]


def test_a_failing_chat_does_not_hold_up_another(world: World, lan: Person, hook: str) -> None:
    Hook.answers = [500, 500, 500]
    ok(world.call("setWebhook", url=hook))
    lan.says("bị lỗi")
    while len(Hook.seen) < 3:
        time.sleep(0.02)
    world.person(202, "Thầy Sơn").says("vẫn đi")
    while len(world.state()["pending_updates"]) > 1:
        time.sleep(0.02)
    assert texts(world.state()["pending_updates"]) == ["bị lỗi"]


@pytest.mark.parametrize(
    ("params", "why"),
    [({"url": "nonsense"}, "bad webhook"), ({"url": "http://127.0.0.1:9/", "secret_token": "a b"}, "secret")],
)
def test_bad_webhooks(world: World, params: dict[str, str], why: str) -> None:
    code, said = refusal(world.call("setWebhook", **params))
    assert (code, why in said) == (400, True)


def test_a_second_webhook_within_a_second_is_too_many(world: World) -> None:
    ok(world.call("setWebhook", url="http://127.0.0.1:9/a"))
    answer = world.call("setWebhook", url="http://127.0.0.1:9/b")
    assert refusal(answer)[0] == 429
    assert answer["parameters"] == {"retry_after": 1}


# --- faults and transcript ------------------------------------------------------------------------------


def test_a_lost_answer_was_performed(world: World, lan: Person) -> None:
    world.fault("lost", "sendMessage")
    url = f"{world.base_url}/bot{world.token}/sendMessage"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(url, json={"chat_id": 101, "text": "đã tới"}, trust_env=False)
    assert lan.hears("đã tới")


def test_a_dropped_call_was_not_performed(world: World, lan: Person) -> None:
    world.fault("drop", "sendMessage")
    url = f"{world.base_url}/bot{world.token}/sendMessage"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(url, json={"chat_id": 101, "text": "mất"}, trust_env=False)
    assert lan.messages() == []


def test_a_fault_hits_its_method_and_chat_so_often_and_not_before(world: World, lan: Person) -> None:
    world.person(202, "Thầy Sơn").says("/start")
    world.fault("429", "sendMessage", retry_after=3, chat_id=101, after=1, times=2)
    tries = [world.call("sendMessage", chat_id=101, text=str(number))["ok"] for number in range(4)]
    assert tries == [True, False, False, True]
    assert world.call("sendMessage", chat_id=202, text="x")["ok"]


def test_hears_goes_through_the_news_once(world: World, lan: Person) -> None:
    message_id = card(world)
    lan.hears("đang chờ")
    lan.hears_nothing(0.1)
    with pytest.raises(AssertionError, match="did not hear"):
        lan.hears("đang chờ", 0.1)
    ok(world.call("editMessageText", chat_id=101, message_id=message_id, text="Đã ký"))
    assert lan.hears("đã ký", 0.1).message_id == message_id


def test_the_server_keeps_its_worlds_while_bots_come_and_go(
    server: TelegramSim, world: World, lan: Person
) -> None:
    lan.says("còn đây")
    assert texts(ok(server.world(world.token).call("getUpdates"))) == ["còn đây"]
