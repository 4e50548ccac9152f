"""Raw updates of the demo page become domain events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hoso_bot.channels.web_chat.parse import parse
from hoso_bot.domain.events import Address, ButtonTapped, CommandSent, FileSent, TextSent

ORIGIN = Address("web_chat", "teacher")
AT = datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)


def raw(kind: str, **content: Any) -> dict[str, Any]:
    """An update of the teacher's phone, one second before the deadline, in Vietnam's time."""
    return {
        "id": "a1b2c3d4",
        "chat": "teacher",
        "kind": kind,
        "at": "2026-11-22T23:59:59+07:00",
        "message": "m7",
        **content,
    }


def test_a_line_of_text_keeps_its_words_and_its_time_in_utc() -> None:
    event = parse(raw("text", text="Thiếu tiết 3 thứ Tư"))
    assert event == TextSent(ORIGIN, AT, "m7", "Thiếu tiết 3 thứ Tư")
    assert event is not None
    assert event.sent_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("typed", "name", "argument"),
    [
        ("/start GV-7K2M", "start", "GV-7K2M"),
        ("/ChoDuyet", "choduyet", ""),
        ("/uyquyen  cô Lan từ 12/10 ", "uyquyen", "cô Lan từ 12/10"),
    ],
)
def test_a_command_loses_its_slash_and_keeps_its_argument(typed: str, name: str, argument: str) -> None:
    assert parse(raw("command", text=typed)) == CommandSent(ORIGIN, AT, "m7", name, argument)


def test_a_tap_names_the_message_and_the_button() -> None:
    assert parse(raw("tap", token="t0k3n")) == ButtonTapped(ORIGIN, AT, "m7", "t0k3n")


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("application/pdf", "document"),
        ("", "document"),
        ("image/jpeg", "photo"),
        ("video/mp4", "video"),
        ("audio/ogg", "voice"),
    ],
)
def test_a_file_is_announced_with_its_name_size_and_kind(mime: str, kind: str) -> None:
    file = {"path": "f" * 32, "name": "KHBD Tuần 12.pdf", "size": 241047, "mime": mime}
    expected = FileSent(ORIGIN, AT, "m7", "f" * 32, "KHBD Tuần 12.pdf", kind=kind, size=241047)
    assert parse(raw("file", file=file)) == expected


def test_a_kind_of_a_later_version_is_not_for_us() -> None:
    assert parse(raw("location")) is None


def test_a_time_without_an_offset_is_nonsense() -> None:
    with pytest.raises(ValueError, match="offset"):
        parse(raw("text", text="a") | {"at": "2026-11-22T23:59:59"})


def test_a_missing_field_is_nonsense() -> None:
    with pytest.raises(KeyError):
        parse(raw("tap"))
