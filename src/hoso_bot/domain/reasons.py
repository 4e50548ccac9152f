"""Is this a reason? A rejection says what is wrong, in words (R29)."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 1_000
MIN_LETTERS = 10
MIN_DIFFERENT_LETTERS = 4

_JOINER = "\u200d"  # keeps composed emoji whole; it cannot turn text around
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_SHORT_UNIT_REPEATED = re.compile(rf"(.{{1,{MIN_LETTERS - 1}}}?)\1+")


def clean(text: str, most: int = MAX_CHARACTERS) -> str:
    """`text` as it is stored and shown word for word (R29): NFC, newlines kept, at most so many characters.

    Control, bidi and unassigned characters go: they could make a reason read differently from what was sent.
    """
    lines = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).replace("\t", " ")
    return "".join(c for c in lines if _keeps(c)).strip()[:most].rstrip()


def reason_problem(text: str) -> str | None:
    """None when `text` can be a rejection's reason (R29), else why not.

    `empty`: nothing visible. `no_words`: no letters at all, or one letter or word over and over.
    `short`: fewer than ten letters (spaces, digits, emoji and punctuation are not letters).
    """
    cleaned = clean(text)
    if not _visible(cleaned):
        return "empty"
    words = _words(cleaned)
    if not words:
        return "no_words"
    if sum(map(len, words)) < MIN_LETTERS:
        return "short"
    return "no_words" if _is_repetition(words) else None


def _keeps(character: str) -> bool:
    return character in ("\n", _JOINER) or unicodedata.category(character) not in (
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
    )


def _visible(text: str) -> bool:
    return any(not c.isspace() and unicodedata.category(c)[0] not in "CZM" for c in text)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalpha() else " " for c in text).split()


def _is_repetition(words: list[str]) -> bool:
    """Hardly different letters, or fewer than ten of them over and over (a whole sentence may come twice)."""
    letters = "".join(words).casefold()
    few_letters = len(set(letters)) < MIN_DIFFERENT_LETTERS
    return few_letters or _SHORT_UNIT_REPEATED.fullmatch(letters) is not None
