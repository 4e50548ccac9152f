"""How a week's number is written: `TUẦN 12`, `Tuần thứ 3`, `TUẦN XII`, `Tuần 4, 5 - 7`, `GA 3TUAN 15KNS.doc`.

What a number means in its sentence is told by `week_mentions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from hoso_bot.domain.vietnamese import fold, nfc, repair

LAST_WEEK = 40


class Line(NamedTuple):
    """One line of a page: 1-based page, 0-based position on it, text as repaired, folded key."""

    page: int
    position: int
    text: str
    key: str


class Number(NamedTuple):
    """One written week number: the weeks (several for `TUẦN 1, 2, 3`) and where it stands in the key."""

    weeks: tuple[int, ...]
    start: int
    end: int


# --- in a line -----------------------------------------------------------------------------------

_WEEK = r"(?:t ?u ?a ?n|week)(?:\s*(?:hoc|le|day|so|chuyen mon|cm|thuc hoc))?"
_NEXT_NUMBER = rf"(?:{_WEEK}\s*)?\d{{1,2}}(?![\da-z])(?!\s*(?:thang|tiet|[./]\s*\d))"
_LIST = rf"(?:\s*(?:,|;|\+|&|-|va|den|toi)\s*{_NEXT_NUMBER})*"
_NOT_A_NUMBER_OF = (
    r"(?!\s*(?:lan|gio|quyen|cuon|%)"
    r"|\s*buoi\b(?!\s*(?:sang|chieu|hoc|thu|:|\d))"
    r"|\s*(?:tiet|bai|ngay)\b(?!\s*(?:thu\b|soan|giang|day|ppct|ct|so\b|:|\d|\+))"
    r"|[a-z]\d{0,2}(?![a-z\d]))"
)
_OPENING = rf"(?<![a-z]){_WEEK}\s*(?:thu\s*)?[:.\-]?\s*(\d{{1,2}})(?!\d)"
_WRITTEN = re.compile(rf"{_OPENING}({_LIST})(?![/.\d]*\d){_NOT_A_NUMBER_OF}")
_WRITTEN_SINGLE = re.compile(rf"{_OPENING}(?!\s*/){_NOT_A_NUMBER_OF}")
_STEP = re.compile(r"(,|;|\+|&|-|va|den|toi)\s*(?:tuan|week)?\s*(\d{1,2})")
_SPACED_OUT = re.compile(r"^(\W*)t u a n ?:? (\d)(?: (\d))?(?!\S)")  # a drawn title, letter by letter
_ROMAN = re.compile(r"(?<![a-z])(tuan\s*(?:thu\s*)?[:.]?\s*)([ivx]{1,6})(?![a-z\d])")
_ROMAN_CAPITALS = re.compile(r"(?<![^\W_])[IVX]{1,6}(?![^\W_])")
_LOST_LETTERS = re.compile(r"^\W*t[ua]?n\s*[:.]?\s*(\d{1,2})(?!\d)")  # "Tn 24", "Tun : 7": bad conversions
_HALF = re.compile(r"(?<![a-z])(?:tuan|week)(?: (?:thu|hoc|le|day|so))*\s*[:.]?$")
_OTHER_HALF = re.compile(r"^\d{1,2}(?:$|\s*[(:-]|\s+(?:tu|lop|nam|ngay)\b)")
_LONGEST_HALF = 40


def speaks_of_weeks(key: str) -> bool:
    """A quick look, before any pattern is tried."""
    return (
        "uan" in key
        or "u an" in key
        or "ua n" in key
        or "u a n" in key
        or "week" in key
        or key[:2] in ("tn", "tu")
    )


def numbers(line: Line) -> list[Number]:
    """Every week number of a line in order, none above 40."""
    key = _in_digits(line)
    spaced = _SPACED_OUT.match(key)
    if spaced:
        return _valid([Number((int(spaced[2] + (spaced[3] or "")),), spaced.end(1), spaced.end())])
    found = [
        Number(_expand(int(match[1]), match[2]), match.start(), match.end())
        for match in _WRITTEN.finditer(key)
    ]
    return _valid(found or [Number((int(m[1]),), *m.span()) for m in _WRITTEN_SINGLE.finditer(key)])


def number_with_letters_lost(line: Line) -> list[Number]:
    """`Tn 24` for `Tuần 24`: to be believed only at the head of a page, for `TN 1` is an experiment."""
    match = _LOST_LETTERS.match(line.key)
    return _valid([Number((int(match[1]),), *match.span())]) if match else []


def is_half(key: str) -> bool:
    """A cell that ends in "tuần", its number in the next one."""
    return len(key) <= _LONGEST_HALF and _HALF.search(key) is not None


def joined(half: Line, rest: Line) -> Line | None:
    """`TUẦN` and `12` of two cells as one line, where the second begins with a number."""
    if half.page != rest.page or not _OTHER_HALF.match(rest.key):
        return None
    return Line(half.page, half.position, f"{half.text} {rest.text}", f"{half.key} {rest.key}")


def _valid(found: Iterable[Number]) -> list[Number]:
    return [number for number in found if 0 <= number.weeks[0] <= LAST_WEEK]


def _in_digits(line: Line) -> str:
    """The key with `tuan xii` as `tuan 12`, where the numeral stands in capitals."""
    if not _ROMAN.search(line.key) or not _ROMAN_CAPITALS.search(line.text):
        return line.key
    return _ROMAN.sub(lambda match: match[1] + str(_value(match[2])), line.key)


def _value(numeral: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10}[letter] for letter in numeral]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _expand(first: int, rest: str) -> tuple[int, ...]:
    """`4` and `, 5 - 7` → 4, 5, 6, 7. What does not rise is no list of weeks: only the first counts."""
    weeks = [first]
    for sign, digits in _STEP.findall(rest):
        number = int(digits)
        if not weeks[-1] < number <= min(LAST_WEEK, weeks[-1] + 12):
            return (first,)
        weeks.extend(range(weeks[-1] + 1, number + 1) if sign in ("-", "den", "toi") else [number])
    return tuple(weeks)


# --- in a file name ------------------------------------------------------------------------------

_NAME_WEEK = re.compile(
    r"(?:tua?n|week)\s*(?:(?:thu|hoc|le|so)\s*)?[:.\-]*\s*(\d{1,2})(?!\d)(?![a-z]\d{0,2}(?![a-z\d]))(.*)"
)
_NAME_ROMAN = re.compile(r"(?<=tuan )[ivx]{1,6}(?![a-z\d])")
_NAME_SHORT = re.compile(r"(?<![a-z\d])[tw]\s?\.?\s?(\d{1,2})(?![\da-z])(?!\s*[./]\s*\d)")
_NAME_NOT_SHORT = re.compile(r"(?<![a-z])(?:thang|tiet|thu)(?![a-z])")
_NAME_LIST = re.compile(
    r"(?:\s*(?:,|;|\+|&|-|va|den)\s*(?:tuan\s*)?\d{1,2}(?![\da-z])(?!\s*[./]\s*\d|\s*(?:tiet|bai|thang|ngay)\b))+"
)
_NAME_SPACED = re.compile(r"\s(\d{1,2})(?![\da-z])(?!\s*[-./]?\s*\d)")


def weeks_in_name(name: str) -> tuple[int, ...]:
    """Weeks a file name speaks of: `GA 3TUAN 15KNS.doc` → 15, `TUAN 6 - 10.doc` → 6..10, `KHBD_T12_4A` → 12.

    Years, classes (`3A`, `4/2`) and dates are not weeks; `T12` counts only alone, where no "tuần" is named.
    """
    stem = re.sub(r"(?:\.[A-Za-z]{2,4})+$", "", nfc(name).replace("_", " "))
    key = _NAME_ROMAN.sub(lambda match: str(_value(match[0])), fold(repair(stem)[0]))
    match = _NAME_WEEK.search(key)
    if not match:
        return _short_in_name(key)
    first, rest = int(match[1]), match[2]
    if first > LAST_WEEK:
        return ()
    listed = _NAME_LIST.match(rest)
    if listed:
        return _expand(first, listed[0])
    spaced = _NAME_SPACED.match(rest)
    return (first, first + 1) if spaced and int(spaced[1]) == first + 1 else (first,)


def _short_in_name(key: str) -> tuple[int, ...]:
    found = {int(digits) for digits in _NAME_SHORT.findall(key)}
    if len(found) != 1 or _NAME_NOT_SHORT.search(key) or max(found) > LAST_WEEK:
        return ()
    return tuple(found)
