"""Every method we call of every platform, and everything that can become of a call.

Cut off after it was performed, refused, too often, a server in trouble, nonsense, half an answer, none in
time: a channel never raises and gives nothing up, the next try succeeds, and what was said is there once, or
twice where the answer was lost (decision 0058).
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import re
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from telegram.error import TelegramError
from tests.fakes import faulty_line
from tests.fakes.faulty_line import KINDS, PERFORMED, FaultyLine
from tests.fakes.signing_service import CLIENT, PIN, SECRET, SigningService
from tests.fakes.telegram_sim import TelegramSim
from tests.fakes.timestamp_authority import TimestampAuthority
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.integration.zalo_parts import CHAT, open_oa
from tests.integration.zalo_parts import parcel as to_zalo

import hoso_bot.channels
from hoso_bot.channels import zalo_bot_api, zalo_oa_api
from hoso_bot.channels.telegram import Telegram
from hoso_bot.channels.telegram_http import CONNECT_SECONDS
from hoso_bot.channels.zalo_bot import ZaloBot
from hoso_bot.channels.zalo_bot_api import BotApi, BotRefused
from hoso_bot.channels.zalo_oa_api import ZaloRefused
from hoso_bot.channels.zalo_oa_tokens import NeedsLogin
from hoso_bot.clock import SystemClock
from hoso_bot.domain.errors import NoTimestamp, SettingsError, SignerAway
from hoso_bot.domain.events import FileSent
from hoso_bot.domain.messages import Gone, Key, Later, Parcel, Sent, Template
from hoso_bot.pdf import csc_client
from hoso_bot.pdf.csc_client import Access, CscClient
from hoso_bot.pdf.tsa_client import TimestampClient

PHONE, BOT_PERSON, PICTURES = "84912345678", 6_000_000_001, "https://truong.example/h"
SOON = 0.4
"""Seconds a call may take here."""
BOT_SECONDS = ("CALL_SECONDS", "PHOTO_SECONDS", "POLL_SPARE")
CHANNELS = Path(hoso_bot.channels.__file__).parent
Act = Callable[[], Awaitable[Any]]
Platform = Callable[["Those"], AbstractAsyncContextManager["Way"]]
TROUBLE = (
    OSError,
    ValueError,
    TelegramError,
    SettingsError,
    ZaloRefused,
    BotRefused,
    SignerAway,
    NoTimestamp,
)
"""What a question (not a message) may raise: whoever asked asks again."""


@dataclass
class Way:
    """A platform behind a faulty line. acts: by method, what of ours calls it. said: how much is seen."""

    line: FaultyLine
    acts: dict[str, Act]
    said: Callable[[], int]

    def said_by(self, method: str) -> int:
        """How many messages its act makes: a file or a picture comes with words."""
        return 2 if re.search("[Pp]hoto|upload", method) else 1

    async def tries(self, method: str, kind: str) -> Any:
        """The act, whose call of `method` is hit."""
        self.line.faults[method] = [kind]
        try:
            return await self.acts[method]()
        except TROUBLE as error:
            return error


class Those(NamedTuple):
    """Everybody the program calls."""

    telegram: TelegramSim
    zalo: ZaloSim
    zalo_bot: ZaloBotSim
    authority: TimestampAuthority
    service: SigningService
    template: Path
    folder: Path


@pytest.fixture(scope="module")
def authority() -> Iterator[TimestampAuthority]:
    with TimestampAuthority.started() as started:
        yield started


@pytest.fixture(scope="module")
def service() -> Iterator[SigningService]:
    with SigningService.started() as started:
        yield started


@pytest.fixture
def those(
    telegram: TelegramSim,
    zalo: ZaloSim,
    zalo_bot: ZaloBotSim,
    authority: TimestampAuthority,
    service: SigningService,
    template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Those:
    """Nobody waits long for Zalo here."""
    for module, names in ((zalo_oa_api, ("CALL_SECONDS", "UPLOAD_SECONDS")), (zalo_bot_api, BOT_SECONDS)):
        for name in names:
            monkeypatch.setattr(module, name, SOON)
    return Those(telegram, zalo, zalo_bot, authority, service, template, tmp_path)


# --- Telegram ----------------------------------------------------------------------------------------

LAN = 101


@asynccontextmanager
async def on_telegram(those: Those) -> AsyncIterator[Way]:
    """A channel to one teacher, who has sent a file and been sent one."""
    world = those.telegram.world()
    lan = world.person(LAN, "Cô Lan")
    lan.sends(b"%PDF-1.7 a plan", "ke-hoach.pdf")
    file, picture = those.folder / "a.pdf", those.folder / "a.jpg"
    file.write_bytes(b"%PDF-1.7 signed")
    picture.write_bytes(b"\xff\xd8 a picture")
    with FaultyLine(those.telegram.base_url).working() as line:
        channel = Telegram(world.token, line.url, poll_timeout=1, call_timeout=SOON)
        (update,) = world.state()["pending_updates"]
        sent = channel.parse(update)
        assert isinstance(sent, FileSent)
        words = await channel.send(Parcel(str(LAN), "Trình ký?", ((Key("Ký", "t1"),),)))
        card = await channel.send(Parcel(str(LAN), "Thẻ", path=str(file)))
        assert isinstance(words, Sent)
        assert isinstance(card, Sent)
        fresh = iter(range(1000))

        def send(**more: Any) -> Act:
            return lambda: channel.send(Parcel(str(LAN), f"Chào {next(fresh)}", **more))

        async def polls() -> None:
            channel._poll_timeout = 0
            await channel._poll(0)

        async def sets_webhook() -> None:
            world.skips(2)  # Telegram takes one a second
            await channel.set_webhook("https://truong.example/webhook", "a-secret")

        async def answers_tap() -> None:
            await channel._answer("7")

        yield Way(
            line,
            {
                "getMe": channel.me,
                "getUpdates": polls,
                "setMyCommands": lambda: channel.show_commands([("nop", "Nộp")]),
                "setWebhook": sets_webhook,
                "deleteWebhook": channel.delete_webhook,
                "answerCallbackQuery": answers_tap,
                "getFile": lambda: channel.fetch(sent, those.folder / "fetched"),
                "download": lambda: channel.fetch(sent, those.folder / "fetched"),
                "sendMessage": send(),
                "sendDocument": send(path=str(file)),
                "sendPhoto": send(picture=str(picture)),
                "editMessageText": send(edits=words.ref),
                "editMessageCaption": send(edits=card.ref),
                "editMessageReplyMarkup": lambda: channel.send(Parcel(str(LAN), "", edits=words.ref)),
                "deleteMessage": lambda: channel.send(Parcel(str(LAN), "", erases="1")),
            },
            lambda: len(lan.messages()),
        )
        await channel.close()


# --- Zalo --------------------------------------------------------------------------------------------


@asynccontextmanager
async def on_zalo(those: Those) -> AsyncIterator[Way]:
    """An Official Account and its channel to one teacher, with two approved templates and money for them."""
    file, picture = those.folder / "a.pdf", those.folder / "a.jpg"
    file.write_bytes(b"%PDF-1.7 signed")
    picture.write_bytes(b"\xff\xd8 a picture")
    home = those.folder / "school"
    shutil.copytree(those.template, home)
    with FaultyLine(those.zalo.base_url).working() as line:
        oa = open_oa(home, those.zalo, base_url=line.url, oauth_url=line.url, business_url=line.url)
        oa.world.does("template", id="new", blanks=["week"])
        oa.world.does("template", id="old", blanks=["week"], old=True)
        oa.world.changes(wallet=10**6, chat_id=CHAT, phone=PHONE)

        def template_of(kind: str) -> Act:
            wish = Template(CHAT, PHONE, kind, {"week": "13"}, "a")
            return lambda: oa.channel.send_template(wish)

        async def refreshes() -> Any:
            return await oa.account.tokens.access(refused=await oa.account.tokens.access())

        async def asks() -> Any:
            return await oa.account.api.accepts(await oa.account.tokens.access())

        await oa.account.tokens.access()
        yield Way(
            line,
            {
                "v3.0/oa/message/cs": lambda: oa.channel.send(to_zalo()),
                "v2.0/oa/upload/file": lambda: oa.channel.send(to_zalo(path=str(file))),
                "v2.0/oa/upload/image": lambda: oa.channel.send(to_zalo(picture=str(picture))),
                "v3.0/oa/message/template": template_of("new"),
                "message/template": template_of("old"),
                "v3.0/oa/user/detail": asks,
                "v4/oa/access_token": refreshes,
            },
            lambda: len(oa.messages()),
        )
        await oa.close()


@asynccontextmanager
async def on_zalo_bot(those: Those) -> AsyncIterator[Way]:
    """A bot of the Bot Platform and its channel to one teacher."""
    world = those.zalo_bot.world()
    given = world.settings()
    world.does("interacted", chat_id=BOT_PERSON, name="Cô Loan")
    with FaultyLine(given["base_url"]).working() as line:
        api = BotApi(given["token"], line.url)
        channel = ZaloBot(api, base_url=line.url, picture_link=lambda parcel: f"{PICTURES}/a.jpg")
        to = f"{BOT_PERSON:020x}"
        yield Way(
            line,
            {
                "getMe": api.me,
                "getUpdates": lambda: api.updates(0),
                "sendMessage": lambda: channel.send(Parcel(to, "Chào thầy/cô")),
                "sendPhoto": lambda: channel.send(Parcel(to, "Thẻ", picture="a.jpg")),
                "setWebhook": lambda: api.set_webhook("https://truong.example/webhook/zalo-bot", "a-secret"),
                "getWebhookInfo": api.webhook,
                "deleteWebhook": api.delete_webhook,
            },
            lambda: sum(m["from"] == "bot" for m in world.transcript(BOT_PERSON)["messages"]),
        )
        await channel.close()


# --- what signatures need ----------------------------------------------------------------------------


@asynccontextmanager
async def at_the_authority(those: Those) -> AsyncIterator[Way]:
    """A timestamp authority, asked again at once after a failure."""
    digest = hashlib.sha256(b"a plan").digest()
    with FaultyLine(those.authority.url("")).working() as line:
        stamps = TimestampClient(f"{line.url}/good", SystemClock(), budget=SOON, rest=0.0)
        yield Way(line, {"good": lambda: asyncio.to_thread(stamps.token, digest)}, lambda: 0)


@asynccontextmanager
async def at_the_signing_service(those: Those) -> AsyncIterator[Way]:
    """A remote signing service that knows us by OAuth 2."""
    digest = hashlib.sha256(b"a plan").digest()
    host, _, path = those.service.url.removeprefix("http://").partition("/")
    with FaultyLine(f"http://{host}").working() as line:

        def client() -> CscClient:
            return CscClient(f"{line.url}/{path}", Access(client_id=CLIENT, client_secret=SECRET), SOON)

        def knows() -> Any:
            return client().credential("ec")

        def signs() -> Any:
            found = client().credential("ec")
            return client().sign("ec", found.algorithm, digest, PIN, "")

        acts = {
            f"{path}/oauth2/token": knows,
            f"{path}/credentials/info": knows,
            f"{path}/credentials/authorize": signs,
            f"{path}/signatures/signHash": signs,
        }
        yield Way(line, {m: functools.partial(asyncio.to_thread, act) for m, act in acts.items()}, lambda: 0)


# --- the table ---------------------------------------------------------------------------------------

TELEGRAM = (
    "getMe",
    "getUpdates",
    "setMyCommands",
    "setWebhook",
    "deleteWebhook",
    "answerCallbackQuery",
    "getFile",
    "download",
    "sendMessage",
    "sendDocument",
    "sendPhoto",
    "editMessageText",
    "editMessageCaption",
    "editMessageReplyMarkup",
    "deleteMessage",
)
OA = (
    "v3.0/oa/message/cs",
    "v2.0/oa/upload/file",
    "v2.0/oa/upload/image",
    "v3.0/oa/message/template",
    "message/template",
    "v3.0/oa/user/detail",
    "v4/oa/access_token",
)
BOT = ("getMe", "getUpdates", "sendMessage", "sendPhoto", "setWebhook", "getWebhookInfo", "deleteWebhook")
SERVICE = tuple(
    f"csc/v1/{method}"
    for method in ("oauth2/token", "credentials/info", "credentials/authorize", "signatures/signHash")
)
TABLE: dict[Platform, tuple[str, ...]] = {
    on_telegram: TELEGRAM,
    on_zalo: OA,
    on_zalo_bot: BOT,
    at_the_authority: ("good",),
    at_the_signing_service: SERVICE,
}
SPENT = "v4/oa/access_token"
"""A refresh token is good once: when the answer that brought the next is lost, somebody has to log in."""


@pytest.mark.parametrize(
    ("platform", "method"),
    [
        pytest.param(place, method, id=f"{place.__name__} {method}")
        for place in TABLE
        for method in TABLE[place]
    ],
)
async def test_whatever_becomes_of_a_call_the_next_one_goes_on(
    those: Those, platform: Platform, method: str
) -> None:
    async with platform(those) as way:
        assert set(way.acts) == set(TABLE[platform])
        await goes_on(way, method)


async def goes_on(way: Way, method: str) -> None:
    """Each kind of trouble hits the method once."""
    for kind in KINDS:
        if method == SPENT and kind in PERFORMED:
            continue
        before = way.said()
        found = await way.tries(method, kind)
        assert not isinstance(found, Gone), (kind, found)
        again = await way.acts[method]() if isinstance(found, Later | Exception) else found
        assert not isinstance(again, Later | Gone), (kind, again)
        assert (method, kind) in way.line.calls
        most = 2 if kind in PERFORMED else 1
        assert way.said() - before <= most * way.said_by(method), kind


async def test_an_answer_that_brought_new_tokens_and_was_lost_waits_for_a_login(those: Those) -> None:
    async with on_zalo(those) as way:
        assert isinstance(await way.tries(SPENT, "lost"), OSError)
        for _ in range(2):
            with pytest.raises(NeedsLogin):
                await way.acts[SPENT]()
        assert isinstance(await way.acts["v3.0/oa/message/cs"](), Later)


async def test_an_answer_that_never_ends_holds_no_chat(those: Those, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faulty_line, "DRIPS", 10**6)
    monkeypatch.setattr(faulty_line, "DRIP_SECONDS", SOON / 4)
    async with on_telegram(those) as way:
        began = time.monotonic()
        assert isinstance(await way.tries("sendMessage", "drip"), Later)
        assert time.monotonic() - began < 2 * (CONNECT_SECONDS + 2 * SOON)


def test_the_table_names_every_method_the_program_calls() -> None:
    def named(pattern: str, *modules: str) -> set[str]:
        source = "".join((CHANNELS / f"{module}.py").read_text(encoding="utf-8") for module in modules)
        return set(re.findall(pattern, source))

    calls = named(r"bot\.([a-z]+(?:_[a-z]+)+)\b", "telegram", "telegram_sending")
    by_hand = {"getUpdates", "download"}
    assert {re.sub(r"_([a-z])", lambda m: m[1].upper(), call) for call in calls} == set(TELEGRAM) - by_hand
    assert named(r'_(?:asked|result)\("(\w+)"', "zalo_bot_api") == set(BOT)
    found = named(r'f"\{self\._\w+\}/([\w./{}]+)"', "zalo_oa_api") - {"v2.0/oa/upload/{kind}"}
    assert found == set(OA) - {"v2.0/oa/upload/file", "v2.0/oa/upload/image"}
    client = Path(csc_client.__file__).read_text(encoding="utf-8")
    assert {f"csc/v1/{m}" for m in re.findall(r'_(?:call|post)\(\s*"([\w/0-9]+)"', client)} == set(SERVICE)
