"""The parts of lessons, in teachers' own words: four of CV 2345 (annex 3), three of CV 5512 (annex IV).

Facts only: which part stands on which page, where lessons begin, which lessons lack a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hoso_bot.domain.week_numbers import Line

Place = tuple[int, int]

# Matched on the key without spaces: extractors put some inside words where the font changes (`Đồ d ùng`).
_NUMBER = r"(?:phan)?(?:[ivxl]{1,4}|[a-e]|\d)[./:)\-]*"
_PART_NAMES = {
    "1": r"(?:yeucaucandat|yeucau(?![a-z])|muctieu|mucdich\W*(?:va)?yeucau|mucdich(?![a-z])|"
    r"objectives?|aims?(?![a-z]))",
    "2": r"(?:dodung|(?:congtac)?chuanbi|thietbi|phuongtienday|tailieu\W*(?:va)?phuongtien|"
    r"teachingaids|materials)",
    "3": r"(?:(?:cac)?(?:hoatdong|hd)(?:day|chinh|chuyeu|(?:tren|len)lop|(?![a-z\d ]))|"
    r"(?:tien|qua)trinh(?:day|lenlop|tietday|baiday|(?![a-z]))|noidunghoatdong|procedures?)",
    "4": r"(?:(?:noidung)?dieuchinh|(?:nhung)?rutkinhnghiem)",
}
_NUMBERED = {part: re.compile(rf"\W*{_NUMBER}{name}") for part, name in _PART_NAMES.items()}
_BARE = {part: re.compile(rf"\W*{name}") for part, name in _PART_NAMES.items()}
_ANY = re.compile(rf"\W*(?:{_NUMBER})?(?:{'|'.join(_PART_NAMES.values())})")
_TABLE_HEAD = re.compile(r"^(?:hoatdong|hd)\W*(?:cua|gv|day\W*(?:hoatdong|hd|cua|$))")
_SUBPOINT = re.compile(r"^\s*(?:[a-e]\s*[).]|[*+•-])")
_LONGEST = 160  # characters of a line that is a heading


def read_parts(lines: Sequence[Line]) -> Iterator[tuple[str, Place]]:
    """Every heading of a part, `1` to `4`, with its place, in reading order."""
    for line in lines:
        if len(line.key) < _LONGEST:
            part = _part_of(line)
            if part:
                yield part, (line.page, line.position)


def _part_of(line: Line) -> str:
    """`1`..`4` when the line is the heading of that part: numbered I, A or 1, or in capitals alone."""
    key = line.key.replace(" ", "")
    if not _ANY.match(key) or _TABLE_HEAD.match(key):
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


def lesson_starts(parts: Sequence[tuple[str, Place]]) -> tuple[Place, ...]:
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


def pages_of_parts(parts: Sequence[tuple[str, Place]]) -> dict[str, tuple[int, ...]]:
    """Part → the pages its headings stand on."""
    pages: dict[str, set[int]] = {}
    for part, (page, _) in parts:
        pages.setdefault(part, set()).add(page)
    return {part: tuple(sorted(pages[part])) for part in sorted(pages)}


def pages_lacking(parts: Sequence[tuple[str, Place]]) -> dict[str, tuple[int, ...]]:
    """Part 1, 2 or 3 → the page of each lesson that has others of them but not this one.

    A lesson ends where a part comes that does not rise; a stub ("GV bộ môn soạn và dạy") has none, so it is
    no lesson here.
    """
    pages: dict[str, list[int]] = {}
    for lesson in _lessons(parts):
        for part in "123":
            if part not in {other for other, _ in lesson}:
                pages.setdefault(part, []).append(lesson[0][1][0])
    return {part: tuple(pages[part]) for part in sorted(pages)}


def _lessons(parts: Sequence[tuple[str, Place]]) -> Iterator[list[tuple[str, Place]]]:
    lesson: list[tuple[str, Place]] = []
    for part, place in parts:
        if part == "4" or (lesson and lesson[-1][0] == part):
            continue
        if lesson and part < lesson[-1][0]:
            yield lesson
            lesson = []
        lesson.append((part, place))
    if lesson:
        yield lesson


_PRODUCT = re.compile(r"c\s*[).]\s*san pham")
_ORGANISE = re.compile(r"d\s*[).]\s*to chuc thuc hien")


def profile(lines: Sequence[Line]) -> str:
    """`cv5512` where activities have the four points of annex IV (… c) Sản phẩm, d) Tổ chức thực hiện)."""
    products = sum("san pham" in line.key and _PRODUCT.match(line.key) is not None for line in lines)
    organised = sum("to chuc" in line.key and _ORGANISE.match(line.key) is not None for line in lines)
    return "cv5512" if products > 1 and organised > 1 else "cv2345"
