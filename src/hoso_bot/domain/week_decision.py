"""From all the weeks a plan speaks of to the one it is about, to several, or to none.

A file is several weeks only when it is really divided into weeks, each with lessons of its own: a false
block is worse than a missed hint. Weak words in the text do not outweigh the file's name.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hoso_bot.domain.week_numbers import Mention

Place = tuple[int, int]
_END = (10**9, 0)
_STRONG = 4  # votes of a title, of two headings on different pages, of a class meeting's two sentences
_WEAK = 2
_LESSONS_OF_A_WEEK = 8  # at least, before a class meeting; where no weekdays are named:
_WHOLE_WEEK = 12
_LESSONS_OF_A_DAY = 5
_LINES_OF_A_SCHEDULE = 12


@dataclass(frozen=True)
class Landmarks:
    """Where lessons and Mondays begin, as (page, position), and the school weeks (Mondays) of dates there.

    lines: how many lines each page has, for files that are schedules without lessons.
    """

    lessons: tuple[Place, ...] = ()
    mondays: tuple[Place, ...] = ()
    dated: tuple[tuple[int, int, int], ...] = ()  # page, position, ordinal of the date's Monday
    lines: tuple[int, ...] = ()

    def lessons_between(self, start: Place, end: Place) -> int:
        """Lessons that begin from `start` on, before `end`."""
        return bisect_left(self.lessons, end) - bisect_left(self.lessons, start)

    def lines_between(self, start: Place, end: Place) -> int:
        """Lines from `start` on, before `end`."""
        return self._line(end) - self._line(start)

    def _line(self, place: Place) -> int:
        page = min(place[0] - 1, len(self.lines))
        return sum(self.lines[:page]) + (place[1] if page < len(self.lines) else 0)


@dataclass(frozen=True)
class Decision:
    """The weeks, where they were read (`text`, `name` or ``) and how certain that is, 0 to 1."""

    weeks: tuple[int, ...] = ()
    source: str = ""
    confidence: float = 0.0


def decide(found: Sequence[Mention], named: tuple[int, ...], marks: Landmarks) -> Decision:
    """The weeks of a file (R13): `found` in its text, `named` in its file name."""
    listed = next((m.weeks for m in found if m.role == "title" and len(m.weeks) > 1), ())
    several = listed or _several(found, marks) or _several_meetings(found, marks)
    if several:
        return Decision(_as_named(several, named), "text", 1.0)
    votes = _votes(found, marks)
    if len(named) > 1 and len(_headed(found) & set(named)) > 1:
        return Decision(named, "text", 0.9)
    return _single(votes, named)


def _single(votes: Counter[int], named: tuple[int, ...]) -> Decision:
    if len(named) == 1 and named[0] in votes:
        votes[named[0]] += 2
    best = max(votes.values(), default=0)
    strong = best >= (_STRONG if named else _WEAK)
    if votes and (strong or set(named) & set(votes)):
        week = next(week for week in votes if votes[week] == best)
        return Decision((week,), "text", round(min(1.0, best / 6) * best / votes.total(), 2))
    return Decision(named, "name", 0.5) if named else Decision()


def _headed(found: Sequence[Mention]) -> set[int]:
    return {mention.weeks[0] for mention in found if mention.role in ("title", "heading")}


def _as_named(several: tuple[int, ...], named: tuple[int, ...]) -> tuple[int, ...]:
    """The weeks the name lists where they hold all that were read; else those read, one gap closed."""
    if set(several) <= set(named):
        return named
    steps = pairwise(several)
    gaps = [low + 1 for low, high in steps if high == low + 2]
    return tuple(sorted({*several, *gaps})) if len(several) > 2 else several


# --- one week ------------------------------------------------------------------------------------


def _votes(found: Sequence[Mention], marks: Landmarks) -> Counter[int]:
    """Weight of each week: a title 4, headings 3 and one more for each page, own words 2 each, next week's 2
    at the end of the lessons and 1 before.

    "Kế hoạch tuần 17" before the first lessons are over is Monday's flag ceremony, not next week.
    """
    votes: Counter[int] = Counter()
    counts = Counter((m.weeks[0], m.role) for m in {(m.weeks, m.role, m.page): m for m in found}.values())
    for (week, role), count in counts.items():
        if role == "title":
            votes[week] += 4
        elif role == "heading":
            votes[week] += 2 + min(6, count)
        elif role == "own":
            votes[week] += min(4, 2 * count)
        elif week > 0:
            votes[week - 1] += max(
                _weight_of_next(m, marks) for m in found if m.role == role and m.weeks[0] == week
            )
    return +votes


def _weight_of_next(mention: Mention, marks: Landmarks) -> int:
    before = marks.lessons_between((0, 0), (mention.page, mention.position))
    if before < 2 < len(marks.lessons):
        return 0
    return 2 if before * 3 >= len(marks.lessons) * 2 else 1


# --- several weeks -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stretch:
    week: int
    start: Place
    end: Place
    headings: int = 1

    def holds(self, place: Place) -> bool:
        return self.start <= place < self.end


def _several(found: Sequence[Mention], marks: Landmarks) -> tuple[int, ...]:
    """The weeks of a file that headings divide into several, in order, else nothing."""
    stretches = _stretches(found)
    if marks.lessons:
        stretches = [s for s in stretches if marks.lessons_between(s.start, s.end)]
    merged = _merged(_without_leftovers(_merged(stretches)))
    if len(merged) < 2 or not _rising([stretch.week for stretch in merged]):
        return ()  # one week, or headings of two weeks mixed: a leftover, not a second plan
    if marks.lessons and not marks.mondays and not marks.dated:
        return _several_undated(merged, marks)
    alone = [merged[0], *(later for later in merged[1:] if _stands_alone(later, merged[0], marks))]
    return tuple(stretch.week for stretch in alone) if len(alone) > 1 else ()


def _several_undated(merged: Sequence[_Stretch], marks: Landmarks) -> tuple[int, ...]:
    """Without any weekday: weeks of some size each, or three and more of which none outweighs the others."""
    headings = [stretch.headings for stretch in merged]
    if len(merged) < 3 or max(headings) * 2 > sum(headings):
        merged = [
            s for s in merged if s.headings > 1 or marks.lessons_between(s.start, s.end) > _LESSONS_OF_A_DAY
        ]
    return tuple(stretch.week for stretch in merged) if len(merged) > 1 else ()


def _rising(weeks: Sequence[int]) -> bool:
    return all(low < high for low, high in pairwise(weeks))


def _stretches(found: Sequence[Mention]) -> list[_Stretch]:
    headings = [m for m in found if m.role in ("title", "heading")]
    starts = [(m.page, m.position) for m in headings]
    ends = [*starts[1:], _END][: len(starts)]
    return [_Stretch(m.weeks[0], start, end) for m, start, end in zip(headings, starts, ends, strict=True)]


def _merged(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    merged: list[_Stretch] = []
    for stretch in stretches:
        if merged and merged[-1].week == stretch.week:
            last = merged.pop()
            stretch = replace(last, end=stretch.end, headings=last.headings + stretch.headings)
        merged.append(stretch)
    return merged


def _without_leftovers(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Leave out the one heading of another week between headings of the same week."""
    kept = []
    for index, stretch in enumerate(stretches):
        around = {s.week for s in (*stretches[max(0, index - 1) : index], *stretches[index + 1 : index + 2])}
        between = 0 < index < len(stretches) - 1 and len(around) == 1
        if not (between and stretch.headings == 1):
            kept.append(stretch)
    return kept


