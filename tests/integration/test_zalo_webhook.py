"""2,000 webhooks that must do nothing, and a few that must: forged, replayed, re-ordered, malformed."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.school import MakeSchool, School

HEADER = "X-ZEvent-Signature"
FORGED = 2_000


@dataclass
class Postman:
    """Posts to a running school's webhook over one connection, signing as Zalo does where it is asked to."""

    school: School

    def __post_init__(self) -> None:
        assert self.school.oa
        assert self.school.app.port
        state = self.school.oa.state()
        self.app_id, self.secret, self.oa_id = self.school.oa.app_id, state["oa_secret"], state["oa_id"]
        self._connection = http.client.HTTPConnection("127.0.0.1", self.school.app.port, timeout=20)
        self.took: list[float] = []

    def event(self, text: str, msg_id: str, **changes: Any) -> bytes:
        """Something the teacher wrote just now, as raw bytes."""
        at = str(int(self.school.clock.now().timestamp() * 1000))
        whole = {
            "app_id": self.app_id,
            "event_name": "user_send_text",
            "sender": {"id": str(self.school.teacher.chat_id)},
            "recipient": {"id": self.oa_id},
            "message": {"msg_id": msg_id, "text": text},
            "timestamp": at,
        }
        return json.dumps({**whole, **changes}, separators=(" ,", ": ")).encode()

    def signature(self, body: bytes, secret: str | None = None, app_id: str | None = None) -> str:
        """`mac=…` over these bytes."""
        try:
            timestamp = str(json.loads(body)["timestamp"])
        except (ValueError, KeyError, TypeError):
            timestamp = ""
        text = (app_id or self.app_id).encode() + body + timestamp.encode()
        return f"mac={hashlib.sha256(text + (secret or self.secret).encode()).hexdigest()}"

    def posts(self, body: bytes, signature: str | None) -> int:
        """The status."""
        headers = {"Content-Type": "application/json", **({HEADER: signature} if signature else {})}
        began = time.perf_counter()
        self._connection.request("POST", "/webhook/zalo-oa", body, headers)
        answer = self._connection.getresponse()
        answer.read()
        self.took.append(time.perf_counter() - began)
        return answer.status


@pytest.fixture
def postman(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[Postman]:
    school = make_school(zalo=zalo, on_zalo=("GV09",))
    school.start()
    yield Postman(school)
    school.checks()


def inbox(school: School) -> int:
    return int(school.rows("SELECT count(*) FROM inbox WHERE source = 'zalo_oa'")[0][0])


def forgeries(postman: Postman, chance: random.Random) -> Iterator[tuple[bytes, str | None]]:
    """Bodies with a signature that is not Zalo's for them, of every kind that is known."""
    while True:
        body = postman.event("/hotro", f"f{chance.random()}")
        other = postman.event("/trangthai", f"g{chance.random()}")
        good = postman.signature(body)
        yield body, None
        yield b"", None
        yield body, "mac="
        yield body, f"mac={chance.randbytes(32).hex()}"
        yield body, postman.signature(body, secret="app-secret-instead-of-the-oas")
        yield body, postman.signature(body, app_id=postman.oa_id)
        yield other, good
        yield body.replace(b"hotro", b"hoso "), good
        yield json.dumps(json.loads(body)).encode(), good  # the same JSON, other bytes
        key = postman.secret.encode()
        yield body, f"mac={hmac.new(key, body, hashlib.sha256).hexdigest()}"
        yield body, good[:-1] + ("0" if good[-1] != "0" else "1")
        yield chance.randbytes(200), f"mac={chance.randbytes(32).hex()}"


def test_two_thousand_forgeries_leave_nothing_and_are_answered_quickly(postman: Postman) -> None:
    letters = forgeries(postman, random.Random(1))
    statuses = {postman.posts(*next(letters)) for _ in range(FORGED)}
    assert statuses == {200}
    assert inbox(postman.school) == 0
    assert postman.school.teacher.messages() == []
    assert sorted(postman.took)[int(FORGED * 0.99)] < 0.2


def test_a_replay_is_the_same_event(postman: Postman) -> None:
    body = postman.event("/trangthai", "once")
    assert {postman.posts(body, postman.signature(body)) for _ in range(200)} == {200}
    postman.school.teacher.hears("chưa nộp|chưa có")
    postman.school.rests()
    assert inbox(postman.school) == 1
    assert len(postman.school.teacher.messages()) == 1


def test_an_old_one_is_a_replay_even_where_nothing_remembers_it(postman: Postman) -> None:
    long_ago = str(int((postman.school.clock.now().timestamp() - 25 * 3600) * 1000))
    body = postman.event("/trangthai", "old", timestamp=long_ago)
    assert postman.posts(body, postman.signature(body)) == 200
    assert inbox(postman.school) == 0


def test_in_any_order_each_is_answered_once(postman: Postman) -> None:
    bodies = [postman.event("/huongdan", f"n{number}") for number in range(40)]
    bodies += bodies[:20]
    random.Random(2).shuffle(bodies)
    assert {postman.posts(body, postman.signature(body)) for body in bodies} == {200}
    postman.school.rests()
    assert inbox(postman.school) == 40
    assert len(postman.school.teacher.messages()) == 40


MALFORMED: tuple[dict[str, Any], ...] = (
    {"message": None},
    {"message": []},
    {"message": {"text": "no id"}},
    {"message": {"msg_id": "no text"}},
    {"message": {"msg_id": "m", "text": 5}},
    {"event_name": "user_send_file", "message": {"msg_id": "m", "attachments": []}},
    {"event_name": "user_send_file", "message": {"msg_id": "m", "attachments": [{"payload": "x"}]}},
    {"sender": {"id": ["x"]}},
    {"sender": None},
    {"timestamp": "9" * 40},
    {"timestamp": "-1"},
    {"timestamp": {}},
    {"event_name": 7},
    {"event_name": "user_send_text\u0000"},
    {"event_name": "oa_send_text"},
    {"event_name": "user_seen_message"},
)


def test_signed_nonsense_gets_its_200_and_is_not_kept(postman: Postman) -> None:
    bodies = [postman.event("/hotro", "m", **changes) for changes in MALFORMED]
    bodies += [b"[]", b"null", b"5", b"\xff\xfe", b"{", b'{"a":1}', b'{"timestamp": "1"}']
    assert {postman.posts(body, postman.signature(body)) for body in bodies} == {200}
    postman.school.rests()
    assert inbox(postman.school) == 0
    assert postman.school.teacher.messages() == []


def test_two_megabytes_are_not_read(postman: Postman) -> None:
    body = postman.event("x" * 2 * 2**20, "big")
    assert postman.posts(body, postman.signature(body)) == 413
    assert inbox(postman.school) == 0
