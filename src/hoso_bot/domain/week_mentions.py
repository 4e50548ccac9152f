"""What each "tuần N" of a plan tells: its title, a heading, or a word of the flag ceremony or class meeting.

Class meetings name the next week, Monday's flag ceremony the last one, language lessons any week, and
headings left over from an older file disagree with the rest. So each mention gets a role, and only the roles
are counted (real headings: domain.md 3.2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hoso_bot.domain.week_numbers import (
    Line,
    is_half,
    joined,
    number_with_letters_lost,
    numbers,
    speaks_of_weeks,
)

_TOP_LINES = 15
_RUNNING = 3  # pages from which on a line is a running head
_LONGEST_RUNNING = 120
_EDGE = 3  # lines at the head and foot of a page

Role = Literal["title", "heading", "held", "own", "next", "last", "this", ""]
"""held: something that takes place in that week; own and next: this and the next week as the class meeting
names them; last and this: the last week and this one as Monday's flag ceremony does."""


_ON_MONDAY: dict[Role, Role] = {"own": "last", "next": "this"}


@dataclass(frozen=True)
class Mention:
    """One "tuần N" with its role. weeks: more than one for `TUẦN 1, 2, 3`.

    in_meeting: a class meeting's heading stands above it.
    """

    weeks: tuple[int, ...]
    role: Role
    page: int
    position: int
    in_meeting: bool = False

    @property
    def heads(self) -> bool:
        """True for the plan's title and for headings."""
        return self.role in ("title", "heading")

    @property
    def closes(self) -> bool:
        """True for words at the end of a week."""
        return self.role in ("own", "next")

    @property
    def place(self) -> tuple[int, int]:
        """Page and position."""
        return self.page, self.position

    @property
    def week(self) -> int:
        """The week the plan is of, if this mention is right."""
        return self.weeks[0] + {"next": -1, "last": 1}.get(self.role, 0)

    def on_monday(self) -> Mention:
        """At the flag ceremony "nhận xét tuần 11" is the last week and "kế hoạch tuần 12" this one."""
        return replace(self, role=_ON_MONDAY.get(self.role, self.role))


# Matched without spaces: extractors put some inside words where the font changes (`K ế hoạch`).
_TITLE = re.compile(
    r"(?:lich(?:baogiang|day|giangday|congtac)|(?:phieu|so|bang)?baogiang|kehoach(?:bai|day|giang|giaoduc|chunhiem|chuyenmon)|"
    r"giaoan|khb[dh]|(?:cac)?baisoan|thietkebai|thoikhoabieu|chuongtrinh(?:giang|day)|noidunggiangday)"
)
_ALONGSIDE = re.compile(
    r"(?:(?:lop|khoi|class)\W*(?:\d|mot|hai|ba|bon|nam)|tru?[oe]ng(?:th|tieu|pt|trung)|namhoc|ho(?:va)?ten|gv\W|"
    r"giaovien\W|mon\W|ngay(?:soan|thu)|phieubao|gvcn|thoigianthuchien|chu(?:de|diem)\W|"
    r"thu(?:hai|ba|tu|nam|sau|bay|[2-7])\W*ngay\d)"
)
_NEXT = re.compile(r"phuonghuong|kehoach|congtac|nhiemvu|trienkhai|dera|tuan(?:sau|toi|den)|dukien|chuanbi")
_REVIEW = re.compile(r"danhgia|nhanxet|tongket|soket|baocao|kiemdiem|ketqua|tuanqua|trong$|hoatdong$")
_EVENT = re.compile(r"sinhhoat|chaoco|ngay(?:day|giang)|^sh(?:l|tt|dc|cuoi)?$")
_ELSEWHERE = re.compile(r"(?:^|\s)(?:o|cuoi|dau|tiet|bai|truoc|giua|sang|cua|moi|tu|het|sau)$")
_EXERCISE = re.compile(
    r"kiemtra|ontap|onluyen|luyen|baitap|phieu(?:cuoi|on|bai)|de(?:cuoi|on|kt)|chuabai|baitoan|tuvung|nhatki"
)
_BULLET = re.compile(r"^[\W_]*(?:(?:[ivx]{1,4}|[a-d]|\d{1,2})\s*[./):-]+\s*)?[\W_]*")
_ENDS_OPEN = re.compile(
    r"(?:phuonghuong|kehoach|congtac|nhiemvu|trong|danhgia|nhanxet|cuoi|hoatdong|trienkhai|chodukien)$"
)
_PERSON = re.compile(r"(?i)tuấn")
_JOINT = re.compile(r"\W*(?:va|den|toi)?\W*")


def mentions(lines: Sequence[Line]) -> list[Mention]:
    """Every week the text speaks of in a role that tells something, in reading order.

    A line that stands at the head or foot of several pages is a heading whatever it says before the week.
    """
    told = list(_told(lines))
    at_edges = Counter(key for mention, key, at_edge in told if at_edge and not mention.role)
    running = {key for key, count in at_edges.items() if count >= _RUNNING and len(key) < _LONGEST_RUNNING}
    found = (
        replace(m, role="heading") if at_edge and not m.role and key in running else m
        for m, key, at_edge in told
    )
    return [mention for mention in found if mention.role]


