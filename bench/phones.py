"""Everybody's phones and the Bot API between them and the bot, as light as they can be, in a process apart.

    python -m bench.phones PLAN.pdf      # says {"port": n}, then answers one line of JSON for each on stdin

`bench.evening` measures on the same cores, so nothing here costs what can be left out: no HTTP library, no
parsing beyond what somebody waits for. Being strict is the work of the tests' fake (`tests/fakes`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

SECRET = "bench-secret"
LINES = 16
"""Connections to the bot: a webhook's platform opens many, and each waits for its answer."""
PATIENCE = 120.0
KINDS = {
    "card": (b"Tr\xc3\xacnh k\xc3\xbd", b""),
    "review": (b"K\xc3\xbd duy\xe1\xbb\x87t", b""),
    "question": (b"X\xc3\xa1c nh\xe1\xba\xadn", b""),
    "submitted": (b"", "Đã trình ký".encode()),
    "signed": (b"", "Đã ký KHBD".encode()),
    "approved": (b"", "được phê duyệt đủ:".encode()),
}
"""What a message is, by a word of one of its buttons or of its text."""
_CHAT = re.compile(rb'(?:^|&)chat_id=(\d+)|name="chat_id"\r\n\r\n(\d+)')
_CODE = re.compile(rb"KHBD-\d+-T\d+-GV(\d+)")
_TOKEN = re.compile(
    rb'"text":\s*"([^"]*)",\s*"callback_data":\s*"([^"]*)"|'
    rb'"callback_data":\s*"([^"]*)",\s*"text":\s*"([^"]*)"'
)
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)

Place = tuple[str, int, int]
"""(kind, chat, teacher the message is about)."""


class Heard(NamedTuple):
    """When a message came, its id, and what its deciding button carries."""

    at: float
    message_id: int
    token: str


@dataclass
class Phones:
    """What came, and who waits for what."""

    plan: bytes
    heard: dict[Place, Heard] = field(default_factory=dict)
    waits: dict[Place, asyncio.Future[Heard]] = field(default_factory=dict)
    calls: int = 0

    def __post_init__(self) -> None:
        self._messages = itertools.count(1)

    def answers(self, method: bytes, body: bytes) -> bytes:
        """The result of one call, as JSON."""
        self.calls += 1
        if method == b"getFile":
            number = re.search(rb"file_id=plan(\d+)", body)
            assert number
            size = len(self.numbered(int(number[1])))
            about = (number[1], number[1], size, number[1])
            return (
                b'{"file_id":"p%s","file_unique_id":"u%s","file_size":%d,"file_path":"plans/%s.pdf"}' % about
            )
        if method == b"getMe":
            return b'{"id":1,"is_bot":true,"first_name":"Hoso","username":"hoso_bench_bot"}'
        if method.startswith((b"send", b"edit")):
            return self._message(method, body)
        return b"true"

    def numbered(self, number: int) -> bytes:
        """The plan as nobody else sends it."""
        return self.plan + b"%% %d\n" % number

    def _message(self, method: bytes, body: bytes) -> bytes:
        found = _CHAT.search(body)
        assert found
        chat, message_id = int(found[1] or found[2]), next(self._messages)
        if method in (b"sendMessage", b"sendDocument"):
            self._hears(chat, message_id, body)
        return b'{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private","first_name":"A"}}' % (
            message_id,
            time.time(),
            chat,
        )

    def _hears(self, chat: int, message_id: int, body: bytes) -> None:
        words = _words(body)
        buttons = dict(_buttons(words))
        for kind, (label, text) in KINDS.items():
            pressed = next((t for b, t in buttons.items() if label in b), None) if label else None
            if pressed or (text and text in words):
                code = _CODE.search(words)
                about = int(code[1]) if code else chat
                self._note((kind, chat, about), Heard(time.time(), message_id, (pressed or b"").decode()))
                return

    def _note(self, place: Place, heard: Heard) -> None:
        self.heard[place] = heard
        if waiting := self.waits.pop(place, None):
            waiting.set_result(heard)

    async def hears(self, place: Place) -> Heard:
        """The message that is waited for; perhaps it came already. Raises TimeoutError."""
        if place in self.heard:
            return self.heard[place]
        waiting = self.waits[place] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(PATIENCE):
            return await waiting


def _words(body: bytes) -> bytes:
    """The fields of a call in the open; a file among them is cut out."""
    if body.startswith(b"--"):
        head, _, rest = body.partition(b"%PDF")
        return (head + rest[rest.rfind(b"%%EOF") :] if rest else head).replace(b"\\/", b"/")
    return unquote_to_bytes(body.replace(b"+", b" "))


def _buttons(words: bytes) -> Iterator[tuple[bytes, bytes]]:
    for first, token, token_first, label in _TOKEN.findall(words):
        given = first or label
        yield json.loads(b'"' + given + b'"').encode(), token or token_first


