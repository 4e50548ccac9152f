"""The same school with Telegram calling us: the secret guards the door, a repeated delivery does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.plans_to_send import Desk
from tests.ports import free_port
from tests.school import MakeSchool, School

from hoso_bot.domain.errors import SettingsError
from hoso_bot.settings import SCHOOL_ID

SECRET = "s3cret-of-the-webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def hooked(make_school: MakeSchool) -> Iterator[School]:
    """A running school that gets its updates by webhook."""
    port = free_port()
    web = {"port": port, "public_url": f"http://127.0.0.1:{port}/"}
    running = make_school(web=web, telegram={"mode": "webhook", "secret": SECRET})
    running.start()
    yield running
    running.checks()


def written(school: School, text: str, update_id: int = 5) -> dict[str, Any]:
    me = {"id": school.teacher.chat_id, "is_bot": False, "first_name": "Loan"}
    chat = {"id": school.teacher.chat_id, "type": "private", "first_name": "Loan"}
    message = {"message_id": 99, "date": int(school.clock.now().timestamp()), "chat": chat, "from": me}
    return {"update_id": update_id, "message": {**message, "text": text}}


def inbox(school: School) -> int:
    return int(school.rows("SELECT count(*) FROM inbox WHERE source = 'telegram'")[0][0])


def test_the_whole_job_works_by_webhook(hooked: School, desk: Desk) -> None:
    hooked.teacher.hands_in(desk.plan(13))
    for leader in (hooked.head, hooked.vice):
        leader.gets_card()
        leader.approves()
    hooked.teacher.hears("phê duyệt đủ")
    assert hooked.world.calls("getUpdates")[1:] == []  # the first is the test's own


@pytest.mark.parametrize("headers", [{}, {HEADER: "wrong"}, {HEADER: SECRET.upper()}, {HEADER: ""}])
def test_without_the_secret_nothing_gets_in(hooked: School, headers: dict[str, str]) -> None:
    assert hooked.posts("/webhook/telegram", written(hooked, "/hotro"), **headers) == 403
    assert inbox(hooked) == 0


def test_with_the_secret_it_is_kept_and_answered(hooked: School) -> None:
    assert hooked.posts("/webhook/telegram", written(hooked, "/hotro"), **{HEADER: SECRET}) == 200
    hooked.teacher.hears("liên hệ")


def test_the_schools_id_may_stand_behind_the_path_and_no_others(hooked: School) -> None:
    said = written(hooked, "/hotro")
    assert hooked.posts("/webhook/telegram/another-school", said, **{HEADER: SECRET}) == 404
    assert inbox(hooked) == 0
    assert hooked.posts(f"/webhook/telegram/{SCHOOL_ID}", said) == 403
    assert hooked.posts(f"/webhook/telegram/{SCHOOL_ID}", said, **{HEADER: SECRET}) == 200
    hooked.teacher.hears("liên hệ")


def test_a_repeated_delivery_is_handled_once(hooked: School) -> None:
    for _ in range(3):
        assert hooked.posts("/webhook/telegram", written(hooked, "/hotro"), **{HEADER: SECRET}) == 200
    hooked.teacher.hears("liên hệ")
    hooked.rests()
    assert len(hooked.teacher.messages()) == 1
    assert inbox(hooked) == 1


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"message": {}}', b'{"update_id": "5"}', b"\xff\xfe"]
)
def test_a_body_that_is_no_update_is_refused(hooked: School, body: bytes) -> None:
    assert hooked.posts("/webhook/telegram", body, **{HEADER: SECRET}) == 400
    assert inbox(hooked) == 0


def test_what_came_while_the_bot_was_down_is_delivered_later(hooked: School) -> None:
    hooked.teacher.says("/trangthai")
    hooked.teacher.hears("chưa nộp")
    hooked.stop()
    hooked.teacher.says("/hotro")
    hooked.start()
    hooked.teacher.hears("liên hệ")


@pytest.mark.parametrize("missing", ["secret", "public_url"])
def test_webhook_mode_without_its_settings_does_not_start(make_school: MakeSchool, missing: str) -> None:
    web = {"public_url": "https://truong.example"} if missing == "secret" else {}
    secret = {} if missing == "secret" else {"secret": SECRET}
    with pytest.raises(SettingsError, match="HOSO_WEB__PUBLIC_URL and HOSO_TELEGRAM__SECRET"):
        make_school(web=web, telegram={"mode": "webhook", **secret}).start()


def test_polling_mode_has_no_webhook(school: School) -> None:
    assert school.posts("/webhook/telegram", written(school, "/hotro"), **{HEADER: ""}) in (404, 405)
    assert inbox(school) == 0
