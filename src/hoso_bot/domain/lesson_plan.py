"""Reads a weekly lesson plan (KHBD): week, days, class, subjects, lessons and the four parts of CV 2345.

Facts only, no judgement (that is `checks`). Everything works on folded lines, so accents, legacy
encodings and capital letters make no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from hoso_bot.domain import vietnamese
from hoso_bot.domain.inspection import PlanFacts
from hoso_bot.domain.landmarks import landmarks
from hoso_bot.domain.lesson_parts import lesson_starts, pages_lacking, pages_of_parts, profile, read_parts
from hoso_bot.domain.teaching_dates import TeachingDate, teaching_dates
from hoso_bot.domain.week_decision import decide
from hoso_bot.domain.week_mentions import mentions
from hoso_bot.domain.week_numbers import Line, weeks_in_name


def read(pages: Sequence[str], name: str) -> PlanFacts:
    """What the text of each page and the file's name tell.

    Strong words of the text outweigh the name; `week_from` is `text`, `name` or `` (whoever owns a calendar
    may still take the week from `dates`). Never raises on strange text.
    """
    lines, encodings = _lines(pages)
    parts = list(read_parts(lines))
    lessons = lesson_starts(parts)
    days = teaching_dates(lines)
    named = weeks_in_name(name)
    decision = decide(mentions(lines), named, landmarks(lines, lessons, days))
    return PlanFacts(
        weeks=decision.weeks,
        week_from=decision.source,
        dates=tuple(sorted({item.day.isoformat() for item in days})),
        classes=_classes(lines, name),
        subjects=_subjects(lines),
        lessons=len(lessons),
        parts=pages_of_parts(parts),
        encodings=tuple(sorted(encodings)),
        week_confidence=decision.confidence,
        named_weeks=named,
        date_pages=_date_pages(days),
        lacking=pages_lacking(parts),
        profile=profile(lines),
    )


def _lines(pages: Sequence[str]) -> tuple[list[Line], set[str]]:
    lines: list[Line] = []
    encodings: set[str] = set()
    for number, page in enumerate(pages, start=1):
        text, met = vietnamese.repair(page)
        encodings |= met
        rows = text.splitlines()
        for position, (row, key) in enumerate(zip(rows, vietnamese.fold_lines(rows), strict=True)):
            if key and key[:1] == key[1:2]:  # perhaps fake bold
                row = vietnamese.undoubled(row)
                key = vietnamese.fold(row)
            lines.append(Line(number, position, row, key))
    return lines, encodings


def _date_pages(days: Sequence[TeachingDate]) -> dict[str, tuple[int, ...]]:
    pages: dict[str, set[int]] = {}
    for item in days:
        pages.setdefault(item.day.isoformat(), set()).add(item.page)
    return {day: tuple(sorted(pages[day])) for day in sorted(pages)}


# --- class ---------------------------------------------------------------------------------------

_ONE_CLASS = r"(?:1[0-2]|[1-9])(?:\s?[A-ZĐ]\d{0,2}|[a-z]\d{0,2}|/\d{1,2}|[A-Z]?\.\d{1,2})(?![\w/])"
_CLASSES = re.compile(
    rf"(?i:l[ớo]p|class)\s*:?\s*({_ONE_CLASS}(?:\s*(?:[,;+&–-]|và)\s*(?:(?i:lớp)\s*)?{_ONE_CLASS})*)"
)
_CLASS = re.compile(_ONE_CLASS)
_SPELT_CLASS = re.compile(r"(?i:lớp)\s*:?\s*((?i:một|hai|ba|bốn|năm))\s*([A-ZĐ]\d{0,2}|/\d{1,2})(?![\w/])")
_GRADES = {"một": "1", "hai": "2", "ba": "3", "bốn": "4", "năm": "5"}
_CLASS_IN_NAME = re.compile(r"(?<![\w/])((?:1[0-2]|[1-9])[A-Z]\d{0,2})(?!\w)")
_TAUGHT_IN = re.compile(r"ngay (?:day|giang)|teaching")
_HEADLINE = re.compile(
    r"ke hoach|giao an|lich bao giang|khb[dh]|tuan \d|nam hoc|giao vien|ho (?:va )?ten|truong|chu nhiem|"
    r"^\W*(?:lop|class)\b.{0,25}$|mon hoc|ten bai|week"
)


def _classes(lines: Sequence[Line], name: str) -> tuple[str, ...]:
    """Classes named in headings (`Lớp: 3A, 3B`, `lớp 4/2`), most often named first; else in the file name.

    Not in running text: arithmetic is full of classes that plant trees.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        if ("lop" in line.key or "class" in line.key) and len(line.key) < 160 and _names_the_class(line):
            seen.update(_classes_of(line.text))
            seen.update(_GRADES[grade.lower()] + rest for grade, rest in _SPELT_CLASS.findall(line.text))
    if not seen:
        plain = vietnamese.nfc(name).replace("_", " ")
        seen.update(_classes_of(plain) or map(_tidy_class, _CLASS_IN_NAME.findall(plain)))
    return tuple(found for found, _ in seen.most_common())


