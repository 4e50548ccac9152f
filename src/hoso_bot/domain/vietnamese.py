"""Vietnamese text as PDFs really hold it, made comparable: NFC, legacy encodings repaired, accents folded.

Word files of schools mix Unicode, VNI and TCVN3 (.VnTime) within one line, so every word is judged:
the reading that is a Vietnamese syllable wins, and the line decides where two readings are syllables
(tables and signs: domain.md 2.3 and 3.4).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

# --- folding -------------------------------------------------------------------------------------

_LOOKALIKES = str.maketrans("ÐðƉɖ", "ĐđĐđ")
_DASHES = "‐‑‒–—―−"


def _folding_table() -> dict[int, str | None]:
    """One step per character: Latin letters to their bare letter, marks to nothing, dashes to `-`."""
    table: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370))
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        apart = unicodedata.normalize("NFD", chr(code).translate(_LOOKALIKES).lower().replace("đ", "d"))
        table[code] = "".join(letter for letter in apart if not unicodedata.combining(letter))
    table.update({ord(dash): "-" for dash in _DASHES})
    return table


_FOLDING = _folding_table()


def nfc(text: str) -> str:
    """Composed form (macOS and iOS names, and some PDFs, come decomposed)."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The key texts are compared by: no accents, lower case, đ as d, every dash `-`, single spaces."""
    return " ".join(text.translate(_FOLDING).lower().split())


class _FoldedWords(dict[str, str]):
    """Keys of words, made once: a plan repeats few words often."""

    def __missing__(self, word: str) -> str:
        if len(self) > _MOST_WORDS:
            self.clear()
        key = self[word] = word.translate(_FOLDING).lower()
        return key


_MOST_WORDS = 50_000
_folded_words = _FoldedWords()


def fold_lines(lines: Iterable[str]) -> list[str]:
    """`fold` of each line."""
    key_of = _folded_words.__getitem__
    return [" ".join(map(key_of, line.split())) for line in lines]


_DOUBLED = re.compile(r"\s*(?:(\S)\1\s*){4,}")


def undoubled(line: str) -> str:
    """A line of fake bold, every letter printed twice or four times (`TTUUẦẦNN 1122`), printed once."""
    while _DOUBLED.fullmatch(line) and any(map(str.isalpha, line)):
        line = re.sub(r"(\S)\1", r"\1", line)
    return line


# --- legacy encodings ----------------------------------------------------------------------------

_TCVN3 = dict(
    zip(
        "¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ¡¢£¤¥¦§",
        "ăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)

_VNI_MARKS = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_PAIRS = {
    "â": "\u0302",
    "á": "\u0302\u0301",
    "à": "\u0302\u0300",
    "å": "\u0302\u0309",
    "ã": "\u0302\u0303",
    "ä": "\u0302\u0323",
}
_VNI_BREVES = {
    "ê": "\u0306",
    "é": "\u0306\u0301",
    "è": "\u0306\u0300",
    "ú": "\u0306\u0309",
    "ü": "\u0306\u0303",
    "ë": "\u0306\u0323",
}
_VNI_SINGLES = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni_table() -> dict[str, str]:
    table = dict(_VNI_SINGLES)
    for letter in "aeouyôö":
        marks = dict(_VNI_MARKS)
        marks.update(_VNI_PAIRS if letter in "aeo" else {})
        marks.update(_VNI_BREVES if letter == "a" else {})
        for mark, combining in marks.items():
            table[letter + mark] = nfc(_VNI_SINGLES.get(letter, letter) + combining)
    return table


_VNI = _vni_table()
_VNI_UNIT = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)), re.IGNORECASE)
_CP1258 = str.maketrans("ýõãðÝÕÃÐ", "ươăđƯƠĂĐ")
_CP1258_TONES = {"Ì": "\u0300", "ì": "\u0301", "Ò": "\u0309", "Þ": "\u0303", "ò": "\u0323"}
_CP1258_TONED = re.compile(r"(?<=[aăâeêioôơuưyAĂÂEÊIOÔƠUƯY])[ÌìÒÞò]")


def from_vni(word: str) -> str:
    """VNI shown as cp1252: vowel and mark are two characters (`Tuaàn`)."""

    def unit(match: re.Match[str]) -> str:
        letter = _VNI[match[0].lower()]
        return letter.upper() if match[0][0].isupper() else letter

    return _VNI_UNIT.sub(unit, word)


def from_tcvn3(word: str) -> str:
    """TCVN3 (ABC, .VnTime fonts) shown as cp1252: one character each (`TuÇn`)."""
    return "".join(_TCVN3.get(letter, letter) for letter in word)


def from_cp1258(word: str) -> str:
    """cp1258 shown as cp1252: four letters differ (`ngýời`), tones may stand apart (`tuâÌn`)."""
    return nfc(_CP1258_TONED.sub(lambda match: _CP1258_TONES[match[0]], word.translate(_CP1258)))


def _from_unicode(word: str) -> str:
    return word.translate(_LOOKALIKES)


# --- what is a syllable --------------------------------------------------------------------------

