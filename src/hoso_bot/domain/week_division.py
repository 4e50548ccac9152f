"""Is a file divided into several weeks, each with lessons of its own? (R13)

Every sign is weighed: dates and Mondays of the later part, how often it is headed, how many lessons it has
beside the other, a class meeting at the border. One slip in a heading is no second week: a false block is
worse than a missed hint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hoso_bot.domain.landmarks import Landmarks, Place, monday_of
from hoso_bot.domain.week_mentions import Mention

_END = (10**9, 0)
_LINES_OF_A_SCHEDULE = 12
_LINES_OF_A_LIST = 8
_LESSONS_OF_SOME_DAYS = 4
_WEEKDAYS_OF_A_WEEK = 3
_LEAST_SHARE = 5  # a part of a fifth of the other or less is no week
_WEIGHT_OF_A_WEEK = 3  # from which on a later part counts as a week of its own


@dataclass(frozen=True)
class _Stretch:
    """From a heading of a week to the next heading of another.

    size: lessons that begin there or, in a file without any, lines.
    """

    week: int
    start: Place
    end: Place
    headings: int = 1
    size: int = 0

    def holds(self, place: Place) -> bool:
        return self.start <= place < self.end


# --- headings that are none ------------------------------------------------------------------------


def without_lists(found: Sequence[Mention], marks: Landmarks) -> list[Mention]:
    """Leave out headings of three weeks and more right below one another: a programme of the month."""
    heads = [m for m in found if m.heads]
    listed: set[Place] = set()
    run: list[Mention] = []
    for mention in [*heads, None]:
        if mention and run and _continues_a_list(run[-1], mention, marks):
            run.append(mention)
            continue
        if len(run) > 2:
            listed.update(m.place for m in run)
        run = [mention] if mention else []
    return [m for m in found if not (m.heads and m.place in listed)]


def _continues_a_list(last: Mention, mention: Mention, marks: Landmarks) -> bool:
    return (
        mention.weeks[0] == last.weeks[0] + 1
        and not marks.lessons_between(last.place, mention.place)
        and marks.lines_between(last.place, mention.place) <= _LINES_OF_A_LIST
    )


# --- headings --------------------------------------------------------------------------------------


def several_headed(found: Sequence[Mention], marks: Landmarks) -> tuple[int, ...]:
    """The weeks of a file that headings divide into several, in order, else nothing."""
    least = 1 if marks.lessons else _LINES_OF_A_SCHEDULE
    stretches = [s for s in _merged(_stretches(found, marks)) if s.size >= least]
    merged = _merged(_without_leftovers(_merged(stretches)))
    if len(merged) < 2 or not _rising([stretch.week for stretch in merged]):
        return ()  # one week, or headings of two weeks mixed: a leftover, not a second plan
    alone = [merged[0]]
    for later in merged[1:]:
        if _stands_alone(later, alone[-1], found, marks):
            alone.append(later)
        elif later.size > alone[-1].size:
            alone[-1] = later
    return tuple(stretch.week for stretch in alone) if len(alone) > 1 else ()


def _rising(weeks: Sequence[int]) -> bool:
    return all(low < high for low, high in pairwise(weeks))


def _stretches(found: Sequence[Mention], marks: Landmarks) -> list[_Stretch]:
    """A heading begins a stretch; a class meeting of its week, or of any where none is headed, ends one.

    What stands before the first heading belongs to it, what follows the last meeting to that.
    """
    stretches: list[_Stretch] = []
    start: Place = (1, 0)
    week: int | None = None
    for mention, place in _signs(found, marks):
        if mention.heads:
            if week is not None:
                stretches.append(_stretch(week, start, place, marks))
                start = place
            week = mention.weeks[0]
        elif week in (None, mention.week) and marks.lessons_between(start, place):
            stretches.append(_stretch(mention.week, start, place, marks))
            start, week = place, None
    if week is None and stretches:
        start, week = stretches[-1].start, stretches.pop().week
    return [*stretches, _stretch(week, start, _END, marks)] if week is not None else stretches


def _stretch(week: int, start: Place, end: Place, marks: Landmarks) -> _Stretch:
    measure = marks.lessons_between if marks.lessons else marks.lines_between
    return _Stretch(week, start, end, size=measure(start, end))


def _signs(found: Sequence[Mention], marks: Landmarks) -> Iterator[tuple[Mention, Place]]:
    """Headings and words of class meetings; a running foot speaks of the whole page above it."""
    headings = [m for m in found if m.heads]
    footed = sum(marks.is_foot(m.place) for m in headings) * 2 > len(headings)
    for mention in found:
        if mention.heads:
            yield mention, (mention.page, 0) if footed and marks.is_foot(mention.place) else mention.place
        elif mention.closes:
            yield mention, mention.place


def _merged(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    merged: list[_Stretch] = []
    for stretch in stretches:
        if merged and merged[-1].week == stretch.week:
            last = merged.pop()
            stretch = replace(
                last,
                end=stretch.end,
                headings=last.headings + stretch.headings,
                size=last.size + stretch.size,
            )
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


def _stands_alone(later: _Stretch, first: _Stretch, found: Sequence[Mention], marks: Landmarks) -> bool:
    small, big = sorted((later.size, first.size))
    if small * _LEAST_SHARE <= big:
        return False
    weights = (
        _weight_of_dates(later, first, marks),
        _weight_of_weekdays(later, marks),
        2 if later.headings > 1 else 0,
        2 if small * 2 >= big else -2,
        2 if _is_closed(first, found) else 0,
        1 if later.week == first.week + 1 else 0,
    )
    return sum(weights) >= _WEIGHT_OF_A_WEEK


def _is_closed(stretch: _Stretch, found: Sequence[Mention]) -> bool:
    """A class meeting of its own week is held in it."""
    return any(m.closes and m.week == stretch.week and stretch.start <= m.place <= stretch.end for m in found)


def _weight_of_dates(later: _Stretch, first: _Stretch, marks: Landmarks) -> int:
    there, here = _calendar_week(later, marks), _calendar_week(first, marks)
    if there is None or here is None:
        return 0
    return -6 if there == here else 4


def _calendar_week(stretch: _Stretch, marks: Landmarks) -> int | None:
    """The calendar week most of its dates lie in."""
    mondays = Counter(
        monday_of(day) for page, position, day in marks.dated if stretch.holds((page, position))
    )
    return max(mondays, key=mondays.__getitem__) if mondays else None


def _weight_of_weekdays(later: _Stretch, marks: Landmarks) -> int:
    """A new week begins with a Monday; one that begins on another day goes on."""
    named = {day for page, position, day in marks.weekdays if later.holds((page, position))}
    if not named:
        return 0
    return 3 if 0 in named else -3


# --- class meetings and flag ceremonies ------------------------------------------------------------


def several_meetings(found: Sequence[Mention], marks: Landmarks) -> tuple[int, ...]:
    """The weeks of a file without headings, told by class meetings and flag ceremonies, each with about as
    many lessons as the others."""
    firsts: list[Mention] = []
    for mention in found:
        if not mention.heads and mention.week not in {m.week for m in firsts}:
            firsts.append(mention)
    weeks = [mention.week for mention in firsts]
    if len(weeks) < 2 or not _rising(weeks) or not _follow([m.place for m in firsts], marks):
        return ()
    sizes = [marks.lessons_between(a.place, b.place) for a, b in pairwise(firsts)]
    if firsts[0].closes:
        sizes.append(marks.lessons_between((0, 0), firsts[0].place))
    if not firsts[-1].closes:
        sizes.append(marks.lessons_between(firsts[-1].place, _END))
    alike = min(sizes) >= _LESSONS_OF_SOME_DAYS and min(sizes) * 2 >= max(sizes)
    return tuple(weeks) if alike else ()


def _follow(places: Sequence[Place], marks: Landmarks) -> bool:
    """Between two of them a new week begins: with a Monday, where the file names any."""
    if not marks.mondays:
        return True
    return all(any(a <= monday <= b for monday in marks.mondays) for a, b in pairwise(places))


# --- dates -----------------------------------------------------------------------------------------


def weeks_dated(marks: Landmarks) -> int:
    """How many whole weeks of dated lessons follow one another.

    Whole: three weekdays and more, with lessons. Parts of two calendar weeks that share no weekday are one
    week, as around Tết.
    """
    days: dict[int, set[int]] = {}
    dated = sorted(marks.dated)
    for (page, position, day), after in zip(dated, [*dated[1:], (*_END, 0)], strict=False):
        if marks.lessons_between((page, position), after[:2]):
            days.setdefault(monday_of(day), set()).add(day - monday_of(day))
    whole = [found for _, found in sorted(days.items()) if len(found) >= _WEEKDAYS_OF_A_WEEK]
    return len(whole) if all(len(a & b) > 1 for a, b in pairwise(whole)) else min(1, len(whole))


def weeks_of_weekdays(marks: Landmarks) -> int:
    """How often the days begin anew with a Monday, each time with lessons. Mornings and afternoons may be
    planned apart, so this only confirms what a name says."""
    starts: list[Place] = []
    before = 0
    for page, position, weekday in marks.weekdays:
        if weekday == 0 and (before or not starts):
            starts.append((page, position))
        before = weekday
    return sum(marks.lessons_between(a, b) > 0 for a, b in pairwise([*starts, _END]))
