"""Which week a plan is about: told from headings, not from every "tuần" in the text.

Class meetings name the next week, language lessons the last one, and headings left over from an
older file disagree with the rest. So each mention gets a role, and only the roles are counted
(real headings and names: domain.md 3.2 and 3.3).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hoso_bot.domain.vietnamese import fold, nfc, repair

LAST_WEEK = 40
_TOP_LINES = 15

Role = Literal["title", "heading", "own", "next"]


@dataclass(frozen=True)
class Line:
    """One line of a page: 1-based page, 0-based position on it, text as repaired, folded key."""

    page: int
    position: int
    text: str
    key: str


@dataclass(frozen=True)
class Mention:
    """One "tuần N" with its role. weeks: more than one for `TUẦN 1, 2, 3`."""

    weeks: tuple[int, ...]
    role: Role
    page: int
    position: int


# --- numbers -------------------------------------------------------------------------------------

_WEEK = r"(?:t ?u ?a ?n|week)"
_NEXT_NUMBER = rf"(?:{_WEEK}\s*)?\d{{1,2}}(?![\da-z])(?!\s*(?:thang|tiet|[./]\s*\d))"
_LIST = rf"(?:\s*(?:,|;|\+|&|-|va|den|toi)\s*{_NEXT_NUMBER})*"
_NOT_A_NUMBER_OF = (
    r"(?!\s*(?:buoi|lan|gio|quyen|cuon|%)"
    r"|\s*(?:tiet|bai|ngay)\b(?!\s*(?:thu\b|soan|giang|day|:|\d|\+)))"
)
_MENTION = re.compile(
    rf"(?<![a-z]){_WEEK}\s*(?:thu\s*)?[:.\-]?\s*(\d{{1,2}})(?!\d)({_LIST})(?![/.\d]*\d){_NOT_A_NUMBER_OF}"
)
_MENTION_SINGLE = re.compile(
    rf"(?<![a-z]){_WEEK}\s*(?:thu\s*)?[:.\-]?\s*(\d{{1,2}})(?!\d)(?!\s*/){_NOT_A_NUMBER_OF}"
)
_BROKEN_HEADING = re.compile(r"^tn\s*[:.]?\s*(\d{1,2})(?!\d)")  # "Tn 24": a letter lost in conversion
_STEP = re.compile(r"(,|;|\+|&|-|va|den|toi)\s*(?:tuan|week)?\s*(\d{1,2})")


def _valid(week: int) -> bool:
    return 0 <= week <= LAST_WEEK


def _expand(first: int, rest: str) -> tuple[int, ...]:
    """`4` and `, 5 - 7` → 4, 5, 6, 7. What does not rise is no list of weeks: only the first counts."""
    weeks = [first]
    for sign, digits in _STEP.findall(rest):
        number = int(digits)
        if not weeks[-1] < number <= min(LAST_WEEK, weeks[-1] + 12):
            return (first,)
        weeks.extend(range(weeks[-1] + 1, number + 1) if sign in ("-", "den", "toi") else [number])
    return tuple(weeks)


# --- the file name -------------------------------------------------------------------------------

_NAME_WEEK = re.compile(
    r"(?:tua?n|week)\s*(?:thu\s*)?[:.\-]*\s*(\d{1,2})(?!\d)(?![a-z]\d{0,2}(?![a-z\d]))(.*)"
)
_NAME_LIST = re.compile(r"(?:\s*(?:,|;|\+|&|-|va|den)\s*(?:tuan\s*)?\d{1,2}(?![\da-z])(?!\s*[./]\s*\d))+")
_NAME_SPACED = re.compile(r"\s(\d{1,2})(?![\da-z])(?!\s*[-./]?\s*\d)")


def weeks_in_name(name: str) -> tuple[int, ...]:
    """Weeks a file name speaks of: `GA 3TUAN 15KNS.doc` → 15, `TUAN 6 - 10.doc` → 6..10, else nothing.

    Years, classes (`3A`, `4/2`) and dates are not weeks.
    """
    stem = re.sub(r"\.[A-Za-z]{2,4}$", "", nfc(name).replace("_", " "))
    match = _NAME_WEEK.search(fold(repair(stem)[0]))
    if not match or not _valid(int(match[1])):
        return ()
    first, rest = int(match[1]), match[2]
    listed = _NAME_LIST.match(rest)
    if listed:
        return _expand(first, listed[0])
    spaced = _NAME_SPACED.match(rest)
    if spaced and int(spaced[1]) == first + 1:
        return (first, first + 1)
    return (first,)


# --- mentions in the text ------------------------------------------------------------------------

# Matched without spaces: extractors put some inside words where the font changes (`K ế hoạch`).
_TITLE = re.compile(
    r"(?:lich(?:baogiang|day)|kehoach(?:bai|day|giang|giaoduc|chunhiem)|giaoan|khb[dh]|(?:cac)?baisoan|"
    r"thietkebai|thoikhoabieu)"
)
_ALONGSIDE = re.compile(
    r"(?:(?:lop|khoi)\W*(?:\d|mot|hai|ba|bon|nam)|truong(?:th|tieu|pt|trung)|namhoc|ho(?:va)?ten|gv\W|giaovien\W|"
    r"mon\W|ngay(?:soan|thu)|phieubao)"
)
_NEXT = re.compile(r"phuonghuong|kehoach|congtac|nhiemvu|trienkhai|dera|tuan(?:sau|toi|den)|dukien")
_OWN = re.compile(
    r"danhgia|nhanxet|tongket|soket|baocao|kiemdiem|sinhhoat|trong$|hoatdong$|ketqua|tuanqua|"
    r"ngay(?:day|giang)|^shl|^shtt"
)
_ELSEWHERE = re.compile(r"(?:^|\s)(?:o|cuoi|dau|tiet|bai)$")
_BULLET = re.compile(r"^[\W_]*(?:(?:[ivx]{1,4}|[a-d]|\d{1,2})\s*[./):-]+\s*)?[\W_]*")
_ENDS_OPEN = re.compile(r"(?:phuonghuong|kehoach|congtac|nhiemvu|trong|danhgia|nhanxet|cuoi|hoatdong)$")


def mentions(lines: Sequence[Line]) -> list[Mention]:
    """Every week the text speaks of in a role that tells something, in reading order."""
    found: list[Mention] = []
    before = ""
    for line in lines:
        found.extend(_mentions_of(line, before))
        before = line.key or before
    return found


def _mentions_of(line: Line, before: str) -> Iterable[Mention]:
    broken = _BROKEN_HEADING.match(line.key)
    if broken and _valid(int(broken[1])):
        yield Mention((int(broken[1]),), "heading", line.page, line.position)
    matches = list(_MENTION.finditer(line.key)) or list(_MENTION_SINGLE.finditer(line.key))
    for match in matches:
        role = _role(line, line.key[: match.start()], line.key[match.end() :], before)
        if role and _valid(int(match[1])):
            rest = match[2] if match.lastindex and match.lastindex > 1 else ""
            yield Mention(_expand(int(match[1]), rest), role, line.page, line.position)


def _role(line: Line, prefix: str, after: str, before: str) -> Role | None:
    """What a mention tells: the plan's title or a heading, a word about this week or about the next one."""
    lead = re.sub(r"(?:^|\s)tu$", "", _BULLET.sub("", prefix).strip(" :-.,("))
    squeezed = lead.replace(" ", "")
    on_top = line.page == 1 and line.position < _TOP_LINES
    if on_top and squeezed in ("kehoach", "kh"):
        return "title"
    if _stands_in_a_title(squeezed) and not _is_enumerated(prefix):
        return "title" if on_top else "heading"
    if _ELSEWHERE.search(lead):
        return None
    if _NEXT.search(squeezed):
        return "next"
    if _OWN.search(squeezed):
        return "own"
    if lead:
        return None
    if not on_top and _continues_a_sentence(line, after, before):
        return "next" if _NEXT.search(before[-40:].replace(" ", "")) else None
    return "title" if on_top else "heading"


