"""The Telegram channel over real HTTP against the strict fake, through everything that goes wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.fakes.telegram_sim import Person, TelegramSim, World

from hoso_bot.channels.telegram import Telegram
from hoso_bot.domain.errors import FileRefused, SettingsError
from hoso_bot.domain.events import ButtonTapped, ChatClosed, ChatReopened, FileSent, TextSent
from hoso_bot.domain.messages import Gone, Key, Later, Parcel, Sent
from hoso_bot.ports import Channel
from hoso_bot.web.server import secret_matches

LAN = "101"
SUBMIT = ((Key("Trình ký", "token-1"), Key("Hủy", "token-2")),)
Row = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def server() -> Iterator[TelegramSim]:
    with TelegramSim() as running:
        yield running


@pytest.fixture
def world(server: TelegramSim) -> World:
    return server.world()


@pytest.fixture
def lan(world: World) -> Person:
    """A teacher who wrote to the bot once, long ago: the update is confirmed."""
    teacher = world.person(int(LAN), "Cô Lan")
    teacher.says("/start")
    waiting = world.state()["pending_updates"]
    world.call("getUpdates", offset=waiting[-1]["update_id"] + 1)
    return teacher


@pytest.fixture
async def telegram(world: World) -> AsyncIterator[Telegram]:
    channel = Telegram(world.token, world.base_url, poll_timeout=2)
    yield channel
    await channel.close()


class Inbox:
    """Keeps rows in memory; `broken` makes the next so many calls fail like a full disk."""

    def __init__(self, broken: int = 0) -> None:
        self.rows: list[Row] = []
        self.broken = broken

    async def store(self, rows: list[Row]) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("no space left on device")
        self.rows.extend(rows)

    def texts(self) -> list[str]:
        return [row[2]["message"]["text"] for row in self.rows if "text" in row[2].get("message", {})]


@asynccontextmanager
async def listening(telegram: Telegram, inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.create_task(telegram.listen(inbox.store))
    try:
        yield
    finally:
        assert not task.done(), "listen must never end by itself"
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], Any], seconds: float = 10) -> None:
    """Wait for something to become true; the assertion shows which did not."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.02)


def test_it_is_a_channel(telegram: Telegram) -> None:
    channel: Channel = telegram
    assert (channel.name, channel.max_file_bytes) == ("telegram", 20 << 20)


# --- listening ------------------------------------------------------------------------------------


async def test_what_a_person_does_arrives_in_order_on_their_lane(telegram: Telegram, lan: Person) -> None:
    inbox = Inbox()
    await telegram.send(Parcel(LAN, "Trình ký?", SUBMIT))
    async with listening(telegram, inbox):
        lan.says("xin chào")
        lan.taps("Trình ký")
        lan.blocks()
        lan.unblocks()
        await until(lambda: len(inbox.rows) == 4)
    kinds = [type(telegram.parse(raw)) for _, _, raw in inbox.rows]
    assert kinds == [TextSent, ButtonTapped, ChatClosed, ChatReopened]
    assert {lane for _, lane, _ in inbox.rows} == {"telegram:101"}
    assert [int(row[0]) for row in inbox.rows] == [row[2]["update_id"] for row in inbox.rows]


async def test_nothing_is_confirmed_before_the_store_kept_it(
    telegram: Telegram, world: World, lan: Person
) -> None:
    inbox = Inbox(broken=2)
    lan.says("giáo án của em")
    async with listening(telegram, inbox):
        await until(lambda: inbox.broken == 0)
        assert len(world.state()["pending_updates"]) == 1
        await until(inbox.texts)
        await until(lambda: not world.state()["pending_updates"])
    assert inbox.texts() == ["giáo án của em"]


async def test_an_update_kept_but_not_confirmed_comes_again_after_a_restart(
    telegram: Telegram, world: World, lan: Person
) -> None:
    kept: list[str] = []

    async def die_after_keeping(rows: list[Row]) -> None:
        kept.extend(row[0] for row in rows)
        await asyncio.Event().wait()

    lan.says("một")
    killed = asyncio.create_task(telegram.listen(die_after_keeping))
    await until(lambda: kept)
    killed.cancel()
    restarted, inbox = Telegram(world.token, world.base_url, poll_timeout=2), Inbox()
    async with listening(restarted, inbox):
        await until(inbox.texts)
    await restarted.close()
    assert [row[0] for row in inbox.rows] == kept


