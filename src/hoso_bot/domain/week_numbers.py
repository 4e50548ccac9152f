"""Which week a plan is about: told from headings, not from every "tuần" in the text.

Class meetings name the next week, language lessons the last one, and headings left over from an
older file disagree with the rest. So each mention gets a role, and only the roles are counted
(real headings and names: domain.md 3.2 and 3.3).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from hoso_bot.domain.vietnamese import fold, nfc, repair

LAST_WEEK = 40
_TOP_LINES = 15

Role = Literal["title", "heading", "own", "next", ""]
_RUNNING = 3  # pages from which on a line is a running head


class Line(NamedTuple):
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

_WEEK = r"(?:t ?u ?a ?n|week)(?:\s*(?:hoc|le|day|so))?"
_NEXT_NUMBER = rf"(?:{_WEEK}\s*)?\d{{1,2}}(?![\da-z])(?!\s*(?:thang|tiet|[./]\s*\d))"
_LIST = rf"(?:\s*(?:,|;|\+|&|-|va|den|toi)\s*{_NEXT_NUMBER})*"
_NOT_A_NUMBER_OF = (
    r"(?!\s*(?:lan|gio|quyen|cuon|%)"
    r"|\s*buoi\b(?!\s*(?:sang|chieu|hoc|thu|:|\d))"
    r"|\s*(?:tiet|bai|ngay)\b(?!\s*(?:thu\b|soan|giang|day|ppct|ct|so\b|:|\d|\+))"
    r"|[a-z]\d{0,2}(?![a-z\d]))"
)
_MENTION = re.compile(
    rf"(?<![a-z]){_WEEK}\s*(?:thu\s*)?[:.\-]?\s*(\d{{1,2}})(?!\d)({_LIST})(?![/.\d]*\d){_NOT_A_NUMBER_OF}"
)
_MENTION_SINGLE = re.compile(
    rf"(?<![a-z]){_WEEK}\s*(?:thu\s*)?[:.\-]?\s*(\d{{1,2}})(?!\d)(?!\s*/){_NOT_A_NUMBER_OF}"
)
_BROKEN_HEADING = re.compile(r"^tn\s*[:.]?\s*(\d{1,2})(?!\d)")  # "Tn 24": a letter lost in conversion
_SPACED_OUT = re.compile(r"^\W*t u a n ?:? (\d)(?: (\d))?(?!\S)")  # a drawn title, letter by letter
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
_NAME_LIST = re.compile(
    r"(?:\s*(?:,|;|\+|&|-|va|den)\s*(?:tuan\s*)?\d{1,2}(?![\da-z])(?!\s*[./]\s*\d|\s*(?:tiet|bai|thang|ngay)\b))+"
)
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
    r"(?:lich(?:baogiang|day|giangday|congtac)|(?:phieu|so|bang)?baogiang|kehoach(?:bai|day|giang|giaoduc|chunhiem|chuyenmon)|"
    r"giaoan|khb[dh]|(?:cac)?baisoan|thietkebai|thoikhoabieu|chuongtrinh(?:giang|day)|noidunggiangday)"
)
_ALONGSIDE = re.compile(
    r"(?:(?:lop|khoi|class)\W*(?:\d|mot|hai|ba|bon|nam)|tru?[oe]ng(?:th|tieu|pt|trung)|namhoc|ho(?:va)?ten|gv\W|"
    r"giaovien\W|mon\W|ngay(?:soan|thu)|phieubao|gvcn)"
)
_NEXT = re.compile(r"phuonghuong|kehoach|congtac|nhiemvu|trienkhai|dera|tuan(?:sau|toi|den)|dukien|chuanbi")
_OWN = re.compile(
    r"danhgia|nhanxet|tongket|soket|baocao|kiemdiem|sinhhoat|trong$|hoatdong$|ketqua|tuanqua|"
    r"ngay(?:day|giang)|^shl|^shtt|^sh(?:cuoi)?$"
)
_ELSEWHERE = re.compile(r"(?:^|\s)(?:o|cuoi|dau|tiet|bai|truoc|giua|sang|cua|moi|tu|het|sau)$")
_EXERCISE = re.compile(
    r"kiemtra|ontap|onluyen|luyentap|baitap|phieu(?:cuoi|on|bai)|de(?:cuoi|on|kt)|chuabai|baitoan|tuvung"
)
_BULLET = re.compile(r"^[\W_]*(?:(?:[ivx]{1,4}|[a-d]|\d{1,2})\s*[./):-]+\s*)?[\W_]*")
_ENDS_OPEN = re.compile(
    r"(?:phuonghuong|kehoach|congtac|nhiemvu|trong|danhgia|nhanxet|cuoi|hoatdong|trienkhai|chodukien)$"
)
_PERSON = re.compile(r"(?i)tuấn")


def mentions(lines: Sequence[Line]) -> list[Mention]:
    """Every week the text speaks of in a role that tells something, in reading order.

    A line that stands at the head or foot of several pages is a heading whatever it says before the week.
    """
    told: list[tuple[Mention, str]] = []
    before = ""
    for line in lines:
        key = line.key
        if (
            "uan" in key
            or "u an" in key
            or "ua n" in key
            or "u a n" in key
            or "week" in key
            or key.startswith("tn")
        ):
            told.extend((mention, key) for mention in _mentions_of(line, before))
        before = key or before
    running = _running_keys([key for mention, key in told if not mention.role])
    found = (replace(m, role="heading") if not m.role and key in running else m for m, key in told)
    return [mention for mention in found if mention.role]


def _running_keys(keys: Sequence[str]) -> set[str]:
    return {key for key, count in Counter(keys).items() if count >= _RUNNING and len(key) < 120}


def _mentions_of(line: Line, before: str) -> Iterable[Mention]:
    broken = _BROKEN_HEADING.match(line.key) or _SPACED_OUT.match(line.key)
    if broken:
        week = int("".join(filter(None, broken.groups())))
        if _valid(week):
            yield Mention((week,), "heading", line.page, line.position)
        return
    matches = list(_MENTION.finditer(line.key)) or list(_MENTION_SINGLE.finditer(line.key))
    for match in matches:
        before_it = line.key[: match.start()]
        if before_it and _PERSON.search(line.text) and "tuần" not in line.text.lower():
            continue
        role = _role(line, before_it, line.key[match.end() :], before)
        if _valid(int(match[1])):
            rest = match[2] if match.lastindex and match.lastindex > 1 else ""
            yield Mention(_expand(int(match[1]), rest), role, line.page, line.position)


def _role(line: Line, prefix: str, after: str, before: str) -> Role:
    """What a mention tells: the plan's title or a heading, a word about this week or the next, or nothing."""
    lead = re.sub(r"(?:^|\s)tu$", "", _BULLET.sub("", prefix).strip(" :-.,("))
    squeezed = lead.replace(" ", "")
    on_top = line.page == 1 and line.position < _TOP_LINES
    if on_top and squeezed in ("kehoach", "kh"):
        return "title"
    own = bool(_OWN.search(squeezed)) and not _EXERCISE.search(squeezed)
    if _ELSEWHERE.search(lead) and not (own and lead.endswith("cuoi")):
        return ""
    if not _is_enumerated(prefix) and _stands_in_a_title(squeezed, line, on_top):
        return "title" if on_top else "heading"
    if _NEXT.search(squeezed):
        return "next"
    if own:
        return "own"
    if lead:
        return ""
    if not on_top and _continues_a_sentence(line, after, before):
        return "next" if _NEXT.search(before[-40:].replace(" ", "")) else ""
    return "title" if on_top else "heading"


