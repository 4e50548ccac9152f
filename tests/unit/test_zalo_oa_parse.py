"""Webhooks of a Zalo Official Account, in the shapes of the fact sheet, become chat events or nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.channels.zalo_oa_events import arrival, parse, signature_matches, with_text
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

SAMPLES = Path(__file__).parents[1] / "samples" / "zalo_oa"
CHAT = Address("zalo_oa", "246845883529197922")
AT = datetime.fromtimestamp(1_764_000_000, UTC)
TOKEN = "Zk3vQ9_aB-0123456789xyz"
LINK = "https://f1.zdn.vn/abc/giao-an.pdf#9e107d9d372bb6826bd81d3542a419d6"
APP, KEY = "360846524940903967", "oa-secret-key"


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("user_send_text", TextSent(CHAT, AT, "96d3cdf3af150460909", "xin chào")),
        ("user_send_text_reply", TextSent(CHAT, AT, "96d3cdf3af150460910", "dạ vâng", "33f2c4a1")),
        ("command", CommandSent(CHAT, AT, "96d3cdf3af150460911", "hoso", "GV09")),
        ("tap", ButtonTapped(CHAT, AT, "96d3cdf3af150460912", TOKEN)),
        ("tap_json_string", ButtonTapped(CHAT, AT, "96d3cdf3af150460913", TOKEN)),
        ("user_send_file", FileSent(CHAT, AT, "d2a8c1", LINK, "giao-an-tuan-12.pdf", "document", 482_133)),
        (
            "user_send_image",
            FileSent(
                CHAT, AT, "d2a8c2", "https://f1.zdn.vn/a.jpg", "document", "photo", caption="màn hình của em"
            ),
        ),
        (
            "user_send_sticker",
            FileSent(CHAT, AT, "d2a8c3", "https://f1.zdn.vn/s.png", "document", "sticker"),
        ),
        ("user_send_location", FileSent(CHAT, AT, "d2a8c4", "", "", "other")),
        ("follow", ChatReopened(CHAT, AT, "")),
        ("user_click_chatnow", ChatReopened(CHAT, AT, "")),
        ("unfollow", ChatClosed(CHAT, AT, "")),
        ("oa_send_text", None),  # an echo of our own
        ("user_seen_message", None),
        ("user_received_message", None),
        ("user_send_group_text", None),
    ],
)
def test_each_shape_is_what_it_is(name: str, event: ChatEvent | None) -> None:
    assert parse(sample(name)) == event


def test_the_samples_are_all_looked_at() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == {
        mark[0]
        for mark in test_each_shape_is_what_it_is.pytestmark[0].args[1]  # type: ignore[attr-defined]
    }


def test_two_deliveries_of_one_event_have_one_id_and_a_persons_events_one_lane() -> None:
    assert arrival(sample("user_send_text")) == (
        "user_send_text:96d3cdf3af150460909",
        "zalo_oa:246845883529197922",
    )
    assert arrival(sample("follow")) == arrival(dict(sample("follow")))
    assert arrival(sample("follow")) != arrival({**sample("follow"), "timestamp": "1764000000001"})


def test_the_events_of_another_oa_are_not_ours() -> None:
    assert arrival(sample("user_send_text"), "388613280878808645") is not None
    assert arrival(sample("user_send_text"), "1") is None
    assert arrival(sample("follow"), "1") is None


@pytest.mark.parametrize(
    "change",
    [
        {"message": {}},
        {"message": {"msg_id": "", "text": "a"}},
        {"message": {"msg_id": 5, "text": "a"}},
        {"sender": {}},
        {"sender": {"id": 5}},
        {"sender": {"id": "../../etc"}},
        {"timestamp": "soon"},
        {"timestamp": None},
    ],
)
def test_a_malformed_event_is_named_as_such(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        parse({**sample("user_send_text"), **change})


@pytest.mark.parametrize(
    "text",
    [
        "#short",
        "# not a token at all, but a heading",
        '{"content": 5}',
        '{"payload": "hello"}',
        "{" * 500,
        "{}",
        "#" + "x" * 100,
    ],
)
def test_words_that_only_look_like_a_payload_are_words(text: str) -> None:
    message = {"msg_id": "1", "text": text}
    event = parse({**sample("user_send_text"), "message": message})
    assert isinstance(event, TextSent)
    assert event.text == text


@pytest.mark.parametrize("size", ["", "x", None, "-5", [], "1e9"])
def test_a_size_that_is_none_is_not_believed(size: Any) -> None:
    raw = sample("user_send_file")
    raw["message"]["attachments"][0]["payload"]["size"] = size
    event = parse(raw)
    assert isinstance(event, FileSent)
    assert event.size is None


def test_a_pin_can_be_taken_out_of_what_is_kept() -> None:
    hidden = with_text(sample("user_send_text"), "pin1:sealed")
    event = parse(hidden)
    assert isinstance(event, TextSent)
    assert event.text == "pin1:sealed"
    assert "xin chào" not in json.dumps(hidden, ensure_ascii=False)


# --- the signature -----------------------------------------------------------------------------------


def signed(body: bytes, timestamp: str = "1764000000000") -> str:
    return hashlib.sha256(APP.encode() + body + timestamp.encode() + KEY.encode()).hexdigest()


BODY = '{"event_name" : "user_send_text", "timestamp":"1764000000000","text":"chào"}'.encode()


@pytest.mark.parametrize("form", ["mac={}", "{}", "mac = {}", " mac={} "])
def test_a_good_signature_is_taken_in_every_spelling(form: str) -> None:
    assert signature_matches(form.format(signed(BODY)), BODY, APP, KEY)
    assert signature_matches(form.format(signed(BODY).upper()), BODY, APP, KEY)


def test_a_timestamp_that_is_a_number_is_signed_as_its_text() -> None:
    body = b'{"timestamp":1764000000000}'
    assert signature_matches(f"mac={signed(body)}", body, APP, KEY)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (None, BODY),
        ("", BODY),
        ("mac=", BODY),
        (f"mac={'0' * 64}", BODY),
        (f"mac={signed(BODY)}", BODY + b" "),
        (f"mac={signed(json.dumps(json.loads(BODY)).encode())}", BODY),  # rewritten JSON
        (f"mac={hashlib.sha256(BODY).hexdigest()}", BODY),
        (f"mac={signed(b'')}", b""),
        (f"mac={signed(b'[]')}", b"[]"),
        (f"mac={signed(b'{}')}", b"{}"),
        (f"mac={signed(b'[' * 5000)}", b"[" * 5000),
        (f"mac={signed(BODY)}\n mac={signed(BODY)}", BODY),
    ],
)
def test_a_bad_signature_is_not_taken(header: str | None, body: bytes) -> None:
    assert not signature_matches(header, body, APP, KEY)


def test_no_secret_matches_nothing() -> None:
    empty = hashlib.sha256(APP.encode() + BODY + b"1764000000000").hexdigest()
    assert not signature_matches(f"mac={empty}", BODY, APP, "")


@given(st.binary(max_size=300), st.text(max_size=80))
def test_a_signature_check_never_raises(body: bytes, header: str) -> None:
    assert not signature_matches(header, body, APP, KEY)
