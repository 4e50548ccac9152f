"""The Zalo bot against the strict fake: what goes out, what comes of refusals, polls and what they lose."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from structlog.testing import capture_logs
from tests.fakes.zalo_bot_sim import ZaloBotSim, ZaloBotWorld

from hoso_bot.channels.zalo_bot import Hook, ZaloBot
from hoso_bot.channels.zalo_bot_api import BotApi, BotRefused
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import Address, FileSent
from hoso_bot.domain.messages import Gone, Later, Parcel, Sent
from hoso_bot.ports import FACELESS
from hoso_bot.web.server import secret_matches

PERSON = 6_000_000_001
CHAT = f"{PERSON:020x}"
LINK = "https://truong.example/f/abc"


@dataclass
class Bot:
    """A bot, its channel, what it kept and what the office was told."""

    world: ZaloBotWorld
    channel: ZaloBot
    api: BotApi
    kept: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    trouble: list[int] = field(default_factory=list)
    full: int = 0
    """How often the disk is full from here on."""

    async def store(self, items: list[tuple[str, str, dict[str, Any]]]) -> None:
        """Keeps updates, unless the disk is full."""
        if self.full:
            self.full -= 1
            raise OSError("no space left")
        self.kept += items

    def said(self) -> list[dict[str, Any]]:
        """What the person's phone shows of us."""
        return [raw for raw in self.world.transcript(PERSON)["messages"] if raw["from"] == "bot"]

    def polls(self) -> int:
        return len(self.world.calls("getUpdates"))

    async def comes_to(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(condition):
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """While this lasts, the channel receives."""
        task = asyncio.create_task(self.channel.listen(self.store))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def open_bot(zalo_bot: ZaloBotSim, **more: Any) -> Bot:
    """A bot to whom somebody wrote long ago."""
    world = zalo_bot.world()
    given = world.settings()
    world.does("interacted", chat_id=PERSON, name="Cô Loan")
    api, trouble = BotApi(given["token"], given["base_url"]), []
    channel = ZaloBot(
        api,
        base_url=given["base_url"],
        file_link=lambda parcel: LINK,
        on_trouble=trouble.append,
        poll_seconds=1,
        **more,
    )
    return Bot(world, channel, api, trouble=trouble)


@pytest_asyncio.fixture
async def bot(zalo_bot: ZaloBotSim) -> AsyncIterator[Bot]:
    """A bot whose fake has no complaint about it in the end."""
    opened = open_bot(zalo_bot)
    yield opened
    assert opened.world.state()["strictness"] == []
    await opened.channel.close()


# --- what goes out -----------------------------------------------------------------------------------


async def test_a_text_arrives_and_a_long_one_in_pieces(bot: Bot) -> None:
    assert isinstance(await bot.channel.send(Parcel(CHAT, "Chào thầy/cô")), Sent)
    sentence = "Thầy/cô xem lại mục hai của kế hoạch giúp em nhé. 😀 "
    await bot.channel.send(Parcel(CHAT, sentence * 100))
    first, *pieces = [raw["text"] for raw in bot.said()]
    assert first == "Chào thầy/cô"
    assert len(pieces) == 3
    assert " ".join(pieces) == (sentence * 100).strip()


async def test_a_file_becomes_a_link(bot: Bot, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.7 small")
    await bot.channel.send(Parcel(CHAT, "Bản đã duyệt", path=str(file), file_name="KHBD-da-ky.pdf"))
    (said,) = bot.said()
    assert said["text"].startswith("Bản đã duyệt\n\nTải tệp KHBD-da-ky.pdf (0,1 MB)")
    assert LINK in said["text"]
    assert await bot.channel.send(Parcel(CHAT, "x", path=str(tmp_path / "gone"))) == Gone(
        f"FileNotFoundError: [Errno 2] No such file or directory: '{tmp_path / 'gone'}'"
    )


async def test_a_picture_is_fetched_by_zalo_and_a_bad_one_is_left_out(zalo_bot: ZaloBotSim) -> None:
    bot = open_bot(zalo_bot, picture_link=lambda parcel: parcel.picture or "")
    bot.world.does("photo", chat_id=PERSON)
    link = _media(bot)
    await bot.channel.send(Parcel(CHAT, "Thẻ", picture=link))
    assert [(raw["photo"], raw["text"]) for raw in bot.said()] == [(True, ""), (False, "Thẻ")]
    await bot.channel.send(Parcel(CHAT, "Thẻ 2", picture=f"{link}x"))
    bot.world.fault("lost", "sendPhoto")
    await bot.channel.send(Parcel(CHAT, "Thẻ 3", picture=link))
    await bot.channel.send(Parcel(CHAT, "Thẻ 4", picture=""))
    assert [raw["text"] for raw in bot.said()][2:] == ["Thẻ 2", "Thẻ 3", "Thẻ 4"]
    assert ["cannot be downloaded" in line for line in bot.world.state()["strictness"]] == [True]
    await bot.channel.close()


def _media(bot: Bot) -> str:
    """Where the photo lies that somebody sent last."""
    answer = bot.world.call("getUpdates", timeout="5")
    return str(answer["result"]["message"]["photo_url"])


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (400, Gone, False),
        (401, Later, True),
        (403, Later, False),
        (404, Gone, False),
        (408, Later, False),
        (429, Later, True),
        (503, Later, False),
    ],
)
@pytest.mark.parametrize("stringy", [False, True])
async def test_a_refusal_becomes_its_outcome(
    bot: Bot, code: int, kind: type[Any], told: bool, stringy: bool
) -> None:
    bot.world.changes(stringy=stringy)
    bot.world.fault("error", "sendMessage", code=code)
    assert isinstance(await bot.channel.send(Parcel(CHAT, "eins")), kind)
    assert bot.trouble == ([code] if told else [])
    assert isinstance(await bot.channel.send(Parcel(CHAT, "zwei")), Sent)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 502}, {"kind": "lost"}, {"kind": "garbage"}])
