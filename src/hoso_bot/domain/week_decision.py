"""From all the weeks a plan speaks of to the one it is about, to several, or to none.

Weak words in the text do not outweigh the file's name, and where two weeks weigh about the same neither is
taken: a question to the teacher is better than a wrong week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hoso_bot.domain.landmarks import Landmarks
from hoso_bot.domain.week_division import (
    several_headed,
    several_meetings,
    weeks_dated,
    weeks_of_weekdays,
    without_lists,
)
from hoso_bot.domain.week_mentions import Mention

_STRONG = 4  # votes of a title, of two headings on different pages, of a class meeting's two sentences
_WEAK = 2
_NAMED = 2  # what the file's name adds to a week the text speaks of
_CLOSE = 0.8  # share of the best week's votes from which on another is as likely


@dataclass(frozen=True)
class Decision:
    """The weeks, where they were read (`text`, `title`, `name` or ``) and how certain that is, 0 to 1.

    `title`: listed there, while the lessons do not show that they are of several weeks.
    """

    weeks: tuple[int, ...] = ()
    source: str = ""
    confidence: float = 0.0


def decide(found: Sequence[Mention], named: tuple[int, ...], marks: Landmarks) -> Decision:
    """The weeks of a file (R13): `found` in its text, `named` in its file name."""
    found = _read_by_place(without_lists(found, marks), marks)
    listed = next((m.weeks for m in found if m.role == "title" and len(m.weeks) > 1), ())
    if listed and _is_of_several(found, marks):
        return Decision(_as_named(listed, named), "text", 1.0)
    several = several_headed(found, marks) or several_meetings(found, marks)
    if several:
        return Decision(_as_named(several, named), "text", 1.0)
    votes = _votes(found, marks)
    if len(named) > 1 and _confirms(named, found, marks):
        return Decision(named, "text", 0.9)
    if listed and set(votes) <= set(listed):
        return Decision(listed, "title", 0.5)
    return _with_dates(_single(votes, named, _is_disputed(found, votes)), marks)


def _read_by_place(found: Sequence[Mention], marks: Landmarks) -> list[Mention]:
    """What is said within the first of many lessons is said at Monday's flag ceremony; so are a plan before
    all lessons and the review that goes with it (alone, that is the last row of a schedule)."""
    if len(marks.lessons) <= 2:
        return list(found)
    before = [marks.lessons_between((0, 0), mention.place) for mention in found]
    planned = {
        m.weeks[0] for m, lessons in zip(found, before, strict=True) if m.role == "next" and not lessons
    }
    return [
        m.on_monday()
        if lessons == 1 or (not lessons and (m.role == "next" or m.weeks[0] + 1 in planned))
        else m
        for m, lessons in zip(found, before, strict=True)
    ]


def _is_of_several(found: Sequence[Mention], marks: Landmarks) -> bool:
    """A title that lists weeks is believed, unless there is one lesson, or one week of days or headings."""
    days = {day for _, _, day in marks.dated}
    one_of_dates = len(days) > 1 and max(days) - min(days) < 6
    one_of_weekdays = len({day for *_, day in marks.weekdays}) > 2 and len(marks.mondays) == 1
    headed = Counter(m.weeks[0] for m in found if m.role == "heading" and len(m.weeks) == 1)
    one_of_headings = len(headed) == 1 and headed.total() > 2
    return len(marks.lessons) != 1 and not (one_of_dates or one_of_weekdays or one_of_headings)


def _single(votes: Counter[int], named: tuple[int, ...], disputed: bool) -> Decision:
    """The week with the most votes, the named one where the text speaks well of it, none where it is open."""
    best, second = [*sorted(votes.values(), reverse=True), 0, 0][:2]
    week = next((week for week in votes if votes[week] == best), None)
    if len(named) == 1 and votes[named[0]] and (votes[named[0]] + _NAMED >= min(best, _STRONG + _NAMED)):
        week = named[0]
    clear = not disputed and second < best * _CLOSE and best >= (_STRONG if named else _WEAK)
    if week is not None and (clear or week in named):
        return Decision((week,), "text", round(min(1.0, best / 6) * votes[week] / votes.total(), 2))
    return Decision(named, "name", 0.5) if named else Decision()


def _is_disputed(found: Sequence[Mention], votes: Counter[int]) -> bool:
    """The class meeting names this and the next week, and both tell of another week than the headings do."""
    told = {m.week for m in found if m.role == "own"} & {m.week for m in found if m.role == "next"}
    headed = any(m.heads for m in found)
    best = max(votes, key=votes.__getitem__, default=0)
    return headed and bool(told) and best not in told


def _with_dates(single: Decision, marks: Landmarks) -> Decision:
    """Dates may show that the one week read is only the first of several."""
    count = weeks_dated(marks)
    if len(single.weeks) != 1 or single.source != "text" or count < 2:
        return single
    first = single.weeks[0]
    return Decision(tuple(range(first, first + count)), "text", 0.8)


def _confirms(named: tuple[int, ...], found: Sequence[Mention], marks: Landmarks) -> bool:
    """The text heads two of the weeks its name lists, or its days are those of as many weeks."""
    headed = {mention.weeks[0] for mention in found if mention.heads}
    return len(headed & set(named)) > 1 or max(weeks_dated(marks), weeks_of_weekdays(marks)) >= len(named)


def _as_named(several: tuple[int, ...], named: tuple[int, ...]) -> tuple[int, ...]:
    """The weeks the name lists where they hold all that were read; else those read, one gap closed."""
    if set(several) <= set(named):
        return named
    steps = pairwise(several)
    gaps = [low + 1 for low, high in steps if high == low + 2]
    return tuple(sorted({*several, *gaps})) if len(several) > 2 else several


# --- one week ------------------------------------------------------------------------------------


def _votes(found: Sequence[Mention], marks: Landmarks) -> Counter[int]:
    """Weight of each week: a title 4, headings 3 and one more for each page, words of the class meeting 2
    each, where it names the next week 2 at the end of the lessons and 1 before, the flag ceremony's 1 each.
    """
    votes: Counter[int] = Counter()
    counts = Counter((m.week, m.role) for m in {(m.weeks, m.role, m.page): m for m in found}.values())
    for (week, role), count in counts.items():
        if week < 0:
            continue
        if role == "title":
            votes[week] += 4
        elif role == "heading":
            votes[week] += 2 + min(6, count)
        elif role in ("own", "held"):
            votes[week] += min(4, 2 * count)
        elif role == "next":
            votes[week] += max(_weight_of_next(m, marks) for m in found if (m.week, m.role) == (week, role))
        else:
            votes[week] += 1
    return +votes


def _weight_of_next(mention: Mention, marks: Landmarks) -> int:
    """Full in a class meeting or behind the last lesson; elsewhere pupils may be learning to write a plan."""
    before, all_lessons = marks.lessons_between((0, 0), mention.place), len(marks.lessons)
    if before * 3 < all_lessons * 2:
        return 1 if mention.in_meeting else 0
    return 2 if mention.in_meeting or before == all_lessons else 1