def _stands_alone(later: _Stretch, first: _Stretch, marks: Landmarks) -> bool:
    """A later stretch is a week of its own: other dates, or a Monday and lessons (no mistyped heading)."""
    if not marks.lessons:
        return (
            later.start[0] > first.start[0]
            and marks.lines_between(later.start, later.end) >= _LINES_OF_A_SCHEDULE
            and marks.lines_between(first.start, first.end) >= _LINES_OF_A_SCHEDULE
        )
    there = {monday for page, position, monday in marks.dated if later.holds((page, position))}
    here = {monday for page, position, monday in marks.dated if first.holds((page, position))}
    if there and here:
        return not there & here
    lessons = marks.lessons_between(later.start, later.end)
    if marks.mondays:
        return lessons > 0 and any(map(later.holds, marks.mondays))
    return lessons > 2 and (later.headings > 1 or later.start[1] < 3)


def _several_meetings(found: Sequence[Mention], marks: Landmarks) -> tuple[int, ...]:
    """The weeks of a file without headings, told by class meetings with a week of lessons before each."""
    meetings: list[tuple[int, Place]] = []
    at: Place = (0, 0)
    for mention in found:
        if mention.role not in ("own", "next"):
            continue
        week, place = mention.weeks[0] - (mention.role == "next"), (mention.page, mention.position)
        if marks.lessons_between(at, place) >= (_LESSONS_OF_A_WEEK if marks.mondays else _WHOLE_WEEK):
            meetings.append((week, place))
            at = place
    weeks = [week for week, _ in meetings]
    return tuple(weeks) if len(weeks) > 1 and _rising(weeks) and _follow(meetings, marks) else ()


def _follow(meetings: Sequence[tuple[int, Place]], marks: Landmarks) -> bool:
    """Between two meetings a new week begins: with a Monday, where the file names any."""
    if not marks.mondays:
        return True
    pairs = pairwise(meetings)
    return all(any(a <= monday <= b for monday in marks.mondays) for (_, a), (_, b) in pairs)
