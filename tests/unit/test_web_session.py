"""How long somebody stays logged in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hoso_bot.domain.events import Address
from hoso_bot.domain.web_session import IDLE, LONGEST, NOTED_EVERY, WebSession

OPENED = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def session(seen: timedelta = timedelta(0), ended: datetime | None = None) -> WebSession:
    return WebSession("s1", "p1", Address("telegram", "41"), OPENED, OPENED + seen, ended)


@pytest.mark.parametrize(
    ("seen", "after", "open_"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(0), IDLE - SECOND, True),
        (timedelta(0), IDLE, False),
        (LONGEST - SECOND, LONGEST - SECOND, True),
        (LONGEST - SECOND, LONGEST, False),
    ],
)
def test_it_ends_without_a_look_and_after_a_day(seen: timedelta, after: timedelta, open_: bool) -> None:
    assert session(seen).is_open(OPENED + after) is open_


def test_ended_is_ended() -> None:
    assert not session(ended=OPENED).is_open(OPENED)


def test_a_look_is_noted_now_and_then() -> None:
    assert not session().is_to_be_noted(OPENED + NOTED_EVERY - SECOND)
    assert session().is_to_be_noted(OPENED + NOTED_EVERY)