async def test_a_poison_update_is_kept_and_blocks_no_later_one(
    telegram: Telegram, world: World, lan: Person
) -> None:
    inbox = Inbox()
    world.pushes({"message": {"chat": {"id": 101}, "text": "no date, no type"}})
    world.pushes({"callback_query": "not even an object"})
    lan.says("sau đó")
    async with listening(telegram, inbox):
        await until(lambda: len(inbox.rows) == 3)
        await until(lambda: not world.state()["pending_updates"])
    assert [lane.startswith("telegram:update-") for _, lane, _ in inbox.rows] == [False, True, False]
    with pytest.raises(KeyError):
        telegram.parse(inbox.rows[0][2])


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502, "description": "Bad Gateway"},
        {"kind": "status", "status": 401, "description": "Unauthorized"},
        {"kind": "drop"},
        {"kind": "lost"},
        {"kind": "garbage"},
        {"kind": "garbage", "body": '{"ok": true, "result": {"x": 1}}'},
        {"kind": "garbage", "body": '{"ok": true, "result": ["x", {"message": {}}]}'},
        {"kind": "garbage", "body": '{"ok": true}'},
    ],
    ids=str,
)
async def test_polling_survives(telegram: Telegram, world: World, lan: Person, fault: dict[str, Any]) -> None:
    inbox = Inbox()
    world.fault(method="getUpdates", **fault)
    lan.says("vẫn tới")
    async with listening(telegram, inbox):
        await until(inbox.texts)
    assert inbox.texts() == ["vẫn tới"]


async def test_polling_waits_as_long_as_telegram_says(telegram: Telegram, world: World, lan: Person) -> None:
    inbox = Inbox()
    world.fault("429", "getUpdates", retry_after=2)
    lan.says("chờ")
    async with listening(telegram, inbox):
        await until(inbox.texts)
    calls = world.calls("getUpdates")
    refused = next(number for number, call in enumerate(calls) if "fault" in call)
    assert calls[refused + 1]["at"] - calls[refused]["at"] >= 2


async def test_last_poll_ok_tells_the_health_page_only_of_good_polls(
    telegram: Telegram, world: World
) -> None:
    world.fault("status", "getUpdates", times=100)
    async with listening(telegram, Inbox()):
        await until(lambda: world.calls("getUpdates"))
        assert telegram.last_poll_ok is None
        world.heal()
        await until(lambda: telegram.last_poll_ok is not None)