def _told(lines: Sequence[Line]) -> Iterator[tuple[Mention, str, bool]]:
    """Each mention with its line's key and whether that stands at the head or foot of its page."""
    before = ""
    for index, line in enumerate(lines):
        if speaks_of_weeks(line.key):
            whole = _whole(lines, index)
            for mention in _mentions_of(whole, before):
                if mention.closes:
                    mention = _placed(mention, lines, index)
                yield mention, whole.key, _is_at_edge(lines, index)
        before = line.key or before


def _is_at_edge(lines: Sequence[Line], index: int) -> bool:
    below = lines[index + _EDGE : index + _EDGE + 1]
    return lines[index].position < _EDGE or not below or below[0].page != lines[index].page


def _whole(lines: Sequence[Line], index: int) -> Line:
    line = lines[index]
    if is_half(line.key) and index + 1 < len(lines):
        return joined(line, lines[index + 1]) or line
    return line


def _mentions_of(line: Line, before: str) -> Iterator[Mention]:
    at, role = 0, None
    for number in numbers(line):
        lead = line.key[at : number.start]
        if _PERSON.search(line.text) and "tuần" not in line.text.lower() and line.key[: number.start]:
            continue
        if role is None or not _JOINT.fullmatch(lead):
            role = _role(line, lead, line.key[number.end :], before)
        at = number.end
        yield Mention(number.weeks, role, line.page, line.position)
    if role is None and (line.position < _EDGE or _on_top(line)):
        for number in number_with_letters_lost(line):
            yield Mention(number.weeks, "heading", line.page, line.position)


# --- roles -----------------------------------------------------------------------------------------


def _on_top(line: Line) -> bool:
    return line.page == 1 and line.position < _TOP_LINES


def _role(line: Line, prefix: str, after: str, before: str) -> Role:
    """What a mention tells: the plan's title or a heading, a word about this week or the next, or nothing."""
    lead = re.sub(r"(?:^|\s)tu$", "", _BULLET.sub("", prefix).strip(" :-.,(;"))
    squeezed = lead.replace(" ", "")
    head: Role = "title" if _on_top(line) else "heading"
    if _on_top(line) and squeezed in ("kehoach", "kh"):
        return "title"
    own = _own_role(squeezed)
    if _ELSEWHERE.search(lead) and not (own and lead.endswith("cuoi")):
        return ""
    if not _is_enumerated(prefix) and _stands_in_a_title(squeezed, line):
        return head
    if _NEXT.search(squeezed):
        return "next"
    if own:
        return own
    if lead:
        return ""
    if not _on_top(line) and _continues_in_small_letters(line, after):
        return ""
    if not _on_top(line) and _continues_a_sentence(line, after, before):
        return "next" if _NEXT.search(before[-40:].replace(" ", "")) else ""
    return head


def _own_role(squeezed: str) -> Role:
    if _EXERCISE.search(squeezed):
        return ""
    if _REVIEW.search(squeezed):
        return "own"
    return "held" if _EVENT.search(squeezed) else ""


def _stands_in_a_title(squeezed: str, line: Line) -> bool:
    """`Giáo án lớp 4H – Tuần 23`, `LỚP: 2B  TUẦN: 31`, with or without the school's name before it."""
    if not squeezed or len(squeezed) > 100 or _EXERCISE.search(squeezed):
        return False
    if _TITLE.match(squeezed) or _ALONGSIDE.match(squeezed + " "):
        return True
    shouted = _on_top(line) or line.text.upper() == line.text
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


_SENTENCE = re.compile(r"(?i:tuần|week)\W*\d{1,2}[ ,]+([a-zà-ỹđ]+)")
_BESIDE_A_HEADING = re.compile(
    r"\W*(?:lop|nam|tu|thu|tiet|buoi|ngay|va|den|toi|mon|khoi|thang|cua|gv|giao vien|hoc k[iy]|chu de|on tap)"
    r"\b"
)


def _continues_in_small_letters(line: Line, after: str) -> bool:
    """`Tuần 1 bán được 25 kg` is a sum."""
    return _SENTENCE.search(line.text) is not None and not _BESIDE_A_HEADING.match(after)


# --- Monday's flag ceremony or Friday's class meeting ------------------------------------------------

_LOOK_BACK = 60
_LONGEST_HEAD = 70
_MONDAY = re.compile(r"chao co|duoi co|sinh hoat dau tuan|shdc|^\W*thu (?:hai|2)\b")
_FRIDAY = re.compile(r"sinh hoat|\bshl\b|\bshtt\b|\bhdtt\b|hoat dong tap the|^\W*thu (?:sau|bay|[67])\b")


def _placed(mention: Mention, lines: Sequence[Line], index: int) -> Mention:
    for line in _heads_above(lines, index):
        if _MONDAY.search(line.key):
            return mention.on_monday()
        if _FRIDAY.search(line.key):
            return replace(mention, in_meeting=True)
    return mention


def _heads_above(lines: Sequence[Line], index: int) -> Iterable[Line]:
    above = lines[max(0, index - _LOOK_BACK) : index + 1]
    return (
        line
        for line in reversed(above)
        if line is lines[index] or (len(line.key) <= _LONGEST_HEAD and line.text.lstrip()[:1] not in "-+*•")
    )