async def test_a_server_in_trouble_is_tried_again(bot: Bot, fault: dict[str, Any]) -> None:
    bot.world.fault(fault.pop("kind"), "sendMessage", **fault)
    assert isinstance(await bot.channel.send(Parcel(CHAT, "zwei")), Later)


async def test_who_never_wrote_cannot_be_reached(bot: Bot) -> None:
    assert await bot.channel.send(Parcel("0" * 20, "Chào")) == Gone("Zalo Bot 404: Not Found", True)


async def test_a_used_up_quota_waits_and_is_told(bot: Bot) -> None:
    bot.world.changes(per_minute=1)
    await bot.channel.send(Parcel(CHAT, "eins"))
    assert await bot.channel.send(Parcel(CHAT, "zwei")) == Later("Zalo Bot 429: Quota exceeded", 300.0)
    assert bot.trouble == [429]


# --- polling -----------------------------------------------------------------------------------------


async def test_a_quiet_poll_is_nothing_in_all_its_forms(bot: Bot) -> None:
    with capture_logs() as logs:
        async with bot.listening():
            await bot.comes_to(lambda: bot.polls() >= 4)
    assert bot.kept == []
    assert [line["event"] for line in logs] == ["zalo_bot.polling"]


async def test_what_is_written_is_kept_in_its_order(bot: Bot) -> None:
    async with bot.listening():
        for number in range(5):
            bot.world.does("message", chat_id=PERSON, text=str(number))
        await bot.comes_to(lambda: len(bot.kept) == 5)
    assert [raw["message"]["text"] for _, _, raw in bot.kept] == list("01234")
    assert {lane for _, lane, _ in bot.kept} == {f"zalo_bot:{CHAT}"}


async def test_an_update_in_hand_outlives_a_full_disk(bot: Bot) -> None:
    bot.full = 2
    async with bot.listening():
        bot.world.does("message", chat_id=PERSON, text="một lần thôi")
        await bot.comes_to(lambda: len(bot.kept) == 1)
    assert bot.full == 0


async def test_a_webhook_left_over_is_taken_away_also_later(bot: Bot) -> None:
    bot.world.call("setWebhook", url="https://elsewhere.example/hook", secret_token="x" * 8)
    async with bot.listening():
        await bot.comes_to(lambda: bot.polls() > 0)
        bot.world.call("setWebhook", url="https://elsewhere.example/hook", secret_token="x" * 8)
        await bot.comes_to(lambda: bot.world.state()["hook"] == "")
        bot.world.does("message", chat_id=PERSON, text="noch da")
        await bot.comes_to(lambda: len(bot.kept) == 1)


async def test_what_comes_while_nobody_polls_is_lost(bot: Bot) -> None:
    bot.world.changes(lossy=True)
    bot.world.does("message", chat_id=PERSON, text="verloren")
    async with bot.listening():
        await bot.comes_to(lambda: bot.world.state()["polling"] == 1)
        bot.world.does("message", chat_id=PERSON, text="gehört")
        await bot.comes_to(lambda: len(bot.kept) == 1)
    assert bot.kept[0][2]["message"]["text"] == "gehört"
    assert len(bot.world.state()["lost"]) == 1


