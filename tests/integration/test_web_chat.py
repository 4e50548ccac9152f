"""The demo's chat world over real HTTP: kept before acknowledged, live, and for this page only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

import hoso_bot
from hoso_bot.channels.web_chat import Phone, WebChat
from hoso_bot.domain.errors import FileRefused
from hoso_bot.domain.events import FileSent
from hoso_bot.domain.messages import Key, Later, Parcel, Sent

PDF = b"%PDF-1.7\n" + b"x" * 3000
DEMO = Path(hoso_bot.__file__).parent / "web" / "demo"
LIMIT = 200_000


@dataclass
class Inbox:
    """What the channel handed over to be kept; `broken` stands for a full disk."""

    rows: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    broken: bool = False

    async def keep(self, rows: list[tuple[str, str, dict[str, Any]]]) -> None:
        if self.broken:
            raise OSError("disk full")
        self.rows += rows


@dataclass
class Demo:
    """A served channel with a browser's session."""

    channel: WebChat
    inbox: Inbox
    session: aiohttp.ClientSession
    shelf: Path
    listening: asyncio.Task[None]

    async def post(self, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(path, **options) as answer:
            return answer.status, await answer.json()

    async def bubbles(self) -> list[dict[str, Any]]:
        async with self.session.get("/demo/state") as answer:
            found: list[dict[str, Any]] = (await answer.json())["bubbles"]
            return found

    async def says(self, chat: str, text: str, *keys: tuple[str, str], **more: Any) -> str:
        rows = tuple((Key(label, token),) for label, token in keys)
        sent = await self.channel.send(Parcel(chat, text, rows, **more))
        assert isinstance(sent, Sent)
        return sent.ref


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    sample = tmp_path / "KHBD Tuần 12.pdf"
    sample.write_bytes(PDF)
    phones = [Phone("teacher", "Nguyễn Thu Hà", "Giáo viên"), Phone("head", "Lê Minh Châu", "Tổ trưởng")]
    channel = WebChat(tmp_path / "shelf", phones, lambda: [sample], max_file_bytes=LIMIT)
    inbox = Inbox()
    app = web.Application()
    app.add_routes(channel.routes())
    runner = web.AppRunner(app, shutdown_timeout=5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listening = asyncio.create_task(channel.listen(inbox.keep))
    await asyncio.sleep(0)
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        yield Demo(channel, inbox, session, tmp_path / "shelf", listening)
        await stop(listening)
    await runner.cleanup()


async def stop(listening: asyncio.Task[None]) -> None:
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening


def upload(content: bytes, name: str = "KHBD Tuần 12.pdf") -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", content, filename=name, content_type="application/pdf")
    return form


# --- what people do --------------------------------------------------------------------------------


async def test_a_text_is_kept_on_the_chats_own_lane_and_shown_as_sent(demo: Demo) -> None:
    status, _ = await demo.post("/demo/teacher/text", json={"text": " Em chào thầy ", "id": "action-01"})
    [(external_id, lane, raw)] = demo.inbox.rows
    [bubble] = await demo.bubbles()
    assert (status, external_id, lane) == (200, "action-01", "web_chat:teacher")
    assert (raw["kind"], raw["text"], raw["message"]) == ("text", "Em chào thầy", bubble["id"])
    assert (bubble["mine"], bubble["text"], bubble["state"]) == (True, "Em chào thầy", "sent")
    assert demo.channel.parse(raw) is not None


async def test_an_answer_names_the_bubble_it_answers_on_this_phone_only(demo: Demo) -> None:
    mine = await demo.says("teacher", "HỎI #1 · cô Hà\n│ Em hỏi ạ")
    other = await demo.says("head", "của máy khác")
    for ref in (mine, other, "never-1"):
        await demo.post("/demo/teacher/text", json={"text": "Vâng", "reply_to": ref})
        await demo.post(f"/demo/teacher/file?reply_to={ref}", data=upload(PDF))
    said = [(raw["kind"], raw.get("reply_to")) for _, _, raw in demo.inbox.rows]
    assert said == [("text", mine), ("file", mine), *[("text", None), ("file", None)] * 2]
    events = [demo.channel.parse(raw) for _, _, raw in demo.inbox.rows[:2]]
    assert [getattr(event, "reply_to", "") for event in events] == [mine, mine]
    quotes = [bubble["quote"] for bubble in await demo.bubbles() if bubble["mine"]]
    assert quotes == ["HỎI #1 · cô Hà │ Em hỏi ạ"] * 2 + [""] * 4


async def test_a_line_with_a_slash_is_a_command(demo: Demo) -> None:
    await demo.post("/demo/head/text", json={"text": "/choduyet"})
    assert demo.inbox.rows[0][2]["kind"] == "command"


async def test_nothing_is_acknowledged_that_the_inbox_did_not_keep(demo: Demo) -> None:
    demo.inbox.broken = True
    status, answer = await demo.post("/demo/teacher/text", json={"text": "a", "id": "action-01"})
    assert (status, answer["error"]) == (503, "not_kept")
    assert (await demo.bubbles())[0]["state"] == "failed"


async def test_trying_again_with_the_same_id_mends_the_same_message(demo: Demo) -> None:
    demo.inbox.broken = True
    await demo.post("/demo/teacher/text", json={"text": "a", "id": "action-01"})
    demo.inbox.broken = False
    for _ in range(3):
        assert (await demo.post("/demo/teacher/text", json={"text": "a", "id": "action-01"}))[0] == 200
    assert [b["state"] for b in await demo.bubbles()] == ["sent"]
    assert len(demo.inbox.rows) == 1


async def test_nobody_listening_is_said(demo: Demo) -> None:
    await stop(demo.listening)
    status, answer = await demo.post("/demo/teacher/text", json={"text": "a"})
    assert (status, answer) == (503, {"error": "not_ready"})


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"text": 1}', b'{"text": "  "}', b'{"text": "a", "id": "../x"}', b"\xff"]
)
async def test_nonsense_is_refused_and_not_shown(demo: Demo, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    status, answer = await demo.post("/demo/teacher/text", data=body, headers=headers)
    assert (status, answer["error"]) == (400, "bad_request")
    assert await demo.bubbles() == []


async def test_an_upload_keeps_its_vietnamese_name_and_every_byte(demo: Demo, tmp_path: Path) -> None:
    status, _ = await demo.post("/demo/teacher/file?id=action-01", data=upload(PDF))
    event = demo.channel.parse(demo.inbox.rows[0][2])
    assert status == 200
    assert isinstance(event, FileSent)
    assert (event.name, event.size, event.kind) == ("KHBD Tuần 12.pdf", len(PDF), "document")
    await demo.channel.fetch(event, tmp_path / "fetched.pdf")
    assert (tmp_path / "fetched.pdf").read_bytes() == PDF


async def test_a_path_in_a_file_name_is_only_a_name(demo: Demo) -> None:
    await demo.post("/demo/teacher/file", data=upload(PDF, "..\\..\\etc/Tuần 1.pdf"))
    assert demo.inbox.rows[0][2]["file"]["name"] == "Tuần 1.pdf"


async def test_an_upload_over_the_limit_is_answered_clearly_and_leaves_nothing(demo: Demo) -> None:
    status, answer = await demo.post("/demo/teacher/file", data=upload(b"%PDF-" + b"x" * LIMIT))
    assert (status, answer) == (413, {"error": "too_big", "max_bytes": LIMIT})
    assert list(demo.shelf.iterdir()) == []
    assert (demo.inbox.rows, await demo.bubbles()) == ([], [])


async def test_a_form_without_a_file_is_refused(demo: Demo) -> None:
    with aiohttp.MultipartWriter("form-data") as writer:
        writer.append("words").set_content_disposition("form-data", name="file")
        status, answer = await demo.post("/demo/teacher/file", data=writer)
    assert (status, answer["error"]) == (400, "bad_request")


async def test_a_sample_goes_without_an_upload(demo: Demo, tmp_path: Path) -> None:
    status, _ = await demo.post("/demo/teacher/file", json={"sample": "KHBD Tuần 12.pdf"})
    event = demo.channel.parse(demo.inbox.rows[0][2])
    assert status == 200
    assert isinstance(event, FileSent)
    await demo.channel.fetch(event, tmp_path / "fetched.pdf")
    assert (tmp_path / "fetched.pdf").read_bytes() == PDF


@pytest.mark.parametrize("name", ["other.pdf", "../KHBD Tuần 12.pdf", "/etc/hostname"])
async def test_only_the_offered_samples_can_be_sent(demo: Demo, name: str) -> None:
    status, answer = await demo.post("/demo/teacher/file", json={"sample": name})
    assert (status, answer["error"]) == (404, "no_such_file")


async def test_a_tap_is_kept_and_the_button_shows_as_used(demo: Demo) -> None:
    ref = await demo.says("head", "Mời đ/c duyệt", ("Ký duyệt", "t1"), ("Từ chối", "t2"))
    status, _ = await demo.post("/demo/head/tap", json={"message": ref, "token": "t1"})
    [bubble] = await demo.bubbles()
    raw = demo.inbox.rows[0][2]
    assert (status, raw["kind"], raw["message"], raw["token"]) == (200, "tap", ref, "t1")
    assert (bubble["used"], bubble["chosen"]) == (["t1"], "Ký duyệt")


async def test_a_tap_that_was_not_kept_leaves_the_button_unused(demo: Demo) -> None:
    ref = await demo.says("head", "Mời đ/c duyệt", ("Ký duyệt", "t1"))
    demo.inbox.broken = True
    status, _ = await demo.post("/demo/head/tap", json={"message": ref, "token": "t1"})
    assert (status, (await demo.bubbles())[0]["used"]) == (503, [])


async def test_a_button_taken_away_meanwhile_still_reaches_the_bot(demo: Demo) -> None:
    ref = await demo.says("head", "Mời đ/c duyệt", ("Ký duyệt", "t1"))
    await demo.says("head", "Đã có bản mới", edits=ref)
    status, _ = await demo.post("/demo/head/tap", json={"message": ref, "token": "t1"})
    assert (status, len(demo.inbox.rows)) == (200, 1)


@pytest.mark.parametrize(("chat", "token"), [("head", "invented"), ("teacher", "t1")])
async def test_a_button_this_chat_never_had_is_refused(demo: Demo, chat: str, token: str) -> None:
    ref = await demo.says("head", "Mời đ/c duyệt", ("Ký duyệt", "t1"))
    status, answer = await demo.post(f"/demo/{chat}/tap", json={"message": ref, "token": token})
    assert (status, answer["error"], demo.inbox.rows) == (404, "unknown_button", [])


# --- what the bot says -----------------------------------------------------------------------------


async def test_an_edit_changes_the_words_and_buttons_of_the_same_message(demo: Demo) -> None:
    ref = await demo.says("head", "Mời đ/c duyệt", ("Ký duyệt", "t1"))
    assert await demo.says("head", "Đã ký", edits=ref) == ref
    [bubble] = await demo.bubbles()
    assert (bubble["text"], bubble["keys"], bubble["edited"]) == ("Đã ký", [], True)


async def test_an_edit_of_a_message_of_an_earlier_run_is_a_new_message(demo: Demo) -> None:
    assert await demo.says("head", "Đã ký", edits="0badcafe-1") != "0badcafe-1"
    assert [b["text"] for b in await demo.bubbles()] == ["Đã ký"]


async def test_a_sent_file_opens_in_the_browser_or_downloads_under_its_name(
    demo: Demo, tmp_path: Path
) -> None:
    path = tmp_path / "signed"
    path.write_bytes(PDF)
    await demo.says("teacher", "Bản đã ký", path=str(path), file_name="KHBD Tuần 12 - đã ký.pdf")
    path.unlink()
    [bubble] = await demo.bubbles()
    address = f"/demo/file/{bubble['file']['id']}"
    async with demo.session.get(address) as shown, demo.session.get(f"{address}?download=1") as saved:
        assert (await shown.read(), await saved.read()) == (PDF, PDF)
        assert shown.content_type == "application/pdf"
        assert shown.headers["Content-Disposition"].startswith("inline;")
        assert saved.content_disposition is not None
        assert saved.content_disposition.type == "attachment"
        assert saved.content_disposition.filename == "KHBD Tuần 12 - đã ký.pdf"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_dressed_as_a_pdf_is_never_shown_inline(demo: Demo) -> None:
    await demo.post("/demo/teacher/file", data=upload(b"<script>alert(1)</script>"))
    [bubble] = await demo.bubbles()
    async with demo.session.get(f"/demo/file/{bubble['file']['id']}") as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


async def test_an_attachment_that_is_not_there_yet_is_tried_again_later(demo: Demo, tmp_path: Path) -> None:
    outcome = await demo.channel.send(Parcel("teacher", "x", path=str(tmp_path / "missing")))
    assert isinstance(outcome, Later)
    assert await demo.bubbles() == []


@pytest.mark.parametrize("name", ["0" * 32, "%2e%2e%2fsecret.pdf", "..%2fsecret.pdf", "a"])
async def test_only_files_of_the_shelf_are_served(demo: Demo, name: str) -> None:
    demo.shelf.mkdir()
    (demo.shelf.parent / "secret.pdf").write_bytes(PDF)
    async with demo.session.get(URL(f"/demo/file/{name}", encoded=True)) as answer:
        assert (answer.status, await answer.json()) == (404, {"error": "no_such_file"})


async def test_a_file_that_is_gone_is_refused_for_good(demo: Demo, tmp_path: Path) -> None:
    await demo.post("/demo/teacher/file", json={"sample": "KHBD Tuần 12.pdf"})
    event = demo.channel.parse(demo.inbox.rows[0][2])
    assert isinstance(event, FileSent)
    (demo.shelf / event.remote_id).unlink()
    with pytest.raises(FileRefused) as refused:
        await demo.channel.fetch(event, tmp_path / "fetched.pdf")
    assert refused.value.text_key == "file.fetch_failed"


# --- live news -------------------------------------------------------------------------------------


async def next_news(stream: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    """The next event's id and data."""
    last_id = ""
    async with asyncio.timeout(5):
        while line := await stream.content.readline(max_line_length=1 << 26):
            if line.startswith(b"id: "):
                last_id = line[4:].strip().decode()
            if line.startswith(b"data: "):
                return last_id, json.loads(line[6:])
    raise AssertionError("the stream ended")


async def test_an_open_page_hears_a_message_at_once(demo: Demo) -> None:
    async with demo.session.get("/demo/events") as stream:
        await next_news(stream)
        await demo.says("teacher", "Em đã nhận")
        _, news = await next_news(stream)
    assert stream.content_type == "text/event-stream"
    assert [b["text"] for b in news["bubbles"]] == ["Em đã nhận"]


async def test_a_page_that_comes_back_hears_only_what_it_missed(demo: Demo) -> None:
    await demo.says("teacher", "một")
    async with demo.session.get("/demo/events") as stream:
        last_id, _ = await next_news(stream)
    await demo.says("teacher", "hai")
    async with demo.session.get("/demo/events", headers={"Last-Event-ID": last_id}) as stream:
        _, news = await next_news(stream)
    assert [b["text"] for b in news["bubbles"]] == ["hai"]


@pytest.mark.parametrize("last_id", ["0badcafe-1", "nonsense", "-", "0badcafe-99999999999"])
async def test_a_page_of_an_earlier_run_hears_everything_again(demo: Demo, last_id: str) -> None:
    await demo.says("teacher", "một")
    async with demo.session.get("/demo/events", headers={"Last-Event-ID": last_id}) as stream:
        _, news = await next_news(stream)
    assert (news["from"], [b["text"] for b in news["bubbles"]]) == (0, ["một"])


async def test_a_burst_of_messages_reaches_the_page_whole(demo: Demo) -> None:
    heard: set[str] = set()
    async with demo.session.get("/demo/events") as stream:
        await next_news(stream)
        await asyncio.gather(*(demo.says("teacher", str(n)) for n in range(200)))
        while len(heard) < 200:
            _, news = await next_news(stream)
            heard |= {b["text"] for b in news["bubbles"]}
    assert len(heard) == 200


async def test_a_slow_page_misses_nothing_that_happens_while_it_reads(demo: Demo) -> None:
    heard: set[str] = set()
    async with demo.session.get("/demo/events") as stream:
        await next_news(stream)
        for n in range(400):
            await demo.says("teacher", f"{n}:" + "x" * 30_000)
            await asyncio.sleep(0)
        while len(heard) < 400:
            _, news = await next_news(stream)
            heard |= {b["text"].partition(":")[0] for b in news["bubbles"]}
    assert len(heard) == 400


async def test_the_bot_is_shown_answering_until_it_has_answered(demo: Demo) -> None:
    async with demo.session.get("/demo/events") as stream:
        await next_news(stream)
        await demo.post("/demo/teacher/text", json={"text": "a"})
        typing = (await next_news(stream))[1]["typing"]
        await demo.says("teacher", "Dạ")
        while True:
            quiet = (await next_news(stream))[1]["typing"]
            if quiet:
                break
    assert typing == {"teacher": True}
    assert quiet == {"teacher": False}


async def test_open_pages_are_let_go_when_the_channel_stops(demo: Demo) -> None:
    async with demo.session.get("/demo/events") as stream:
        await next_news(stream)
        await stop(demo.listening)
        async with asyncio.timeout(5):
            assert await stream.content.read() == b"\n"


# --- for this page only ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_no_other_page_can_drive_it(demo: Demo, headers: dict[str, str]) -> None:
    status, answer = await demo.post("/demo/teacher/text", json={"text": "a"}, headers=headers)
    assert (status, answer, demo.inbox.rows) == (403, {"error": "foreign"}, [])


async def test_a_rebound_name_reads_nothing(demo: Demo) -> None:
    for path in ("/", "/demo/state", "/demo/events", "/demo/static/demo.js"):
        async with demo.session.get(path, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403


async def test_its_own_page_may(demo: Demo) -> None:
    own = str(demo.session._base_url).rstrip("/")
    headers = {"Origin": own, "Sec-Fetch-Site": "same-origin"}
    assert (await demo.post("/demo/teacher/text", json={"text": "a"}, headers=headers))[0] == 200


async def test_the_page_loads_from_nowhere_else(demo: Demo) -> None:
    async with demo.session.get("/") as page:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        own = re.findall(r'(?:src|href)="([^"]+)"', await page.text())
    for name in own:
        async with demo.session.get(f"/{name}") as answer:
            assert answer.status == 200, name
    for path in DEMO.iterdir():
        words = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"""["'(]\s*(?:https?:)?//[\w.]""", words), path.name


async def test_static_files_come_from_one_directory(demo: Demo) -> None:
    for name in ("index.html", "..", "%2e%2e%2f__init__.py", "nothing.js"):
        async with demo.session.get(f"/demo/static/{name}") as answer:
            assert answer.status == 404, name