def _stands_in_a_title(squeezed: str) -> bool:
    """`Giáo án lớp 4H – Tuần 23`, `LỚP: 2B  TUẦN: 31`, with or without the school's name before it."""
    if not squeezed or len(squeezed) > 100:
        return False
    return _TITLE.match(squeezed) is not None or _ALONGSIDE.match(squeezed + " ") is not None


def _is_enumerated(prefix: str) -> bool:
    """`3. Kế hoạch tuần 8` is a point of a class meeting, not a title."""
    return re.match(r"\W*(?:[ivx]{1,4}|\d{1,2}|[a-d])\s*[./):-]", prefix) is not None or prefix[:1] in "-+*•"


def _continues_a_sentence(line: Line, after: str, before: str) -> bool:
    """A line may begin with "tuần 13" only because the paragraph was broken there."""
    start = line.text.lstrip()[:1]
    squeezed = before.replace(" ", "")
    if _ENDS_OPEN.search(squeezed):
        return not _TITLE.search(squeezed)
    return start.islower() and (line.position > 4 or after.lstrip()[:1] in (".", ",", ";"))


# --- the decision --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Landmarks:
    """Where lessons and Mondays begin, as (page, position), and the school weeks (Mondays) of dates there."""

    lessons: tuple[tuple[int, int], ...] = ()
    mondays: tuple[tuple[int, int], ...] = ()
    dated: tuple[tuple[int, int, int], ...] = ()  # page, position, ordinal of the date's Monday


