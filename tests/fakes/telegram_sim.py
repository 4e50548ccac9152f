"""People on a fake Telegram, for tests that read like conversations.

with TelegramSim() as telegram:
    world = telegram.world()              # a bot of its own: world.token, telegram.base_url
    teacher = world.person(101, "Cô Lan")
    teacher.says("/start ABC")
    teacher.hears("Xin chào")
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SERVER = Path(__file__).with_name("telegram_api.py")
_bot_numbers = itertools.count(7_000_000_000 + secrets.randbelow(10**8))
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open  # never through a proxy


class TelegramSim:
    """The fake server as a process of its own."""

    server = SERVER

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.base_url = ""

    def start(self, port: int = 0) -> Self:
        """Start the server; returns when it listens."""
        command = [sys.executable, str(self.server), "--port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.server.stem} did not start (exit code {self._process.wait()})")
        self.base_url = f"http://127.0.0.1:{json.loads(line)['port']}"
        return self

    def stop(self) -> None:
        """End the server that `start` started."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def world(self, token: str | None = None) -> World:
        """The bot with this token, else a new one that nobody wrote to yet."""
        return World(self.base_url, token or f"{next(_bot_numbers)}:{secrets.token_urlsafe(26)}")


class World:
    """One bot on the fake server, seen from outside."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url, self.token = base_url, token

    def person(self, chat_id: int, name: str) -> Person:
        """Somebody with a Telegram account; unknown to the bot until they write."""
        return Person(self, chat_id, name)

    def does(self, action: str, **wish: Any) -> Any:
        """POST /sim/{token}/{action}. Raises AssertionError with the server's reason."""
        return self._ask(action, json.dumps(wish).encode())

    def fault(self, kind: str, method: str = "*", **more: Any) -> None:
        """Let the next call of `method` fail: 429, status, drop, lost, slow, garbage (see telegram_api)."""
        self.does("fault", kind=kind, method=method, **more)

    def heal(self) -> None:
        """No more faults."""
        self.does("heal")

    def skips(self, seconds: float) -> None:
        """This bot's world is so many seconds later now."""
        self.does("elapse", seconds=seconds)

    def pushes(self, update: dict[str, Any]) -> dict[str, Any]:
        """A raw update, however strange; returns it with its update_id."""
        pushed: dict[str, Any] = self.does("raw", update=update)
        return pushed

    def state(self) -> dict[str, Any]:
        """Everything the server knows of this bot."""
        found: dict[str, Any] = self._ask("state")
        return found

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The calls of one method so far."""
        return [call for call in self.state()["calls"] if call["method"].lower() == method.lower()]

    def bytes_of(self, file_id: str) -> bytes:
        """The content of a file in this world."""
        return self._read(f"file/{file_id}")

    def transcript(self, chat_id: int, beyond: int = -1, timeout: float = 0) -> dict[str, Any]:
        """One chat's transcript, waiting up to `timeout` s for a revision above `beyond`."""
        query = urllib.parse.urlencode({"chat": chat_id, "revision": beyond, "timeout": timeout})
        found: dict[str, Any] = json.loads(self._read(f"wait?{query}"))
        return found

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Call the Bot API itself as a bot would; the whole answer, ok or not."""
        url = f"{self.base_url}/bot{self.token}/{method}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, json.dumps(params).encode(), headers)
        try:
            with _open(request, timeout=70) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                return dict(json.load(refused))

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        return json.loads(self._read(path, body))

    def _read(self, path: str, body: bytes | None = None) -> bytes:
        url = f"{self.base_url}/sim/{self.token}/{path}"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
        try:
            with _open(request, timeout=70) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                raise AssertionError(_reason(refused.read())) from None


@dataclass(frozen=True)
class Heard:
    """A message of the bot as the person sees it now. buttons: labels, row after row."""

    world: World
    raw: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.raw["text"])

    @property
    def message_id(self) -> int:
        return int(self.raw["message_id"])

    @property
    def buttons(self) -> list[str]:
        return [key["label"] for row in self.raw["buttons"] for key in row]

    @property
    def file_name(self) -> str | None:
        return self.raw["document"] and str(self.raw["document"]["file_name"])

    @property
    def size(self) -> int | None:
        return self.raw["document"] and int(self.raw["document"]["file_size"])

    @property
    def sha256(self) -> str | None:
        return self.raw["document"] and str(self.raw["document"]["sha256"])

    def file(self) -> bytes:
        """The bytes of the attached file."""
        assert self.raw["document"], f"no file in: {self.text!r}"
        return self.world.bytes_of(self.raw["document"]["file_id"])


class Person:
    """Somebody at their phone."""

    def __init__(self, world: World, chat_id: int, name: str) -> None:
        self.world, self.chat_id, self.name = world, chat_id, name
        self._heard = 0

    def says(self, text: str, **more: Any) -> dict[str, Any]:
        """Write a text or a command."""
        return self._do("message", text=text, **more)

    def sends(self, file: Path | bytes, name: str | None = None, **more: Any) -> dict[str, Any]:
        """Send a document; `claimed_size=` states a size without such bytes, `caption=`, `date=`."""
        body = file if isinstance(file, bytes) else file.read_bytes()
        file_name = name or ("ke-hoach.pdf" if isinstance(file, bytes) else file.name)
        return self._do("document", base64=base64.b64encode(body).decode(), file_name=file_name, **more)

    def sends_photo(self, **more: Any) -> dict[str, Any]:
        """Send a photo instead of a file."""
        return self._do("photo", **more)

    def sends_album(self, *files: Path) -> dict[str, Any]:
        """Send several files at once."""
        return self._do("album", items=[{"path": str(file)} for file in files])

    def taps(self, label: str = "", message: Heard | None = None, **more: Any) -> dict[str, Any]:
        """Tap the newest button whose label contains `label`, or the one in `message`."""
        where = {"message_id": message.message_id} if message else {}
        return self._do("tap", label=label, **where, **more)

    def blocks(self) -> None:
        """Block the bot."""
        self._do("block")

    def unblocks(self) -> None:
        """Let the bot back in."""
        self._do("unblock")

    def hears(self, pattern: str, timeout: float = 10) -> Heard:
        """The next message of the bot, new or edited since the last `hears`, that matches (re, any case)."""
        wanted = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        deadline = time.monotonic() + timeout
        seen = self.world.transcript(self.chat_id)
        while True:
            for heard in self._news(seen):
                if wanted.search(heard.text):
                    self._heard = heard.raw["revision"]
                    return heard
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{self.name} did not hear {pattern!r} in {timeout} s:\n{self.chat()}")
            seen = self.world.transcript(self.chat_id, seen["revision"], left)

    def hears_nothing(self, seconds: float = 0.5, pattern: str = "") -> None:
        """Fails when the bot says anything new (matching `pattern`) within so many seconds."""
        try:
            heard = self.hears(pattern, seconds)
        except AssertionError:
            return
        raise AssertionError(f"{self.name} heard {heard.text!r}:\n{self.chat()}")

    def messages(self) -> list[Heard]:
        """Everything the bot wrote that is still there, oldest first, in its present form."""
        found = self.world.transcript(self.chat_id)["messages"]
        return [Heard(self.world, raw) for raw in found if raw["from"] == "bot" and not raw["deleted"]]

    def chat(self) -> str:
        """The transcript as text, for a failing test."""
        return "\n".join(_line(raw) for raw in self.world.transcript(self.chat_id)["messages"])

    def _news(self, seen: dict[str, Any]) -> list[Heard]:
        """What the bot wrote or changed since the last thing heard, in that order."""
        news = [raw for raw in seen["messages"] if raw["from"] == "bot" and not raw["deleted"]]
        news = [raw for raw in news if raw["revision"] > self._heard]
        return [Heard(self.world, raw) for raw in sorted(news, key=lambda raw: int(raw["revision"]))]

    def _do(self, action: str, **wish: Any) -> dict[str, Any]:
        done: dict[str, Any] = self.world.does(action, chat_id=self.chat_id, name=self.name, **wish)
        return done


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")


def _line(raw: dict[str, Any]) -> str:
    file = f" <{raw['document']['file_name']}>" if raw["document"] else ""
    keys = "".join(f" [{key['label']}]" for row in raw["buttons"] for key in row)
    return f"  {'bot' if raw['from'] == 'bot' else '  >'} {raw['text']}{file}{keys}"
