"""Recorded Telegram updates and the events they are; text as Telegram counts it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.channels.telegram_text import shortened, split, units
from hoso_bot.channels.telegram_updates import NO_PLATFORM_TIME, is_update, lane_of, parse
from hoso_bot.domain.events import (
    Address,
    ButtonTapped,
    ChatClosed,
    ChatEvent,
    ChatReopened,
    CommandSent,
    FileSent,
    TextSent,
)
from hoso_bot.web.server import secret_matches

SAMPLES = Path(__file__).parents[1] / "samples" / "telegram"
HANH = Address("telegram", "5123456789")
SENT = (HANH, datetime(2023, 9, 3, 14, 20, tzinfo=UTC), "412")
CHANGED = (HANH, datetime(2023, 9, 3, 14, 23, 20, tzinfo=UTC), "")
PLAN = FileSent(*SENT, "BQACAgUAAxkBAAIBnGT0rQ_doc", "KHBD Tuần 5 - Lớp 3A.pdf", "document", 734003)

EVENTS: dict[str, ChatEvent | None] = {
    "command_start_with_code": CommandSent(*SENT, "start", "Kp3_x-9A"),
    "command_to_named_bot": CommandSent(*SENT, "choduyet", ""),
    "command_with_lines": CommandSent(*SENT, "hotro", "Em không mở\nđược tệp"),
    "text": TextSent(*SENT, "Em gửi lại giáo án tuần 5 ạ 😀"),
    "text_like_a_date": TextSent(*SENT, "/24/9 họp tổ"),
    "reply_keyboard_text": TextSent(*SENT, "Bản đã duyệt", reply_to="400"),
    "document": replace(PLAN, caption="Tuần 5 ạ"),
    "document_forwarded": PLAN,  # the time of forwarding counts, not the original's
    "album_document": PLAN,
    "document_without_name": FileSent(*SENT, "BQACAgUAAxkBAAIBnGT0noname", "document.pdf"),
    "photo": FileSent(*SENT, "AgACbig", "document", "photo", 98231),
    "voice": FileSent(*SENT, "AwACvoice", "document", "voice", 17033),
    "video": FileSent(*SENT, "BAACvideo", "VID.mp4", "video", 2501233),
    "audio": FileSent(*SENT, "CQACaudio", "bai hat.mp3", "audio", 3501233),
    "sticker": FileSent(*SENT, "CAACsticker", "document", "sticker", 16100),
    "animation": FileSent(*SENT, "CgACgif", "vui.mp4", "animation", 52100),  # it has a `document` twin
    "video_note": FileSent(*SENT, "DQACnote", "document", "video_note", 90210),
    "contact": FileSent(*SENT, "", "", "other"),
    "location": FileSent(*SENT, "", "", "other"),
    "tap": ButtonTapped(HANH, NO_PLATFORM_TIME, "431", "b1QmZ0w"),
    "tap_on_old_card": ButtonTapped(HANH, NO_PLATFORM_TIME, "17", "b1QmZ0w"),
    "tap_by_somebody_else": None,
    "tap_in_group": None,
    "tap_without_message": None,
    "tap_on_game": None,
    "blocked": ChatClosed(*CHANGED),
    "unblocked": ChatReopened(*CHANGED),
    "edited_message": None,
    "pinned_service_message": None,
    "group_message": None,
    "group_membership": None,
    "channel_post": None,
    "poison_no_content": None,
    "unknown_kind": None,
}
POISON = {"poison_message_without_date"}


def sample(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return update


def test_every_recorded_update_has_its_row_in_the_table() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(EVENTS) | POISON


@pytest.mark.parametrize("name", EVENTS)
def test_recorded_update_becomes_its_event(name: str) -> None:
    assert parse(sample(name)) == EVENTS[name]


@pytest.mark.parametrize("name", sorted(POISON))
def test_malformed_update_raises_so_that_the_inbox_can_park_it(name: str) -> None:
    with pytest.raises(KeyError):
        parse(sample(name))


@pytest.mark.parametrize(
    ("name", "lane"),
    [
        ("text", "telegram:5123456789"),
        ("tap", "telegram:5123456789"),
        ("tap_without_message", "telegram:5123456789"),
        ("blocked", "telegram:5123456789"),
        ("poison_message_without_date", "telegram:5123456789"),
        ("edited_message", "telegram:5123456789"),
        ("group_message", "telegram:-1001777000111"),
    ],
)
def test_lane_is_the_chat(name: str, lane: str) -> None:
    assert lane_of(sample(name)) == lane


def test_update_without_a_chat_blocks_nobody_elses_lane() -> None:
    strange = sample("poison_no_content")
    assert lane_of(strange) == f"telegram:update-{strange['update_id']}"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
_kinds = st.sampled_from(["message", "callback_query", "my_chat_member", "edited_message", "poll"])


@given(st.dictionaries(_kinds, _json) | _json)
def test_lane_of_never_raises(raw: Any) -> None:
    assert lane_of(raw).startswith("telegram:")


@given(st.dictionaries(_kinds, _json))
def test_parse_of_nonsense_gives_nothing_or_a_plain_error(raw: dict[str, Any]) -> None:
    try:
        assert parse(raw) is None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return


@pytest.mark.parametrize("raw", [{}, {"update_id": "7"}, {"update_id": True}, [], None, "x"])
def test_what_has_no_update_id_is_no_update(raw: Any) -> None:
    assert not is_update(raw)


@pytest.mark.parametrize(
    ("given_secret", "expected", "same"),
    [
        ("s3cret", "s3cret", True),
        ("s3cres", "s3cret", False),
        ("", "s3cret", False),
        (None, "s3cret", False),
        ("", "", False),  # no secret configured lets nobody in
        ("bí mật", "s3cret", False),
    ],
)
def test_webhook_secret_must_be_the_same(given_secret: str | None, expected: str, same: bool) -> None:
    assert secret_matches(given_secret, expected) is same


def test_letters_outside_the_basic_plane_count_twice() -> None:
    assert units("ạ😀") == 3


@given(st.text(alphabet="aạ😀 \n", max_size=60), st.integers(2, 9))
def test_split_keeps_every_letter_and_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_split_cuts_at_line_ends_before_it_cuts_at_spaces() -> None:
    assert split("một hai\nba bốn\nnăm", 12) == ["một hai", "ba bốn\nnăm"]
    assert split("một hai ba", 8) == ["một hai", "ba"]
    assert split("x" * 10, 4) == ["xxxx", "xxxx", "xx"]


@given(st.text(alphabet="a😀", max_size=30), st.integers(2, 20))
def test_shortened_fits(text: str, limit: int) -> None:
    assert units(shortened(text, limit)) <= limit


def test_shortened_leaves_a_fitting_text_alone() -> None:
    assert shortened("vừa đủ", 6) == "vừa đủ"


def test_an_answer_to_a_message_of_another_chat_answers_nothing() -> None:
    update = sample("reply_keyboard_text")
    update["message"]["reply_to_message"]["chat"] = {"id": 999, "type": "private"}
    elsewhere = parse(update)
    del update["message"]["reply_to_message"]["chat"]
    nowhere = parse(update)
    assert isinstance(elsewhere, TextSent) and isinstance(nowhere, TextSent)
    assert (elsewhere.reply_to, nowhere.reply_to) == ("", "")