@dataclass(frozen=True)
class _Stretch:
    week: int
    start: tuple[int, int]
    end: tuple[int, int]
    titled: bool

    def holds(self, place: tuple[int, int]) -> bool:
        return self.start <= place < self.end


_END = (10**9, 0)


def decide(found: Sequence[Mention], named: tuple[int, ...], marks: Landmarks) -> tuple[tuple[int, ...], str]:
    """The weeks of a file and where they were read: `text`, `name` or ``.

    Several only when the text is really divided into weeks, each with lessons of its own, or when its
    title lists them (R13).
    """
    listed = next((m.weeks for m in found if m.role == "title" and len(m.weeks) > 1), ())
    if listed:
        return listed, "text"
    several = _several(found, marks)
    if several:
        return several, "text"
    votes = _votes(found)
    if votes:
        if len(named) == 1 and named[0] in votes:
            votes[named[0]] += 2
        best = max(votes.values())
        return (next(week for week in votes if votes[week] == best),), "text"
    return (named, "name") if named else ((), "")


def _votes(found: Sequence[Mention]) -> Counter[int]:
    """Weight of each week: a title 4, headings 3 at most, own words 4 at most, next week's 2 at most."""
    votes: Counter[int] = Counter()
    counts = Counter((m.weeks[0], m.role) for m in {(m.weeks, m.role, m.page): m for m in found}.values())
    for (week, role), count in counts.items():
        if role == "title":
            votes[week] += 4
        elif role == "heading":
            votes[week] += min(3, count)
        elif role == "own":
            votes[week] += min(4, 2 * count)
        elif week > 0:
            votes[week - 1] += min(2, count)
    return votes


def _several(found: Sequence[Mention], marks: Landmarks) -> tuple[int, ...]:
    """The weeks of a file that is really several, in order, else nothing."""
    stretches = [s for s in _stretches(found) if not marks.lessons or any(map(s.holds, marks.lessons))]
    merged = _stretches_merged(stretches)
    weeks = [stretch.week for stretch in merged]
    if len(weeks) < 2 or len(set(weeks)) < len(weeks):
        return ()  # one week, or headings of two weeks mixed: a leftover, not a second plan
    if all(_stands_alone(later, merged[0], marks) for later in merged[1:]):
        return tuple(weeks)
    return ()


def _stretches(found: Sequence[Mention]) -> list[_Stretch]:
    headings = [m for m in found if m.role in ("title", "heading")]
    starts = [(m.weeks[0], (m.page, m.position), m.role == "title") for m in headings]
    ends = [*(start for _, start, _ in starts[1:]), _END]
    return [
        _Stretch(week, start, end, titled) for (week, start, titled), end in zip(starts, ends, strict=False)
    ]


def _stretches_merged(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    merged: list[_Stretch] = []
    for stretch in stretches:
        if merged and merged[-1].week == stretch.week:
            merged[-1] = _Stretch(stretch.week, merged[-1].start, stretch.end, merged[-1].titled)
        else:
            merged.append(stretch)
    return merged


def _stands_alone(later: _Stretch, first: _Stretch, marks: Landmarks) -> bool:
    """A later stretch is a week of its own: other dates, or a Monday and lessons (no mistyped heading)."""
    there = {monday for page, position, monday in marks.dated if later.holds((page, position))}
    here = {monday for page, position, monday in marks.dated if first.holds((page, position))}
    if there and here:
        return not there & here
    lessons = sum(map(later.holds, marks.lessons))
    if marks.mondays:
        return lessons > 0 and any(map(later.holds, marks.mondays))
    return lessons > 1