async def test_trouble_is_outlived_and_a_refused_token_is_told(bot: Bot) -> None:
    bot.world.fault("status", "getUpdates", status=502)
    bot.world.fault("error", "getUpdates", code=401)
    async with bot.listening():
        bot.world.does("message", chat_id=PERSON, text="endlich")
        await bot.comes_to(lambda: len(bot.kept) == 1)
    assert bot.trouble == [401]


async def test_what_nobody_sent_is_counted_and_nonsense_is_dropped(bot: Bot) -> None:
    async with bot.listening():
        bot.world.does("document", chat_id=PERSON, named=False)
        bot.world.does("raw", update={"event_name": "message.text.received", "message": {"text": 5}})
        bot.world.does("raw", update={"event_name": "message.poll.received", "message": {}})
        bot.world.does("message", chat_id=PERSON, text="danach")
        await bot.comes_to(lambda: len(bot.kept) == 2)
    faceless, text = bot.kept
    assert faceless[0].startswith(FACELESS)
    assert bot.channel.parse(faceless[2]) is None
    assert text[2]["message"]["text"] == "danach"


# --- webhook -----------------------------------------------------------------------------------------


async def test_a_webhook_is_set_even_where_the_probe_does_not_arrive(zalo_bot: ZaloBotSim) -> None:
    hook = Hook("http://127.0.0.1:9/webhook/zalo-bot", "a-secret-of-ours")
    bot = open_bot(zalo_bot, hook=hook)
    with capture_logs() as logs:
        async with bot.listening():
            await bot.comes_to(lambda: any(line["event"] == "zalo_bot.ready" for line in logs))
    assert bot.world.state()["hook"] == hook.url
    assert "zalo_bot.webhook_not_reached" in {line["event"] for line in logs}
    assert bot.polls() == 0
    await bot.channel.close()


async def test_a_webhook_that_somebody_took_away_is_set_again(zalo_bot: ZaloBotSim) -> None:
    hook = Hook("http://127.0.0.1:9/webhook/zalo-bot", "a-secret-of-ours")
    bot = open_bot(zalo_bot, hook=hook, look_after=0.05)
    async with bot.listening():
        for url in ("", "http://127.0.0.1:9/other"):
            await bot.comes_to(lambda: bot.world.state()["hook"] == hook.url)
            if url:
                bot.world.call("setWebhook", url=url, secret_token="x" * 8)
            else:
                bot.world.call("deleteWebhook")
        await bot.comes_to(lambda: bot.world.state()["hook"] == hook.url)
    assert len(bot.world.calls("setWebhook")) == 4
    await bot.channel.close()


def test_the_secret_is_compared_whole_and_never_empty() -> None:
    assert secret_matches("a-secret", "a-secret")
    for given in (None, "", "a-secre", "a-secret ", "ą"):
        assert not secret_matches(given, "a-secret")
    assert not secret_matches("", "")


# --- the token is in every address -------------------------------------------------------------------


