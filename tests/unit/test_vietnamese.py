"""Legacy encodings, look-alikes and accents (domain.md 2.3, 3.4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.plan_makers import to_cp1258, to_nfd, to_tcvn3, to_vni

from hoso_bot.domain.vietnamese import fold, from_tcvn3, from_vni, is_syllable, repair, undoubled


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("KẾ HOẠCH BÀI DẠY", "ke hoach bai day"),
        ("CÁC HOẠT ĐỘNG DẠY –HỌC", "cac hoat dong day -hoc"),
        ("YÊU CẦU CẦN ÐẠT", "yeu cau can dat"),
        ("  Tuần \t 12 ", "tuan 12"),
        (unicodedata.normalize("NFD", "Tuần 12, lớp Đ"), "tuan 12, lop d"),
    ],
)
def test_fold_makes_spellings_comparable(written: str, key: str) -> None:
    assert fold(written) == key


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        ("Tuaàn 9", "Tuần 9", "vni"),
        ("TUAÀN: 14", "TUẦN: 14", "vni"),
        ("HOAÏT ÑOÄNG CUÛA GIAÙO VIEÂN", "HOẠT ĐỘNG CỦA GIÁO VIÊN", "vni"),
        ("Hai baøn tay em", "Hai bàn tay em", "vni"),
        ("KÕ ho¹ch bµi häc - tuÇn 19", "Kế hoạch bài học - tuần 19", "tcvn3"),
        ("Thø 2 ngµy 14 th¸ng 2 n¨m 2011", "Thứ 2 ngày 14 tháng 2 năm 2011", "tcvn3"),
        ("Quy tr×nh gi¶ng d¹y tuÇn 9", "Quy trình giảng dạy tuần 9", "tcvn3"),
        ("3.Cñng cè - dÆn dß:", "3.Củng cố - dặn dò:", "tcvn3"),
        ("hýớng dẫn ngýời hýởng ứng", "hướng dẫn người hưởng ứng", "cp1258"),
        ("ðọc ðúng", "đọc đúng", "unicode"),
    ],
)
def test_a_legacy_line_reads_as_unicode(raw: str, text: str, encoding: str) -> None:
    repaired, met = repair(raw)
    assert repaired == text
    assert encoding in met


def test_encodings_are_judged_line_by_line() -> None:
    repaired, met = repair("Trưêng TiÓu häc\nTUẦN 27\nTaäp ñoïc\nChính tả")
    assert repaired.splitlines()[1:] == ["TUẦN 27", "Tập đọc", "Chính tả"]
    assert {"unicode", "vni", "tcvn3"} <= met


@pytest.mark.parametrize(
    "text",
    ["môn Toán của tôi", "diện tích m×n và 3×4", "hoà bình, quý báu, kĩ thuật", "các phép tính: 3 × 4 = 12"],
)
def test_good_unicode_stays_as_it_is(text: str) -> None:
    repaired, met = repair(text)
    assert repaired == text
    assert met <= {"unicode"}


def test_decomposed_text_is_composed_and_reported() -> None:
    repaired, met = repair(unicodedata.normalize("NFD", "Tuần 12"))
    assert repaired == "Tuần 12"
    assert "nfd" in met


def test_plain_ascii_has_no_encoding_to_report() -> None:
    assert repair("Unit 10: Lesson 2") == ("Unit 10: Lesson 2", frozenset())


@pytest.mark.parametrize(
    ("word", "good"), [("nghiêng", True), ("Đẹp", True), ("baøi", False), ("xyz", False)]
)
def test_only_vietnamese_syllables_count_as_such(word: str, good: bool) -> None:
    assert is_syllable(word) is good


def test_the_tables_cover_every_toned_vowel() -> None:
    tones = "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâêôơưđ"
    tcvn3 = "µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ¨©ª«¬\xad®"
    assert from_tcvn3(tcvn3) == tones
    assert from_vni("aøaûaõaùaï öøöûöõöùöï eàeåeãeáeä yøyûyõyùî") == "àảãáạ ừửữứự ềểễếệ ỳỷỹýỵ"


@given(st.text(max_size=200))
def test_strange_text_never_breaks_the_reader(text: str) -> None:
    repaired, _ = repair(text)
    fold(repaired)


# --- properties ----------------------------------------------------------------------------------

TEXT = (
    "Học sinh đọc đúng và hiểu được nội dung chính của bài thơ; biết vận dụng phép cộng để giải toán. Các "
    "nhóm thảo luận, trình bày kết quả, nhận xét rồi củng cố, dặn dò chuẩn bị cho tiết sau. Giáo viên "
    "hướng dẫn trồng cây, quét sân trường, giữ gìn vệ sinh; những bạn tiến bộ được tuyên dương trước cờ. "
    "Thứ hai ngày mười tháng tư năm nay nghỉ lễ Giỗ Tổ; kế hoạch giảng dạy buổi chiều chuyển sang thứ bảy"
)
SYLLABLES = sorted({word.strip(".,;") for word in TEXT.split()})
SENTENCES = st.lists(st.sampled_from(SYLLABLES), min_size=6, max_size=14, unique=True).map(" ".join)


def recognisable(sentence: str, encoded: str, least: int) -> bool:
    """So many words of the line are no syllables as they stand: it can be told at all."""
    words = zip(sentence.split(), encoded.split(), strict=True)
    return (
        sum(
            word != shown and not is_syllable(shown.replace("ð", "đ")) and len(shown) > 2
            for word, shown in words
        )
        >= least
    )


@pytest.mark.parametrize(
    ("encode", "name", "least", "share"),
    [(to_vni, "vni", 3, 0.8), (to_tcvn3, "tcvn3", 3, 0.8), (to_cp1258, "cp1258", 1, 0.5)],
)
@given(sentence=SENTENCES)
def test_most_words_of_an_encoded_line_come_back(
    encode: Callable[[str], str], name: str, least: int, share: float, sentence: str
) -> None:
    encoded = encode(sentence)
    assume(recognisable(sentence, encoded, least))
    repaired, met = repair(encoded)
    assert name in met
    right = sum(a == b for a, b in zip(repaired.split(), sentence.split(), strict=True))
    assert right >= share * len(sentence.split())


@given(sentence=SENTENCES)
def test_decomposed_lines_come_back_whole(sentence: str) -> None:
    assert repair(to_nfd(sentence))[0] == sentence


@given(lines=st.lists(SENTENCES, min_size=1, max_size=5), capital=st.booleans())
def test_clean_modern_text_is_never_changed(lines: list[str], capital: bool) -> None:
    text = "\n".join(lines).upper() if capital else "\n".join(lines)
    assert repair(text)[0] == text


def test_tones_of_cp1258_that_stand_apart_are_joined() -> None:
    assert repair("tuâÌn lễ")[0] == "tuần lễ"


@pytest.mark.parametrize("shown", ["TTUUẦẦNN 1122", "TTTTUUUUẦẦẦẦNNNN 11112222"])
def test_fake_bold_is_read_once(shown: str) -> None:
    assert undoubled(shown) == "TUẦN 12"


@pytest.mark.parametrize("line", ["1122", "Tuần 11", "xoong nồi", "...... ......"])
def test_what_is_no_fake_bold_stays(line: str) -> None:
    assert undoubled(line) == line
