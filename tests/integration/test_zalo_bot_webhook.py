"""`/webhook/zalo-bot`: the probe, both shapes, forgeries, repeats, nonsense, a full disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.fakes.hostile_webhooks import zalo_bot_update
from tests.fakes.zalo_bot_sim import ZaloBotSim
from tests.school import MakeSchool, School

from hoso_bot.settings import SCHOOL_ID

SECRET = "a-secret-of-the-school"
HEADER = "X-Bot-Api-Secret-Token"


@pytest.fixture(scope="module")
def school(make_any_school: MakeSchool, zalo_bot: ZaloBotSim) -> Iterator[School]:
    """A running school whose teacher is on the Zalo bot; updates come by webhook."""
    running = make_any_school(
        bots=zalo_bot, on_zalo_bot=("GV09",), zalo_bot={"mode": "webhook", "secret": SECRET}
    )
    running.start()
    try:
        yield running
        running.checks()
    finally:
        running.close()


def update(school: School, said: Any, message_id: Any, **changes: Any) -> dict[str, Any]:
    """Something the teacher wrote just now."""
    chat, now = f"{school.teacher.chat_id:020x}", school.clock.now().timestamp()
    return zalo_bot_update(message_id, chat, said, now, **changes)


def posts(school: School, body: Any, secret: str | None = SECRET) -> int:
    """The status."""
    return school.posts("/webhook/zalo-bot", body, **({HEADER: secret} if secret is not None else {}))


def inbox(school: School) -> int:
    return int(school.rows("SELECT count(*) FROM inbox WHERE source = 'zalo_bot'")[0][0])


def test_the_probe_found_us(school: School) -> None:
    assert school.bot
    probe = school.bot.state()["deliveries"][0]
    assert probe == {"status": 200, "bytes": 0}
    assert posts(school, b"", None) == 200


def test_both_shapes_are_the_same_update_and_a_repeat_does_nothing(school: School) -> None:
    before = inbox(school)
    said = update(school, "/trangthai", "a1")
    assert [posts(school, body) for body in (said, {"ok": True, "result": said}, said)] == [200] * 3
    school.teacher.hears("chưa nộp|chưa có")
    school.rests()
    school.teacher.hears_nothing(0.2)
    assert inbox(school) == before + 1


def test_the_schools_id_may_stand_behind_the_path_and_no_others(school: School) -> None:
    before, said, known = inbox(school), update(school, "/trangthai", "a2"), {HEADER: SECRET}
    assert school.posts("/webhook/zalo-bot/another-school", said, **known) == 404
    assert school.posts(f"/webhook/zalo-bot/{SCHOOL_ID}", said, **known) == 200
    assert inbox(school) == before + 1


def test_without_the_secret_nothing_is_kept(school: School) -> None:
    before = inbox(school)
    said = update(school, "/hotro", "b1")
    for secret in (None, "", SECRET[:-1], f"{SECRET}x", SECRET.upper(), "ą" * 3):
        given = secret.encode().decode("latin-1") if secret else secret
        assert posts(school, said, given) == 403
    assert inbox(school) == before


NONSENSE: tuple[Any, ...] = (
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    {"result": []},
    {"event_name": 7, "message": {}},
    {"event_name": "message.text.received"},
    {"event_name": "message.text.received", "message": None},
    {"event_name": "message.text.received", "message": {"message_id": "x"}},
    {"event_name": "message.callback.received", "message": {"message_id": "x"}},
)


def test_nonsense_gets_its_200_and_is_not_kept(school: School) -> None:
    before = inbox(school)
    assert {posts(school, body) for body in NONSENSE} == {200}
    malformed = [update(school, 5, "c1"), update(school, "/hotro", ""), update(school, "/hotro", None)]
    malformed += [update(school, "/hotro", "c1", date="morgen"), update(school, "/hotro", "c1", chat={})]
    assert {posts(school, body) for body in malformed} == {200}
    group = update(school, "/hotro", "c2")
    group["message"]["chat"]["chat_type"] = "GROUP"
    assert posts(school, group) == 200
    assert inbox(school) == before


def test_what_came_from_nobody_is_counted(school: School) -> None:
    assert posts(school, {"ok": True, "result": {"event_name": "message.unsupported.received"}}) == 200
    school.rests()
    from tests.acceptance.zalo_people import get

    page = get(f"http://127.0.0.1:{school.app.port}/metrics")[1].decode()
    assert 'hoso_messages_faceless{channel="zalo_bot"} 1.0' in page


def test_two_megabytes_are_not_read(school: School) -> None:
    assert posts(school, json.dumps(update(school, "x" * 2 * 2**20, "d1")).encode()) == 413


def test_what_cannot_be_kept_is_not_acknowledged(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_items: Any) -> None:
        raise OSError("no space left")

    before = inbox(school)
    monkeypatch.setattr(school.app.premises.writer, "keep", full)
    assert posts(school, update(school, "/hotro", "e1")) == 503
    assert inbox(school) == before
