"""A phone's browser at the page that takes a file: asking for the link, sending in pieces or in one form."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.conversation import Member
from tests.web_board import Seen, exchange

PUBLIC = "https://hoso.example.edu.vn"
PIECE = 512 * 2**10


def asks_for_link(member: Member, typed: str = "/nop") -> str:
    """Ask in the chat; the link's path."""
    member.says(typed)
    return link_in(member.hears("nộp tệp PDF tại trang này").text)


def link_in(text: str) -> str:
    """The path of the one upload link in these words."""
    (link,) = re.findall(r"https?://[^/\s]+(/nop/[\w-]{22})", text)
    return str(link)


@dataclass
class Phone:
    """A browser with its own cookies, at the school (or whatever has `app.port`) that runs."""

    school: Any
    path: str
    cookies: dict[str, str] = field(default_factory=dict)

    def asks(self, below: str = "", body: Any = None, kind: str = "application/json", **headers: str) -> Seen:
        """GET, or POST with a body (JSON unless bytes)."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | type(None)) else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = kind
        method, way = "GET" if data is None else "POST", f"{self.path}{below}"
        return exchange(self.school.app.port or 0, method, way, data, sent, self.cookies)

    def opens(self) -> Seen:
        """The page."""
        return self.asks()

    def begins(self, data: bytes, name: str = "KHBD Tuan 13.pdf", **changed: Any) -> tuple[int, Any]:
        """What a script sends first; status and answer."""
        facts = {
            "name": name,
            "size": len(data),
            "mark": f"{name}|{len(data)}|1",
            "head": base64.b64encode(data[:65536]).decode(),
            "tail": base64.b64encode(data[-65536:]).decode(),
            **changed,
        }
        return _json(self.asks("/bat-dau", facts))

    def piece(self, upload_id: str, offset: int, data: bytes) -> tuple[int, Any]:
        """One piece."""
        return _json(self.asks(f"/phan/{upload_id}?tu={offset}", data, "application/octet-stream"))

    def finishes(self, upload_id: str, data: bytes | str) -> tuple[int, Any]:
        """The last request."""
        sha256 = data if isinstance(data, str) else hashlib.sha256(data).hexdigest()
        return _json(self.asks(f"/xong/{upload_id}", {"sha256": sha256}))

    def sends(self, data: bytes, name: str = "KHBD Tuan 13.pdf") -> str:
        """All of it, as the script does; the upload's id."""
        status, begun = self.begins(data, name)
        assert status == 200, begun
        at = begun["have"]
        while at < len(data):
            status, answer = self.piece(begun["id"], at, data[at : at + PIECE])
            assert status == 200, answer
            at = answer["have"]
        assert self.finishes(begun["id"], data) == (200, {"arrived": True})
        return str(begun["id"])

    def sends_form(self, data: bytes, name: str = "KHBD Tuan 13.pdf", form: str | None = None) -> Seen:
        """The form of a browser without scripts, as it stands on the page; what comes of it."""
        if form is None:
            found = re.search(r'name="form" value="([\w-]+)"', self.opens().body.decode())
            assert found
            form = found[1]
        return self.asks("", *multipart({"form": form}, name, data))

    def state(self) -> str:
        """What the page's script is told."""
        return str(_json(self.asks("/xem"))[1]["state"])


def multipart(fields: dict[str, str], name: str, data: bytes) -> tuple[bytes, str]:
    """(body, content type) of a form with one file."""
    edge = "x7MA4YWxkTrZu0gW"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = b"".join([*parts, head, data, f"\r\n--{edge}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={edge}"


def _json(seen: Seen) -> tuple[int, Any]:
    return seen.status, json.loads(seen.body)


def path_of(link: str) -> str:
    """The path of an address."""
    return urlsplit(link).path
