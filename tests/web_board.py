"""A browser without a screen for the web board: cookies are kept, forms are sent, redirects followed."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.conversation import Member
from tests.school import School

PUBLIC = "https://hoso.example.edu.vn"


@dataclass(frozen=True)
class Seen:
    """An answer: its status, headers by lower-case name, and bytes."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """What a person reads: without tags, spaces made one."""
        said = re.sub(r"<style.*?</style>|<[^>]+>", " ", self.body.decode(), flags=re.DOTALL)
        return " ".join(said.split())

    def links(self, containing: str) -> list[str]:
        """Addresses this page leads to."""
        return [
            way
            for way in re.findall(r'(?:href|src|action)="([^"]+)"', self.body.decode())
            if containing in way
        ]


def exchange(
    port: int, method: str, path: str, body: Any, headers: dict[str, str], cookies: dict[str, str]
) -> Seen:
    """One request with these cookies, redirects not followed; new cookies are put to them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    if cookies:
        headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        seen = Seen(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()
    for name, morsel in SimpleCookie(seen.headers.get("set-cookie", "")).items():
        cookies[name] = morsel.value
    return seen


def looks(port: int | None, path: str) -> Seen:
    """What anybody sees there."""
    return exchange(port or 0, "GET", path, None, {}, {})


@dataclass
class Browser:
    """One browser at the school's own web server."""

    school: School
    cookies: dict[str, str] = field(default_factory=dict)

    def opens(
        self, path: str, method: str = "GET", form: dict[str, str] | None = None, **headers: str
    ) -> Seen:
        """One request, redirects not followed. `Range="bytes=0-9"` and the like are headers."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        body = urlencode(form) if form is not None else None
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        return exchange(self.school.app.port or 0, method, path, body, sent, self.cookies)

    def sends(self, path: str, **headers: str) -> Seen:
        """A form without fields."""
        return self.opens(path, "POST", **headers)

    def fills(self, path: str, **form: str) -> Seen:
        """A form with these fields."""
        return self.opens(path, "POST", form)

    def enters(self, member: Member) -> Seen:
        """The whole way in: /bang in the chat, the link, its button; the page after it."""
        answer = self.sends(way_in(member))
        assert answer.status == 303, answer.text
        return self.opens(answer.headers["location"])


def way_in(member: Member) -> str:
    """Ask for a link in the chat; its path."""
    member.says("/bang")
    link = re.search(rf"{PUBLIC}(/bang/vao/\S+)", member.hears("Bảng hồ sơ trên web").text)
    assert link
    return urlsplit(link[1]).path
