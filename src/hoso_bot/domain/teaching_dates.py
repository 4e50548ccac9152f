"""Days of teaching in a plan: written beside a weekday, after "ngày dạy" or as "từ ngày … đến ngày …".

Not "ngày soạn" (the day of writing), not the dates history lessons are full of (domain.md 3.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from hoso_bot.domain.week_numbers import Line

_EARLIEST, _LATEST = 2000, 2100
_FAR = 60  # days from the middle of the others: a slip of the year, or no teaching day

_WEEKDAY = r"(?:thu\s*(?:hai|ba|tu|bon|nam|sau|bay|[2-7])|t[2-7]|chu nhat|hai|ba|tu|nam|sau|bay|[2-7](?!\d))"
_DAY = r"(?:ngay\s*)?(?<!\d)(\d{1,2})\s*(?:thang|[/.-])\s*(\d{1,2})\s*(?:nam|[/.-])\s*((?:20)?\d{2})(?!\d)"
_SHORT = r"(?:ngay\s*)?(?<!\d)(\d{1,2})\s*(?:thang|[/.-])\s*(\d{1,2})(?!\s*(?:nam|[/.-])\s*\d)(?!\d)"

_BESIDE_WEEKDAY = re.compile(rf"(?:^|\W){_WEEKDAY}\s*[,:-]?\s*(?:-\s*)?{_DAY}")
_LABELLED = re.compile(
    r"(?:ngay (?:day|giang|thuc day|len lop)|(?:day|giang) ngay|thuc hien|"
    r"teaching date|date of teaching)\s*:?\s*"
    rf"(?:{_WEEKDAY}\s*[,:.-]*\s*)?{_DAY}"
)
_RANGE = re.compile(rf"tu\s*:?\s*(?:{_DAY}|{_SHORT})\s*(?:den|-|toi)\s*(?:het\s*)?:?\s*{_DAY}")
_TWO = re.compile(rf"^\W*{_DAY}\W+(?:den\s*)?{_DAY}\W*$")
_WRITTEN = re.compile(
    r"(?:ngay (?:soan|k[yi])|soan ngay|thoi gian xay dung[a-z ]*|k[yi] duyet|duyet ngay|"
    r"(?:planning|preparing|preparation) date|date of (?:planning|preparing|preparation))\s*:?\s*"
    rf"(?:{_WEEKDAY}\s*[,:-]?\s*)?{_DAY}"
)


_MAYBE = re.compile(r"\d\s*(?:thang|[/.-])\s*\d")


@dataclass(frozen=True)
class TeachingDate:
    """A day of teaching and where it was read."""

    day: date
    page: int
    position: int


def teaching_dates(lines: Sequence[Line]) -> list[TeachingDate]:
    """Every day of teaching in reading order, without those far from the rest."""
    found = [TeachingDate(day, line.page, line.position) for line in _joined(lines) for day in _of(line.key)]
    if not found:
        return []
    ordered = sorted(item.day for item in found)
    middle = ordered[len(ordered) // 2]
    return [item for item in found if abs((item.day - middle).days) <= _FAR]


def _joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Each line, and each cell broken after a dash or slash (`7/10/` + `2024`) as one line."""
    tail: Line | None = None
    for line in lines:
        if tail is not None and line.key[:1].isdigit():
            line = Line(tail.page, tail.position, tail.text + line.text, _glued(tail.key, line.key))
        elif tail is not None:
            yield tail
        tail = line if _is_broken(line.key) else None
        if tail is None:
            yield line
    if tail is not None:
        yield tail


_WEEKDAYS = {"hai", "ba", "tu", "nam", "sau", "bay"}


def _is_broken(key: str) -> bool:
    if key[-1:] in ("/", "-"):
        return key[:-1].rstrip()[-1:].isdigit()
    return key in _WEEKDAYS or key.endswith("thu")


def _glued(head: str, tail: str) -> str:
    return head + tail if head[-1] in "/-" else f"{head} {tail}"


def _of(key: str) -> Iterator[date]:
    if not _MAYBE.search(key):
        return
    key = _WRITTEN.sub(" ", key)
    for match in _RANGE.finditer(key):
        yield from _range(match)
    key = _RANGE.sub(" ", key)
    two = _TWO.match(key)
    if two:
        yield from _days(two[1], two[2], two[3])
        yield from _days(two[4], two[5], two[6])
        return
    for pattern in (_LABELLED, _BESIDE_WEEKDAY):
        for match in pattern.finditer(key):
            yield from _days(*match.groups())
        key = pattern.sub(" ", key)


def _range(match: re.Match[str]) -> Iterator[date]:
    """Both ends; the first may lack its year (`Từ ngày 22/12 đến ngày 26/12/2025`)."""
    last = list(_days(match[6], match[7], match[8]))
    if match[1]:
        yield from _days(match[1], match[2], match[3])
    elif last:
        same = list(_days(match[4], match[5], str(last[0].year)))
        yield from (day if day <= last[0] else day.replace(year=day.year - 1) for day in same)
    yield from last


def _days(day: str, month: str, year: str) -> Iterator[date]:
    number = int(year) + (2000 if len(year) == 2 else 0)
    with suppress(ValueError):
        if _EARLIEST <= number <= _LATEST:
            yield date(number, int(month), int(day))
