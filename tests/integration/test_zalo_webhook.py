"""Webhooks that must do nothing, and a few that must: forged, replayed, re-ordered, malformed, too big.

10,000 of them against the real process, with times: `python -m bench hostile`.
"""

from __future__ import annotations

import http.client
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.fakes.hostile_webhooks import Letter, OaLetters
from tests.fakes.zalo_oa_sim import ZaloSim
from tests.school import MakeSchool, School

from hoso_bot.settings import SCHOOL_ID

FORGED = 300


@dataclass
class Postman:
    """Posts to a running school's webhook over one connection, signing as Zalo does where it is asked to."""

    school: School

    def __post_init__(self) -> None:
        assert self.school.oa
        assert self.school.app.port
        state = self.school.oa.state()
        self.letters = OaLetters(self.school.oa.app_id, state["oa_secret"], state["oa_id"])
        self.chat, self.now = str(self.school.teacher.chat_id), self.school.clock.now().timestamp()
        self._connection = http.client.HTTPConnection("127.0.0.1", self.school.app.port, timeout=20)

    def event(self, text: str, msg_id: str, **changes: Any) -> Letter:
        """Something the teacher wrote just now, signed."""
        return self.letters.signed(self.letters.body(self.chat, text, msg_id, self.now, **changes))

    def posts(self, letter: Letter, path: str = "/webhook/zalo-oa") -> int:
        """The status."""
        body, headers = letter
        self._connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


@pytest.fixture
def postman(make_school: MakeSchool, zalo: ZaloSim) -> Iterator[Postman]:
    school = make_school(zalo=zalo, on_zalo=("GV09",))
    school.start()
    yield Postman(school)
    school.checks()


def inbox(school: School) -> int:
    return int(school.rows("SELECT count(*) FROM inbox WHERE source = 'zalo_oa'")[0][0])


def test_forgeries_get_their_200_and_leave_nothing(postman: Postman) -> None:
    letters = itertools.islice(postman.letters.forged(postman.chat, postman.now), FORGED)
    assert {postman.posts(letter) for letter in letters} == {200}
    assert inbox(postman.school) == 0
    assert postman.school.teacher.messages() == []


def test_a_replay_is_the_same_event(postman: Postman) -> None:
    letter = postman.event("/trangthai", "once")
    assert {postman.posts(letter) for _ in range(200)} == {200}
    postman.school.teacher.hears("chưa nộp|chưa có")
    postman.school.rests()
    assert inbox(postman.school) == 1
    assert len(postman.school.teacher.messages()) == 1


def test_the_schools_id_behind_the_path_leads_to_the_same_event(postman: Postman) -> None:
    letter = postman.event("/trangthai", "here or there")
    paths = ("/webhook/zalo-oa", f"/webhook/zalo-oa/{SCHOOL_ID}", "/webhook/zalo-oa/another-school")
    assert [postman.posts(letter, path) for path in paths] == [200, 200, 404]
    postman.school.rests()
    assert inbox(postman.school) == 1


def test_an_old_one_is_a_replay_even_where_nothing_remembers_it(postman: Postman) -> None:
    long_ago = str(int((postman.school.clock.now().timestamp() - 25 * 3600) * 1000))
    assert postman.posts(postman.event("/trangthai", "old", timestamp=long_ago)) == 200
    assert inbox(postman.school) == 0


def test_in_any_order_each_is_answered_once(postman: Postman) -> None:
    letters = [postman.event("/huongdan", f"n{number}") for number in range(40)]
    letters += letters[:20]
    random.Random(2).shuffle(letters)
    assert {postman.posts(letter) for letter in letters} == {200}
    postman.school.rests()
    assert inbox(postman.school) == 40
    assert len(postman.school.teacher.messages()) == 40


def test_signed_nonsense_gets_its_200_and_is_not_kept(postman: Postman) -> None:
    assert {postman.posts(one) for one in postman.letters.malformed(postman.chat, postman.now)} == {200}
    postman.school.rests()
    assert inbox(postman.school) == 0
    assert postman.school.teacher.messages() == []


def test_two_megabytes_are_not_read(postman: Postman) -> None:
    assert postman.posts(postman.letters.oversized(postman.chat, postman.now)) == 413
    assert inbox(postman.school) == 0