_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_NUCLEI = (
    "uyê|iêu|yêu|ươi|ươu|uôi|oai|oay|oao|oeo|uây|uya|uyu|uai|uay|ueo|uao|"
    "ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|ôi|ơi|oo|ua|uâ|uê|ui|uô|uơ|uy|uă|ue|"
    "ưa|ưi|ươ|ưu|yê|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y"
)
_SYLLABLE = re.compile(
    rf"(?:ngh|ng|nh|gh|gi|kh|ch|th|tr|ph|qu|[bcdđghklmnpqrstvx])?(?:{_NUCLEI})(?:ch|ng|nh|[cmnpt])?"
)


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """True for one well-formed Vietnamese syllable (spelling only, not meaning)."""
    apart = unicodedata.normalize("NFD", word.lower())
    toneless, tones = _TONES.subn("", apart)
    return tones <= 1 and _SYLLABLE.fullmatch(nfc(toneless)) is not None


# --- repair --------------------------------------------------------------------------------------

_READINGS: dict[str, Callable[[str], str]] = {
    "unicode": _from_unicode,
    "vni": from_vni,
    "tcvn3": from_tcvn3,
    "cp1258": from_cp1258,
}
_LEGACY = ("vni", "tcvn3", "cp1258")
_WORD = re.compile(r"(?:[A-Za-z\u00a1-\u00d6\u00d8-\u024f\u1e00-\u1eff]|(?<=[A-Za-z])×)+")
_TIMES = "×"  # TCVN3's ì, or a sign of arithmetic: tells nothing by itself
_UNICODE_ONLY = re.compile(r"[ĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
_COMBINING_TONE = re.compile("[\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323]")


@lru_cache(maxsize=50_000)
def _readings(word: str) -> dict[str, str]:
    """The readings of a word that are syllables, by encoding; those that change nothing are left out."""
    found = {name: read(word) for name, read in _READINGS.items()}
    return {
        name: text
        for name, text in found.items()
        if is_syllable(text) and (name == "unicode" or text != found["unicode"])
    }


@lru_cache(maxsize=50_000)
def _verdict(token: str) -> tuple[frozenset[str], bool]:
    """The encodings a token's words are certainly written in, and whether one of them may need repair."""
    words = [word for word in _WORD.findall(token) if not word.isascii()]
    encodings = frozenset(filter(None, map(_certain_encoding, words)))
    return encodings, any("unicode" not in _readings(w) or w.translate(_LOOKALIKES) != w for w in words)


def repair(text: str) -> tuple[str, frozenset[str]]:
    """`text` in NFC with legacy words decoded, and the encodings met:
    `unicode`, `nfd`, `vni`, `tcvn3`, `cp1258` (nothing for plain ASCII).

    Each different word is judged once; only lines that hold one in need of repair are looked at further.
    """
    composed = nfc(text)
    met: set[str] = {"nfd"} if composed != text and _COMBINING_TONE.search(text) else set()
    lines = composed.splitlines()
    if not composed.isascii():
        verdicts = {token: _verdict(token) for token in set(composed.split())}
        met.update(*(encodings for encodings, _ in verdicts.values()))
        suspects = {token for token, (_, suspect) in verdicts.items() if suspect}
        if suspects:
            if met.isdisjoint(_LEGACY):
                met.update(_shared_encoding(suspects))
            lines = [line if suspects.isdisjoint(line.split()) else _repair_line(line) for line in lines]
    return "\n".join(lines), frozenset(met)


def _shared_encoding(tokens: Iterable[str]) -> Counter[str]:
    """The legacy encoding that explains every word that is no syllable as it stands; how many those are."""
    words = [w for token in tokens for w in _WORD.findall(token) if not w.isascii() and _TIMES not in w]
    broken = [word for word in words if "unicode" not in _readings(word)]
    shared = [name for name in _LEGACY if broken and all(name in _readings(word) for word in broken)]
    return Counter({name: len(broken) for name in shared[:1]})


def _repair_line(line: str) -> str:
    tokens = line.split(" ")
    certain = Counter(chain.from_iterable(_verdict(token)[0] for token in tokens))
    if not any(certain[name] for name in _LEGACY):
        certain |= _shared_encoding(tokens)
    legacy = max(_LEGACY, key=certain.__getitem__)
    line_reads = legacy if certain[legacy] > certain["unicode"] else "unicode"
    return " ".join([_repaired_token(token, line_reads) for token in tokens])


@lru_cache(maxsize=50_000)
def _repaired_token(token: str, line_reads: str) -> str:
    return _WORD.sub(lambda match: _repaired(match[0], line_reads), token)


@lru_cache(maxsize=50_000)
def _certain_encoding(word: str) -> str:
    """The only encoding in which the word is a syllable, or empty."""
    if _TIMES in word:
        return ""
    readings = _readings(word)
    if "unicode" in readings:
        return "unicode" if _UNICODE_ONLY.search(word) or len(readings) == 1 else ""
    return next(iter(readings)) if len(readings) == 1 and len(word) > 2 else ""


def _repaired(word: str, line_reads: str) -> str:
    if word.isascii() or (_TIMES in word and line_reads != "tcvn3"):
        return word
    readings = _readings(word)
    if line_reads in readings:
        return readings[line_reads]
    if _UNICODE_ONLY.search(word) and "unicode" in readings:
        return readings["unicode"]
    if line_reads == "unicode" or len(word) > 2:
        for name in ("unicode", *_LEGACY):
            if name in readings:
                return readings[name]
    return _READINGS[line_reads](word)  # an abbreviation such as HĐ: no syllable in any reading