def _names_the_class(line: Line) -> bool:
    """A headline at the head of a page, or the line that says when and where a lesson is taught."""
    on_top = line.position < 4 or (line.page == 1 and line.position < 30)
    return bool(on_top and _HEADLINE.search(line.key)) or _TAUGHT_IN.search(line.key) is not None


def _classes_of(text: str) -> list[str]:
    """`Lớp 3A, 3B` → 3A, 3B; a list goes on in the form of its first (`4A - 5/11` is a date)."""
    found = []
    for listed in _CLASSES.findall(text):
        first, *others = map(_tidy_class, _CLASS.findall(listed))
        found += [first, *(other for other in others if ("/" in other) == ("/" in first))]
    return found


def _tidy_class(found: str) -> str:
    return found.replace(" ", "").upper()


# --- subjects ------------------------------------------------------------------------------------

_SUBJECTS = {
    "Tiếng Việt": r"tieng viet|tv|tap doc|chinh ta|luyen tu va cau|lt ?(?:&|va) ?c(?:au)?|ltvc|tap lam van|"
    r"ke chuyen|tap viet|hoc van",
    "Toán": r"toan",
    "Tiếng Anh": r"tieng anh|ngoai ngu|english",
    "Đạo đức": r"dao duc",
    "Tự nhiên và Xã hội": r"tu nhien (?:va|&) xa hoi|tnxh|tn ?& ?xh",
    "Lịch sử và Địa lí": r"lich su(?: (?:va|&) dia l[iy])?|dia l[iy]|ls ?& ?dl",
    "Khoa học": r"khoa hoc",
    "Tin học": r"tin hoc(?! va)",
    "Công nghệ": r"cong nghe|k[iy] thuat|thu cong",
    "Tin học và Công nghệ": r"tin hoc va cong nghe",
    "Giáo dục thể chất": r"giao duc the chat|the duc|gdtc",
    "Âm nhạc": r"am nhac|hat nhac",
    "Mĩ thuật": r"m[iy] thuat",
    "Hoạt động trải nghiệm": r"hoat dong trai nghiem|hdtn|sinh hoat (?:duoi co|lop|tap the)|chao co",
}
_BEFORE_SUBJECT = (
    r"^\W*(?:(?:tiet\s*(?:thu\s*)?:?\s*)?\d*\s*(?:[+,/-]\s*\d+)*\W*)?(?:(?:bai soan|giao an|khbd)\W*)?"
    r"(?:(?:phan )?mon(?: hoc)?(?:/hoat dong giao duc)?\s*:?\s*)?"
)
_ANY_SUBJECT = re.compile(rf"{_BEFORE_SUBJECT}(?:{'|'.join(_SUBJECTS.values())})")
_SUBJECT_LINES = {
    subject: re.compile(rf"{_BEFORE_SUBJECT}(?:{names})\s*(?:$|[(:.;,-]|\d|tiet|lop|bai)")
    for subject, names in _SUBJECTS.items()
}


def _subjects(lines: Sequence[Line]) -> tuple[str, ...]:
    """Subjects that head a line (`TOÁN`, `Tiết 2: Đạo đức`, `Môn: Tập đọc`), in order of first appearance."""
    found: dict[str, None] = {}
    for line in lines:
        if len(line.key) <= 80 and _ANY_SUBJECT.match(line.key):
            for subject, pattern in _SUBJECT_LINES.items():
                if subject not in found and pattern.match(line.key):
                    found[subject] = None
    return tuple(found)


def subjects_in(name: str) -> tuple[str, ...]:
    """The subjects a staff list's own word means (`GDTC`, `TNXH`, `Thể dục`), spelt as `read` spells them."""
    return _subjects([Line(1, 0, name, vietnamese.fold(name))])
