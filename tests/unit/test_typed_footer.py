"""What stands under a message for who cannot see its buttons."""

from __future__ import annotations

import re

from hoso_bot import texts
from hoso_bot.domain.typed_words import TypedWord, read
from hoso_bot.workers.typed_footer import footer, worded


def test_known_buttons_have_words_of_their_own() -> None:
    choices = worded([("button.approve", "✍️ Ký duyệt"), ("button.reject", "↩️ Từ chối")])
    assert [choice.word for choice in choices] == ["DUYET", "TUCHOI"]
    assert footer(choices, "4821") == "Không thấy nút? Gõ: DUYET 4821 hoặc TUCHOI 4821 kèm lý do"


def test_without_any_buttons_it_is_the_way_to_answer() -> None:
    choices = worded([("button.confirm_approval", "Xác nhận ký"), ("button.not_now", "Để sau")])
    assert footer(choices, "4821", buttons=False) == "Để trả lời, gõ: XACNHAN 4821 hoặc DESAU 4821"


def test_three_words_read_like_a_sentence() -> None:
    keys = [(key, key) for key in ("button.submit", "button.change", "button.cancel")]
    assert footer(worded(keys), "1000").endswith("TRINHKY 1000, SUATUAN 1000 hoặc HUY 1000")


def test_others_are_numbered_and_say_what_they_are() -> None:
    choices = worded([("button.week", "Tuần 13"), ("button.week", "Tuần 14"), ("button.cancel", "Hủy")])
    assert [choice.word for choice in choices] == ["CHON1", "CHON2", "HUY"]
    assert "• CHON2 4821 – Tuần 14" in footer(choices, "4821")


def test_the_same_button_twice_is_numbered() -> None:
    choices = worded([("button.signed_copy", "Tuần 12"), ("button.signed_copy", "Tuần 13")])
    assert [choice.word for choice in choices] == ["CHON1", "CHON2"]


def test_every_word_can_be_typed_and_belongs_to_a_button_there_is() -> None:
    words = {key: texts.raw(key) for key in sorted(texts.keys()) if key.startswith("typed.word.")}
    assert len(words) > 30
    for key, word in words.items():
        assert re.fullmatch(r"[A-Z]{3,12}", word), key
        assert read(f"{word} 4821") == TypedWord(word, "4821")
        assert texts.raw(key.removeprefix("typed.word.")), key
