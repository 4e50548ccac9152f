"""Somebody at a phone of the demo's page, in the same words as on the fake Telegram."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
import uuid
from typing import Any

from tests.conversation import Member
from tests.fakes.telegram_sim import World

from hoso_bot.domain.roster import Person as Staff

_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class WebMember(Member):
    """A phone of a running school's demo page. `phone` is the page's chat id."""

    def __init__(self, port: int, staff: Staff, phone: str, number: int) -> None:
        super().__init__(PageWorld(f"http://127.0.0.1:{port}", phone), staff, number)


class PageWorld(World):
    """One phone of the page, seen as a world of its own."""

    def __init__(self, base_url: str, phone: str) -> None:
        super().__init__(base_url, phone)
        self._phone = phone

    def does(self, action: str, **wish: Any) -> Any:
        """Write, send a file, or tap the newest button with these words."""
        if action == "message":
            return self._post("text", {"text": wish["text"]})
        if action == "document":
            return self._upload(base64.b64decode(wish["base64"]), wish["file_name"])
        if action == "tap":
            return self._tap(wish["label"].casefold())
        raise AssertionError(f"nobody can {action} on the page")

    def _tap(self, label: str) -> dict[str, Any]:
        for bubble in reversed(self._bubbles()):
            for words, token in (key for row in bubble["keys"] for key in row):
                if label in words.casefold() and token not in bubble["used"]:
                    self._post("tap", {"message": bubble["id"], "token": token})
                    return {"data": token}
        raise AssertionError(f"no button {label!r}")

    def transcript(self, chat_id: int, beyond: int = -1, timeout: float = 0) -> dict[str, Any]:
        """The phone's bubbles in the shape of a fake Telegram's transcript."""
        deadline = time.monotonic() + timeout
        while True:
            messages = [_as_message(n, bubble) for n, bubble in enumerate(self._bubbles(), 1)]
            revision = max((message["revision"] for message in messages), default=0)
            if revision > beyond or time.monotonic() >= deadline:
                return {"revision": revision, "messages": messages}
            time.sleep(0.05)

    def bytes_of(self, file_id: str) -> bytes:
        """The content of a bubble's file."""
        with _open(f"{self.base_url}/demo/file/{file_id}", timeout=20) as answer:
            return bytes(answer.read())

    def _bubbles(self) -> list[dict[str, Any]]:
        with _open(f"{self.base_url}/demo/state", timeout=20) as answer:
            return [bubble for bubble in json.load(answer)["bubbles"] if bubble["chat"] == self._phone]

    def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._send(what, json.dumps(body).encode(), "application/json")

    def _upload(self, body: bytes, name: str) -> dict[str, Any]:
        line = uuid.uuid4().hex
        head = (
            f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        )
        whole = head.encode() + body + f"\r\n--{line}--\r\n".encode()
        return self._send("file", whole, f"multipart/form-data; boundary={line}")

    def _send(self, what: str, body: bytes, kind: str) -> dict[str, Any]:
        url = f"{self.base_url}/demo/{self._phone}/{what}"
        request = urllib.request.Request(url, body, {"Content-Type": kind})
        with _open(request, timeout=20) as answer:
            return dict(json.load(answer))


def _as_message(number: int, bubble: dict[str, Any]) -> dict[str, Any]:
    file = bubble["file"]
    document = file and {"file_id": file["id"], "file_name": file["name"], "file_size": file["size"]}
    return {
        "message_id": number,
        "from": "person" if bubble["mine"] else "bot",
        "text": bubble["text"],
        "buttons": [[{"label": words, "data": token} for words, token in row] for row in bubble["keys"]],
        "document": document,
        "earlier": [],
        "silent": False,
        "deleted": False,
        "revision": bubble["changed"],
    }