def _stands_in_a_title(squeezed: str, line: Line, on_top: bool) -> bool:
    """`Giáo án lớp 4H – Tuần 23`, `LỚP: 2B  TUẦN: 31`, with or without the school's name before it."""
    if not squeezed or len(squeezed) > 100 or _EXERCISE.search(squeezed):
        return False
    if _TITLE.match(squeezed) or _ALONGSIDE.match(squeezed + " "):
        return True
    shouted = on_top or line.text.upper() == line.text
    return shouted and _TITLE.search(squeezed) is not None and not _NEXT.match(squeezed)


def _is_enumerated(prefix: str) -> bool:
    """`3. Kế hoạch tuần 8` is a point of a class meeting, not a title."""
    return re.match(r"\W*(?:[ivx]{1,4}|\d{1,2}|[a-d])\s*[./):-]", prefix) is not None or prefix[:1] in tuple(
        "-+*•"
    )


def _continues_a_sentence(line: Line, after: str, before: str) -> bool:
    """A line may begin with "tuần 13" only because the paragraph was broken there."""
    start = line.text.lstrip()[:1]
    squeezed = before.replace(" ", "")
    if _ENDS_OPEN.search(squeezed):
        return not _TITLE.search(squeezed)
    return start.islower() and (line.position > 4 or after.lstrip()[:1] in (".", ",", ";"))
