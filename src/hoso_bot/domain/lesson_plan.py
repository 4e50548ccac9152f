"""Reads a weekly lesson plan (KHBD): week, days, class, subjects, lessons and the four parts of CV 2345.

Facts only, no judgement (that is `checks`). Everything works on folded lines, so accents, legacy
encodings and capital letters make no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from hoso_bot.domain import vietnamese
from hoso_bot.domain.inspection import PlanFacts
from hoso_bot.domain.teaching_dates import TeachingDate, teaching_dates
from hoso_bot.domain.week_numbers import Landmarks, Line, decide, mentions, weeks_in_name

Place = tuple[int, int]


def read(pages: Sequence[str], name: str) -> PlanFacts:
    """What the text of each page and the file's name tell.

    The text is stronger than the name; `week_from` is `text`, `name` or `` (whoever owns a calendar
    may still take the week from `dates`). Never raises on strange text.
    """
    lines, encodings = _lines(pages)
    parts = list(_parts(lines))
    lessons = _lesson_starts(parts)
    days = teaching_dates(lines)
    weeks, week_from = decide(mentions(lines), weeks_in_name(name), _landmarks(lines, lessons, days))
    return PlanFacts(
        weeks=weeks,
        week_from=week_from,
        dates=tuple(sorted({item.day.isoformat() for item in days})),
        classes=_classes(lines, name),
        subjects=_subjects(lines),
        lessons=len(lessons),
        parts=_pages_of_parts(parts),
        encodings=tuple(sorted(encodings)),
    )


def _lines(pages: Sequence[str]) -> tuple[list[Line], set[str]]:
    lines: list[Line] = []
    encodings: set[str] = set()
    for number, page in enumerate(pages, start=1):
        text, met = vietnamese.repair(page)
        encodings |= met
        for position, line in enumerate(text.splitlines()):
            lines.append(Line(number, position, line, vietnamese.fold(line)))
    return lines, encodings


# --- parts and lessons ---------------------------------------------------------------------------

# Matched on the key without spaces: extractors put some inside words where the font changes (`Đồ d ùng`).
_NUMBER = r"(?:phan)?(?:[ivx]{1,4}|[a-e]|\d)[./:)\-]*"
_PART_NAMES = {
    "1": r"(?:yeucaucandat|yeucau(?![a-z])|muctieu|mucdich\W*(?:va)?yeucau|objectives?)",
    "2": r"(?:dodung|(?:congtac)?chuanbi|thietbi|phuongtienday|teachingaids|materials)",
    "3": r"(?:(?:cac)?hoatdong(?:day|chinh|chuyeu|(?:tren|len)lop|(?![a-z\d ]))|"
    r"tientrinh|noidunghoatdong|procedures?)",
    "4": r"(?:(?:noidung)?dieuchinh|(?:nhung)?rutkinhnghiem)",
}
_NUMBERED = {part: re.compile(rf"^\W*{_NUMBER}{name}") for part, name in _PART_NAMES.items()}
_BARE = {part: re.compile(rf"^\W*{name}") for part, name in _PART_NAMES.items()}
_TABLE_HEAD = re.compile(r"^(?:hoatdong|hd)\W*(?:cua|gv|day\W*(?:hoatdong|hd|cua|$))")
_SUBPOINT = re.compile(r"^\s*(?:[a-e]\s*[).]|[*+•-])")


def _parts(lines: Sequence[Line]) -> Iterator[tuple[str, Place]]:
    for line in lines:
        part = _part_of(line)
        if part:
            yield part, (line.page, line.position)


def _part_of(line: Line) -> str:
    """`1`..`4` when the line is the heading of that part: numbered I, A or 1, or in capitals alone."""
    key = line.key.replace(" ", "")
    if not key or _TABLE_HEAD.match(key):
        return ""
    if _BARE["4"].match(key) or _NUMBERED["4"].match(key):
        return "4"
    if _SUBPOINT.match(line.text):  # `a) Mục tiêu` belongs to one activity (CV 5512)
        return ""
    for part in ("1", "2", "3"):
        if _NUMBERED[part].match(key):
            return part
        found = _BARE[part].match(key)
        if found and (_is_capital(line.text) or len(key) - found.end() <= 2):
            return part
    return ""


def _is_capital(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and sum(letter.isupper() for letter in letters) >= 0.8 * len(letters)


def _lesson_starts(parts: Sequence[tuple[str, Place]]) -> tuple[Place, ...]:
    """A lesson begins at a part 1 that does not follow another (`I. Mục tiêu`, `1. Yêu cầu cần đạt`).

    Files that never name part 1 are counted by part 3.
    """
    counted = "1" if any(part == "1" for part, _ in parts) else "3"
    before = ""
    starts: list[Place] = []
    for part, place in parts:
        if part == counted and before != counted:
            starts.append(place)
        before = part
    return tuple(starts)


def _pages_of_parts(parts: Sequence[tuple[str, Place]]) -> dict[str, tuple[int, ...]]:
    pages: dict[str, set[int]] = {}
    for part, (page, _) in parts:
        pages.setdefault(part, set()).add(page)
    return {part: tuple(sorted(pages[part])) for part in sorted(pages)}


_MONDAY = re.compile(r"^\W*(?:buoi \w+\W+)?thu\s*(?:hai|2)\b")


def _landmarks(lines: Sequence[Line], lessons: tuple[Place, ...], days: Sequence[TeachingDate]) -> Landmarks:
    return Landmarks(
        lessons=lessons,
        mondays=tuple((line.page, line.position) for line in lines if _MONDAY.match(line.key)),
        dated=tuple(
            (item.page, item.position, (item.day - timedelta(item.day.weekday())).toordinal())
            for item in days
        ),
    )


# --- class ---------------------------------------------------------------------------------------

_CLASS = re.compile(
    r"(?i:l[ớo]p)\s*:?\s*"
    r"((?:1[0-2]|[1-9])(?:\s?[A-ZĐ]\d{0,2}|[a-z]\d{0,2}|/\d{1,2}|[A-Z]?\.\d{1,2}))(?![\w/])"
)
_CLASS_IN_NAME = re.compile(r"(?<![\w/])((?:1[0-2]|[1-9])[A-Z]\d{0,2})(?!\w)")
_HEADLINE = re.compile(
    r"ke hoach|giao an|lich bao giang|khb[dh]|tuan \d|nam hoc|giao vien|ho (?:va )?ten|truong|chu nhiem|"
    r"^\W*lop\b.{0,25}$|mon hoc|ten bai"
)


def _classes(lines: Sequence[Line], name: str) -> tuple[str, ...]:
    """Classes named in headings (`Lớp: 3A`, `lớp 4/2`), most often named first; else in the file name.

    Not in running text: arithmetic is full of classes that plant trees.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        if "lop" in line.key and len(line.key) < 160 and _HEADLINE.search(line.key):
            on_top = line.page == 1 and line.position < 30
            if on_top or line.position < 4:
                seen.update(_tidy_class(found) for found in _CLASS.findall(line.text))
    if not seen:
        plain = vietnamese.nfc(name).replace("_", " ")
        seen.update(_tidy_class(found) for found in _CLASS.findall(plain) + _CLASS_IN_NAME.findall(plain))
    return tuple(found for found, _ in seen.most_common())


def _tidy_class(found: str) -> str:
    return found.replace(" ", "").upper()


# --- subjects ------------------------------------------------------------------------------------

_SUBJECTS = {
    "Tiếng Việt": r"tieng viet|tap doc|chinh ta|luyen tu va cau|lt ?(?:&|va) ?c(?:au)?|ltvc|tap lam van|"
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
    r"^\W*(?:(?:tiet\s*(?:thu\s*)?:?\s*)?\d*\s*(?:[+,-]\s*\d+)*\W*)?"
    r"(?:mon(?: hoc)?(?:/hoat dong giao duc)?\s*:?\s*)?"
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