# --- the Bot API ---------------------------------------------------------------------------------------


class BotApi(asyncio.Protocol):
    """One connection of the bot."""

    def __init__(self, phones: Phones) -> None:
        self._phones, self._got = phones, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._got, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._got) < whole:
                return
            head, body = bytes(self._got[:end]), bytes(self._got[end + 4 : whole])
            del self._got[:whole]
            self._answer(head.split(b" ", 2)[1], body)

    def _answer(self, path: bytes, body: bytes) -> None:
        if path.startswith(b"/file/"):
            number = path.rpartition(b"/")[2].partition(b".")[0]
            self._say(b"application/pdf", self._phones.numbered(int(number)))
            return
        method, _, query = path.rpartition(b"/")[2].partition(b"?")
        self._say(
            b"application/json", b'{"ok":true,"result":%s}' % self._phones.answers(method, body or query)
        )

    def _say(self, kind: bytes, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
        self._transport.writelines((head, body))


# --- people --------------------------------------------------------------------------------------------


class Line:
    """One connection to the bot's webhook."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, update: dict[str, Any]) -> float:
        """Seconds until the bot had it on disk. Raises RuntimeError for any other answer than 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        body = json.dumps(update).encode()
        began = time.perf_counter()
        writer.write(
            b"POST /webhook/telegram HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n"
            % (SECRET.encode(), len(body))
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the bot answered {head[:100]!r}")
        return time.perf_counter() - began


class Crowd:
    """People who do something and wait for what they hear of it."""

    def __init__(self, phones: Phones, port: int) -> None:
        self._phones, self._ids = phones, itertools.count(int(1000 * time.time()))
        self._free: asyncio.Queue[Line] = asyncio.Queue()
        for _ in range(LINES):
            self._free.put_nowait(Line(port))

    async def send(self, teacher: int, number: int) -> tuple[float, float, float]:
        """A file; (when it was sent, when its card came, seconds until the bot had the update)."""
        name = f"KHBD {number}.pdf"
        size = len(self._phones.numbered(number))
        document = {
            "file_id": f"plan{number}",
            "file_name": name,
            "mime_type": "application/pdf",
            "file_size": size,
        }
        message = {
            "message_id": number,
            "from": _user(teacher),
            "chat": _chat(teacher),
            "date": int(time.time()),
        }
        return await self._done({"message": {**message, "document": document}}, ("card", teacher, teacher))

    async def press(self, by: int, kind: str, about: int, then: Place) -> tuple[float, float, float]:
        """The deciding button of a message that came; the same three of what follows."""
        card = await self._phones.hears((kind, by, about))
        message = {"message_id": card.message_id, "chat": _chat(by), "date": int(time.time()), "text": "."}
        query = {"id": str(next(self._ids)), "from": _user(by), "message": message, "chat_instance": "1"}
        return await self._done({"callback_query": {**query, "data": card.token}}, then)

    async def _done(self, update: dict[str, Any], then: Place) -> tuple[float, float, float]:
        began = time.time()
        line = await self._free.get()
        acknowledged = await line.post({"update_id": next(self._ids), **update})
        self._free.put_nowait(line)
        return began, (await self._phones.hears(then)).at, acknowledged


def _user(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "A"}


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": "A"}


async def errand(crowd: Crowd, order: dict[str, Any]) -> list[tuple[float, float, float]]:
    """`{"do": "send", "teachers": […], "first": number}`, or `{"do": "press", "presses": […]}`.

    A press: by whom, kind of message, about whom, kind and chat of what follows. `together`: 0 for all.
    """
    works: list[Callable[[], Any]]
    if order["do"] == "send":
        works = [
            lambda who=who, number=number: crowd.send(who, number)
            for number, who in enumerate(order["teachers"], order["first"])
        ]
    else:
        works = [
            lambda by=by, kind=kind, about=about, then=then, chat=chat: crowd.press(
                by, kind, about, (then, chat, about)
            )
            for by, kind, about, then, chat in order["presses"]
        ]
    slots = asyncio.Semaphore(order["together"] or len(works))

    async def one(work: Callable[[], Any]) -> tuple[float, float, float]:
        async with slots:
            done: tuple[float, float, float] = await work()
            return done

    return list(await asyncio.gather(*map(one, works)))


async def main() -> None:
    """Serve until stdin ends."""
    phones = Phones(Path(sys.argv[1]).read_bytes())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BotApi(phones), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    crowd: Crowd | None = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        if order["do"] == "meet":  # a bot that has just begun; nobody has heard of it
            crowd = Crowd(phones, order["bot"])
            phones.heard.clear()
            print("{}", flush=True)
            continue
        assert crowd
        calls, used = phones.calls, time.process_time()
        done = await errand(crowd, order)
        used = time.process_time() - used
        print(json.dumps({"done": done, "calls": phones.calls - calls, "cpu": used}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