async def test_the_token_stands_in_no_error_and_no_log(
    zalo_bot: ZaloBotSim, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bot = open_bot(zalo_bot)
    dead = BotApi(bot.world.token, "http://127.0.0.1:9")
    nonsense = BotApi(bot.world.token, "http://no such host")
    unknown = BotApi("1:unknown-" + bot.world.token, bot.world.base_url)
    said = []
    with capture_logs() as logs:
        for api in (dead, nonsense, unknown):
            channel = ZaloBot(api, base_url=bot.world.base_url, poll_seconds=1)
            said.append(repr(await channel.send(Parcel(CHAT, "x"))))
            with pytest.raises((OSError, BotRefused)) as caught:
                await api.me()
            error: BaseException | None = caught.value
            said.append(f"{error!r} {error.__cause__!r}")
            task = asyncio.create_task(channel.listen(bot.store))
            await asyncio.sleep(0.1)
            task.cancel()
            await channel.close()
        for kind in ("lost", "garbage"):
            bot.world.fault(kind, "sendMessage")
            said.append(repr(await bot.channel.send(Parcel(CHAT, "x"))))
    await bot.channel.close()
    everything = f"{said} {logs} {caplog.text}"
    assert "BotRefused" in everything
    assert "zalo_bot.failed" in everything
    assert bot.world.token not in everything
    assert bot.world.token.partition(":")[2] not in everything
    structlog.reset_defaults()


# --- pictures people send ----------------------------------------------------------------------------


async def test_a_photo_is_fetched_and_what_is_not_there_is_refused(bot: Bot, tmp_path: Path) -> None:
    bot.world.does("photo", chat_id=PERSON)
    event = bot.channel.parse(bot.world.call("getUpdates", timeout="5")["result"])
    assert isinstance(event, FileSent)
    await bot.channel.fetch(event, tmp_path / "t")
    assert (tmp_path / "t").read_bytes().startswith(b"\xff\xd8")
    for link in ("", "https://10.0.0.8/x.jpg", "http://photo.zdn.vn/x.jpg"):
        other = FileSent(Address("zalo_bot", CHAT), datetime.now(UTC), "1", link, "", "photo")
        with pytest.raises(FileRefused):
            await bot.channel.fetch(other, tmp_path / "u")


# --- the fake is strict ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("sendMessage", {"chat_id": CHAT, "text": "x" * 2001}, 400),
        ("sendMessage", {"chat_id": CHAT, "text": ""}, 400),
        ("sendMessage", {"chat_id": int(CHAT, 16), "text": "x"}, 400),
        ("sendMessage", {"chat_id": CHAT, "text": "x", "reply_markup": {}}, 400),
        ("sendMessage", {"chat_id": "f" * 20, "text": "x"}, 404),
        ("sendDocument", {"chat_id": CHAT, "document": "x"}, 404),
        ("sendFile", {"chat_id": CHAT}, 404),
        ("editMessageText", {"chat_id": CHAT}, 404),
        ("sendphoto", {"chat_id": CHAT}, 404),
        ("sendPhoto", {"chat_id": CHAT, "photo": "trang-1.jpg"}, 400),
        ("sendPhoto", {"chat_id": CHAT, "photo": "http://127.0.0.1:9/x.jpg"}, 400),
        ("sendChatAction", {"chat_id": CHAT, "action": "upload_photo"}, 400),
        ("setWebhook", {"url": "https://truong.example/hook"}, 400),
        ("setWebhook", {"url": "https://truong.example/hook", "secret_token": "short"}, 400),
        ("getUpdates", {"offset": 5}, 400),
        ("getWebhookInfo", {}, 404),
    ],
)
def test_the_fake_refuses_what_the_sheet_calls_wrong(
    zalo_bot: ZaloBotSim, method: str, params: dict[str, Any], code: int
) -> None:
    world = zalo_bot.world()
    world.does("interacted", chat_id=PERSON)
    answer = world.call(method, **params)
    assert (answer["ok"], answer["error_code"]) == (False, code)
    noted = world.state()["strictness"]
    assert bool(noted) == (method != "getWebhookInfo" and params.get("chat_id") != "f" * 20)


@pytest.mark.parametrize(
    "host", ["http://truong.example", "https://localhost", "https://10.0.0.4", "https://nas"]
)
def test_the_fake_takes_public_https_webhooks_only(zalo_bot: ZaloBotSim, host: str) -> None:
    world = zalo_bot.world()
    world.state()
    wish = {"url": f"{host}/webhook/zalo-bot", "secret_token": "x" * 8}
    assert world.call("setWebhook", **wish)["error_code"] == 400
    world.changes(local_ok=True)
    assert world.call("setWebhook", **wish)["ok"]
    assert world.call("getUpdates", timeout="0")["error_code"] == 400
    assert world.call("getWebhookInfo")["result"]["url"] == wish["url"]


def test_the_fake_knows_its_tokens(zalo_bot: ZaloBotSim) -> None:
    assert zalo_bot.world().call("getMe")["error_code"] == 401
    world = zalo_bot.world()
    world.state()
    assert world.call("getMe")["result"]["account_name"] == "bot.hoaphuong"


def test_the_fake_looks_at_links_as_a_preview_does(zalo_bot: ZaloBotSim) -> None:
    world = zalo_bot.world()
    world.does("interacted", chat_id=PERSON)
    link = f"{world.base_url}/media/{world.token}/nothing"
    assert world.call("sendMessage", chat_id=CHAT, text=f"Xem {link}\nnhé")["ok"]
    for _ in range(100):
        if found := world.state()["fetched"]:
            break
    assert [(look["why"], look["url"], look["status"]) for look in found] == [("preview", link, 404)]
