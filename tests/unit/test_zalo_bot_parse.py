"""Updates of a Zalo bot, in the shapes of the fact sheet, become chat events or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoso_bot.channels.zalo_bot import MALFORMED
from hoso_bot.channels.zalo_bot_errors import meaning, outcome
from hoso_bot.channels.zalo_bot_events import arrival, is_faceless, parse, with_text
from hoso_bot.domain.events import UNSEEN, Address, ChatEvent, CommandSent, FileSent, TextSent
from hoso_bot.domain.messages import Gone, Later

SAMPLES = Path(__file__).parents[1] / "samples" / "zalo_bot"
CHAT, ID = Address("zalo_bot", "6ede9afa66b88fe6d6a9"), "2d758cb5e222177a4e35"
AT = datetime.fromtimestamp(1_757_500_000.123, UTC)
PHOTO = "https://photo-stal-1.zdn.vn/a/b.jpg"


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("text", TextSent(CHAT, AT, ID, "xin chào")),
        ("text_wrapped", TextSent(CHAT, AT, ID, "xin chào")),
        ("command", CommandSent(CHAT, AT, ID, "hoso", "GV09")),
        ("image_photo_url", FileSent(CHAT, AT, ID, PHOTO, "", "photo", caption="Tuần 12")),
        ("image_photo", FileSent(CHAT, AT, ID, PHOTO, "", "photo")),
        ("voice", FileSent(CHAT, AT, ID, "https://voice.zdn.vn/a/b.aac", "", "voice")),
        ("sticker", FileSent(CHAT, AT, ID, "", "", "sticker")),
        ("unsupported", FileSent(CHAT, AT, ID, "", "", UNSEEN)),
        ("unsupported_faceless", None),
        ("group_text", None),
    ],
)
def test_every_known_update_is_read(name: str, event: ChatEvent | None) -> None:
    assert parse(sample(name)) == event


def test_every_sample_is_looked_at_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{path.stem}"' in source for path in SAMPLES.glob("*.json"))


def test_the_same_message_id_of_another_kind_is_another_update() -> None:
    text, image = arrival(sample("text")), arrival(sample("image_photo"))
    assert text == (f"message.text.received:{ID}", f"zalo_bot:{CHAT.chat_id}")
    assert text == arrival(sample("text_wrapped"))
    assert image and text and image[0] != text[0]


def test_only_what_has_no_sender_is_faceless() -> None:
    found = {path.stem for path in SAMPLES.glob("*.json") if is_faceless(sample(path.stem))}
    assert found == {"unsupported_faceless"}


@pytest.mark.parametrize("name", ["text", "text_wrapped"])
def test_other_words_leave_nothing_of_the_old_ones(name: str) -> None:
    changed = with_text(sample(name), "sealed")
    assert parse(changed) == TextSent(CHAT, AT, ID, "sealed")
    assert "xin chào" not in json.dumps(changed, ensure_ascii=False)


@pytest.mark.parametrize(
    "message",
    [
        {"message_id": 5},
        {"message_id": ""},
        {"date": None},
        {"date": "9" * 30},
        {"chat": {}},
        {"chat": {"id": "a b", "chat_type": "PRIVATE"}},
        {"chat": None},
        {"text": 5},
    ],
)
def test_a_malformed_one_is_said_to_be(message: dict[str, Any]) -> None:
    raw = sample("text")
    raw["message"] |= message
    with pytest.raises(MALFORMED):
        parse(raw)


def test_without_its_text_or_message_it_is_malformed() -> None:
    for raw in ({"event_name": "message.text.received"}, {}, {"result": []}, {"result": None}):
        with pytest.raises(MALFORMED):
            parse(raw)


def test_another_bot_is_nobody() -> None:
    raw = sample("text")
    raw["message"]["from"]["is_bot"] = True
    assert parse(raw) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted(path.stem for path in SAMPLES.glob("*.json"))),
    st.sampled_from(
        ["event_name", "message", "result", "message_id", "date", "chat", "from", "text", "photo"]
    ),
    _JSON,
)
def test_nothing_else_is_ever_raised(name: str, field: str, value: Any) -> None:
    raw = sample(name)
    inner = raw.get("result", raw)
    for part in (raw, inner, inner.get("message") or {}):
        if field in part:
            part[field] = value
    try:
        parse(raw)
    except MALFORMED:
        return


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, Gone),
        (401, Later),
        (403, Later),
        (404, Gone),
        (408, Later),
        (429, Later),
        (500, Later),
        (0, Later),
    ],
)
def test_every_refusal_has_an_outcome(code: int, kind: type[Any]) -> None:
    found = outcome(code, "why")
    assert isinstance(found, kind)
    assert not isinstance(found, Gone) or found.person_left == (code == 404)
    assert not isinstance(found, Later) or (found.after == 300.0) == (meaning(code).name == "OFFICE")