async def test_a_second_poller_is_reported_loudly_and_survived(
    telegram: Telegram, world: World, lan: Person, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()
    async with listening(telegram, inbox):
        await until(lambda: len(world.calls("getUpdates")) == 2)  # Lan's fixture made the first
        await asyncio.to_thread(world.call, "getUpdates", timeout=1)
        await until(lambda: "action=telegram.conflict" in caplog.text)
        lan.says("còn đó không")
        await until(inbox.texts, 20)
    assert any(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_webhook_left_over_from_the_other_mode_is_removed(
    telegram: Telegram, world: World, lan: Person
) -> None:
    inbox = Inbox()
    world.call("setWebhook", url="http://127.0.0.1:9/webhook/telegram", secret_token="old")
    lan.says("gửi khi webhook còn")
    async with listening(telegram, inbox):
        await until(inbox.texts)
    assert world.state()["webhook"] == {}


async def test_update_ids_may_start_lower_after_a_quiet_week(
    telegram: Telegram, world: World, lan: Person
) -> None:
    inbox = Inbox()
    async with listening(telegram, inbox):
        lan.says("tuần này")
        await until(inbox.texts)
        polls = len(world.calls("getUpdates"))
        await until(lambda: len(world.calls("getUpdates")) >= polls + 2)
        low = {"update_id": 7, "message": {**inbox.rows[0][2]["message"], "text": "tuần sau"}}
        world.pushes(low)
        await until(lambda: len(inbox.rows) == 2)
        await until(lambda: not world.state()["pending_updates"])
    assert inbox.texts() == ["tuần này", "tuần sau"]


async def test_a_tap_is_answered_at_once(telegram: Telegram, world: World, lan: Person) -> None:
    await telegram.send(Parcel(LAN, "Trình ký?", SUBMIT))
    async with listening(telegram, Inbox()):
        lan.taps("Trình ký")
        await until(lambda: not world.state()["unanswered"])


@pytest.mark.parametrize("kind", ["status", "drop", "garbage", "slow"])
async def test_a_tap_that_cannot_be_answered_stops_nothing(
    telegram: Telegram, world: World, lan: Person, kind: str
) -> None:
    inbox = Inbox()
    await telegram.send(Parcel(LAN, "Trình ký?", SUBMIT))
    world.fault(kind, "answerCallbackQuery", seconds=5)
    async with listening(telegram, inbox):
        lan.taps("Trình ký")
        await until(lambda: world.calls("answerCallbackQuery"))
        lan.says("và câu này")
        await until(inbox.texts, 3)


# --- files ----------------------------------------------------------------------------------------


async def arrived(telegram: Telegram, world: World) -> FileSent:
    """The file in the newest waiting update."""
    event = telegram.parse(world.state()["pending_updates"][-1])
    assert isinstance(event, FileSent)
    return event


async def test_fetch_brings_the_very_bytes(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path
) -> None:
    body = b"%PDF-1.7 " + bytes(range(256)) * 5000
    lan.sends(body, "Kế hoạch tuần 5.pdf")
    event = await arrived(telegram, world)
    await telegram.fetch(event, tmp_path / "in.pdf")
    assert (tmp_path / "in.pdf").read_bytes() == body
    assert (event.name, event.size) == ("Kế hoạch tuần 5.pdf", len(body))


async def test_fetch_of_the_largest_file_stays_small_in_memory(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path
) -> None:
    lan.sends(bytes(20 << 20), "lon.pdf")
    event = await arrived(telegram, world)
    tracemalloc.start()
    await telegram.fetch(event, tmp_path / "in.pdf")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "in.pdf").stat().st_size == 20 << 20
    assert peak < 4 << 20


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_over_20_mib_is_refused_with_its_size(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path, announced: bool
) -> None:
    lan.sends(b"%PDF", "to.pdf", claimed_size=(20 << 20) + 1)
    event = await arrived(telegram, world)
    with pytest.raises(FileRefused) as refused:
        await telegram.fetch(event if announced else replace(event, size=None), tmp_path / "in.pdf")
    assert (refused.value.text_key, refused.value.facts) == ("file.too_big", {"mb": 21, "max_mb": 20})
    assert len(world.calls("getFile")) == (0 if announced else 1)


async def test_a_file_of_another_bot_is_refused(telegram: Telegram, lan: Person, tmp_path: Path) -> None:
    stranger = FileSent(None, None, "1", "BQACforeign", "x.pdf")  # type: ignore[arg-type]
    with pytest.raises(FileRefused, match=r"file\.fetch_failed"):
        await telegram.fetch(stranger, tmp_path / "in.pdf")


async def test_an_expired_link_is_refused(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path
) -> None:
    lan.sends(b"%PDF", "x.pdf")
    event = await arrived(telegram, world)
    world.fault("status", "download", status=404)
    with pytest.raises(FileRefused, match=r"file\.fetch_failed"):
        await telegram.fetch(event, tmp_path / "in.pdf")


@pytest.mark.parametrize("method", ["getFile", "download"])
@pytest.mark.parametrize("kind", ["status", "429", "drop", "lost", "garbage"])
async def test_trouble_on_the_way_means_fetch_again(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path, method: str, kind: str
) -> None:
    body = b"%PDF-1.7" + bytes(300_000)
    lan.sends(body, "x.pdf")
    event = await arrived(telegram, world)
    world.fault(kind, method)
    if (method, kind) == ("download", "drop"):
        world.fault(kind, method)  # what was hung up on is asked for once more at once
    with pytest.raises(OSError):  # noqa: PT011  (any of its kinds)
        await telegram.fetch(event, tmp_path / "in.pdf")
    await telegram.fetch(event, tmp_path / "in.pdf")
    assert (tmp_path / "in.pdf").read_bytes() == body


# --- sending --------------------------------------------------------------------------------------


async def test_a_message_with_buttons(telegram: Telegram, world: World, lan: Person) -> None:
    outcome = await telegram.send(Parcel(LAN, "Trình ký tuần 5? <b>&", SUBMIT))
    heard = lan.hears("tuần 5")
    assert outcome == Sent(str(heard.message_id))
    assert (heard.text, heard.buttons) == ("Trình ký tuần 5? <b>&", ["Trình ký", "Hủy"])
    assert [key["data"] for key in heard.raw["buttons"][0]] == ["token-1", "token-2"]
    assert heard.raw["silent"] is False


async def test_a_link_is_not_opened_for_a_preview(telegram: Telegram, world: World, lan: Person) -> None:
    await telegram.send(Parcel(LAN, "https://truong.example/mot-lan/x"))
    options = json.loads(world.calls("sendMessage")[0]["params"]["link_preview_options"])
    assert options["is_disabled"] is True


async def test_a_silent_parcel_makes_no_sound(telegram: Telegram, lan: Person, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    await telegram.send(Parcel(LAN, "đêm", silent=True))
    await telegram.send(Parcel(LAN, "tệp", silent=True, path=str(tmp_path / "a.pdf")))
    assert [message.raw["silent"] for message in lan.messages()] == [True, True]


async def test_a_long_text_is_split_at_line_ends_with_the_buttons_on_the_last(
    telegram: Telegram, lan: Person
) -> None:
    lines = [f"dòng {number} {'ệ😀' * 20}" for number in range(200)]
    outcome = await telegram.send(Parcel(LAN, "\n".join(lines), SUBMIT))
    messages = lan.messages()
    assert "\n".join(message.text for message in messages) == "\n".join(lines)
    assert [bool(message.buttons) for message in messages] == [False] * (len(messages) - 1) + [True]
    assert outcome == Sent(str(messages[-1].message_id))


async def test_a_file_goes_with_its_caption_name_and_bytes(
    telegram: Telegram, lan: Person, tmp_path: Path
) -> None:
    (tmp_path / "8f3a").write_bytes(b"%PDF-1.7 signed")
    name = "KHBD Tuần 5 - Cô Lan (đã duyệt).pdf"
    await telegram.send(Parcel(LAN, "Bản đã duyệt", SUBMIT, path=str(tmp_path / "8f3a"), file_name=name))
    heard = lan.hears("Bản đã duyệt")
    assert (heard.file_name, heard.file(), heard.buttons) == (name, b"%PDF-1.7 signed", ["Trình ký", "Hủy"])


async def test_a_text_too_long_for_a_caption_goes_before_the_file(
    telegram: Telegram, lan: Person, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    outcome = await telegram.send(Parcel(LAN, "ý " * 600, SUBMIT, path=str(tmp_path / "a.pdf")))
    text, file = lan.messages()
    assert (text.text, text.buttons, text.file_name) == (("ý " * 600).strip(), [], None)
    assert (file.text, file.buttons, file.file_name) == ("", ["Trình ký", "Hủy"], "a.pdf")
    assert outcome == Sent(str(file.message_id))


async def test_sending_a_large_file_stays_small_in_memory(
    telegram: Telegram, lan: Person, tmp_path: Path
) -> None:
    (tmp_path / "big.pdf").write_bytes(bytes(20 << 20))
    tracemalloc.start()
    assert isinstance(await telegram.send(Parcel(LAN, "tệp", path=str(tmp_path / "big.pdf"))), Sent)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


async def test_an_edit_changes_words_and_buttons(telegram: Telegram, lan: Person) -> None:
    ref = str(lan_card(await telegram.send(Parcel(LAN, "Đang chờ", SUBMIT))))
    assert await telegram.send(Parcel(LAN, "Đã ký", edits=ref)) == Sent(ref)
    (card,) = lan.messages()
    assert (card.text, card.buttons, card.raw["earlier"]) == ("Đã ký", [], ["Đang chờ"])


async def test_an_edit_of_a_file_changes_its_caption(telegram: Telegram, lan: Person, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    ref = lan_card(await telegram.send(Parcel(LAN, "Duyệt?", SUBMIT, path=str(tmp_path / "a.pdf"))))
    assert await telegram.send(Parcel(LAN, "Đã duyệt", edits=ref)) == Sent(ref)
    (card,) = lan.messages()
    assert (card.text, card.buttons, card.file_name) == ("Đã duyệt", [], "a.pdf")


async def test_an_edit_without_words_takes_only_the_buttons(telegram: Telegram, lan: Person) -> None:
    ref = lan_card(await telegram.send(Parcel(LAN, "Đang chờ", SUBMIT)))
    await telegram.send(Parcel(LAN, "", edits=ref))
    (card,) = lan.messages()
    assert (card.text, card.buttons) == ("Đang chờ", [])


async def test_an_edit_that_is_already_so_counts_as_sent(telegram: Telegram, lan: Person) -> None:
    ref = lan_card(await telegram.send(Parcel(LAN, "Đã ký")))
    assert await telegram.send(Parcel(LAN, "Đã ký", edits=ref)) == Sent(ref)


async def test_an_edit_of_a_deleted_message_counts_as_sent(telegram: Telegram, lan: Person) -> None:
    assert await telegram.send(Parcel(LAN, "Đã ký", edits="999999")) == Sent("999999")


def lan_card(outcome: object) -> str:
    assert isinstance(outcome, Sent)
    return outcome.ref


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        ({"kind": "429", "retry_after": 17}, 17.0),
        ({"kind": "status", "status": 500}, None),
        ({"kind": "status", "status": 502}, None),
        ({"kind": "status", "status": 401, "description": "Unauthorized"}, None),
        ({"kind": "drop"}, None),
        ({"kind": "lost"}, None),
        ({"kind": "garbage"}, None),
        ({"kind": "garbage", "body": '{"ok": true, "result": {}}'}, None),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["sendMessage", "sendDocument", "editMessageText"])
async def test_passing_trouble_means_later(
    telegram: Telegram,
    world: World,
    lan: Person,
    tmp_path: Path,
    method: str,
    fault: dict[str, Any],
    after: float | None,
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    ref = lan_card(await telegram.send(Parcel(LAN, "cũ")))
    parcel = {
        "sendMessage": Parcel(LAN, "mới"),
        "sendDocument": Parcel(LAN, "mới", path=str(tmp_path / "a.pdf")),
        "editMessageText": Parcel(LAN, "mới", edits=ref),
    }[method]
    world.fault(method=method, **fault)
    outcome = await telegram.send(parcel)
    assert isinstance(outcome, Later)
    assert outcome.after == after
    assert isinstance(await telegram.send(parcel), Sent)
    assert lan.messages()[-1].text == "mới"


async def test_a_server_that_does_not_answer_in_time_means_later(world: World, lan: Person) -> None:
    hasty = Telegram(world.token, world.base_url, call_timeout=0.3)
    world.fault("slow", "sendMessage", seconds=2)
    assert isinstance(await hasty.send(Parcel(LAN, "x")), Later)
    await hasty.close()


async def test_a_person_who_blocked_the_bot_has_left(telegram: Telegram, lan: Person) -> None:
    lan.blocks()
    outcome = await telegram.send(Parcel(LAN, "còn đó không"))
    assert isinstance(outcome, Gone)
    assert outcome.person_left


async def test_a_person_who_never_wrote_has_no_chat(telegram: Telegram) -> None:
    outcome = await telegram.send(Parcel("404404", "ai đó"))
    assert isinstance(outcome, Gone)
    assert outcome.person_left


@pytest.mark.parametrize(
    "parcel",
    [
        Parcel(LAN, ""),
        Parcel(LAN, "nút", ((Key("Trình ký", "ệ" * 22),),)),
        Parcel(LAN, "sửa", edits="not a number"),
    ],
    ids=["empty text", "button data of 66 bytes", "ref of another channel"],
)
async def test_what_telegram_never_takes_is_gone_though_the_person_is_there(
    telegram: Telegram, lan: Person, parcel: Parcel
) -> None:
    outcome = await telegram.send(parcel)
    assert isinstance(outcome, Gone)
    assert not outcome.person_left


async def test_a_file_over_50_mb_is_not_even_tried(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path
) -> None:
    with (tmp_path / "huge.pdf").open("wb") as huge:
        huge.truncate(50_000_001)
    assert isinstance(await telegram.send(Parcel(LAN, "x", path=str(tmp_path / "huge.pdf"))), Gone)
    assert not world.calls("sendDocument")


async def test_a_file_that_is_not_there_yet_is_tried_later(
    telegram: Telegram, lan: Person, tmp_path: Path
) -> None:
    assert isinstance(await telegram.send(Parcel(LAN, "x", path=str(tmp_path / "none.pdf"))), Later)


# --- the bot itself, webhook, secrets ---------------------------------------------------------------


async def test_me_is_the_username_for_deep_links(telegram: Telegram, world: World) -> None:
    assert await telegram.me() == f"hoso_{world.token.split(':')[0]}_bot"


async def test_a_refused_token_is_a_setting_to_mend(telegram: Telegram, world: World) -> None:
    world.fault("status", "getMe", status=401, description="Unauthorized")
    with pytest.raises(SettingsError, match="HOSO_TELEGRAM__TOKEN"):
        await telegram.me()


async def test_commands_appear_in_the_menu(telegram: Telegram, world: World) -> None:
    await telegram.show_commands([("choduyet", "Hồ sơ chờ tôi duyệt")])
    assert world.state()["commands"] == [{"command": "choduyet", "description": "Hồ sơ chờ tôi duyệt"}]


async def test_setting_the_webhook_again_at_once_waits_its_second(telegram: Telegram, world: World) -> None:
    await telegram.set_webhook("http://127.0.0.1:9/a", "s1")
    await telegram.set_webhook("http://127.0.0.1:9/b", "s2")
    assert world.state()["webhook"]["url"] == "http://127.0.0.1:9/b"
    await telegram.delete_webhook()
    assert world.state()["webhook"] == {}


async def test_webhook_delivers_with_the_secret_until_it_is_acknowledged(
    telegram: Telegram, world: World, lan: Person
) -> None:
    received: list[Row] = []
    refusals = 1

    async def take(request: web.Request) -> web.Response:
        nonlocal refusals
        if not secret_matches(request.headers.get("X-Telegram-Bot-Api-Secret-Token"), "s3cret"):
            return web.Response(status=403)
        if refusals:
            refusals -= 1
            return web.Response(status=503)
        received.append(telegram.receive(await request.json()))
        return web.Response()

    async with serving(take) as url:
        await telegram.set_webhook(url, "s3cret")
        lan.says("một")
        lan.says("hai")
        await until(lambda: len(received) == 2)
    assert [raw["message"]["text"] for _, _, raw in received] == ["một", "hai"]
    assert world.state()["pending_updates"] == []


@asynccontextmanager
async def serving(take: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/webhook/telegram", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook/telegram"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("body", [{}, {"update_id": "x"}, []])
def test_a_posted_body_that_is_no_update_is_refused(telegram: Telegram, body: Any) -> None:
    with pytest.raises(ValueError, match="update_id"):
        telegram.receive(body)


async def test_the_token_is_in_no_log_and_no_error(
    telegram: Telegram, world: World, lan: Person, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    lan.sends(b"%PDF", "x.pdf")
    event = await arrived(telegram, world)
    for kind in ("status", "drop", "garbage", "lost", "none"):
        if kind != "none":
            world.fault(kind, times=3, description=f"echo {world.token}", body=f"echo {world.token}")
        for work in (telegram.me(), telegram.fetch(event, tmp_path / "x"), telegram.send(Parcel(LAN, "x"))):
            try:
                said.append(repr(await work))
            except Exception as error:
                said.append(repr(error) + repr(error.__cause__))
    world.heal()
    world.fault("status", "getUpdates", description=f"echo {world.token}")
    inbox = Inbox()
    async with listening(telegram, inbox):
        await until(lambda: inbox.rows)
    assert world.token not in "\n".join([*said, caplog.text])
    assert len(said) == 15


async def test_an_unreachable_server_is_an_os_error_without_the_token(world: World) -> None:
    channel = Telegram(world.token, "http://127.0.0.1:9")
    with pytest.raises(OSError, match="Telegram") as unreachable:
        await channel.me()
    assert world.token not in str(unreachable.value)
    await channel.close()
